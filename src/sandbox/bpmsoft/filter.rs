//! `$filter`: text into a tree (bpmsoft-odata §3.3, §3.4). What the tree means is not known here.

use std::iter::Peekable;
use std::vec::IntoIter;

/// Deeper nesting of parentheses is refused before it fills the stack.
const DEEPEST: usize = 50;

/// So many words have more than a hundred nodes in any case.
const LONGEST: usize = 1000;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Path(Vec<String>),
    Literal(Literal),
    Not(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    Function(String, Vec<Node>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Decimal(f64),
    Text(String),
    Guid(String),
    /// A moment with its zone, or a date alone.
    Time(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Operator {
    fn comparison(word: &str) -> Option<Operator> {
        Some(match word {
            "eq" => Operator::Eq,
            "ne" => Operator::Ne,
            "gt" => Operator::Gt,
            "ge" => Operator::Ge,
            "lt" => Operator::Lt,
            "le" => Operator::Le,
            _ => return None,
        })
    }
}

impl Node {
    /// How many nodes the library counts: operators, functions, literals, path segments and the row itself in front of a path.
    pub(super) fn count(&self) -> usize {
        match self {
            Node::Path(path) => path.len() + 1,
            Node::Literal(_) => 1,
            Node::Not(inner) => 1 + inner.count(),
            Node::Binary(_, left, right) => 1 + left.count() + right.count(),
            Node::Function(_, given) => 1 + given.iter().map(Node::count).sum::<usize>(),
        }
    }
}

/// What is wrong with a text is said in words.
pub(super) type Parsed<T> = Result<T, String>;

pub(super) fn parse(text: &str) -> Parsed<Node> {
    let tokens = tokens(text)?;
    if tokens.len() > LONGEST {
        return Err("The node count limit has been exceeded.".to_owned());
    }
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), depth: 0 };
    let node = parser.either()?;
    match parser.tokens.next() {
        None => Ok(node),
        Some(token) => Err(format!("Syntax error at '{}' in '{text}'.", token.text())),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Literal(Literal),
    Open,
    Close,
    Comma,
}

impl Token {
    fn text(&self) -> String {
        match self {
            Token::Word(word) => word.clone(),
            Token::Literal(literal) => format!("{literal:?}"),
            Token::Open => "(".to_owned(),
            Token::Close => ")".to_owned(),
            Token::Comma => ",".to_owned(),
        }
    }
}

fn tokens(text: &str) -> Parsed<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '\'' => quoted(rest)?,
            _ => bare(rest)?,
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// A quote inside is doubled.
fn quoted(text: &str) -> Parsed<(Token, usize)> {
    let (mut value, mut from) = (String::new(), 1);
    loop {
        let Some(end) = text[from..].find('\'') else { return Err(format!("There is an unterminated string literal in '{text}'.")) };
        value.push_str(&text[from..from + end]);
        from += end + 1;
        if !text[from..].starts_with('\'') {
            return Ok((Token::Literal(Literal::Text(value)), from));
        }
        value.push('\'');
        from += 1;
    }
}

fn bare(text: &str) -> Parsed<(Token, usize)> {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '\'')).unwrap_or(text.len());
    let word = &text[..end];
    let literal = match word {
        "null" => Some(Literal::Null),
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        _ if is_guid(word) => Some(Literal::Guid(word.to_lowercase())),
        _ if is_time(word) => Some(Literal::Time(word.to_owned())),
        _ => word.parse().map(Literal::Int).ok().or_else(|| decimal(word)),
    };
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | '@' | '$');
    match literal {
        Some(literal) => Ok((Token::Literal(literal), end)),
        None if word.chars().all(is_name) && !word.starts_with(|c: char| c.is_ascii_digit()) => Ok((Token::Word(word.to_owned()), end)),
        None => Err(format!("Syntax error: '{word}' is not a valid expression.")),
    }
}

fn decimal(word: &str) -> Option<Literal> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let looks_so = digits.starts_with(|c: char| c.is_ascii_digit());
    word.parse().ok().filter(|_| looks_so).map(Literal::Decimal)
}

pub(super) fn is_guid(word: &str) -> bool {
    word.len() == 36
        && word.char_indices().all(|(place, c)| if matches!(place, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() })
}

