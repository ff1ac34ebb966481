//! Python's `re` on top of the engine: search, match, findall, sub and escape, with its flags, its
//! rules for empty matches and its templates for replacements.

mod class;
mod replacement;
mod translate;

use fancy_regex::{Captures, Regex, RegexBuilder};

pub use replacement::Replacement;
pub use translate::{Flags, PatternError};

/// A compiled expression.
pub struct Pattern {
    regex: Regex,
    source: String,
    /// The same, but refusing an empty match where the search starts.
    not_empty: std::sync::OnceLock<Regex>,
    groups: usize,
    names: Vec<(String, usize)>,
}

/// One match: its groups as places in the text, the whole of it first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match<'t> {
    text: &'t str,
    groups: Vec<Option<(usize, usize)>>,
}

/// Where a match must lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    Anywhere,
    Start,
    Whole,
}

impl Pattern {
    pub fn new(pattern: &str, flags: Flags) -> Result<Self, PatternError> {
        Self::anchored(pattern, flags, Anchor::Anywhere)
    }

    pub fn anchored(pattern: &str, flags: Flags, anchor: Anchor) -> Result<Self, PatternError> {
        let translated = translate::translate(pattern, flags)?;
        let source = match anchor {
            Anchor::Anywhere => translated.pattern,
            Anchor::Start => format!("\\A(?:{})", translated.pattern),
            Anchor::Whole => format!("\\A(?:{})\\z", translated.pattern),
        };
        let regex = compile(&source)?;
        Ok(Self {
            regex,
            source,
            not_empty: std::sync::OnceLock::new(),
            groups: translated.groups,
            names: translated.names,
        })
    }

    /// How many groups it has.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// The number of a named group.
    pub fn group_named(&self, name: &str) -> Option<usize> {
        self.names.iter().find(|(known, _)| known == name).map(|(_, index)| *index)
    }

    /// The names of groups and their numbers.
    pub fn names(&self) -> &[(String, usize)] {
        &self.names
    }

    pub fn search<'t>(&self, text: &'t str) -> Result<Option<Match<'t>>, PatternError> {
        self.search_from(text, 0, false)
    }

    fn search_from<'t>(
        &self,
        text: &'t str,
        from: usize,
        must_advance: bool,
    ) -> Result<Option<Match<'t>>, PatternError> {
        let regex = if must_advance { self.not_empty()? } else { &self.regex };
        let captures = regex.captures_from_pos(text, from).map_err(|error| PatternError(error.to_string()))?;
        Ok(captures.map(|captures| Match::new(text, &captures, self.groups)))
    }

    fn not_empty(&self) -> Result<&Regex, PatternError> {
        if let Some(regex) = self.not_empty.get() {
            return Ok(regex);
        }
        let regex = compile(&format!("(?:{})(?!\\G)", self.source))?;
        Ok(self.not_empty.get_or_init(|| regex))
    }

    /// All matches, as `finditer` goes: after an empty one, a longer one at the same place may follow.
    pub fn find_all<'t>(&self, text: &'t str, most: usize) -> Result<Vec<Match<'t>>, PatternError> {
        let mut found = Vec::new();
        let (mut from, mut must_advance) = (0, false);
        while found.len() < most {
            let Some(one) = self.search_from(text, from, must_advance)? else { break };
            let (start, end) = one.span();
            must_advance = start == end;
            from = end;
            found.push(one);
        }
        Ok(found)
    }

    /// `subn`: the text with (at most so many) matches replaced, and how many there were.
    pub fn replace(&self, replacement: &Replacement, text: &str, most: usize) -> Result<(String, usize), PatternError> {
        let found = self.find_all(text, most)?;
        let mut replaced = String::with_capacity(text.len());
        let mut done = 0;
        for one in &found {
            let (start, end) = one.span();
            replaced.push_str(&text[done..start]);
            replacement.write(one, &mut replaced);
            done = end;
        }
        replaced.push_str(&text[done..]);
        Ok((replaced, found.len()))
    }
}

/// Enough for expressions that people write; what needs more is an error rather than a hang.
const BACKTRACK_LIMIT: usize = 50_000_000;
const SIZE_LIMIT: usize = 100 << 20;

fn compile(source: &str) -> Result<Regex, PatternError> {
    RegexBuilder::new(source)
        .backtrack_limit(BACKTRACK_LIMIT)
        .delegate_size_limit(SIZE_LIMIT)
        .build()
        .map_err(|error| PatternError(error.to_string()))
}

impl<'t> Match<'t> {
    fn new(text: &'t str, captures: &Captures<str>, groups: usize) -> Self {
        let places = (0..=groups).map(|index| captures.get(index).map(|found| (found.start(), found.end()))).collect();
        Self { text, groups: places }
    }

    pub fn span(&self) -> (usize, usize) {
        self.groups[0].unwrap_or_default()
    }

    /// The text of a group; `None` where it took no part.
    pub fn group(&self, index: usize) -> Option<&'t str> {
        self.groups.get(index).copied().flatten().map(|(start, end)| &self.text[start..end])
    }
}

/// `re.escape`.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests;
