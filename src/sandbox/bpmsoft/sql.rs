//! What a filter or an order means: paths become columns and joins, the tree becomes SQL.

use rusqlite::types::Value;

use super::base::{fold, nothing};
use super::filter::{Literal, Node, Operator};
use super::model::{Entity, Kind, Model};
use super::query::Order;
use super::reply::{Done, Wrong};

/// A larger filter is refused (bpmsoft-odata §3.3).
const MOST_NODES: usize = 100;

/// A question about the rows of one entity, which SQL calls `t`.
pub(super) struct Question<'m> {
    model: &'m Model,
    entity: &'m Entity,
    /// The navigation paths that are followed; the n-th is the alias `jn`.
    joined: Vec<String>,
    joins: String,
    conditions: Vec<String>,
    order: Vec<String>,
    values: Vec<Value>,
}

/// A column somewhere along a path.
struct Place {
    sql: String,
    kind: Kind,
}

enum Operand {
    Column(Place),
    Literal(Literal),
    Condition(String),
}

impl<'m> Question<'m> {
    pub(super) fn about(model: &'m Model, entity: &'m Entity) -> Question<'m> {
        let (joined, conditions, order, values) = Default::default();
        Question { model, entity, joined, joins: String::new(), conditions, order, values }
    }

    /// Only rows whose column has this value.
    pub(super) fn only(&mut self, column: &str, value: &str) {
        self.values.push(Value::Text(value.to_owned()));
        self.conditions.push(format!("t.\"{column}\" = ?"));
    }

    pub(super) fn filter(&mut self, filter: &Node) -> Done<()> {
        if filter.count() > MOST_NODES {
            let message = format!("The node count limit of '{MOST_NODES}' has been exceeded.");
            return Err(Wrong::Request(message));
        }
        let condition = self.condition(filter)?;
        self.conditions.push(condition);
        Ok(())
    }

    pub(super) fn order(&mut self, order: &[Order]) -> Done<()> {
        for Order { path, descending } in order {
            let place = self.place(path)?;
            let direction = if *descending { " DESC" } else { "" };
            self.order.push(format!("{}{direction}", place.comparable()));
        }
        Ok(())
    }

    /// `SELECT` of these columns, and the values for its question marks.
    pub(super) fn select(&self, columns: &[String], top: Option<u64>, skip: u64) -> (String, &[Value]) {
        let order = if self.order.is_empty() { String::new() } else { format!(" ORDER BY {}", self.order.join(", ")) };
        let top = top.map_or(-1, |top| top as i64);
        (format!("SELECT {}{}{order} LIMIT {top} OFFSET {skip}", columns.join(", "), self.from()), &self.values)
    }

    pub(super) fn count(&self) -> (String, &[Value]) {
        (format!("SELECT count(*){}", self.from()), &self.values)
    }

    fn from(&self) -> String {
        let conditions = if self.conditions.is_empty() { String::new() } else { format!(" WHERE {}", self.conditions.join(" AND ")) };
        format!(" FROM \"{}\" AS t{}{conditions}", self.entity.name, self.joins)
    }

    /// The lookup rule: `Contact/Id` is a place, `ContactId` is none (bpmsoft-odata §3.5).
    fn place(&mut self, path: &[String]) -> Done<Place> {
        let (mut entity, mut alias) = (self.entity, "t".to_owned());
        let Some((last, navigations)) = path.split_last() else { return Err(Wrong::Request("Expression expected.".to_owned())) };
        for (depth, name) in navigations.iter().enumerate() {
            let column = entity.navigation(name).ok_or_else(|| Wrong::no_property(name, &entity.name))?;
            if depth + 1 == navigations.len() && last == "Id" {
                return Ok(Place { sql: format!("{alias}.\"{}\"", column.name), kind: Kind::Guid });
            }
            let target = self.model.target(column).ok_or_else(|| Wrong::no_property(name, &entity.name))?;
            alias = self.join(&path[..=depth].join("/"), &alias, &column.name, &target.name);
            entity = target;
        }
        let column = entity.column(last).ok_or_else(|| Wrong::no_property(last, &entity.name))?;
        match column.lookup {
            Some(_) => Err(Wrong::no_column(&path.join("/"), &self.entity.name)),
            None if column.kind == Kind::Stream => Err(Wrong::Request(format!("'{last}' cannot be compared."))),
            None => Ok(Place { sql: format!("{alias}.\"{last}\""), kind: column.kind }),
        }
    }

    fn join(&mut self, path: &str, from: &str, column: &str, target: &str) -> String {
        if let Some(place) = self.joined.iter().position(|joined| joined == path) {
            return format!("j{place}");
        }
        let alias = format!("j{}", self.joined.len());
        self.joins.push_str(&format!(" LEFT JOIN \"{target}\" AS {alias} ON {alias}.\"Id\" = {from}.\"{column}\""));
        self.joined.push(path.to_owned());
        alias
    }

    fn condition(&mut self, node: &Node) -> Done<String> {
        match self.operand(node)? {
            Operand::Condition(sql) => Ok(sql),
            Operand::Column(Place { sql, kind: Kind::Bool }) => Ok(format!("{sql} = 1")),
            Operand::Literal(Literal::Bool(holds)) => Ok(u8::from(holds).to_string()),
            _ => Err(Wrong::Request("The $filter expression must evaluate to a single boolean value.".to_owned())),
        }
    }

    fn operand(&mut self, node: &Node) -> Done<Operand> {
        Ok(match node {
            Node::Path(path) => Operand::Column(self.place(path)?),
            Node::Literal(literal) => Operand::Literal(literal.clone()),
            Node::Not(inner) => Operand::Condition(format!("NOT ({})", self.condition(inner)?)),
            Node::Binary(Operator::Or, left, right) => {
                Operand::Condition(format!("({} OR {})", self.condition(left)?, self.condition(right)?))
            }
            Node::Binary(Operator::And, left, right) => {
                Operand::Condition(format!("({} AND {})", self.condition(left)?, self.condition(right)?))
            }
            Node::Binary(operator, left, right) => {
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                Operand::Condition(self.compared(*operator, left, right)?)
            }
            Node::Function(name, given) => Operand::Condition(self.function(name, given)?),
        })
    }

    fn compared(&mut self, operator: Operator, left: Operand, right: Operand) -> Done<String> {
        match (left, right) {
            (Operand::Column(place), Operand::Literal(literal)) => self.against(&place, operator, &literal),
            (Operand::Literal(literal), Operand::Column(place)) => self.against(&place, mirrored(operator), &literal),
            (Operand::Column(left), Operand::Column(right)) if left.kind.edm() == right.kind.edm() => {
                Ok(format!("{} {} {}", left.comparable(), sign(operator), right.comparable()))
            }
            (Operand::Condition(condition), Operand::Literal(Literal::Bool(holds))) => {
                Ok(format!("({condition}) {} {}", sign(operator), u8::from(holds)))
            }
            _ => Err(Wrong::Request("A binary operator with incompatible types was detected.".to_owned())),
        }
    }

    fn against(&mut self, place: &Place, operator: Operator, literal: &Literal) -> Done<String> {
        let value = value(place.kind, literal).ok_or_else(|| {
            let message = "A binary operator with incompatible types was detected. Found operand types";
            Wrong::Request(format!("{message} '{}' and '{}'.", place.kind.edm(), edm(literal)))
        })?;
        self.values.push(value);
        Ok(format!("{} {} ?", place.comparable(), sign(operator)))
    }

    /// What else the library parses, the platform is not known to translate (bpmsoft-odata §3.3).
    fn function(&mut self, name: &str, given: &[Node]) -> Done<String> {
        let known = matches!(name, "contains" | "startswith" | "endswith");
        let ([Node::Path(path), Node::Literal(Literal::Text(text))], true) = (given, known) else {
            return Err(Wrong::Platform(
                "NotSupportedException",
                format!("Function '{name}' with {} parameters is not supported.", given.len()),
            ));
        };
        let place = self.place(path)?;
        if !matches!(place.kind, Kind::Text(_)) {
            return Err(Wrong::Request(format!(
                "No function signature for the function with name '{name}' matches the specified arguments."
            )));
        }
        let (column, text) = (place.comparable(), fold(text));
        match name {
            // A range, so that an index can answer it.
            "startswith" => {
                self.values.extend([text.clone().into(), format!("{text}\u{10ffff}").into()]);
                Ok(format!("({column} >= ? AND {column} < ?)"))
            }
            "endswith" => {
                self.values.extend([(text.chars().count() as i64).into(), text.into()]);
                Ok(format!("substr({column}, length({column}) - ? + 1) = ?"))
            }
            _ => {
                self.values.push(text.into());
                Ok(format!("instr({column}, ?) > 0"))
            }
        }
    }
}

