// What BPMSoft does by itself when rows are written (bpmsoft-odata §4.9, §5.1), as far as a client relies on it: numbers are made
// searchable, a column of the owner makes a row, a new row becomes the column.

const cds = require('@sap/cds')

const columns = {
  Contact: {
    MobilePhone: 'd4a2dc80-30ca-df11-9b2a-001d60e938c6',
    Phone: '3dddb3cc-53ee-49c4-a71f-e9e257f59e49',
    HomePhone: '0da6a26b-d7bc-df11-b00f-001d60e938c6',
    Email: 'ee1c85c3-cfcb-df11-9b2a-001d60e938c6',
  },
  Account: {
    Phone: '6a3fb10c-67cc-df11-9b2a-001d60e938c6',
    AdditionalPhone: '2b387201-67cc-df11-9b2a-001d60e938c6',
    Fax: '9a7ab41b-67cc-df11-9b2a-001d60e938c6',
  },
}

const searchable = number => number.includes('@') ? number.toLowerCase() : [...number.replace(/\D/g, '')].reverse().join('')

module.exports = class extends cds.ApplicationService {
  async init() {
    for (const owner of ['Contact', 'Account']) {
      const rows = `${owner}Communication`, lookup = `${owner}Id`
      const { [owner]: Owner, [rows]: Rows } = this.entities
      const columnOf = type => Object.keys(columns[owner]).find(column => columns[owner][column] === type)

      this.before(['CREATE', 'UPDATE'], rows, ({ data }) => {
        if (data.Number) data.SearchNumber = searchable(data.Number)
      })
      this.after('CREATE', rows, async row => {
        const column = columnOf(row.CommunicationTypeId)
        if (column) await UPDATE(Owner, row[lookup]).with({ [column]: row.Number })
      })
      this.after('UPDATE', rows, async (_, { params }) => {
        const row = await SELECT.one.from(Rows, params.at(-1))
        const column = row && columnOf(row.CommunicationTypeId)
        if (column) await UPDATE(Owner, row[lookup]).with({ [column]: row.Number })
      })
      this.before('DELETE', rows, async ({ params }) => {
        const row = await SELECT.one.from(Rows, params.at(-1))
        const column = row && columnOf(row.CommunicationTypeId)
        if (column) await UPDATE(Owner, row[lookup]).where({ [column]: row.Number }).with({ [column]: null })
      })
      this.after(['CREATE', 'UPDATE'], owner, async (data, { params }) => {
        const id = data.Id ?? params.at(-1)?.Id ?? params.at(-1)
        for (const [column, type] of Object.entries(columns[owner])) {
          const number = data[column]
          if (!number) continue
          const known = await SELECT.one.from(Rows).where({ [lookup]: id, CommunicationTypeId: type, Number: number })
          if (known) continue
          await INSERT.into(Rows).entries({
            Id: cds.utils.uuid(), [lookup]: id, CommunicationTypeId: type, Number: number, SearchNumber: searchable(number),
          })
        }
      })
    }
    await super.init()
  }
}
