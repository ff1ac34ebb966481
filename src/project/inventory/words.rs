//! Words of a line as a POSIX shell would see them: quotes, backslashes and `#` comments.

/// Why a line has no words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    #[error("No closing quotation")]
    OpenQuote,
    #[error("No escaped character")]
    LoneBackslash,
}

/// The words of a line, their quotes removed. A `#` ends the line, even inside of a bare word.
pub fn split(line: &str) -> Result<Vec<String>, WordError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '#' => break,
            '\\' => word.get_or_insert_default().push(characters.next().ok_or(WordError::LoneBackslash)?),
            '\'' => loop {
                let word = word.get_or_insert_default();
                match characters.next().ok_or(WordError::OpenQuote)? {
                    '\'' => break,
                    inside => word.push(inside),
                }
            },
            '"' => quoted(&mut characters, word.get_or_insert_default())?,
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

/// Inside of double quotes a backslash keeps its place, but before `"` and `\`.
fn quoted(characters: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), WordError> {
    loop {
        match characters.next().ok_or(WordError::OpenQuote)? {
            '"' => return Ok(()),
            '\\' => match characters.next().ok_or(WordError::LoneBackslash)? {
                escaped @ ('"' | '\\') => word.push(escaped),
                other => word.extend(['\\', other]),
            },
            inside => word.push(inside),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &str) {
        let shown = match split(line) {
            Ok(words) => words.join("|"),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(shown, expected, "{line}");
    }

    #[test]
    fn lines_split_as_a_shell_does() {
        check("h1 a=1 b='x y'", "h1|a=1|b=x y");
        check(r#"h1 c="say \"hi\" \n" d=\"5\" e=C:\temp"#, r#"h1|c=say "hi" \n|d="5"|e=C:temp"#);
        check(r#"a"b c"d'e f' "" # rest"#, "ab cde f|");
        check("h1 x=a#b c=d", "h1|x=a");
        check("h1 x=don't", "error: No closing quotation");
        check("h1 x=\\", "error: No escaped character");
    }
}