impl Place {
    /// Text is compared without regard to case.
    fn comparable(&self) -> String {
        if matches!(self.kind, Kind::Text(_)) { format!("fold({})", self.sql) } else { self.sql.clone() }
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Ne => "<>",
        Operator::Gt => ">",
        Operator::Ge => ">=",
        Operator::Lt => "<",
        Operator::Le => "<=",
        Operator::Eq | Operator::And | Operator::Or => "=",
    }
}

fn mirrored(operator: Operator) -> Operator {
    match operator {
        Operator::Gt => Operator::Lt,
        Operator::Ge => Operator::Le,
        Operator::Lt => Operator::Gt,
        Operator::Le => Operator::Ge,
        same => same,
    }
}

/// The literal as such a column stores it; `None` when the types do not go together.
fn value(kind: Kind, literal: &Literal) -> Option<Value> {
    Some(match (kind, literal) {
        (Kind::Guid, Literal::Guid(guid)) => guid.clone().into(),
        (Kind::Text(_), Literal::Text(text)) => fold(text).into(),
        (Kind::Int | Kind::Decimal, Literal::Int(number)) => (*number).into(),
        (Kind::Int | Kind::Decimal, Literal::Decimal(number)) => (*number).into(),
        (Kind::Bool, Literal::Bool(holds)) => (*holds).into(),
        (Kind::Time | Kind::Day, Literal::Time(text)) => moment(text)?.into(),
        (kind, Literal::Null) => nothing(kind),
        _ => return None,
    })
}

