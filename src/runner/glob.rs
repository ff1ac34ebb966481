//! Shell patterns, as Python's `fnmatch` and `glob` take them.

use std::path::{Path, PathBuf};

/// Whether a name fits a pattern of `*`, `?` and `[…]`.
pub fn matches(name: &str, pattern: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    fits(&name, &pattern)
}

fn fits(name: &[char], pattern: &[char]) -> bool {
    let (mut at, mut in_pattern) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        let step = match pattern.get(in_pattern) {
            Some('*') => {
                star = Some((in_pattern, at));
                in_pattern += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => set_matches(&pattern[in_pattern..], name[at]),
            Some(character) if *character == name[at] => Some(1),
            _ => None,
        };
        match (step, star) {
            (Some(length), _) => {
                in_pattern += length;
                at += 1;
            }
            // Lets the last star take one more.
            (None, Some((place, taken))) => {
                star = Some((place, taken + 1));
                in_pattern = place + 1;
                at = taken + 1;
            }
            (None, None) => return false,
        }
    }
    pattern[in_pattern..].iter().all(|character| *character == '*')
}

/// The length of a set at the start of a pattern, if the character is in it. A set without its end
/// is only a bracket.
fn set_matches(pattern: &[char], character: char) -> Option<usize> {
    let negated = pattern.get(1) == Some(&'!');
    let start = if negated { 2 } else { 1 };
    let Some(end) = (start + 1..pattern.len()).find(|index| pattern[*index] == ']') else {
        return (character == '[').then_some(1);
    };
    let set = &pattern[start..end];
    let mut found = false;
    let mut index = 0;
    while index < set.len() {
        if index + 2 < set.len() && set[index + 1] == '-' {
            found |= (set[index]..=set[index + 2]).contains(&character);
            index += 3;
        } else {
            found |= set[index] == character;
            index += 1;
        }
    }
    (found != negated).then_some(end + 1)
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The paths that fit an absolute pattern, in no promised order but that of their names.
pub fn glob(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let part = component.as_os_str().to_string_lossy();
        if !is_pattern(&part) {
            found.iter_mut().for_each(|path| path.push(component));
            continue;
        }
        let mut next = Vec::new();
        for folder in &found {
            let base = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let mut names: Vec<String> = std::fs::read_dir(base)
                .into_iter()
                .flatten()
                .flatten()
                .filter_map(|entry| entry.file_name().into_string().ok())
                .filter(|name| (part.starts_with('.') || !name.starts_with('.')) && matches(name, &part))
                .collect();
            names.sort();
            next.extend(names.into_iter().map(|name| folder.join(name)));
        }
        found = next;
    }
    found.retain(|path| super::files::lexists(path));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::testing::Scratch;

    #[test]
    fn patterns() {
        for (name, pattern, wanted) in [
            ("a.txt", "*.txt", true),
            ("a.txt", "?.t[a-x]t", true),
            ("a.txt", "[!b].txt", true),
            ("b.txt", "[!b].txt", false),
            ("abcbc", "a*bc", true),
            ("a[b", "a[b", true),
            ("]", "[]]", true),
            ("", "*", true),
            ("a", "", false),
            ("äö", "??", true),
        ] {
            assert_eq!(matches(name, pattern), wanted, "{name} {pattern}");
        }
    }

    #[test]
    fn files_are_found() {
        let scratch = Scratch::new();
        scratch.put("x/a.conf", "");
        scratch.put("y/b.conf", "");
        scratch.put("y/.c.conf", "");
        assert_eq!(glob(&scratch.path("*/*.conf")), [scratch.path("x/a.conf"), scratch.path("y/b.conf")]);
        assert_eq!(glob(&scratch.path("none*")), [] as [PathBuf; 0]);
    }
}
