//! Tables with separators, as Python's `csv` reads and writes them.

use crate::template::{Result, TemplateError};

/// What a file of tables is written with.
#[derive(Clone, Debug)]
pub struct Dialect {
    pub delimiter: char,
    pub quote: char,
    /// Blanks after a delimiter do not count.
    pub skip_initial_space: bool,
    /// What is odd is an error.
    pub strict: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { delimiter: ',', quote: '"', skip_initial_space: false, strict: false }
    }
}

impl Dialect {
    pub fn with_delimiter(mut self, delimiter: &str) -> Result<Self> {
        let mut characters = delimiter.chars();
        match (characters.next(), characters.next()) {
            (Some(delimiter), None) => self.delimiter = delimiter,
            _ => return Err("\"delimiter\" must be a 1-character string".into()),
        }
        Ok(self)
    }

    /// By the names that Python registers.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "excel" | "unix" => Some(Self::default()),
            "excel-tab" => Some(Self { delimiter: '\t', ..Self::default() }),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
    /// A quote was met inside of quotes: it ends them, or stands for itself.
    QuoteInQuoted,
}

/// The rows of a text; empty lines are empty rows.
pub fn rows(text: &str, dialect: &Dialect) -> Result<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    let mut row: Vec<String> = Vec::new();
    let mut field = String::new();
    let mut state = State::FieldStart;
    let mut begun = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_end = matches!(character, '\n' | '\r');
        if is_end && state != State::Quoted {
            if character == '\r' {
                characters.next_if_eq(&'\n');
            }
            if begun {
                row.push(std::mem::take(&mut field));
            }
            rows.push(std::mem::take(&mut row));
            (state, begun) = (State::FieldStart, false);
            continue;
        }
        begun = true;
        match state {
            State::FieldStart if character == dialect.quote => state = State::Quoted,
            State::FieldStart if character == ' ' && dialect.skip_initial_space => {}
            State::FieldStart | State::Plain | State::QuoteInQuoted if character == dialect.delimiter => {
                row.push(std::mem::take(&mut field));
                state = State::FieldStart;
            }
            State::FieldStart | State::Plain => {
                field.push(character);
                state = State::Plain;
            }
            State::Quoted if character == dialect.quote => state = State::QuoteInQuoted,
            State::Quoted => field.push(character),
            State::QuoteInQuoted if character == dialect.quote => {
                field.push(character);
                state = State::Quoted;
            }
            State::QuoteInQuoted if dialect.strict => {
                return Err(TemplateError::failure(format!(
                    "'{}' expected after '{}'",
                    dialect.delimiter, dialect.quote
                )));
            }
            State::QuoteInQuoted => {
                field.push(character);
                state = State::Plain;
            }
        }
    }
    if state == State::Quoted && dialect.strict {
        return Err("unexpected end of data".into());
    }
    if begun {
        row.push(field);
        rows.push(row);
    }
    Ok(rows)
}

/// A row as a line, quoted where needed.
pub fn write_row(cells: &[String], dialect: &Dialect, out: &mut String) {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            out.push(dialect.delimiter);
        }
        let needs_quotes =
            cell.contains([dialect.delimiter, dialect.quote, '\n', '\r']) || (cells.len() == 1 && cell.is_empty());
        if needs_quotes {
            let quote = dialect.quote;
            out.push(quote);
            out.push_str(&cell.replace(quote, &format!("{quote}{quote}")));
            out.push(quote);
        } else {
            out.push_str(cell);
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads() {
        for (text, expected) in [
            ("a,b\nc,d\n", vec![vec!["a", "b"], vec!["c", "d"]]),
            ("\"a \"\"b\"\"\",\"x\ny\"\r\n", vec![vec!["a \"b\"", "x\ny"]]),
            ("a,,\n\nb", vec![vec!["a", "", ""], vec![], vec!["b"]]),
            ("a\"b,\"c\"d", vec![vec!["a\"b", "cd"]]),
            ("", vec![]),
        ] {
            assert_eq!(rows(text, &Dialect::default()).expect("a table"), expected, "{text}");
        }
    }
}
