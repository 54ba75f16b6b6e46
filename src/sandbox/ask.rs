//! The parameters of a request, read as leniently as the PBX reads them, and the ways to refuse them (vpbx-core §1.4, appendix A).

use serde_json::{Map, Value, json};

/// A refused request: a result code, and the parameters it is about with codes of their own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    pub(super) code: i64,
    fields: Vec<(String, i64)>,
}

pub(super) const WRONG_PARAMETERS: i64 = 3100;
pub(super) const NOT_POST: i64 = 3101;
pub(super) const WRONG_SIGN: i64 = 3102;
pub(super) const MISSING: i64 = 3103;
pub(super) const WRONG_FORMAT: i64 = 3104;
pub(super) const WRONG_KEY: i64 = 3105;
pub(super) const TAKEN: i64 = 3106;
pub(super) const TOO_LARGE: i64 = 3109;
pub(super) const WRONG_DATES: i64 = 3111;
pub(super) const WRONG_NUMBER: i64 = 3200;
pub(super) const NO_OBJECT: i64 = 3300;
pub(super) const NO_NUMBER: i64 = 3330;
pub(super) const NO_FILE: i64 = 3340;
pub(super) const BROKEN_JSON: i64 = 3400;
pub(super) const TOO_MANY_ROWS: i64 = 3503;
pub(super) const DATABASE: i64 = 5004;

impl Refusal {
    pub(super) fn new(code: i64) -> Refusal {
        Refusal { code, fields: Vec::new() }
    }

    /// The code is about this parameter.
    pub(super) fn of(code: i64, field: &str) -> Refusal {
        Refusal::new(code).because(field, code)
    }

    /// Names one more parameter, with a code that may tell more than the main one.
    pub(super) fn because(mut self, field: &str, code: i64) -> Refusal {
        self.fields.push((field.to_owned(), code));
        self
    }

    pub(super) fn body(&self) -> Value {
        let meaning = crate::pbx::code::ResultCode(self.code).meaning();
        let mut body = json!({"result": self.code, "message": meaning});
        if !self.fields.is_empty() {
            body["fields"] = self.fields.iter().map(|(field, code)| (field.clone(), json!(code))).collect::<Map<_, _>>().into();
        }
        body
    }
}

pub(super) type Asked<T> = Result<T, Refusal>;

/// The object in the `json` field. Parameters nobody knows are ignored.
#[derive(Clone, Debug)]
pub(super) struct Ask(Map<String, Value>);

impl Ask {
    /// `{}`, `[]`, `null` and nothing at all mean "no parameters" (field notes).
    pub(super) fn parse(json: &str) -> Asked<Ask> {
        if json.trim().is_empty() {
            return Ok(Ask(Map::new()));
        }
        match serde_json::from_str(json) {
            Ok(Value::Object(object)) => Ok(Ask(object)),
            Ok(value) if is_nothing(&value) => Ok(Ask(Map::new())),
            Ok(_) => Err(Refusal::new(WRONG_FORMAT)),
            Err(_) => Err(Refusal::new(BROKEN_JSON)),
        }
    }

    /// A value that says something: `null`, `""` and `[]` do not.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !is_nothing(value))
    }

    /// Text, for which numbers are taken too.
    pub(super) fn text(&self, name: &str) -> Asked<Option<String>> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(Refusal::of(WRONG_FORMAT, name)),
        }
    }

    pub(super) fn needed_text(&self, name: &str) -> Asked<String> {
        self.text(name)?.ok_or_else(|| Refusal::of(MISSING, name))
    }

    /// An integer, for which numeric text and whole floats are taken too.
    pub(super) fn integer(&self, name: &str) -> Asked<Option<i64>> {
        self.value(name).map(|value| integer(value).ok_or_else(|| Refusal::of(WRONG_FORMAT, name))).transpose()
    }

    pub(super) fn needed_integer(&self, name: &str) -> Asked<i64> {
        self.integer(name)?.ok_or_else(|| Refusal::of(MISSING, name))
    }

    /// An object inside.
    pub(super) fn inner(&self, name: &str) -> Asked<Option<Ask>> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(Ask(object.clone()))),
            Some(_) => Err(Refusal::of(WRONG_FORMAT, name)),
        }
    }

    /// Whether the parameter is there, be it empty.
    pub(super) fn names(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Name and value of an object that has one.
    pub(super) fn only(&self) -> Option<(&str, &Value)> {
        self.0.iter().next().filter(|_| self.0.len() == 1).map(|(name, value)| (name.as_str(), value))
    }

    /// A list of objects; one bare object is a list of one.
    pub(super) fn rows(&self, name: &str) -> Asked<Vec<Ask>> {
        let row = |value: &Value| match value {
            Value::Object(object) => Ok(Ask(object.clone())),
            _ => Err(Refusal::of(WRONG_FORMAT, name)),
        };
        match self.value(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(rows)) => rows.iter().map(row).collect(),
            Some(one) => Ok(vec![row(one)?]),
        }
    }

    /// A list of texts, in which numbers are taken for texts.
    pub(super) fn texts(&self, name: &str) -> Asked<Vec<String>> {
        let text = |value: &Value| match value {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            _ => Err(Refusal::of(WRONG_FORMAT, name)),
        };
        match self.value(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(texts)) => texts.iter().map(text).collect(),
            Some(one) => Ok(vec![text(one)?]),
        }
    }

    /// Yes or no: `true`, 1, and both as text.
    pub(super) fn flag(&self, name: &str) -> Asked<Option<bool>> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(value) => match value.as_str().map_or_else(|| value.to_string(), str::to_lowercase).as_str() {
                "true" | "1" => Ok(Some(true)),
                "false" | "0" => Ok(Some(false)),
                _ => Err(Refusal::of(WRONG_FORMAT, name)),
            },
        }
    }

    /// A list of words; one text with commas is taken for a list (vpbx-core §6.1.1).
    pub(super) fn words(&self, name: &str) -> Asked<Option<Vec<String>>> {
        let words = match self.value(name) {
            None => return Ok(None),
            Some(Value::String(text)) => text.split(',').map(|word| word.trim().to_owned()).collect(),
            Some(Value::Array(values)) => {
                let words = values.iter().map(|value| value.as_str().map(|word| word.trim().to_owned())).collect::<Option<_>>();
                words.ok_or_else(|| Refusal::of(WRONG_FORMAT, name))?
            }
            Some(_) => return Err(Refusal::of(WRONG_FORMAT, name)),
        };
        Ok(Some(words))
    }
}

/// A number however it is written.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|float| float as i64)),
        Value::String(text) => text.trim().parse::<i64>().ok().or_else(|| text.trim().parse::<f64>().ok().map(|float| float as i64)),
        _ => None,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}
