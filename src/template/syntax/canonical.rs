//! Writes a template anew in the part of the language that minijinja reads as Jinja does: constants
//! and data become numbers of a table, rare forms become common ones. Positions are kept beside it.

use std::collections::{HashMap, HashSet};

use super::nesting::Nesting;
use super::scanner::{Piece, scan};
use super::token::{Kind, Token, expression_tokens};
use super::{Syntax, syntax_error};
use crate::data::{Data, Text, Value, has_template_marks};
use crate::template::Result;

/// The name that `{% do %}` assigns to, which no template can write.
pub(super) const DO_TARGET: &str = "__muster_do__";
/// Begins the stand-in of a name that is not ASCII.
const NAME_PREFIX: &str = "__muster_name_";

/// More operators than this in one expression are refused, since trees are walked recursively.
const MOST_OPERATORS: usize = 2000;
/// More prefixes or `else` than this in one expression are refused.
const DEEPEST: usize = 120;

/// The rewritten text and all that it stands for.
#[derive(Default)]
pub(super) struct Canonical {
    pub text: String,
    /// The constants, by the numbers in the text.
    pub constants: Vec<Value>,
    /// The data between tags, by the numbers in the text.
    pub data: Vec<String>,
    names: Vec<String>,
    /// Where two minus signs stand for a plus.
    pub plus: HashSet<u32>,
    /// Blocks marked `scoped`.
    pub scoped: HashSet<String>,
    /// Where the tokens are: in the rewritten text, and what they were.
    pub tokens: Vec<(usize, Token)>,
    /// Lines begin here in the original.
    line_starts: Vec<usize>,
}

/// Rewrites a whole template.
pub(super) fn template(source: &str, syntax: &Syntax) -> Result<Canonical> {
    let normalised = normalise(source, syntax);
    let mut writer = Writer::new(&normalised);
    let mut nesting = Nesting::new(syntax);
    for piece in scan(&normalised, syntax)? {
        match piece {
            Piece::Data(text) => writer.data(text),
            Piece::Expression(tokens) => writer.print(&tokens, syntax.escapes)?,
            Piece::Statement(tokens) => {
                nesting.enter(&tokens)?;
                writer.statement(&tokens)?;
            }
        }
    }
    nesting.finish()?;
    Ok(writer.canonical)
}

/// Rewrites an expression that stands alone.
pub(super) fn expression(source: &str, _syntax: &Syntax) -> Result<Canonical> {
    let mut writer = Writer::new(source);
    let tokens = expression_tokens(source)?;
    if tokens.is_empty() {
        return Err(syntax_error("Expected an expression, got 'end of template'"));
    }
    writer.tuple(&tokens, true)?;
    Ok(writer.canonical)
}

fn normalise(source: &str, syntax: &Syntax) -> String {
    let mut text =
        if source.contains('\r') { source.replace("\r\n", "\n").replace('\r', "\n") } else { source.to_owned() };
    if !syntax.keep_trailing_newline && text.ends_with('\n') {
        text.pop();
    }
    text
}

impl Canonical {
    /// The name that an identifier of the rewritten text stands for.
    pub fn name<'a>(&'a self, identifier: &'a str) -> &'a str {
        let number = identifier.strip_prefix(NAME_PREFIX).and_then(|number| number.parse::<usize>().ok());
        number.and_then(|number| self.names.get(number)).map_or(identifier, String::as_str)
    }

    /// The constant that a number or text of the rewritten text stands for. Texts side by side
    /// are one text.
    pub fn constant(&self, numbers: &str) -> Value {
        let mut all = numbers.split('s').filter_map(|number| self.constants.get(number.parse::<usize>().ok()?));
        let Some(first) = all.next() else { return Value::text("") };
        let rest: Vec<&Value> = all.collect();
        if rest.is_empty() {
            return first.clone();
        }
        let joined = std::iter::once(first).chain(rest).filter_map(Value::as_str).collect::<String>();
        text_constant(joined)
    }

    /// The line of a place in the rewritten text.
    pub fn line(&self, place: usize) -> usize {
        let index = self.tokens.partition_point(|(at, _)| *at <= place).saturating_sub(1);
        let original = self.tokens.get(index).map_or(0, |(_, token)| token.at);
        self.line_starts.partition_point(|start| *start <= original)
    }
}

