//! Reads a regular expression as Python's `re` does and writes it for the engine, with Python's
//! refusals and their positions.

use super::class::{self, Escape};

/// What `re.IGNORECASE` and its kin change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    pub ignore_case: bool,
    pub multi_line: bool,
    pub dot_all: bool,
    pub verbose: bool,
    pub ascii: bool,
}

/// The expression in the engine's words: all groups are numbered, names are kept beside.
#[derive(Debug)]
pub struct Translated {
    pub pattern: String,
    pub groups: usize,
    pub names: Vec<(String, usize)>,
}

/// Why Python would not take the expression, with its position.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PatternError(pub String);

/// How many characters a piece can match; `None` above means without end.
type Width = (usize, Option<usize>);

/// Python's own bound for "without end".
const MANY: usize = 4_294_967_295;

pub(super) struct Parser {
    pub(super) chars: Vec<char>,
    pub(super) at: usize,
    pub(super) flags: Flags,
    names: Vec<(String, usize)>,
    /// The width of each group, once it is closed.
    groups: Vec<Option<Width>>,
}

struct Atom {
    text: String,
    width: Width,
    kind: Kind,
}

#[derive(PartialEq, Eq)]
enum Kind {
    Normal,
    /// `^`, `$`, `\b`: cannot be repeated.
    Position,
    /// Comments and flags: not there at all.
    Nothing,
}

pub fn translate(pattern: &str, flags: Flags) -> Result<Translated, PatternError> {
    let mut parser = Parser::new(pattern, flags);
    let mut out = String::new();
    let leading = parser.global_flags_ahead()?;
    parser.flags = leading;
    parser.alternatives(&mut out)?;
    if parser.at < parser.chars.len() {
        return Err(parser.error("unbalanced parenthesis", parser.at));
    }
    let pattern = if leading.ignore_case { format!("(?i:{out})") } else { out };
    Ok(Translated { pattern, groups: parser.groups.len(), names: parser.names })
}

impl Parser {
    fn new(pattern: &str, flags: Flags) -> Self {
        Self { chars: pattern.chars().collect(), at: 0, flags, names: Vec::new(), groups: Vec::new() }
    }

    pub(super) fn error(&self, message: &str, at: usize) -> PatternError {
        let before = &self.chars[..at.min(self.chars.len())];
        if !self.chars.contains(&'\n') {
            return PatternError(format!("{message} at position {at}"));
        }
        let line = before.iter().filter(|c| **c == '\n').count() + 1;
        let column = before.iter().rev().take_while(|c| **c != '\n').count() + 1;
        PatternError(format!("{message} at position {at} (line {line}, column {column})"))
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn take(&mut self, expected: char) -> bool {
        let there = self.peek() == Some(expected);
        if there {
            self.at += 1;
        }
        there
    }

    fn ahead(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(offset, c)| self.chars.get(self.at + offset) == Some(&c))
    }

    /// Flags like `(?i)` count for the whole expression; they can only stand at its start.
    fn global_flags_ahead(&mut self) -> Result<Flags, PatternError> {
        let mut flags = self.flags;
        loop {
            let start = self.at;
            if flags.verbose {
                self.skip_blanks();
            }
            if !self.ahead("(?")
                || !matches!(self.chars.get(self.at + 2), Some('a' | 'i' | 'L' | 'm' | 's' | 'u' | 'x'))
            {
                self.at = start;
                return Ok(flags);
            }
            self.at += 2;
            let mut found = flags;
            while let Some(letter) = self.peek().filter(|c| c.is_ascii_alphabetic()) {
                self.at += 1;
                self.set_flag(&mut found, letter, true)?;
            }
            if !self.take(')') {
                self.at = start;
                return Ok(flags);
            }
            flags = found;
        }
    }

