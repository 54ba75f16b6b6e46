//! The query of an address: `$filter`, `$select`, `$expand`, `$orderby`, `$top`, `$skip`, `$count` (bpmsoft-odata §3.3).

use super::filter::{self, Node, Parsed};

/// More parentheses than this are nobody's question.
const DEEPEST: usize = 100;

/// What is asked of a set, or of what a row is expanded by.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Options {
    pub(super) filter: Option<Node>,
    /// `None` is every column.
    pub(super) select: Option<Vec<String>>,
    pub(super) expand: Vec<(String, Options)>,
    pub(super) order: Vec<Order>,
    pub(super) top: Option<u64>,
    pub(super) skip: u64,
    pub(super) count: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    pub(super) path: Vec<String>,
    pub(super) descending: bool,
}

impl Options {
    /// Reads the part of an address after `?`. In it `+` is a space, `$` may be written `%24`, and options without `$` are nobody's.
    pub(super) fn of_query(query: &str) -> Parsed<Options> {
        let mut options = Options::default();
        let mut seen = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name.starts_with('$')) {
            if seen.contains(&name) {
                return Err(format!("Query option '{name}' was specified more than once, but it must be specified at most once."));
            }
            options.read(&name, &value)?;
            seen.push(name);
        }
        Ok(options)
    }

    fn read(&mut self, name: &str, value: &str) -> Parsed<()> {
        match name {
            "$filter" => self.filter = Some(filter::parse(value)?),
            "$select" => self.select = select(value),
            "$expand" => self.expand = split(value, ',').into_iter().map(expansion).collect::<Parsed<_>>()?,
            "$orderby" => self.order = split(value, ',').into_iter().map(order).collect::<Parsed<_>>()?,
            "$top" => self.top = Some(number(name, value)?),
            "$skip" => self.skip = number(name, value)?,
            "$count" => {
                self.count = match value {
                    "true" => true,
                    "false" => false,
                    _ => return Err(format!("Invalid value '{value}' for $count query option found.")),
                };
            }
            "$format" => {}
            _ => return Err(format!("The query parameter '{name}' is not supported.")),
        }
        Ok(())
    }
}

fn select(value: &str) -> Option<Vec<String>> {
    let names: Vec<String> = value.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    (!names.is_empty() && !names.iter().any(|name| name == "*")).then_some(names)
}

/// `Contact($select=Id,Name;$expand=Account)`
fn expansion(text: &str) -> Parsed<(String, Options)> {
    if text.matches('(').count() > DEEPEST {
        return Err("The recursion limit of the expression has been exceeded.".to_owned());
    }
    let Some((name, inner)) = text.split_once('(') else { return Ok((text.to_owned(), Options::default())) };
    let inner = inner.trim_end().strip_suffix(')').ok_or_else(|| format!("Found an unbalanced bracket expression in '{text}'."))?;
    let mut options = Options::default();
    for option in split(inner, ';') {
        let (name, value) = option.split_once('=').ok_or_else(|| format!("Syntax error in the expand option '{option}'."))?;
        options.read(name.trim(), value)?;
    }
    Ok((name.trim().to_owned(), options))
}

fn order(text: &str) -> Parsed<Order> {
    let mut words = text.split_whitespace();
    let path = words.next().ok_or("Expression expected in $orderby.")?.split('/').map(str::to_owned).collect();
    let descending = match (words.next(), words.next()) {
        (None | Some("asc"), None) => false,
        (Some("desc"), None) => true,
        _ => return Err(format!("Syntax error in '{text}'.")),
    };
    Ok(Order { path, descending })
}

fn number(name: &str, value: &str) -> Parsed<u64> {
    let wrong =
        || format!("Invalid value '{value}' for {name} query option found. The {name} query option requires a non-negative integer value.");
    value.trim().parse::<u32>().map(u64::from).map_err(|_| wrong())
}

/// Divides at what is neither in parentheses nor in quotes.
fn split(text: &str, at: char) -> Vec<&str> {
    let (mut parts, mut from, mut depth, mut quoted) = (Vec::new(), 0, 0_usize, false);
    for (place, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            c if c == at && depth == 0 && !quoted => {
                parts.push(text[from..place].trim());
                from = place + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[from..].trim());
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_nest() {
        let query = "%24filter=Name+eq+'%2B7'&$expand=Contact($select=Id,Name;$expand=Account($select=Name)),CommunicationType&$orderby=Contact/Name%20desc,Id&$top=20&$skip=40&$count=true&x=1";
        let options = Options::of_query(query).unwrap();
        let [(contact, inner), (kind, whole)] = options.expand.as_slice() else { panic!("{options:?}") };
        assert_eq!((contact.as_str(), kind.as_str(), whole), ("Contact", "CommunicationType", &Options::default()));
        assert_eq!(
            (inner.select.as_deref(), inner.expand[0].0.as_str()),
            (Some(["Id".to_owned(), "Name".to_owned()].as_slice()), "Account")
        );
        assert_eq!(options.order[0], Order { path: vec!["Contact".into(), "Name".into()], descending: true });
        assert_eq!((options.top, options.skip, options.count), (Some(20), 40, true));
        assert!(options.filter.is_some());
    }

    #[test]
    fn a_plus_in_an_address_is_a_space() {
        let plain = Options::of_query("$filter=Number eq '+7'").unwrap();
        assert_eq!(plain, Options::of_query("$filter=Number eq '%207'").unwrap());
    }

    #[test]
    fn options_that_make_no_sense_are_refused() {
        for query in
            ["$top=-1", "$top=x", "$count=yes", "$apply=x", "$search=x", "$top=1&$top=2", "$expand=A(", "$orderby=A up", "$expand=A(x)"]
        {
            assert!(Options::of_query(query).is_err(), "{query}");
        }
    }
}