struct Writer {
    canonical: Canonical,
    known_names: HashMap<String, usize>,
}

impl Writer {
    fn new(source: &str) -> Self {
        let line_starts = std::iter::once(0).chain(source.match_indices('\n').map(|(place, _)| place + 1)).collect();
        Self { canonical: Canonical { line_starts, ..Canonical::default() }, known_names: HashMap::new() }
    }

    fn data(&mut self, text: String) {
        // A number between two signs that minijinja takes for data.
        self.canonical.text.push_str(&format!("\u{1}{}\u{2}", self.canonical.data.len()));
        self.canonical.data.push(text);
    }

    fn print(&mut self, tokens: &[Token], escapes: bool) -> Result<()> {
        if tokens.is_empty() {
            return Err(syntax_error("Expected an expression, got 'end of print statement'"));
        }
        self.canonical.text.push_str("{{ ");
        self.tuple(tokens, escapes)?;
        self.canonical.text.push_str("}}");
        Ok(())
    }

    fn statement(&mut self, tokens: &[Token]) -> Result<()> {
        let Some((tag, rest)) = tokens.split_first() else { return Err(syntax_error("tag name expected")) };
        match tag.text.as_str() {
            "print" => {
                // Each of several expressions is printed alone.
                let commas =
                    depths(rest).enumerate().filter(|(_, (depth, token))| *depth == 0 && token.is_operator(","));
                let mut begin = 0;
                for end in commas.map(|(place, _)| place).chain([rest.len()]).collect::<Vec<_>>() {
                    self.print(&rest[begin..end], true)?;
                    begin = (end + 1).min(rest.len());
                }
                return Ok(());
            }
            "do" => {
                self.canonical.text.push_str(&format!("{{% set {DO_TARGET} = ( "));
                self.expression(rest, true)?;
                self.canonical.text.push_str(") %}");
                return Ok(());
            }
            _ => {}
        }
        self.canonical.text.push_str("{% ");
        self.token(tag, true);
        match tag.text.as_str() {
            "if" | "elif" => {
                if rest.is_empty() {
                    return Err(syntax_error("Expected an expression, got 'end of statement block'"));
                }
                self.tuple(rest, true)?;
            }
            "for" => self.for_head(rest)?,
            "block" => {
                if let [name, marks @ ..] = rest
                    && marks.iter().any(|mark| mark.is_name("scoped"))
                {
                    self.canonical.scoped.insert(name.text.clone());
                }
                self.expression(rest, true)?;
            }
            _ => self.expression(rest, true)?,
        }
        self.canonical.text.push_str("%}");
        Ok(())
    }

    /// `for x in a, b if …`: a bare tuple gets its parentheses.
    fn for_head(&mut self, tokens: &[Token]) -> Result<()> {
        let at = |from: usize, names: &[&str]| {
            depths(&tokens[from..])
                .position(|(depth, token)| depth == 0 && names.iter().any(|name| token.is_name(name)))
                .map(|place| from + place)
        };
        let Some(begin) = at(0, &["in"]).map(|place| place + 1) else { return self.expression(tokens, true) };
        let end = at(begin, &["if", "recursive"]).unwrap_or(tokens.len());
        self.expression(&tokens[..begin], true)?;
        self.tuple(&tokens[begin..end], true)?;
        self.expression(&tokens[end..], true)
    }

    /// An expression where a bare tuple is allowed.
    fn tuple(&mut self, tokens: &[Token], escapes: bool) -> Result<()> {
        let bare = depths(tokens).any(|(depth, token)| depth == 0 && token.is_operator(","));
        if bare {
            self.canonical.text.push_str("( ");
        }
        self.expression(tokens, escapes)?;
        if bare {
            self.canonical.text.push_str(") ");
        }
        Ok(())
    }

