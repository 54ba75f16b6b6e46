//! Reading: sets, rows, counts, single fields; written as JSON straight from the tables, so that 20,000 rows cost no more than they must.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;

use rusqlite::types::ValueRef;
use rusqlite::{Row as Found, params_from_iter};

use super::base::{NO_GUID, NO_TIME};
use super::model::{Column, Entity, Kind, Model};
use super::query::Options;
use super::reply::{Done, Reply, Wrong};
use super::sql::Question;
use super::visit::Visit;

/// How deep an expansion may be nested (bpmsoft-odata §3.3).
const DEEPEST: usize = 2;

/// What of an entity is told.
struct Shape<'m> {
    entity: &'m Entity,
    columns: Vec<&'m Column>,
    one: Vec<One<'m>>,
    many: Vec<Many<'m>>,
    selected: bool,
}

/// A lookup that is followed.
struct One<'m> {
    navigation: &'m str,
    column: &'m Column,
    shape: Shape<'m>,
    /// The rows it led to so far.
    told: RefCell<HashMap<String, String>>,
}

/// A navigation back to the children.
struct Many<'m> {
    navigation: String,
    column: &'m Column,
    shape: Shape<'m>,
    options: &'m Options,
}

impl<'m> Shape<'m> {
    fn of(model: &'m Model, entity: &'m Entity, options: &'m Options, depth: usize) -> Done<Shape<'m>> {
        let mut shape =
            Shape { entity, columns: columns(entity, options)?, one: Vec::new(), many: Vec::new(), selected: options.select.is_some() };
        if !options.expand.is_empty() && depth == DEEPEST {
            let message = format!("The request includes a $expand path which is too deep. The maximum depth allowed is {DEEPEST}.");
            return Err(Wrong::Request(message));
        }
        for (name, inner) in &options.expand {
            let target = entity.navigation(name).and_then(|column| Some((column, model.target(column)?)));
            if let Some((column, target)) = target {
                let navigation = column.lookup.as_ref().map_or("", |lookup| lookup.navigation.as_str());
                let shape_of_target = Shape::of(model, target, inner, depth + 1)?;
                shape.one.push(One { navigation, column, shape: shape_of_target, told: RefCell::default() });
                continue;
            }
            let back = model
                .back_references(&entity.name)
                .find(|back| back.name() == *name)
                .ok_or_else(|| Wrong::no_property(name, &entity.name))?;
            let shape_of_child = Shape::of(model, back.child, inner, depth + 1)?;
            shape.many.push(Many { navigation: name.clone(), column: back.column, shape: shape_of_child, options: inner });
        }
        Ok(shape)
    }

    /// What SQL selects: the columns that are told, then the id, then the lookups that are followed.
    fn sql(&self) -> Vec<String> {
        let told = self
            .columns
            .iter()
            .map(|column| if column.kind == Kind::Stream { "NULL".to_owned() } else { format!("t.\"{}\"", column.name) });
        let needed = self.one.iter().map(|one| format!("t.\"{}\"", one.column.name));
        told.chain(["t.\"Id\"".to_owned()]).chain(needed).collect()
    }

    /// `Contact(Id,Name,Account(Name))`, as the context names it.
    fn context(&self) -> String {
        if !self.selected && self.one.is_empty() && self.many.is_empty() {
            return String::new();
        }
        let columns = self.columns.iter().filter(|_| self.selected).map(|column| column.name.clone());
        let wrapped = |name: &str, shape: &Shape<'_>| {
            format!("{name}{}", Some(shape.context()).filter(|inner| !inner.is_empty()).unwrap_or("()".to_owned()))
        };
        let one = self.one.iter().map(|one| wrapped(one.navigation, &one.shape));
        let many = self.many.iter().map(|many| wrapped(&many.navigation, &many.shape));
        format!("({})", columns.chain(one).chain(many).collect::<Vec<_>>().join(","))
    }
}

/// `$select` names columns; a navigation in it adds nothing.
fn columns<'m>(entity: &'m Entity, options: &Options) -> Done<Vec<&'m Column>> {
    let Some(names) = &options.select else { return Ok(entity.columns.iter().collect()) };
    let named = names.iter().filter(|name| entity.navigation(name).is_none());
    named.map(|name| entity.column(name).ok_or_else(|| Wrong::no_property(name, &entity.name))).collect()
}