fn is_time(word: &str) -> bool {
    let shape = |(place, byte): (usize, u8)| if matches!(place, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    word.len() >= 10 && word.bytes().take(10).enumerate().all(shape) && matches!(word.as_bytes().get(10), None | Some(b'T'))
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    depth: usize,
}

impl Parser {
    fn either(&mut self) -> Parsed<Node> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("The recursion limit of the expression has been exceeded.".to_owned());
        }
        let mut node = self.both()?;
        while self.takes("or") {
            node = Node::Binary(Operator::Or, node.into(), self.both()?.into());
        }
        self.depth -= 1;
        Ok(node)
    }

    fn both(&mut self) -> Parsed<Node> {
        let mut node = self.comparison()?;
        while self.takes("and") {
            node = Node::Binary(Operator::And, node.into(), self.comparison()?.into());
        }
        Ok(node)
    }

    fn comparison(&mut self) -> Parsed<Node> {
        let left = self.single()?;
        let Some(Token::Word(word)) = self.tokens.peek() else { return Ok(left) };
        let Some(operator) = Operator::comparison(word) else { return Ok(left) };
        self.tokens.next();
        Ok(Node::Binary(operator, left.into(), self.single()?.into()))
    }

    /// `not` binds tighter than a comparison: `not A eq B` is `(not A) eq B`.
    fn single(&mut self) -> Parsed<Node> {
        let mut negations = 0;
        while self.takes("not") {
            negations += 1;
        }
        let node = match self.tokens.next() {
            Some(Token::Open) => {
                let inner = self.either()?;
                self.expect(Token::Close)?;
                inner
            }
            Some(Token::Literal(literal)) => Node::Literal(literal),
            Some(Token::Word(word)) if self.tokens.peek() == Some(&Token::Open) => self.function(word)?,
            Some(Token::Word(word)) => Node::Path(word.split('/').map(str::to_owned).collect()),
            Some(token) => return Err(format!("Syntax error at '{}'.", token.text())),
            None => return Err("Expression expected at the end.".to_owned()),
        };
        Ok(if negations % 2 == 1 { Node::Not(node.into()) } else { node })
    }

    fn function(&mut self, name: String) -> Parsed<Node> {
        self.tokens.next();
        let mut given = Vec::new();
        while self.tokens.peek() != Some(&Token::Close) {
            if !given.is_empty() {
                self.expect(Token::Comma)?;
            }
            given.push(self.either()?);
        }
        self.tokens.next();
        Ok(Node::Function(name, given))
    }

    fn takes(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Word(there) if there == word)).is_some()
    }

    fn expect(&mut self, token: Token) -> Parsed<()> {
        match self.tokens.next() {
            Some(there) if there == token => Ok(()),
            there => Err(format!("'{}' expected, '{}' found.", token.text(), there.map_or(String::new(), |there| there.text()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shape(text: &str) -> String {
        fn told(node: &Node) -> String {
            match node {
                Node::Path(path) => path.join("/"),
                Node::Literal(Literal::Text(text)) => format!("'{text}'"),
                Node::Literal(literal) => format!("{literal:?}"),
                Node::Not(inner) => format!("!{}", told(inner)),
                Node::Binary(operator, left, right) => format!("({} {operator:?} {})", told(left), told(right)),
                Node::Function(name, given) => format!("{name}[{}]", given.iter().map(told).collect::<Vec<_>>().join(" ")),
            }
        }
        parse(text).map_or_else(|error| format!("error: {error}"), |node| told(&node))
    }

    #[test]
    fn filters_are_read_as_odata_has_them() {
        for (text, expected) in [
            ("Name eq 'О''Нил'", "(Name Eq 'О'Нил')"),
            ("a eq 1 or b eq 2 and c eq 3", "((a Eq Int(1)) Or ((b Eq Int(2)) And (c Eq Int(3))))"),
            ("( a eq 1 or b eq 2 )and c eq null", "(((a Eq Int(1)) Or (b Eq Int(2))) And (c Eq Null))"),
            ("not contains(Contact/Name,'ив')", "!contains[Contact/Name 'ив']"),
            ("not (x eq false)", "!(x Eq Bool(false))"),
            ("Id eq 5F2A0000-0000-4000-8000-000000000002", r#"(Id Eq Guid("5f2a0000-0000-4000-8000-000000000002"))"#),
            ("StartDate ge 2026-03-01T00:00:00.5+03:00", r#"(StartDate Ge Time("2026-03-01T00:00:00.5+03:00"))"#),
            ("N gt -5 and M lt 1.5", "((N Gt Int(-5)) And (M Lt Decimal(1.5)))"),
        ] {
            assert_eq!(shape(text), expected, "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let deep = format!("{}a eq 1{}", "(".repeat(10_000), ")".repeat(10_000));
        let long = vec!["a"; 100_000].join(" or ");
        for text in
            ["", "Name eq", "Name eq 'x", "(a eq 1", "a eq 1)", "a eq 1 b", "eq 1", "a + 1 eq 2", "Id eq guid'x'", "f(a", &deep, &long]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sixteen_lookups_are_within_the_limit_and_seventeen_are_not() {
        let one = "Contact/Id eq 5f2a0000-0000-4000-8000-000000000002";
        let count = |terms: usize| parse(&vec![one; terms].join(" or ")).unwrap().count();
        assert_eq!((count(1), count(16), count(17)), (5, 95, 101));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in any::<String>(), alike in "[a-z(),'/ 0-9-]{0,60}") {
            let _ = (parse(&text), parse(&alike));
        }

        #[test]
        fn every_string_survives_its_quotes(text in any::<String>()) {
            let filter = format!("Name eq '{}'", text.replace('\'', "''"));
            let expected = Node::Binary(Operator::Eq, Node::Path(vec!["Name".into()]).into(), Node::Literal(Literal::Text(text)).into());
            prop_assert_eq!(parse(&filter), Ok(expected));
        }
    }
}
