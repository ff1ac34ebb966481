//! Wraps text for a terminal where Python's textwrap would: at blanks and at hyphens inside words.

/// The lines of a text, none longer than `width` characters. Blanks at the breaks are dropped.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut chunks: std::collections::VecDeque<String> = chunks(text).into();
    let mut lines: Vec<String> = Vec::new();
    while !chunks.is_empty() {
        if !lines.is_empty() && chunks.front().is_some_and(|chunk| is_blank(chunk)) {
            chunks.pop_front();
        }
        let mut line: Vec<String> = Vec::new();
        let mut length = 0;
        while let Some(chunk) = chunks.front() {
            let chunk_length = chunk.chars().count();
            if length + chunk_length > width {
                break;
            }
            length += chunk_length;
            line.extend(chunks.pop_front());
        }
        if let Some(chunk) = chunks.front_mut()
            && chunk.chars().count() > width
        {
            let rest = split_long(chunk, width.saturating_sub(length).max(usize::from(length == 0)));
            line.push(std::mem::replace(chunk, rest));
            if chunk.is_empty() {
                chunks.pop_front();
            }
        }
        if line.last().is_some_and(|chunk| is_blank(chunk)) {
            line.pop();
        }
        if !line.is_empty() {
            lines.push(line.concat());
        }
    }
    lines
}

/// Cuts what fits off a word that no line can hold; returns the rest.
fn split_long(chunk: &mut String, room: usize) -> String {
    let head: Vec<char> = chunk.chars().take(room).collect();
    let after_hyphen = head
        .iter()
        .rposition(|character| *character == '-')
        .filter(|index| *index > 0 && head[..*index].iter().any(|character| *character != '-'));
    let count = after_hyphen.map_or(room, |index| index + 1);
    let end = chunk.char_indices().nth(count).map_or(chunk.len(), |(index, _)| index);
    chunk.split_off(end)
}

fn is_blank(chunk: &str) -> bool {
    chunk.chars().all(char::is_whitespace)
}

/// Blanks, words, and parts of hyphenated words. White space becomes blanks.
fn chunks(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    let mut chunks: Vec<String> = Vec::new();
    let mut start = 0;
    for index in 1..=characters.len() {
        if index == characters.len() || is_break(&characters, index) {
            chunks.push(characters[start..index].iter().collect());
            start = index;
        }
    }
    chunks
}

/// Whether a line may end before this character.
fn is_break(characters: &[char], index: usize) -> bool {
    let at = |offset: isize| index.checked_add_signed(offset).and_then(|place| characters.get(place)).copied();
    let letter = |character: Option<char>| character.is_some_and(|c| c.is_alphabetic() || c == '_');
    let word = |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (before, here) = (at(-1), at(0));
    if (before == Some(' ')) != (here == Some(' ')) {
        return true;
    }
    if before == Some('-') && here != Some('-') {
        // Behind a dash of two or more, between words.
        let dashes = characters[..index].iter().rev().take_while(|c| **c == '-').count();
        let opener = characters[..index].iter().rev().nth(dashes).copied();
        if dashes >= 2 {
            return word(here) && (word(opener) || opener.is_some_and(|c| "!\"'&.,?".contains(c)));
        }
        let behind = (letter(at(-2)) && letter(at(-3))) || (letter(at(-2)) && at(-3) == Some('-') && letter(at(-4)));
        let ahead = letter(here) && (letter(at(1)) || (at(1) == Some('-') && letter(at(2))));
        return behind && ahead;
    }
    if here == Some('-') && before != Some('-') {
        let dashes = characters[index..].iter().take_while(|c| **c == '-').count();
        let closer = characters.get(index + dashes).copied();
        return dashes >= 2 && word(closer) && (word(before) || before.is_some_and(|c| "!\"'&.,?".contains(c)));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::wrap;

    fn check(text: &str, width: usize, expected: &[&str]) {
        assert_eq!(wrap(text, width), expected, "{text:?} in {width}");
    }

    #[test]
    fn breaks_at_blanks_and_hyphens() {
        check("one two three", 7, &["one two", "three"]);
        check("a well-known thing", 8, &["a well-", "known", "thing"]);
        check("use -i or --limit", 8, &["use -i", "or", "--limit"]);
        check("abcdefghij", 4, &["abcd", "efgh", "ij"]);
        check("word--dash here", 6, &["word--", "dash", "here"]);
        check("", 5, &[]);
    }
}
