//! A report as a page of HTML: one file with everything in it, no scripts, nothing fetched, good on a screen of either brightness and
//! on paper. Whatever is shown is escaped here, so that a name from outside is only ever a name.

mod chart;

use std::fmt::Write;

use crate::text::{Lang, lang, printable};

/// A page under construction.
pub struct Page {
    title: String,
    body: String,
}

/// How a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Texts
    Left,
    /// Numbers
    Right,
}

/// A cell of a table.
#[derive(Clone, Debug)]
pub enum Field {
    /// Anything
    Text(String),
    /// Something that is not there
    None(&'static str),
    /// A number
    Count(u64),
    /// A number with a bar as long as its part of the greatest
    Bar {
        /// The number
        count: u64,
        /// The greatest
        most: u64,
    },
}

/// A column of a chart: what it is called, and its parts from below.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Whole, as the column says when it is pointed at
    pub name: String,
    /// Short, under the column, where there is room
    pub label: String,
    /// From below
    pub parts: [u64; 3],
}

impl Page {
    /// A page with its heading, and what it is about.
    pub fn new(title: &str, about: &str) -> Page {
        let body = format!("<header><h1>{}</h1><p>{}</p></header>\n", escaped(title), escaped(about));
        Page { title: title.to_owned(), body }
    }

    /// A few numbers that matter, large.
    pub fn figures(mut self, figures: &[(&str, String, Option<String>)]) -> Page {
        self.body += "<section class=\"figures\">\n";
        for (name, value, more) in figures {
            let more = more.as_ref().map(|more| format!("<small>{}</small>", escaped(more))).unwrap_or_default();
            self.add(format_args!("<div><span>{}</span><strong>{}</strong>{more}</div>\n", escaped(name), escaped(value)));
        }
        self.body += "</section>\n";
        self
    }

    /// A map of the week by hours.
    pub fn week(mut self, heading: &str, days: [&str; 7], hours: &[[u64; 24]; 7]) -> Page {
        let picture = chart::week(heading, days, hours);
        self.section(heading, &picture);
        self
    }

    /// Columns side by side, with the names of their parts.
    pub fn stacks(mut self, heading: &str, parts: [&str; 3], stacks: &[Stack]) -> Page {
        let occurs = |part: usize| stacks.iter().any(|stack| stack.parts[part] > 0);
        let legend: String = parts
            .iter()
            .enumerate()
            .filter(|(n, _)| occurs(*n))
            .map(|(n, part)| format!("<span class=\"p{n}\">{}</span>", escaped(part)))
            .collect();
        let picture = chart::stacks(heading, parts, stacks);
        self.section(heading, &format!("<p class=\"legend\">{legend}</p>\n{picture}"));
        self
    }

    /// A table. The last row is set apart when it is a sum.
    pub fn table(mut self, heading: &str, columns: &[(&str, Align)], rows: &[Vec<Field>], sum: Option<&[Field]>) -> Page {
        let class = |n: usize| if columns[n].1 == Align::Right { " class=\"n\"" } else { "" };
        let head: String = columns.iter().enumerate().map(|(n, (name, _))| format!("<th{}>{}</th>", class(n), escaped(name))).collect();
        let row = |row: &[Field]| {
            let cells: String = row.iter().enumerate().map(|(n, field)| format!("<td{}>{}</td>", class(n), field.html())).collect();
            format!("<tr>{cells}</tr>\n")
        };
        let body: String = rows.iter().map(|fields| row(fields)).collect();
        let foot = sum.map(|sum| format!("<tfoot>{}</tfoot>", row(sum))).unwrap_or_default();
        self.section(heading, &format!("<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody>{foot}</table>"));
        self
    }

    fn section(&mut self, heading: &str, inside: &str) {
        self.add(format_args!("<section><h2>{}</h2>\n{inside}\n</section>\n", escaped(heading)));
    }

    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into a String cannot fail.
        let _ = self.body.write_fmt(text);
    }

    /// The whole file.
    pub fn html(self) -> String {
        let lang = match lang() {
            Lang::Ru => "ru",
            Lang::En => "en",
        };
        let (title, body) = (escaped(&self.title), self.body);
        // The policy makes sure of what is promised: nothing is fetched, nothing runs.
        format!(
            "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n\
             </head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
        )
    }
}

impl Field {
    fn html(&self) -> String {
        match self {
            Field::Text(text) => escaped(text),
            Field::None(words) => format!("<i>{}</i>", escaped(words)),
            Field::Count(count) => grouped(*count),
            Field::Bar { count, most } => {
                let part = *count as f64 * 100.0 / (*most).max(1) as f64;
                format!("<span class=\"bar\"><b style=\"width:{part:.2}%\"></b></span><span class=\"v\">{}</span>", grouped(*count))
            }
        }
    }
}

/// A number with its thousands apart.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let start = digits.len() % 3;
    let mut groups: Vec<&str> = digits.as_bytes()[start..].chunks(3).filter_map(|group| std::str::from_utf8(group).ok()).collect();
    if start > 0 {
        groups.insert(0, &digits[..start]);
    }
    groups.join("\u{202f}")
}

fn escaped(text: &str) -> String {
    let text = printable(text);
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            other => escaped.push(other),
        }
    }
    escaped
}

const STYLE: &str = include_str!("style.css");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (count, shown) in [(0, "0"), (999, "999"), (1000, "1\u{202f}000"), (1_234_567, "1\u{202f}234\u{202f}567")] {
            assert_eq!(grouped(count), shown);
        }
    }

    #[test]
    fn a_name_from_outside_is_only_a_name() {
        let name = "<script>alert(1)</script>\"'&\u{202e}\u{1b}[31m";
        let page = Page::new(name, name)
            .figures(&[(name, name.into(), Some(name.into()))])
            .week(name, [name; 7], &[[1; 24]; 7])
            .stacks(name, [name; 3], &[Stack { name: name.into(), label: name.into(), parts: [1, 2, 3] }])
            .table(name, &[(name, Align::Left)], &[vec![Field::Text(name.into())]], Some(&[Field::Text(name.into())]))
            .html();
        assert!(!page.contains("<script") && !page.contains('\u{202e}') && !page.contains('\u{1b}'), "{page}");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"), "{page}");
    }

    #[test]
    fn nothing_is_fetched() {
        let page = Page::new("a", "b").week("c", ["d"; 7], &[[1; 24]; 7]).html();
        for word in ["http:", "https:", "//", "url(", "@import", "src=", "<script", "<link", "<img"] {
            assert!(!page.contains(word), "{word}: {page}");
        }
    }
}
