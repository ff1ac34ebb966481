//! The rules of the house that a compiler does not check.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The floors in reading order; each imports only from those before it.
const FLOORS: [&str; 14] = [
    "diagnostic",
    "operator",
    "data",
    "args",
    "wire",
    "template",
    "project",
    "transport",
    "runner",
    "engine",
    "report",
    "modules",
    "plugins",
    "cli",
];

/// What the target side may know, so that it stays small.
const TARGET_SIDE: [(&str, &[&str]); 2] = [
    ("runner", &["diagnostic", "data", "args", "wire"]),
    ("modules", &["diagnostic", "data", "args", "wire", "runner"]),
];

/// Folders in which every file is a thing that one list names.
const LISTED: [&str; 11] = [
    "src/cli",
    "src/plugins/action",
    "src/plugins/become",
    "src/plugins/callback",
    "src/plugins/connection",
    "src/plugins/filter",
    "src/plugins/inventory",
    "src/plugins/lookup",
    "src/plugins/strategy",
    "src/plugins/test",
    "src/modules",
];

#[test]
fn every_floor_is_in_the_map_and_every_folder_is_a_floor() {
    let map = read("src/lib.rs");
    let mapped: Vec<_> = map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(mapped, FLOORS, "src/lib.rs lists the floors in their order");
    let present: BTreeSet<_> = std::fs::read_dir(root().join("src"))
        .expect("src is a folder")
        .map(|entry| {
            entry.expect("src can be read").path().file_stem().expect("files have names").to_string_lossy().into_owned()
        })
        .filter(|name| name != "lib" && name != "main")
        .collect();
    assert_eq!(
        present,
        FLOORS.iter().map(|floor| (*floor).to_owned()).collect(),
        "src holds the floors and nothing else"
    );
}

#[test]
fn imports_point_down() {
    let mut mistakes = Vec::new();
    for file in rust_files("src") {
        let Some(floor) = floor_of(&file) else { continue };
        let height = FLOORS.iter().position(|name| *name == floor).expect("floor_of gives floors");
        let allowed = TARGET_SIDE.iter().find(|(name, _)| *name == floor).map(|(_, allowed)| *allowed);
        for (line, imported) in imports(&read_path(&file)) {
            let Some(depth) = FLOORS.iter().position(|name| *name == imported) else { continue };
            let fine =
                depth == height || allowed.map_or(depth < height, |allowed| allowed.contains(&imported.as_str()));
            if !fine {
                mistakes.push(format!("{}:{line}: `{floor}` must not import `{imported}`", file.display()));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn plugins_and_modules_import_no_sibling() {
    let mut mistakes = Vec::new();
    for file in rust_files("src/plugins").into_iter().chain(rust_files("src/modules")) {
        let own = own_module(&file);
        for (line, path) in crate_paths(&read_path(&file)) {
            let top = path.split("::").next().unwrap_or_default();
            if (top == "plugins" || top == "modules") && !path.starts_with(&own) && !is_list(&file) {
                mistakes.push(format!("{}:{line}: imports {path}", file.display()));
            }
        }
    }
    assert!(mistakes.is_empty(), "what two plugins share belongs below them:\n{}", mistakes.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent: Vec<_> = ["src", "tests", "benches"]
        .iter()
        .flat_map(|folder| rust_files(folder))
        .filter(|file| !read_path(file).starts_with("//! "))
        .map(|file| file.display().to_string())
        .collect();
    assert!(silent.is_empty(), "these do not open with `//!`: {silent:?}");
}

#[test]
fn every_plugin_module_and_command_is_in_its_list() {
    let mut missing = Vec::new();
    for folder in LISTED {
        for list in rust_files(folder).into_iter().filter(|file| is_list(file)) {
            let text = read_path(&list);
            let dir = list.parent().expect("files lie in folders");
            for entry in std::fs::read_dir(dir).expect("it holds a file") {
                let path = entry.expect("it can be read").path();
                let name = path.file_stem().expect("entries have names").to_string_lossy().into_owned();
                let declared = text.contains(&format!("mod {name};"));
                if name != "mod" && !declared && (path.is_dir() || path.extension().is_some_and(|end| end == "rs")) {
                    missing.push(format!("{} does not list {name}", list.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn only_main_and_the_environment_read_what_the_process_was_given() {
    let mut mistakes = Vec::new();
    for file in rust_files("src") {
        let relative = relative(&file);
        let may = relative == "src/main.rs" || relative.starts_with("src/data/environment") || target_side(&relative);
        for (number, line) in read_path(&file).lines().enumerate() {
            if !may
                && ["env::var(", "env::vars(", "env::var_os(", "env::current_dir("]
                    .iter()
                    .any(|call| line.contains(call))
            {
                mistakes.push(format!("{relative}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(mistakes.is_empty(), "`data::Environment` has it:\n{}", mistakes.join("\n"));
}

/// The runner is a process of its own on another machine: what it was given is the target's.
fn target_side(relative: &str) -> bool {
    relative.starts_with("src/runner/") || relative.starts_with("src/modules/")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn relative(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).to_string_lossy().into_owned()
}

fn read(relative: &str) -> String {
    read_path(&root().join(relative))
}

fn read_path(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn is_list(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == "mod.rs")
}

fn floor_of(file: &Path) -> Option<String> {
    let relative = relative(file);
    let first = relative.strip_prefix("src/")?.split('/').next()?.trim_end_matches(".rs").to_owned();
    FLOORS.contains(&first.as_str()).then_some(first)
}

/// `plugins::filter::paths` of a file below `src`; a folder's files share their folder's name.
fn own_module(file: &Path) -> String {
    let relative = relative(file);
    let parts: Vec<_> = relative.trim_start_matches("src/").trim_end_matches(".rs").split('/').collect();
    parts[..parts.len().min(3)].join("::")
}

/// The floors that a file names by `crate::` or `muster::`, with lines.
fn imports(text: &str) -> Vec<(usize, String)> {
    crate_paths(text)
        .into_iter()
        .map(|(line, path)| (line, path.split("::").next().unwrap_or_default().to_owned()))
        .collect()
}

fn crate_paths(text: &str) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        for rest in line.split("crate::").skip(1) {
            let path: String =
                rest.chars().take_while(|letter| letter.is_alphanumeric() || "_:".contains(*letter)).collect();
            paths.push((number + 1, path));
        }
    }
    paths
}
