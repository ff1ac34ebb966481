//! Where the cases are, and reading them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

/// The folder of one kind of cases: `templates`, `inventory` or `playbooks`.
pub fn folder(kind: &str) -> PathBuf {
    let ours = ours(kind);
    let Some(other) = std::env::var_os("MUSTER_CORPUS") else { return ours };
    let other = Path::new(&other).join(kind);
    // A corpus may keep its cases one level down, beside other parts of it.
    ["dev", "heldout"].iter().map(|part| other.join(part)).find(|part| part.is_dir()).unwrap_or(other)
}

/// The folder of one kind of cases that is part of the project.
pub fn ours(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(kind)
}

/// Whether `MUSTER_CASES` lets this case run.
pub fn is_wanted(id: &str) -> bool {
    std::env::var("MUSTER_CASES").map_or(true, |pattern| glob_matches(&pattern, id))
}

/// The rows of a `.jsonl` file that are wanted; none when the corpus has no such file.
pub fn rows(path: &Path) -> Vec<Json> {
    let Ok(text) = fs::read_to_string(path) else { return Vec::new() };
    let rows = text.lines().filter(|line| !line.trim().is_empty());
    let rows = rows
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{}: {error}: {line}", path.display())));
    rows.filter(|row: &Json| is_wanted(text_of(row, "id"))).collect()
}

/// The JSON of a file that must be there.
pub fn json_file(path: &Path) -> Json {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folders below `top` that hold a `cmd.json`, by name, as far as they are wanted.
pub fn case_folders(top: &Path) -> Vec<(String, PathBuf)> {
    let Ok(entries) = fs::read_dir(top) else { return Vec::new() };
    let mut found: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
        .filter(|(name, path)| path.join("cmd.json").is_file() && is_wanted(name))
        .collect();
    found.sort();
    found
}

/// A text of an object, or empty.
pub fn text_of<'a>(object: &'a Json, key: &str) -> &'a str {
    object.get(key).and_then(Json::as_str).unwrap_or_default()
}

/// The texts of an object's member: a list of them, or a mapping's pairs.
pub fn pairs_of<'a>(object: &'a Json, key: &str) -> Vec<(&'a str, &'a str)> {
    let members = object.get(key).and_then(Json::as_object).into_iter().flatten();
    members.filter_map(|(name, value)| Some((name.as_str(), value.as_str()?))).collect()
}

pub fn list_of<'a>(object: &'a Json, key: &str) -> Vec<&'a str> {
    object.get(key).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect()
}

/// `*` is any text, `?` one character, all else itself.
pub fn glob_matches(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = &pattern[1..];
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| glob_matches(rest, &text[at..]))
        }
        Some(wanted) => text.chars().next().is_some_and(|found| {
            (wanted == '?' || wanted == found) && glob_matches(&pattern[wanted.len_utf8()..], &text[found.len_utf8()..])
        }),
    }
}

/// Does the work for every item on two threads; results come in the order of the items.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let results = std::sync::Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    let result = work(item);
                    results.lock().expect("no worker panicked").push((index, result));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("no worker panicked");
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

#[test]
fn globs() {
    for (pattern, text, expected) in
        [("*", "", true), ("a*c", "abbc", true), ("a*c", "abcd", false), ("a?c", "aéc", true), ("a-*", "a-", true)]
    {
        assert_eq!(glob_matches(pattern, text), expected, "{pattern} {text}");
    }
}
