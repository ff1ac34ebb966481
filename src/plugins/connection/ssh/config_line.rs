//! One line of an ssh_config file, or one `-o` option: keyword and words.

/// A keyword in lower case, its words, and the rest of the line as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub keyword: String,
    pub words: Vec<String>,
    pub rest: String,
}

/// `None` for blank lines and comments.
pub fn parse(text: &str) -> Result<Option<Line>, String> {
    let text = text.trim_matches([' ', '\t', '\r', '\n', '\x0c']);
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    let (keyword, rest) = match text.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').ok_or("missing quote")?,
        None => text.split_at(text.find([' ', '\t', '=']).unwrap_or(text.len())),
    };
    let rest = rest.trim_start_matches([' ', '\t']);
    let rest = rest.strip_prefix('=').unwrap_or(rest).trim_start_matches([' ', '\t']);
    let words = words(rest)?;
    Ok(Some(Line { keyword: keyword.to_ascii_lowercase(), words, rest: rest.to_owned() }))
}

/// Words with quotes of both kinds. A backslash escapes quotes, itself and (outside of quotes) a
/// blank; anywhere else it stands for itself. A word that starts with `#` ends the line.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|char| matches!(char, ' ' | '\t')).is_some() {}
        match chars.peek() {
            None | Some('#') => return Ok(words),
            Some(_) => {}
        }
        let mut word = String::new();
        let mut quote = None;
        while let Some(char) = chars.next() {
            match (char, quote) {
                (' ' | '\t', None) => break,
                ('\\', _) => match chars.peek() {
                    Some(&next) if matches!(next, '\'' | '"' | '\\') || (quote.is_none() && next == ' ') => {
                        word.push(next);
                        chars.next();
                    }
                    _ => word.push('\\'),
                },
                ('\'' | '"', None) => quote = Some(char),
                (char, Some(open)) if char == open => quote = None,
                (char, _) => word.push(char),
            }
        }
        if quote.is_some() {
            return Err("unterminated quote".into());
        }
        words.push(word);
    }
}

/// `*` and `?` against a whole text.
pub fn wildcard(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // Where to go on after the last star, and with how much of the text taken by it.
    let (mut at, mut read, mut star) = (0, 0, None);
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(&char) if char == '?' || char == text[read] => {
                at += 1;
                read += 1;
            }
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    at = place + 1;
                    read = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|char| *char == '*')
}

/// Several patterns: one must match, and none that is negated.
pub fn pattern_list<'a>(patterns: impl IntoIterator<Item = &'a str>, text: &str) -> bool {
    let mut matched = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(negated) if wildcard(negated, text) => return false,
            Some(_) => {}
            None => matched |= wildcard(pattern, text),
        }
    }
    matched
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, keyword: &str, expected: &[&str]) {
        let line = parse(text).expect("it is well formed").expect("it is not blank");
        assert_eq!(
            (line.keyword.as_str(), line.words),
            (keyword, expected.iter().map(|word| (*word).to_owned()).collect())
        );
    }

    #[test]
    fn lines_are_read() {
        check("Host a b", "host", &["a", "b"]);
        check("  PORT = 22  ", "port", &["22"]);
        check("port=22", "port", &["22"]);
        check("IdentityFile \"~/my key\"  # mine", "identityfile", &["~/my key"]);
        check("User 'a b'", "user", &["a b"]);
        check(r"User a\ b\x", "user", &[r"a b\x"]);
        check("SetEnv A=b C=\"d e\"", "setenv", &["A=b", "C=d e"]);
        check("Host a#b", "host", &["a#b"]);
        assert_eq!(parse("  # nothing"), Ok(None));
        assert_eq!(parse(""), Ok(None));
        assert!(parse("User \"x").is_err());
    }

    #[test]
    fn commands_keep_their_quotes() {
        let line = parse("ProxyCommand ssh vpn \"nc -w 60 `basename %h .eolas` %p\"").expect("fine").expect("a line");
        assert_eq!(line.rest, "ssh vpn \"nc -w 60 `basename %h .eolas` %p\"");
    }

    #[test]
    fn wildcards_match() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abc", true),
            ("a*c", "abcd", false),
            ("*.a.*b", "x.a.y.a.b", true),
            ("?", "", false),
            ("a?", "ab", true),
            ("", "a", false),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} {text}");
        }
        assert!(pattern_list(["*", "!b"], "a"));
        assert!(!pattern_list(["*", "!b"], "b"));
        assert!(!pattern_list(["!b"], "a"));
    }
}
