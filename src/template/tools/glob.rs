//! Shell patterns for file names, as Python's `fnmatch` and `glob` read them.

use std::path::Path;

/// Whether a name fits a pattern of `*`, `?` and `[…]`.
pub fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    fits_chars(&pattern, &name)
}

fn fits_chars(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut place) = (0, 0);
    // Where the last star stands, and how much of the name it has swallowed so far.
    let mut star: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(at) {
            Some('*') => {
                star = Some((at, place));
                at += 1;
                continue;
            }
            Some(_) if place < name.len() => one(&pattern[at..], name[place]),
            None if place == name.len() => return true,
            _ => None,
        };
        match (step, star) {
            (Some(length), _) => {
                at += length;
                place += 1;
            }
            (None, Some((star_at, swallowed))) if swallowed < name.len() => {
                star = Some((star_at, swallowed + 1));
                at = star_at + 1;
                place = swallowed + 1;
            }
            _ => return false,
        }
    }
}

/// How long the piece of the pattern is that takes this character; `None` where it does not.
fn one(pattern: &[char], character: char) -> Option<usize> {
    match pattern[0] {
        '?' => Some(1),
        '[' => match class_end(pattern) {
            Some(end) => class_holds(&pattern[1..end], character).then_some(end + 1),
            None => (character == '[').then_some(1),
        },
        literal => (literal == character).then_some(1),
    }
}

/// Where the bracket closes; one right after the opening belongs to the class.
fn class_end(pattern: &[char]) -> Option<usize> {
    let mut at = 1;
    if pattern.get(at) == Some(&'!') {
        at += 1;
    }
    if pattern.get(at) == Some(&']') {
        at += 1;
    }
    pattern[at..].iter().position(|character| *character == ']').map(|found| at + found)
}

fn class_holds(class: &[char], character: char) -> bool {
    let (negated, class) = match class.split_first() {
        Some(('!', rest)) => (true, rest),
        _ => (false, class),
    };
    let mut at = 0;
    let mut found = false;
    while at < class.len() {
        if at + 2 < class.len() && class[at + 1] == '-' {
            found |= (class[at]..=class[at + 2]).contains(&character);
            at += 3;
        } else {
            found |= class[at] == character;
            at += 1;
        }
    }
    found != negated
}

/// Whether there is anything to match in it.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The paths that fit, written as the pattern is, in order. A star does not take a leading dot.
pub fn glob(pattern: &str, working_directory: &Path) -> Vec<String> {
    if !is_pattern(pattern) {
        let there = if pattern.ends_with('/') {
            working_directory.join(pattern).is_dir()
        } else {
            working_directory.join(pattern).symlink_metadata().is_ok()
        };
        return if there && !pattern.is_empty() { vec![pattern.to_owned()] } else { Vec::new() };
    }
    let (folder_pattern, name_pattern) = (super::paths::dir_name(pattern), super::paths::base_name(pattern));
    let folders = if is_pattern(folder_pattern) && folder_pattern != pattern {
        glob(folder_pattern, working_directory)
    } else {
        vec![folder_pattern.to_owned()]
    };
    let mut found = Vec::new();
    for folder in folders {
        let place = working_directory.join(&folder);
        if !is_pattern(name_pattern) {
            let there = if name_pattern.is_empty() {
                place.is_dir()
            } else {
                place.join(name_pattern).symlink_metadata().is_ok()
            };
            if there {
                found.push(super::paths::join([&*folder, name_pattern]));
            }
            continue;
        }
        let Ok(entries) = std::fs::read_dir(&place) else { continue };
        let mut names: Vec<String> = entries
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| (!name.starts_with('.') || name_pattern.starts_with('.')) && fits(name_pattern, name))
            .collect();
        names.sort();
        found.extend(names.iter().map(|name| super::paths::join([&*folder, name])));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf~", false),
            ("a*b*c", "axxbyybzzc", true),
            ("[12]?", "2x", true),
            ("[!12]", "3", true),
            ("[!12]", "1", false),
            ("[]x]", "]", true),
            ("[a-c]", "b", true),
            ("[a", "[a", true),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
