//! Command lines split into words, as Python's `shlex` does.

/// The words of a line: quotes group, backslashes take the next character as it is.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('"'), '\\') => {
                let next = characters.next().ok_or("No escaped character")?;
                let current = word.get_or_insert_default();
                if !matches!(next, '"' | '\\') {
                    current.push('\\');
                }
                current.push(next);
            }
            (Some(_), _) => word.get_or_insert_default().push(character),
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, '\\') => {
                word.get_or_insert_default().push(characters.next().ok_or("No escaped character")?);
            }
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (None, _) => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err("No closing quotation".to_owned());
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    #[test]
    fn lines() {
        let cases: [(&str, Result<&[&str], &str>); 8] = [
            ("a 'b c'  d", Ok(&["a", "b c", "d"])),
            (r#"a"b"'c' "" x\ y"#, Ok(&["abc", "", "x y"])),
            (r#""a\n\"b\\""#, Ok(&[r#"a\n"b\"#])),
            (r"'a\n'", Ok(&[r"a\n"])),
            ("a # b", Ok(&["a", "#", "b"])),
            ("  ", Ok(&[])),
            ("'a", Err("No closing quotation")),
            ("a\\", Err("No escaped character")),
        ];
        for (line, wanted) in cases {
            let words = super::split(line);
            let found = words.as_ref().map(|words| words.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(found.as_deref().map_err(|error| error.as_str()), wanted, "{line}");
        }
    }
}
