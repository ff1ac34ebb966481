//! Paths as text, taken apart and joined as Python's `os.path` does, for POSIX and for Windows.

use std::path::{Path, PathBuf};

use crate::data::Environment;

/// What is behind the last slash.
pub fn base_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// What is before the last slash, without the slashes between.
pub fn dir_name(path: &str) -> &str {
    let Some(slash) = path.rfind('/') else { return "" };
    let head = &path[..=slash];
    match head.trim_end_matches('/') {
        "" => head,
        trimmed => trimmed,
    }
}

/// Joins as a shell would go: an absolute part starts anew.
pub fn join<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for (index, part) in parts.into_iter().enumerate() {
        if part.starts_with('/') || index == 0 {
            joined.clear();
        } else if !joined.is_empty() && !joined.ends_with('/') {
            joined.push('/');
        }
        joined.push_str(part);
    }
    joined
}

/// The name and its last extension, dot included. Leading dots belong to the name.
pub fn split_extension(path: &str) -> (&str, &str) {
    let name_start = path.rfind('/').map_or(0, |slash| slash + 1);
    let name = &path[name_start..];
    let leading = name.len() - name.trim_start_matches('.').len();
    match name[leading..].rfind('.') {
        Some(dot) => path.split_at(name_start + leading + dot),
        None => (path, ""),
    }
}

/// Without `.`, `..` and double slashes, as far as text alone can tell. Two leading slashes stay.
pub fn normalized(path: &str) -> String {
    if path.is_empty() {
        return ".".to_owned();
    }
    let root = match path.len() - path.trim_start_matches('/').len() {
        0 => "",
        2 => "//",
        _ => "/",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part != ".." || (root.is_empty() && parts.last().is_none_or(|last| *last == "..")) {
            parts.push(part);
        } else {
            parts.pop();
        }
    }
    match format!("{root}{}", parts.join("/")) {
        empty if empty.is_empty() => ".".to_owned(),
        path => path,
    }
}

/// The way from one folder to a path, both below the working directory where they are relative.
pub fn relative(path: &str, start: &str, environment: &Environment) -> String {
    let working_directory = environment.working_directory.to_string_lossy();
    let parts = |path: &str| -> Vec<String> {
        let path = normalized(&join([&*working_directory, path]));
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (to, from) = (parts(path), parts(start));
    let common = to.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let steps: Vec<&str> = from[common..].iter().map(|_| "..").chain(to[common..].iter().map(String::as_str)).collect();
    if steps.is_empty() { ".".to_owned() } else { steps.join("/") }
}

/// The longest path that all lie below.
pub fn common(paths: &[&str]) -> Result<String, &'static str> {
    let Some(first) = paths.first() else { return Err("commonpath() arg is an empty sequence") };
    let absolute = first.starts_with('/');
    if paths.iter().any(|path| path.starts_with('/') != absolute) {
        return Err("Can't mix absolute and relative paths");
    }
    let split = |path: &&str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
    };
    let mut all = paths.iter().map(split);
    let mut common = all.next().unwrap_or_default();
    for parts in all {
        let same = common.iter().zip(&parts).take_while(|(a, b)| a == b).count();
        common.truncate(same);
    }
    Ok(format!("{}{}", if absolute { "/" } else { "" }, common.join("/")))
}

/// The path with every symbolic link followed; what does not exist stays as it is.
pub fn real(path: &str, environment: &Environment) -> PathBuf {
    let start = environment.working_directory.join(path);
    let mut resolved = PathBuf::from("/");
    let mut rest: Vec<String> = components(&start);
    let mut links = 0;
    while let Some(part) = rest.pop() {
        if part == ".." {
            resolved.pop();
            continue;
        }
        let candidate = resolved.join(&part);
        match std::fs::read_link(&candidate) {
            Ok(target) if links < 40 => {
                links += 1;
                if target.is_absolute() {
                    resolved = PathBuf::from("/");
                }
                rest.extend(components(&target));
            }
            _ => resolved = candidate,
        }
    }
    resolved
}

/// The parts of a path, last one first.
fn components(path: &Path) -> Vec<String> {
    let text = path.to_string_lossy();
    text.split('/').filter(|part| !part.is_empty() && *part != ".").rev().map(str::to_owned).collect()
}

