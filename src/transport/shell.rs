//! Words and quotes of the POSIX shell, for command lines that a login's shell reads and for
//! options that users write as one string.

/// A word that a POSIX shell reads back as the text.
pub fn quote(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@%+=:,./-_".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r#"'"'"'"#))
}

/// The words of a line: blanks part them, quotes and backslashes join them. No comments, variables
/// or globs. An open quote is an error.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match char {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some('\'') => break,
                        Some(char) => word.push(char),
                        None => return Err("No closing quotation".into()),
                    }
                }
            }
            '"' => quoted(&mut chars, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(chars.next().ok_or("No escaped character")?),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Inside of double quotes a backslash escapes only itself and the quote.
fn quoted(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), String> {
    loop {
        match chars.next().ok_or("No closing quotation")? {
            '"' => return Ok(()),
            '\\' => match chars.next().ok_or("No closing quotation")? {
                escaped @ ('"' | '\\') => word.push(escaped),
                other => word.extend(['\\', other]),
            },
            other => word.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_needed() {
        for (text, expected) in [("", "''"), ("a/b-c_1", "a/b-c_1"), ("a b", "'a b'"), ("$x", "'$x'"), ("é", "'é'")] {
            assert_eq!(quote(text), expected);
        }
    }

    #[test]
    fn lines_are_split_into_words() {
        for (line, expected) in [
            ("", &[][..]),
            ("  -o A=b\t-C ", &["-o", "A=b", "-C"]),
            (r#"-o "A b" 'c  d'e"#, &["-o", "A b", "c  de"]),
            (r#"a\ b "q\"q" "k\n" ''"#, &["a b", "q\"q", "k\\n", ""]),
        ] {
            assert_eq!(
                split(line).as_deref(),
                Ok(&expected.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()[..])
            );
        }
        assert!(split("'open").is_err());
        assert!(split("\"open").is_err());
    }

    #[test]
    fn what_is_quoted_is_one_word() {
        for text in ["", "a b", "it's", "\"", "\\", "a\nb", "'"] {
            assert_eq!(split(&quote(text)), Ok(vec![text.to_owned()]));
        }
    }
}
