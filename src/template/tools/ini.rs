//! Files with sections, as Python's `configparser` reads them.

use indexmap::IndexMap;

use crate::data::python::text_repr;
use crate::template::{Result, TemplateError};

/// How a file is read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub case_sensitive: bool,
    /// A key may stand alone.
    pub allow_no_value: bool,
    /// Where the text came from, for messages.
    pub name: &'static str,
}

type Section = IndexMap<String, Option<String>>;

/// The sections of a file; keys without a value have none.
#[derive(Clone, Debug, Default)]
pub struct Ini {
    pub sections: IndexMap<String, Section>,
    /// What holds in every section.
    defaults: Section,
}

const DEFAULT_SECTION: &str = "DEFAULT";

/// The lines of a value, until all are known.
type Pending = IndexMap<String, Option<Vec<String>>>;

struct Reader<'a> {
    options: &'a Options,
    sections: IndexMap<String, Pending>,
    defaults: Pending,
    /// The section that is read, and the key that further lines belong to.
    section: Option<String>,
    key: Option<String>,
    indent: usize,
    bad_lines: Vec<(usize, String)>,
}

impl Ini {
    pub fn parse(text: &str, options: &Options) -> Result<Self> {
        let mut reader = Reader {
            options,
            sections: IndexMap::new(),
            defaults: IndexMap::new(),
            section: None,
            key: None,
            indent: 0,
            bad_lines: Vec::new(),
        };
        for (index, line) in text.lines().enumerate() {
            reader.line(line, index + 1)?;
        }
        if !reader.bad_lines.is_empty() {
            let lines =
                reader.bad_lines.iter().map(|(number, line)| format!("\n\t[line {number:2}]: {}", text_repr(line)));
            return Err(
                format!("Source contains parsing errors: '{}'{}", options.name, lines.collect::<String>()).into()
            );
        }
        Ok(Self {
            sections: reader.sections.into_iter().map(|(name, pending)| (name, finished(pending))).collect(),
            defaults: finished(reader.defaults),
        })
    }

    fn section(&self, name: &str) -> Result<&Section> {
        match self.sections.get(name) {
            Some(section) => Ok(section),
            None if name == DEFAULT_SECTION => Ok(&self.defaults),
            None => Err(TemplateError::failure(format!("No section: {}", text_repr(name)))),
        }
    }

    /// The keys of a section, those of the defaults last.
    pub fn keys(&self, section: &str) -> Result<Vec<&str>> {
        let own = self.section(section)?;
        let inherited = self.defaults.keys().filter(|key| !own.contains_key(*key));
        Ok(own.keys().chain(inherited).map(String::as_str).collect())
    }

    /// A value as it stands there; `None` where there is no such key.
    pub fn raw(&self, section: &str, key: &str) -> Result<Option<Option<&str>>> {
        let found = self.section(section)?.get(key).or_else(|| self.defaults.get(key));
        Ok(found.map(Option::as_deref))
    }

    /// A value with `%(other)s` replaced by other values.
    pub fn value(&self, section: &str, key: &str) -> Result<Option<Option<String>>> {
        match self.raw(section, key)? {
            None => Ok(None),
            Some(None) => Ok(Some(None)),
            Some(Some(raw)) => self.interpolated(section, key, raw, raw, 1).map(|value| Some(Some(value))),
        }
    }