    fn expression(&mut self, tokens: &[Token], escapes: bool) -> Result<()> {
        check_size(tokens)?;
        check_tests(tokens)?;
        // Of every open bracket: whether a parenthesis must be closed with it.
        let mut open: Vec<bool> = Vec::new();
        for (place, token) in tokens.iter().enumerate() {
            let before = place.checked_sub(1).map(|before| &tokens[before]);
            if token.kind != Kind::Operator {
                self.token(token, escapes);
                continue;
            }
            match token.text.as_str() {
                "[" if before.is_some_and(ends_operand) && !after_test_name(tokens, place) => {
                    let wrap = has_bare_tuple(&tokens[place + 1..]);
                    self.token(token, escapes);
                    if wrap {
                        self.canonical.text.push_str("( ");
                    }
                    open.push(wrap);
                }
                "(" | "[" | "{" => {
                    self.token(token, escapes);
                    open.push(false);
                }
                ")" | "]" | "}" => {
                    if open.pop() == Some(true) {
                        self.canonical.text.push_str(") ");
                    }
                    self.token(token, escapes);
                }
                // Jinja takes no sign for the beginning of a test's argument.
                "+" | "-" if after_test_name(tokens, place) => {
                    self.canonical.text.push_str("( ) ");
                    self.token(token, escapes);
                }
                "+" if !before.is_some_and(ends_operand) => {
                    self.canonical.plus.insert(self.canonical.text.len() as u32);
                    self.canonical.tokens.push((self.canonical.text.len(), token.clone()));
                    self.canonical.text.push_str("- - ");
                }
                _ => self.token(token, escapes),
            }
        }
        Ok(())
    }

    fn token(&mut self, token: &Token, escapes: bool) {
        self.canonical.tokens.push((self.canonical.text.len(), token.clone()));
        let written = match &token.kind {
            Kind::Operator => token.text.clone(),
            Kind::Name if token.text.is_ascii() && !token.text.starts_with(NAME_PREFIX) => token.text.clone(),
            Kind::Name => {
                let names = &mut self.canonical.names;
                let number = *self.known_names.entry(token.text.clone()).or_insert_with(|| {
                    names.push(token.text.clone());
                    names.len() - 1
                });
                format!("{NAME_PREFIX}{number}")
            }
            Kind::Integer(number) => self.constant(number.clone()).to_string(),
            Kind::Float(number) => format!("{}.5", self.constant((*number).into())),
            Kind::Text => {
                let text =
                    if escapes && token.text.contains('\\') { unescaped(&token.text) } else { token.text.clone() };
                format!("\"s{}\"", self.constant(text_constant(text)))
            }
        };
        self.canonical.text.push_str(&written);
        self.canonical.text.push(' ');
    }

    fn constant(&mut self, value: Value) -> usize {
        self.canonical.constants.push(value);
        self.canonical.constants.len() - 1
    }
}

/// A text that the user wrote in a template. Only one that looks like a template may be one.
fn text_constant(text: String) -> Value {
    let is_template = has_template_marks(&text);
    Data::Text(if is_template { Text::trusted(text) } else { Text::plain(text) }).into()
}

/// The tokens with the number of brackets around them; a bracket itself counts as outside.
fn depths(tokens: &[Token]) -> impl Iterator<Item = (usize, &Token)> {
    let mut depth = 0_usize;
    tokens.iter().map(move |token| {
        if token.kind == Kind::Operator {
            match token.text.as_str() {
                "(" | "[" | "{" => {
                    depth += 1;
                    return (depth - 1, token);
                }
                ")" | "]" | "}" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        (depth, token)
    })
}

/// Whether the brackets that are open here hold a comma, and no colon, before they close.
fn has_bare_tuple(tokens: &[Token]) -> bool {
    let mut comma = false;
    let mut depth = 0_usize;
    for token in tokens.iter().filter(|token| token.kind == Kind::Operator) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" if depth == 0 => break,
            ")" | "]" | "}" => depth -= 1,
            "," if depth == 0 => comma = true,
            ":" if depth == 0 => return false,
            _ => {}
        }
    }
    comma
}

/// Whether an operator after this token stands between two operands.
fn ends_operand(token: &Token) -> bool {
    const WORDS: [&str; 16] = [
        "and", "or", "not", "in", "is", "if", "else", "elif", "for", "set", "do", "print", "with", "call", "include",
        "return",
    ];
    match token.kind {
        Kind::Operator => matches!(token.text.as_str(), ")" | "]" | "}"),
        Kind::Name => !WORDS.contains(&token.text.as_str()),
        _ => true,
    }
}