fn edm(literal: &Literal) -> &'static str {
    match literal {
        Literal::Null => "<null>",
        Literal::Bool(_) => "Edm.Boolean",
        Literal::Int(_) => "Edm.Int64",
        Literal::Decimal(_) => "Edm.Double",
        Literal::Text(_) => "Edm.String",
        Literal::Guid(_) => "Edm.Guid",
        Literal::Time(_) => "Edm.DateTimeOffset",
    }
}

/// A moment as it is stored; a date alone is its midnight in UTC.
pub(super) fn moment(text: &str) -> Option<String> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    whole.parse().ok().map(stored)
}

/// Seven digits behind the second, always.
pub(super) fn stored(moment: jiff::Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::super::base::NO_TIME;
    use super::*;

    #[test]
    fn moments_are_stored_so_that_text_sorts_as_time_does() {
        for (text, expected) in [
            ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00.0000000Z"),
            ("2026-03-01T03:00:00.5+03:00", "2026-03-01T00:00:00.5000000Z"),
            ("2026-03-01", "2026-03-01T00:00:00.0000000Z"),
            ("0001-01-01T00:00:00Z", NO_TIME),
        ] {
            assert_eq!(moment(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(moment("2026-03-01T00:00:00"), None, "a moment without a zone is none");
    }
}
