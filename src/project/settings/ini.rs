//! Reads ansible.cfg as Python's configparser does: sections, keys in any case, values over several
//! lines, `;` comments behind a blank, nothing twice, `[DEFAULT]` inherited by every section.

use indexmap::IndexMap;

use crate::data::python;

/// Sections with their keys; each value is the text after the delimiter.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ini {
    sections: IndexMap<String, IndexMap<String, String>>,
    inherited: IndexMap<String, String>,
}

impl Ini {
    pub fn get(&self, section: &str, key: &str) -> Option<&str> {
        let keys = self.sections.get(section)?;
        keys.get(key).or_else(|| self.inherited.get(key)).map(String::as_str)
    }

    pub fn sections(&self) -> impl Iterator<Item = (&str, &IndexMap<String, String>)> {
        self.sections.iter().map(|(name, keys)| (name.as_str(), keys))
    }

    /// The keys of `[DEFAULT]`.
    pub fn inherited(&self) -> &IndexMap<String, String> {
        &self.inherited
    }
}

const INHERITED: &str = "DEFAULT";

/// Reads a whole file; the error is a sentence about the place that is wrong.
pub fn parse(text: &str) -> Result<Ini, String> {
    let mut reader = Reader::default();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        reader.take(index + 1, line)?;
    }
    if !reader.unreadable.is_empty() {
        return Err(format!("Source contains parsing errors: '<string>'{}", reader.unreadable));
    }
    Ok(reader.finish())
}

#[derive(Default)]
struct Reader {
    sections: IndexMap<String, IndexMap<String, Vec<String>>>,
    section: Option<String>,
    key: Option<String>,
    /// Columns before the key that is being read.
    indent: usize,
    unreadable: String,
}

impl Reader {
    fn take(&mut self, number: usize, line: &str) -> Result<(), String> {
        let (value, commented) = strip_comment(line);
        let columns = line.chars().take_while(|character| character.is_whitespace()).count();
        if value.is_empty() {
            if !commented && let Some(lines) = self.lines() {
                lines.push(String::new());
            }
            return Ok(());
        }
        if columns > self.indent
            && let Some(lines) = self.lines()
        {
            lines.push(value.to_owned());
            return Ok(());
        }
        self.indent = columns;
        if let Some(header) = header(value) {
            return self.open(number, header);
        }
        let Some(section) = &self.section else {
            let line = python::text_repr(line);
            return Err(format!("File contains no section headers.\nfile: '<string>', line: {number}\n{line}"));
        };
        let Some((key, value)) = value.split_once(['=', ':']) else {
            self.unreadable.push_str(&format!("\n\t[line {number:2}]: {}", python::text_repr(line)));
            return Ok(());
        };
        let key = key.trim_end().to_lowercase();
        let keys = self.sections.entry(section.clone()).or_default();
        if keys.contains_key(&key) {
            return Err(format!(
                "While reading from '<string>' [line {number:2}]: option '{key}' in section '{section}' already exists"
            ));
        }
        keys.insert(key.clone(), vec![value.trim().to_owned()]);
        self.key = Some(key);
        Ok(())
    }

    fn open(&mut self, number: usize, header: &str) -> Result<(), String> {
        if header != INHERITED && self.sections.contains_key(header) {
            return Err(format!("While reading from '<string>' [line {number:2}]: section '{header}' already exists"));
        }
        self.sections.entry(header.to_owned()).or_default();
        self.section = Some(header.to_owned());
        self.key = None;
        Ok(())
    }

    /// The lines of the value that is being read.
    fn lines(&mut self) -> Option<&mut Vec<String>> {
        self.sections.get_mut(self.section.as_ref()?)?.get_mut(self.key.as_ref()?)
    }

    fn finish(self) -> Ini {
        let mut ini = Ini::default();
        for (section, keys) in self.sections {
            let keys = keys.into_iter().map(|(key, lines)| (key, lines.join("\n").trim_end().to_owned())).collect();
            if section == INHERITED {
                ini.inherited = keys;
            } else {
                ini.sections.insert(section, keys);
            }
        }
        ini
    }
}

/// The line without comment and outer blanks, and whether there was a comment.
fn strip_comment(line: &str) -> (&str, bool) {
    let trimmed = line.trim();
    if trimmed.starts_with(['#', ';']) {
        return ("", true);
    }
    let inline = line
        .match_indices(';')
        .map(|(index, _)| index)
        .find(|index| *index == 0 || line[..*index].ends_with(char::is_whitespace));
    match inline {
        Some(index) => (line[..index].trim(), true),
        None => (trimmed, false),
    }
}

/// The name between the brackets.
fn header(value: &str) -> Option<&str> {
    let inner = value.strip_prefix('[')?;
    let end = inner.rfind(']')?;
    (end > 0).then(|| &inner[..end])
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn check(text: &str, expected: &[(&str, &str, &str)]) {
        let ini = parse(text).expect(text);
        let mut rows: Vec<(&str, &str, &str)> = Vec::new();
        for (section, keys) in ini.sections() {
            rows.extend(keys.iter().map(|(key, value)| (section, key.as_str(), value.as_str())));
        }
        assert_eq!(rows, expected, "{text:?}");
    }

    fn check_error(text: &str, expected: &str) {
        assert_eq!(parse(text).expect_err(text), expected);
    }

    #[test]
    fn reads_what_configparser_reads() {
        check("[a]\nX = 1\ny:2 ; c\n", &[("a", "x", "1"), ("a", "y", "2")]);
        check("[a]\nv = one\n  two\n\n  three\nw = #4\n", &[("a", "v", "one\ntwo\n\nthree"), ("a", "w", "#4")]);
        check("[a]\nv =\n # c\n  x\n", &[("a", "v", "\nx")]);
        check("[a]\r\nv = 1\r\n", &[("a", "v", "1")]);
        check("# nothing\n", &[]);
        let ini = parse("[DEFAULT]\nx = 1\n[a]\n").expect("valid");
        assert_eq!((ini.get("a", "x"), ini.get("b", "x")), (Some("1"), None));
    }

    #[test]
    fn says_what_is_wrong() {
        check_error("[a]\nforks 7\n", "Source contains parsing errors: '<string>'\n\t[line  2]: 'forks 7\\n'");
        check_error("x=1\n", "File contains no section headers.\nfile: '<string>', line: 1\n'x=1\\n'");
        check_error(
            "[a]\nx=1\nX=2\n",
            "While reading from '<string>' [line  3]: option 'x' in section 'a' already exists",
        );
        check_error("[a]\n[a]\n", "While reading from '<string>' [line  2]: section 'a' already exists");
    }
}