    fn set_flag(&self, flags: &mut Flags, letter: char, on: bool) -> Result<(), PatternError> {
        match letter {
            'i' => flags.ignore_case = on,
            'm' => flags.multi_line = on,
            's' => flags.dot_all = on,
            'x' => flags.verbose = on,
            'a' if on => flags.ascii = true,
            'u' if on => flags.ascii = false,
            'L' => return Err(self.error("bad inline flags: cannot use 'L' flag with a str pattern", self.at)),
            'a' | 'u' => {
                return Err(self.error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'", self.at));
            }
            _ => return Err(self.error("unknown flag", self.at - 1)),
        }
        Ok(())
    }

    fn skip_blanks(&mut self) {
        while let Some(character) = self.peek() {
            if character.is_ascii_whitespace() || character == '\u{b}' {
                self.at += 1;
            } else if character == '#' {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
            } else {
                return;
            }
        }
    }

    fn alternatives(&mut self, out: &mut String) -> Result<Width, PatternError> {
        let mut width = self.sequence(out)?;
        while self.take('|') {
            out.push('|');
            let other = self.sequence(out)?;
            width = (width.0.min(other.0), width.1.zip(other.1).map(|(a, b)| a.max(b)));
        }
        Ok(width)
    }

    fn sequence(&mut self, out: &mut String) -> Result<Width, PatternError> {
        let mut width: Width = (0, Some(0));
        loop {
            if self.flags.verbose {
                self.skip_blanks();
            }
            let start = self.at;
            if matches!(self.peek(), None | Some('|' | ')')) {
                return Ok(width);
            }
            if self.repeat_ahead().is_some() {
                return Err(self.error("nothing to repeat", start));
            }
            let atom = self.atom()?;
            let atom = self.repeated(atom)?;
            out.push_str(&atom.text);
            width = (width.0.saturating_add(atom.width.0), width.1.zip(atom.width.1).map(|(a, b)| a.saturating_add(b)));
        }
    }

    /// The bounds of a repetition that stands here, and its length.
    fn repeat_ahead(&self) -> Option<(usize, usize, usize)> {
        match self.peek()? {
            '*' => Some((0, MANY, 1)),
            '+' => Some((1, MANY, 1)),
            '?' => Some((0, 1, 1)),
            '{' => {
                let end = self.chars[self.at..].iter().position(|c| *c == '}')?;
                let inner: String = self.chars[self.at + 1..self.at + end].iter().collect();
                let (low, high) = inner.split_once(',').map_or((&*inner, None), |(low, high)| (low, Some(high)));
                let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
                if inner.is_empty() || !digits(low) || !digits(high.unwrap_or_default()) {
                    return None;
                }
                let number = |text: &str, empty| if text.is_empty() { empty } else { text.parse().unwrap_or(MANY) };
                let least = number(low, 0);
                Some((least, high.map_or(least, |high| number(high, MANY)), end + 1))
            }
            _ => None,
        }
    }

    fn repeated(&mut self, atom: Atom) -> Result<Atom, PatternError> {
        if self.flags.verbose {
            self.skip_blanks();
        }
        let start = self.at;
        let Some((least, most, length)) = self.repeat_ahead() else { return Ok(atom) };
        if most < least {
            return Err(self.error("min repeat greater than max repeat", start + 1));
        }
        if atom.kind != Kind::Normal {
            return Err(self.error("nothing to repeat", start));
        }
        self.at += length;
        let mode = match self.peek() {
            Some('?') => "?",
            Some('+') => "+",
            _ => "",
        };
        self.at += mode.len();
        if self.flags.verbose {
            self.skip_blanks();
        }
        if self.repeat_ahead().is_some() {
            return Err(self.error("multiple repeat", self.at));
        }
        let times = match (least, most) {
            (0, MANY) => "*".to_owned(),
            (1, MANY) => "+".to_owned(),
            (0, 1) => "?".to_owned(),
            (least, MANY) => format!("{{{least},}}"),
            (least, most) => format!("{{{least},{most}}}"),
        };
        let width = (
            atom.width.0.saturating_mul(least),
            if most == MANY {
                atom.width.1.filter(|widest| *widest == 0)
            } else {
                atom.width.1.map(|w| w.saturating_mul(most))
            },
        );
        // A possessive repetition of a bounded count is not in the engine's words: an atomic group is.
        let text =
            if mode == "+" { format!("(?>{}{times})", atom.text) } else { format!("{}{times}{mode}", atom.text) };
        Ok(Atom { text, width, kind: Kind::Normal })
    }

    fn atom(&mut self) -> Result<Atom, PatternError> {
        let start = self.at;
        let character = self.chars[start];
        self.at += 1;
        let normal = |text: String| Ok(Atom { text, width: (1, Some(1)), kind: Kind::Normal });
        let position = |text: &str| Ok(Atom { text: text.to_owned(), width: (0, Some(0)), kind: Kind::Position });
        match character {
            '.' if self.flags.dot_all => normal("(?s:.)".to_owned()),
            '.' => normal("[^\\n]".to_owned()),
            '^' if self.flags.multi_line => position("(?m:^)"),
            '^' => position("\\A"),
            '$' if self.flags.multi_line => position("(?m:$)"),
            '$' => position("(?=\\n?\\z)"),
            '[' => normal(self.class(start)?),
            '(' => self.group(start),
            '\\' => self.escape(start),
            literal => normal(class::literal(literal)),
        }
    }

    fn escape(&mut self, start: usize) -> Result<Atom, PatternError> {
        let Some(letter) = self.peek() else {
            return Err(self.error("bad escape (end of pattern)", start));
        };
        let position = |text: &str| Atom { text: text.to_owned(), width: (0, Some(0)), kind: Kind::Position };
        let word = "[0-9A-Za-z_]";
        let boundary = match letter {
            'A' => "\\A".to_owned(),
            'Z' => "\\z".to_owned(),
            'b' if self.flags.ascii => format!("(?:(?<={word})(?!{word})|(?<!{word})(?={word}))"),
            'B' if self.flags.ascii => format!("(?:(?<={word})(?={word})|(?<!{word})(?!{word}))"),
            'b' => "\\b".to_owned(),
            'B' => "\\B".to_owned(),
            '1'..='9' => return self.back_reference(start),
            _ => {
                let text = match self.class_escape(start, false)? {
                    Escape::Literal(literal) => class::literal(literal),
                    Escape::Category(category) => category,
                };
                return Ok(Atom { text, width: (1, Some(1)), kind: Kind::Normal });
            }
        };
        self.at += 1;
        Ok(position(&boundary))
    }

    /// `\1` to `\99`, or an octal number of three digits.
    fn back_reference(&mut self, start: usize) -> Result<Atom, PatternError> {
        let digit = |parser: &Self, offset: usize| parser.chars.get(start + offset).and_then(|c| c.to_digit(10));
        let octal = (1..=3).map(|offset| digit(self, offset).filter(|digit| *digit < 8)).collect::<Option<Vec<u32>>>();
        if let Some(digits) = octal {
            let code = digits.iter().fold(0, |code, digit| code * 8 + digit);
            if code > 0o377 {
                let shown: String = self.chars[start..start + 4].iter().collect();
                return Err(self.error(&format!("octal escape value {shown} outside of range 0-0o377"), start));
            }
            self.at = start + 4;
            let literal = char::from_u32(code).unwrap_or_default();
            return Ok(Atom { text: class::literal(literal), width: (1, Some(1)), kind: Kind::Normal });
        }
        let mut number = digit(self, 1).unwrap_or_default() as usize;
        self.at = start + 2;
        if let Some(second) = digit(self, 2) {
            number = number * 10 + second as usize;
            self.at += 1;
        }
        self.reference(number, start + 1)
    }

    fn reference(&self, number: usize, at: usize) -> Result<Atom, PatternError> {
        match number.checked_sub(1).and_then(|index| self.groups.get(index)) {
            None => Err(self.error(&format!("invalid group reference {number}"), at)),
            Some(None) => Err(self.error("cannot refer to an open group", at)),
            Some(Some(width)) => Ok(Atom { text: format!("(?:\\{number})"), width: *width, kind: Kind::Normal }),
        }
    }

    fn group(&mut self, start: usize) -> Result<Atom, PatternError> {
        if !self.take('?') {
            return self.capture(start);
        }
        let Some(kind) = self.peek() else {
            return Err(self.error("unexpected end of pattern", self.at));
        };
        self.at += 1;
        match kind {
            'P' => self.named(start),
            ':' => self.inside(start, "(?:", self.flags),
            '>' => self.inside(start, "(?>", self.flags),
            '=' => self.look(start, "(?=", false),
            '!' => self.look(start, "(?!", false),
            '<' => {
                let Some(side) = self.peek() else {
                    return Err(self.error("unexpected end of pattern", self.at));
                };
                self.at += 1;
                match side {
                    '=' => self.look(start, "(?<=", true),
                    '!' => self.look(start, "(?<!", true),
                    other => Err(self.error(&format!("unknown extension ?<{other}"), start + 1)),
                }
            }
            '#' => {
                while self.peek().is_some_and(|c| c != ')') {
                    self.at += 1;
                }
                if !self.take(')') {
                    return Err(self.error("missing ), unterminated comment", start));
                }
                Ok(Atom { text: String::new(), width: (0, Some(0)), kind: Kind::Nothing })
            }
            '(' => self.conditional(start),
            '-' | 'a' | 'i' | 'L' | 'm' | 's' | 'u' | 'x' => self.flagged(start),
            other => Err(self.error(&format!("unknown extension ?{other}"), start + 1)),
        }
    }

    fn capture(&mut self, start: usize) -> Result<Atom, PatternError> {
        let index = self.groups.len();
        self.groups.push(None);
        let atom = self.inside(start, "(", self.flags)?;
        self.groups[index] = Some(atom.width);
        Ok(atom)
    }

    /// What stands up to the closing parenthesis, under these flags.
    fn inside(&mut self, start: usize, open: &str, flags: Flags) -> Result<Atom, PatternError> {
        let outer = std::mem::replace(&mut self.flags, flags);
        let mut text = open.to_owned();
        let width = self.alternatives(&mut text)?;
        self.flags = outer;
        if !self.take(')') {
            return Err(self.error("missing ), unterminated subpattern", start));
        }
        text.push(')');
        Ok(Atom { text, width, kind: Kind::Normal })
    }

    fn look(&mut self, start: usize, open: &str, behind: bool) -> Result<Atom, PatternError> {
        let mut atom = self.inside(start, open, self.flags)?;
        if behind && Some(atom.width.0) != atom.width.1 {
            return Err(PatternError("look-behind requires fixed-width pattern".to_owned()));
        }
        atom.width = (0, Some(0));
        Ok(atom)
    }

    fn name(&mut self, end: char) -> Result<String, PatternError> {
        let start = self.at;
        while self.peek().is_some_and(|c| c != end) {
            self.at += 1;
        }
        let name: String = self.chars[start..self.at].iter().collect();
        if self.peek().is_none() {
            let message = if name.is_empty() {
                "missing group name".to_owned()
            } else {
                format!("missing {end}, unterminated name")
            };
            return Err(self.error(&message, start));
        }
        self.at += 1;
        if name.is_empty() {
            return Err(self.error("missing group name", start));
        }
        Ok(name)
    }

    fn check_name(&self, name: &str, at: usize) -> Result<(), PatternError> {
        let valid = !name.starts_with(|first: char| first.is_numeric())
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if valid {
            return Ok(());
        }
        let shown = crate::data::python::text_repr(name);
        Err(self.error(&format!("bad character in group name {shown}"), at))
    }

    fn group_named(&self, name: &str, at: usize) -> Result<usize, PatternError> {
        let found = self.names.iter().find(|(known, _)| known == name).map(|(_, index)| *index);
        let shown = crate::data::python::text_repr(name);
        found.ok_or_else(|| self.error(&format!("unknown group name {shown}"), at))
    }

    fn named(&mut self, start: usize) -> Result<Atom, PatternError> {
        if self.take('<') {
            let at = self.at;
            let name = self.name('>')?;
            self.check_name(&name, at)?;
            let number = self.groups.len() + 1;
            if let Some((_, other)) = self.names.iter().find(|(known, _)| *known == name) {
                let shown = crate::data::python::text_repr(&name);
                let message = format!("redefinition of group name {shown} as group {number}; was group {other}");
                return Err(self.error(&message, at));
            }
            self.names.push((name, number));
            return self.capture(start);
        }
        if self.take('=') {
            let at = self.at;
            let name = self.name(')')?;
            self.check_name(&name, at)?;
            let number = self.group_named(&name, at)?;
            return self.reference(number, at);
        }
        match self.peek() {
            None => Err(self.error("unexpected end of pattern", self.at)),
            Some(other) => Err(self.error(&format!("unknown extension ?P{other}"), start + 1)),
        }
    }

    /// `(?(group)yes|no)`.
    fn conditional(&mut self, start: usize) -> Result<Atom, PatternError> {
        let at = self.at;
        let name = self.name(')')?;
        let number = match name.parse::<usize>() {
            Ok(0) => return Err(self.error("bad group number", at)),
            Ok(number) if number <= self.groups.len() => number,
            Ok(number) => return Err(self.error(&format!("invalid group reference {number}"), at)),
            Err(_) => {
                self.check_name(&name, at)?;
                self.group_named(&name, at)?
            }
        };
        let mut text = format!("(?({number})");
        let mut width = self.sequence(&mut text)?;
        if self.take('|') {
            text.push('|');
            let other = self.sequence(&mut text)?;
            width = (width.0.min(other.0), width.1.zip(other.1).map(|(a, b)| a.max(b)));
            if self.peek() == Some('|') {
                return Err(self.error("conditional backref with more than two branches", self.at + 1));
            }
        } else {
            width.0 = 0;
        }
        if !self.take(')') {
            return Err(self.error("missing ), unterminated subpattern", start));
        }
        text.push(')');
        Ok(Atom { text, width, kind: Kind::Normal })
    }

    /// `(?i:…)` and `(?-i:…)`; without a colon it stands in a place where it may not.
    fn flagged(&mut self, start: usize) -> Result<Atom, PatternError> {
        self.at = start + 2;
        let mut flags = self.flags;
        let mut on = true;
        loop {
            let Some(letter) = self.peek() else {
                return Err(self.error("missing -, : or )", self.at));
            };
            self.at += 1;
            match letter {
                ':' => break,
                ')' if on => {
                    return Err(self.error("global flags not at the start of the expression", start));
                }
                '-' if on => on = false,
                letter => self.set_flag(&mut flags, letter, on)?,
            }
        }
        let open = match (flags.ignore_case, self.flags.ignore_case) {
            (true, false) => "(?i:",
            (false, true) => "(?-i:",
            _ => "(?:",
        };
        self.inside(start, open, flags)
    }
}