    fn interpolated(&self, section: &str, key: &str, text: &str, raw: &str, depth: usize) -> Result<String> {
        const DEEPEST: usize = 10;
        if depth > DEEPEST {
            return Err(format!(
                "Recursion limit exceeded in value substitution: option {} in section {} contains an interpolation \
                 key which cannot be substituted in {DEEPEST} steps. Raw value: {}",
                text_repr(key),
                text_repr(section),
                text_repr(raw)
            )
            .into());
        }
        let mut out = String::new();
        let mut rest = text;
        while let Some(percent) = rest.find('%') {
            out.push_str(&rest[..percent]);
            rest = &rest[percent..];
            if let Some(after) = rest.strip_prefix("%%") {
                out.push('%');
                rest = after;
                continue;
            }
            let Some(named) = rest.strip_prefix("%(") else {
                return Err(format!("'%' must be followed by '%' or '(', found: {}", text_repr(rest)).into());
            };
            let Some((name, after)) = named.split_once(")s") else {
                return Err(format!("bad interpolation variable reference {}", text_repr(rest)).into());
            };
            let Some(Some(other)) = self.raw(section, &name.to_lowercase())? else {
                return Err(format!(
                    "Bad value substitution: option {} in section {} contains an interpolation key {} which is not \
                     a valid option name. Raw value: {}",
                    text_repr(key),
                    text_repr(section),
                    text_repr(name),
                    text_repr(raw)
                )
                .into());
            };
            out.push_str(&self.interpolated(section, key, other, raw, depth + 1)?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }
}

fn finished(pending: Pending) -> Section {
    pending.into_iter().map(|(key, lines)| (key, lines.map(|lines| lines.join("\n").trim_end().to_owned()))).collect()
}

impl Reader<'_> {
    fn current(&mut self) -> Option<&mut Pending> {
        let name = self.section.as_ref()?;
        if name == DEFAULT_SECTION { Some(&mut self.defaults) } else { self.sections.get_mut(name) }
    }

    /// The lines of the value that may go on.
    fn open_value(&mut self) -> Option<&mut Vec<String>> {
        let key = self.key.clone()?;
        self.current()?.get_mut(&key)?.as_mut()
    }

    fn line(&mut self, line: &str, number: usize) -> Result<()> {
        let value = line.trim();
        let is_comment = value.starts_with(['#', ';']);
        if value.is_empty() || is_comment {
            // An empty line may be part of a value; a comment is not.
            if !is_comment && let Some(lines) = self.open_value() {
                lines.push(String::new());
            }
            return Ok(());
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        let goes_on = self.section.is_some() && self.key.is_some() && indent > self.indent;
        if goes_on && let Some(lines) = self.open_value() {
            lines.push(value.to_owned());
            return Ok(());
        }
        self.indent = indent;
        if value.starts_with('[')
            && let Some(end) = value.rfind(']').filter(|end| *end > 1)
        {
            return self.header(&value[1..end], number);
        }
        if self.section.is_none() {
            let name = self.options.name;
            let shown = text_repr(line);
            return Err(format!("File contains no section headers.\nfile: '{name}', line: {number}\n{shown}").into());
        }
        self.option(value, line, number)
    }

    fn header(&mut self, name: &str, number: usize) -> Result<()> {
        self.key = None;
        if name != DEFAULT_SECTION {
            if self.sections.contains_key(name) {
                let (source, shown) = (self.options.name, text_repr(name));
                return Err(
                    format!("While reading from '{source}' [line {number:2}]: section {shown} already exists").into()
                );
            }
            self.sections.insert(name.to_owned(), IndexMap::new());
        }
        self.section = Some(name.to_owned());
        Ok(())
    }

    fn option(&mut self, value: &str, line: &str, number: usize) -> Result<()> {
        let (key, text) = match value.find(['=', ':']) {
            Some(at) => (value[..at].trim_end(), Some(value[at + 1..].trim())),
            None if self.options.allow_no_value => (value, None),
            None => ("", None),
        };
        if key.is_empty() {
            self.bad_lines.push((number, line.to_owned()));
            return Ok(());
        }
        let key = if self.options.case_sensitive { key.to_owned() } else { key.to_lowercase() };
        let (source, section) = (self.options.name, self.section.clone().unwrap_or_default());
        let Some(current) = self.current() else { return Ok(()) };
        if current.contains_key(&key) {
            let (key, section) = (text_repr(&key), text_repr(&section));
            return Err(format!(
                "While reading from '{source}' [line {number:2}]: option {key} in section {section} already exists"
            )
            .into());
        }
        current.insert(key.clone(), text.map(|text| vec![text.to_owned()]));
        self.key = Some(key);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Ini> {
        Ini::parse(text, &Options { name: "<test>", ..Options::default() })
    }

    #[test]
    fn values() {
        let ini = parse("[DEFAULT]\nd = 1\n[a]\nX=1\n y=2\n\n z\n; note\nb : %(d)s%%\ne =\n").expect("a good file");
        for (key, expected) in [("x", "1\ny=2\n\nz"), ("b", "1%"), ("e", ""), ("d", "1")] {
            assert_eq!(ini.value("a", key).expect("a value"), Some(Some(expected.to_owned())), "{key}");
        }
        assert_eq!(ini.keys("a").expect("a section"), ["x", "b", "e", "d"]);
        assert_eq!(ini.value("a", "nosuch").expect("a section"), None);
    }

    #[test]
    fn refusals() {
        for (text, expected) in [
            ("x=1", "File contains no section headers."),
            ("[a]\nk", "Source contains parsing errors"),
            ("[a]\nk=1\nk=2", "option 'k' in section 'a' already exists"),
            ("[a]\n[a]", "section 'a' already exists"),
        ] {
            let message = parse(text).map(|_| ()).expect_err("a bad file").to_string();
            assert!(message.contains(expected), "{message}");
        }
        let ini = parse("[a]\nk=%x\nl=%(nope)s").expect("a good file");
        assert!(ini.value("a", "k").is_err() && ini.value("a", "l").is_err() && ini.value("b", "k").is_err());
    }
}
