// The sign-in of BPMSoft (bpmsoft-odata §2) before a server that has none of its own, and the rows that every BPMSoft has.

const cds = require('@sap/cds')
const { randomUUID } = require('node:crypto')

const USER = 'tester', PASSWORD = 'secret'
const PHONE = 'e037f25a-d7bc-df11-b00f-001d60e938c6', CALL = 'e52bd583-7825-e011-8165-00155d043204'
const PHONES = [
  '3dddb3cc-53ee-49c4-a71f-e9e257f59e49', 'd4a2dc80-30ca-df11-9b2a-001d60e938c6', '0da6a26b-d7bc-df11-b00f-001d60e938c6',
  '6a3fb10c-67cc-df11-9b2a-001d60e938c6', '2b387201-67cc-df11-9b2a-001d60e938c6', '21c0d693-9a52-43fa-b7f1-c6d8b53975d4',
  'e9d91e45-8d92-4e38-95a0-ef8aa28c9e7a',
]

const sessions = new Map()

function cookies(request) {
  const pairs = (request.headers.cookie ?? '').split('; ').map(pair => pair.split('='))
  return Object.fromEntries(pairs.map(([name, ...value]) => [name, value.join('=')]))
}

cds.on('bootstrap', app => {
  app.post('/ServiceModel/AuthService.svc/Login', cds.middlewares?.json ?? require('express').json(), (request, response) => {
    const { UserName, UserPassword } = request.body
    if (UserName !== USER || UserPassword !== PASSWORD) return response.json({ Code: 1, Message: 'Wrong user name or password' })
    const ticket = randomUUID(), token = `${randomUUID()}/+.`
    sessions.set(ticket, token)
    response.append('set-cookie', `.ASPXAUTH=${ticket}; path=/; HttpOnly`)
    response.append('set-cookie', `BPMCSRF=${token}; path=/`)
    response.json({ Code: 0, Message: '', Exception: null, PasswordChangeUrl: null, RedirectUrl: null })
  })
  app.use('/odata', (request, response, next) => {
    const { '.ASPXAUTH': ticket } = cookies(request)
    if (!sessions.has(ticket)) return response.sendStatus(401)
    if (request.method !== 'GET' && request.headers.bpmcsrf !== sessions.get(ticket)) return response.sendStatus(403)
    next()
  })
})

cds.on('served', async () => {
  const { Communication, ComTypebyCommunication, ActivityStatus, ActivityCategory, ActivityResult, ActivityCategoryResultEntry, SysAdminUnit, Contact } =
    cds.services.crm.entities
  const me = randomUUID(), result = '632afdd2-f616-4ea6-87d2-8ed38eed8aff'
  await INSERT.into(Communication).entries({ Id: PHONE, Code: 'Phone' })
  await INSERT.into(ComTypebyCommunication)
    .entries(PHONES.map(CommunicationTypeId => ({ Id: randomUUID(), CommunicationTypeId, CommunicationId: PHONE })))
  await INSERT.into(ActivityStatus).entries([
    { Id: '384d4b84-58e6-df11-971b-001d60e938c6', Name: 'Не начата', Finish: false },
    { Id: '4bdbb88f-58e6-df11-971b-001d60e938c6', Name: 'Завершена', Finish: true },
  ])
  await INSERT.into(ActivityCategory).entries({ Id: CALL, Name: 'Звонок' })
  await INSERT.into(ActivityResult).entries({ Id: result, Name: 'Выполнена' })
  await INSERT.into(ActivityCategoryResultEntry).entries({ Id: randomUUID(), ActivityResultId: result, ActivityCategoryId: CALL })
  await INSERT.into(SysAdminUnit).entries({ Id: randomUUID(), Name: USER, ContactId: me })
  await INSERT.into(Contact).entries({ Id: me, Name: 'Проверяющий Пётр' })
  // More people than fit into one page.
  await INSERT.into(Contact).entries(Array.from({ length: 30 }, (_, n) => ({ Id: randomUUID(), Name: `Многочисленный ${n}` })))
})

cds.on('listening', ({ url }) => console.log(`READY ${url}`))

module.exports = cds.server