impl Visit<'_> {
    /// `GET /Contact`
    pub(super) fn list(&self, entity: &Entity, options: &Options, query: &str) -> Done<Reply> {
        let shape = Shape::of(self.model, entity, options, 0)?;
        let question = self.question(entity, options)?;
        let mut body = format!("{{\"@odata.context\":{}", quoted(&format!("{}/$metadata#{}{}", self.root, entity.name, shape.context())));
        if options.count {
            let _ = write!(body, ",\"@odata.count\":{}", self.counted(&question)?);
        }
        body.push_str(",\"value\":");
        let cap = self.switches.page_cap.get();
        let asked = options.top.unwrap_or(u64::MAX);
        let told = self.write_rows(&shape, &question, asked.min(cap), options.skip, &mut body)?;
        if self.switches.next_link && told == cap && asked > cap && self.has_more(&question, options.skip + cap)? {
            let _ = write!(body, ",\"@odata.nextLink\":{}", quoted(&self.next_link(entity, options, query, cap)));
        }
        body.push('}');
        Ok(Reply::odata(200, body))
    }

    /// `GET /Contact(…)`
    pub(super) fn one(&self, entity: &Entity, id: &str, options: &Options) -> Done<Reply> {
        let shape = Shape::of(self.model, entity, options, 0)?;
        let row = self.row(&shape, id)?.ok_or(Wrong::Missing)?;
        let context = quoted(&format!("{}/$metadata#{}{}/$entity", self.root, entity.name, shape.context()));
        let separator = if row == "{}" { "" } else { "," };
        Ok(Reply::odata(200, format!("{{\"@odata.context\":{context}{separator}{}", &row[1..])))
    }

    /// `GET /Contact/$count`
    pub(super) fn count(&self, entity: &Entity, options: &Options) -> Done<Reply> {
        let question = self.question(entity, options)?;
        Ok(Reply::text(&self.counted(&question)?.to_string()))
    }

    /// `GET /Contact(…)/Name`, and with `$value` its bare text.
    pub(super) fn field(&self, entity: &Entity, id: &str, name: &str, bare: bool) -> Done<Reply> {
        let column =
            entity.column(name).filter(|column| column.kind != Kind::Stream).ok_or_else(|| Wrong::no_property(name, &entity.name))?;
        let options = Options { select: Some(vec![name.to_owned()]), ..Options::default() };
        let shape = Shape::of(self.model, entity, &options, 0)?;
        let row = self.row(&shape, id)?.ok_or(Wrong::Missing)?;
        let value = row[1..row.len() - 1].split_once(':').map_or("", |(_, value)| value);
        if bare {
            let text = serde_json::from_str(value).unwrap_or_else(|_| value.to_owned());
            return Ok(Reply::text(&text));
        }
        let context = quoted(&format!("{}/$metadata#{}({id})/{}", self.root, entity.name, column.name));
        Ok(Reply::odata(200, format!("{{\"@odata.context\":{context},\"value\":{value}}}")))
    }

    fn question<'m>(&'m self, entity: &'m Entity, options: &Options) -> Done<Question<'m>> {
        let mut question = Question::about(self.model, entity);
        if let Some(filter) = &options.filter {
            question.filter(filter)?;
        }
        question.order(&options.order)?;
        Ok(question)
    }

    fn counted(&self, question: &Question<'_>) -> Done<i64> {
        let (sql, values) = question.count();
        Ok(self.tables.db.prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))?)
    }

    fn has_more(&self, question: &Question<'_>, skip: u64) -> Done<bool> {
        let (sql, values) = question.select(&["1".to_owned()], Some(1), skip);
        Ok(self.tables.db.prepare_cached(&sql)?.exists(params_from_iter(values))?)
    }

    fn next_link(&self, entity: &Entity, options: &Options, query: &str, cap: u64) -> String {
        let mut link = form_urlencoded::Serializer::new(String::new());
        link.extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name != "$skip" && name != "$top"));
        if let Some(top) = options.top {
            link.append_pair("$top", &(top - cap).to_string());
        }
        link.append_pair("$skip", &(options.skip + cap).to_string());
        format!("{}/{}?{}", self.root, entity.name, link.finish())
    }

    /// An array; how many rows are in it.
    fn write_rows(&self, shape: &Shape<'_>, question: &Question<'_>, top: u64, skip: u64, out: &mut String) -> Done<u64> {
        let (sql, values) = question.select(&shape.sql(), Some(top), skip);
        let mut statement = self.tables.db.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut told = 0;
        out.push('[');
        while let Some(row) = rows.next()? {
            if told > 0 {
                out.push(',');
            }
            self.write_row(shape, row, out)?;
            told += 1;
        }
        out.push(']');
        Ok(told)
    }

    fn row(&self, shape: &Shape<'_>, id: &str) -> Done<Option<String>> {
        let mut question = Question::about(self.model, shape.entity);
        question.only("Id", id);
        let mut array = String::new();
        let told = self.write_rows(shape, &question, 1, 0, &mut array)?;
        Ok((told > 0).then(|| array[1..array.len() - 1].to_owned()))
    }

    fn write_row(&self, shape: &Shape<'_>, row: &Found<'_>, out: &mut String) -> Done<()> {
        let id = row.get_ref(shape.columns.len())?.as_str().unwrap_or_default();
        let mut separator = '{';
        for (place, column) in shape.columns.iter().enumerate() {
            out.push(separator);
            separator = ',';
            self.write_field(shape.entity, column, id, row.get_ref(place)?, out);
        }
        for (place, one) in shape.one.iter().enumerate() {
            let target = row.get_ref(shape.columns.len() + 1 + place)?.as_str().unwrap_or_default();
            let _ = write!(out, "{separator}\"{}\":", one.navigation);
            separator = ',';
            out.push_str(&self.followed(one, target)?);
        }
        for many in &shape.many {
            let mut question = self.question(many.shape.entity, many.options)?;
            question.only(&many.column.name, id);
            let _ = write!(out, "{separator}\"{}\":", many.navigation);
            separator = ',';
            self.write_rows(&many.shape, &question, many.options.top.unwrap_or(u64::from(u32::MAX)), many.options.skip, out)?;
        }
        out.push_str(if separator == '{' { "{}" } else { "}" });
        Ok(())
    }

    /// A lookup that is empty, or points to nothing, is `null` when it is expanded.
    fn followed(&self, one: &One<'_>, id: &str) -> Done<String> {
        if id.is_empty() || id == NO_GUID {
            return Ok("null".to_owned());
        }
        if let Some(told) = one.told.borrow().get(id) {
            return Ok(told.clone());
        }
        let row = self.row(&one.shape, id)?.unwrap_or_else(|| "null".to_owned());
        one.told.borrow_mut().insert(id.to_owned(), row.clone());
        Ok(row)
    }

    fn write_field(&self, entity: &Entity, column: &Column, id: &str, value: ValueRef<'_>, out: &mut String) {
        let name = &column.name;
        if column.kind == Kind::Stream {
            let address = format!("{}({id})/{name}", entity.name);
            let _ = write!(out, "\"{name}@odata.mediaEditLink\":\"{address}\",\"{name}@odata.mediaReadLink\":\"{address}\"");
            let _ = write!(out, ",\"{name}@odata.mediaContentType\":\"application/octet-stream\"");
            return;
        }
        let _ = write!(out, "\"{name}\":");
        if self.switches.nulls && is_nothing(column.kind, value) {
            out.push_str("null");
            return;
        }
        // Writing into a String cannot fail.
        let _ = match (column.kind, value) {
            (Kind::Bool, value) => write!(out, "{}", value.as_i64().unwrap_or_default() != 0),
            (Kind::Decimal, value) if self.precise => write!(out, "\"{}\"", number(value)),
            (Kind::Int | Kind::Decimal, value) => write!(out, "{}", number(value)),
            (Kind::Time | Kind::Day, value) => write!(out, "\"{}\"", shown(value.as_str().unwrap_or(NO_TIME))),
            (_, value) => write!(out, "{}", quoted(value.as_str().unwrap_or_default())),
        };
    }
}

fn is_nothing(kind: Kind, value: ValueRef<'_>) -> bool {
    matches!(kind, Kind::Guid | Kind::Time | Kind::Day) && matches!(value.as_str(), Ok(NO_GUID | NO_TIME))
}

fn number(value: ValueRef<'_>) -> f64 {
    match value {
        ValueRef::Integer(number) => number as f64,
        ValueRef::Real(number) => number,
        _ => 0.0,
    }
}

/// Zeros at the end of a fraction are not told.
fn shown(stored: &str) -> String {
    format!("{}Z", stored.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.'))
}

pub(super) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