/// Whether the token before this place is the name of a test.
fn after_test_name(tokens: &[Token], place: usize) -> bool {
    let Some(mut name) = place.checked_sub(1) else { return false };
    if tokens[name].kind != Kind::Name {
        return false;
    }
    while name >= 2 && tokens[name - 1].is_operator(".") && tokens[name - 2].kind == Kind::Name {
        name -= 2;
    }
    match tokens[..name].last() {
        Some(before) if before.is_name("is") => true,
        Some(before) => before.is_name("not") && name >= 2 && tokens[name - 2].is_name("is"),
        None => false,
    }
}

/// Refuses `a is b is c`.
fn check_tests(tokens: &[Token]) -> Result<()> {
    for (place, _) in tokens.iter().enumerate().filter(|(_, token)| token.is_name("is")) {
        let mut rest = tokens[place + 1..].iter().peekable();
        rest.next_if(|token| token.is_name("not"));
        if rest.next_if(|token| token.kind == Kind::Name).is_none() {
            continue;
        }
        while rest.next_if(|token| token.is_operator(".")).is_some() {
            rest.next_if(|token| token.kind == Kind::Name);
        }
        if rest.next().is_some_and(|token| token.is_name("is")) {
            return Err(syntax_error("You cannot chain multiple tests with is"));
        }
    }
    Ok(())
}

/// Refuses expressions whose tree would be too deep to walk.
fn check_size(tokens: &[Token]) -> Result<()> {
    let (mut operators, mut prefixes) = (0, 0);
    for (place, token) in tokens.iter().enumerate() {
        let after_operand = place > 0 && ends_operand(&tokens[place - 1]);
        match token.kind {
            Kind::Operator if matches!(token.text.as_str(), "," | ":") => (operators, prefixes) = (0, 0),
            Kind::Operator if matches!(token.text.as_str(), "+" | "-") && !after_operand => prefixes += 1,
            Kind::Operator => operators += 1,
            Kind::Name if matches!(token.text.as_str(), "not" | "else" | "if") => prefixes += 1,
            Kind::Name if matches!(token.text.as_str(), "and" | "or" | "is" | "in") => operators += 1,
            _ => {}
        }
        if operators > MOST_OPERATORS || prefixes > DEEPEST {
            return Err(syntax_error("the expression is too long"));
        }
    }
    Ok(())
}

/// A text with its escapes replaced, as Python's `unicode-escape`; unknown ones stay.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('\\') {
        out.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        let Some(first) = rest.chars().next() else {
            out.push('\\');
            break;
        };
        let simple = match first {
            '\n' => Some(None),
            '\\' | '\'' | '"' => Some(Some(first)),
            'n' => Some(Some('\n')),
            't' => Some(Some('\t')),
            'r' => Some(Some('\r')),
            'a' => Some(Some('\x07')),
            'b' => Some(Some('\x08')),
            'f' => Some(Some('\x0c')),
            'v' => Some(Some('\x0b')),
            _ => None,
        };
        if let Some(replacement) = simple {
            out.extend(replacement);
            rest = &rest[first.len_utf8()..];
        } else if let Some((character, length)) = numeric_escape(rest) {
            out.push(character);
            rest = &rest[length..];
        } else {
            out.push('\\');
        }
    }
    out.push_str(rest);
    out
}

/// `x41`, `u00e9`, `U0001f600` and octal digits: the character and the length of the escape.
fn numeric_escape(rest: &str) -> Option<(char, usize)> {
    let (skip, digits, radix) = match rest.as_bytes().first()? {
        b'x' => (1, 2, 16),
        b'u' => (1, 4, 16),
        b'U' => (1, 8, 16),
        b'0'..=b'7' => {
            let digits = rest.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
            (0, digits, 8)
        }
        _ => return None,
    };
    let number = u32::from_str_radix(rest.get(skip..skip + digits)?, radix).ok()?;
    Some((char::from_u32(number)?, skip + digits))
}