/// `~` and `~name` with the home in its place. An unknown name stays.
pub fn expand_user(path: &str, environment: &Environment) -> String {
    let Some(rest) = path.strip_prefix('~') else { return path.to_owned() };
    let (name, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let home = if name.is_empty() { Some(environment.home.to_string_lossy().into_owned()) } else { home_of(name) };
    let Some(home) = home else { return path.to_owned() };
    match format!("{}{rest}", home.trim_end_matches('/')) {
        empty if empty.is_empty() => "/".to_owned(),
        path => path,
    }
}

fn home_of(name: &str) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let entry = users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|entry| entry[0] == name)?;
    entry.get(5).map(|home| (*home).to_owned())
}

/// `$NAME` and `${NAME}` with their values. What is not set stays.
pub fn expand_variables(path: &str, environment: &Environment) -> String {
    let mut expanded = String::new();
    let mut rest = path;
    while let Some(dollar) = rest.find('$') {
        expanded.push_str(&rest[..dollar]);
        rest = &rest[dollar..];
        let (name, length) = match rest[1..].strip_prefix('{') {
            Some(braced) => braced.find('}').map_or(("", 1), |end| (&braced[..end], end + 3)),
            None => {
                let end = rest[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len() - 1);
                (&rest[1..=end], end + 1)
            }
        };
        match environment.variable(name) {
            Some(value) => expanded.push_str(value),
            None => expanded.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    expanded.push_str(rest);
    expanded
}

fn is_windows_separator(character: char) -> bool {
    matches!(character, '\\' | '/')
}

/// The drive, or the host and share, and what follows.
pub fn windows_split_drive(path: &str) -> (&str, &str) {
    let normal = path.replace('/', "\\");
    let at = if normal.starts_with("\\\\") {
        // Two slashes open a host and a share; `\\?\UNC\` may stand before them.
        let start = if normal.get(..8).is_some_and(|head| head.eq_ignore_ascii_case("\\\\?\\UNC\\")) { 8 } else { 2 };
        match normal[start..].find('\\').map(|found| start + found) {
            None => path.len(),
            Some(host_end) => match normal[host_end + 1..].find('\\') {
                None => path.len(),
                Some(share_end) => host_end + 1 + share_end,
            },
        }
    } else if normal.get(1..2) == Some(":") {
        2
    } else {
        0
    };
    path.split_at(at)
}

/// The folder and the name of a Windows path.
pub fn windows_split(path: &str) -> (String, &str) {
    let (drive, rest) = windows_split_drive(path);
    let name_start = rest.rfind(is_windows_separator).map_or(0, |separator| separator + 1);
    let (head, name) = rest.split_at(name_start);
    let folder = match head.trim_end_matches(is_windows_separator) {
        "" => head,
        trimmed => trimmed,
    };
    (format!("{drive}{folder}"), name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        for (path, folder, name) in [
            ("/a/b", "/a", "b"),
            ("/a/b/", "/a/b", ""),
            ("b", "", "b"),
            ("/", "/", ""),
            ("//x/y", "//x", "y"),
            ("//x", "//", "x"),
        ] {
            assert_eq!((dir_name(path), base_name(path)), (folder, name), "{path}");
        }
        for (path, extension) in [("a.tar.gz", ".gz"), (".bashrc", ""), ("...a.b", ".b"), ("x.", "."), ("a.d/b", "")] {
            assert_eq!(split_extension(path).1, extension, "{path}");
        }
    }

    #[test]
    fn joins_and_normal_forms() {
        assert_eq!(join(["a", "", "b/", "c"]), "a/b/c");
        assert_eq!(join(["a", "/b", ""]), "/b/");
        for (path, expected) in
            [("", "."), ("a/../..", ".."), ("/../x", "/x"), ("//a/./b//c", "//a/b/c"), ("///a", "/a"), ("a/..", ".")]
        {
            assert_eq!(normalized(path), expected, "{path}");
        }
    }

    #[test]
    fn windows() {
        for (path, folder, name) in [
            ("C:\\Users\\ana\\f.txt", "C:\\Users\\ana", "f.txt"),
            ("C:\\a", "C:\\", "a"),
            ("\\\\srv\\share\\dir\\f", "\\\\srv\\share\\dir", "f"),
            ("rel\\x", "rel", "x"),
            ("D:file", "D:", "file"),
        ] {
            assert_eq!(windows_split(path), (folder.to_owned(), name), "{path}");
        }
    }
}
