//! ansible.builtin.find: lists files that fit.

use std::fs::Metadata;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::args::{Args, TargetPath};
use crate::data::python::regex::{Anchor, Flags, Pattern};
use crate::data::{Map, Value};
use crate::runner::files::{FileAttributes, ModeSpec, checksum, text};
use crate::runner::{Failure, Module, Outcome, Run, Target, errors, glob};

pub static MODULE: Module = Module::of::<Find>("ansible.builtin.find", "List files that fit");

#[derive(Args)]
struct Find {
    /// The folders to look through.
    #[arg(alias = "name", alias = "path")]
    paths: Vec<TargetPath>,
    /// Shell patterns, or expressions with `use_regex`, one of which a name has to fit.
    #[arg(alias = "pattern", default = [])]
    patterns: Vec<String>,
    /// Patterns or expressions that a name must not fit.
    #[arg(alias = "exclude")]
    excludes: Option<Vec<String>>,
    /// An expression that the start of a line of the file, or with `read_whole_file` any of it, has to fit.
    contains: Option<String>,
    /// Whether `contains` looks at the whole content at once.
    #[arg(default = false)]
    read_whole_file: bool,
    /// The encoding of the files' content. Only UTF-8 is looked at.
    #[arg(unused)]
    encoding: Option<String>,
    /// What kind of file.
    #[arg(default = "file", choices("any", "directory", "file", "link"))]
    file_type: String,
    /// Whether folders below are looked through too.
    #[arg(default = false)]
    recurse: bool,
    /// How far below.
    depth: Option<i64>,
    /// How many files are enough.
    limit: Option<i64>,
    /// The least size (`10m`), or with a minus the largest.
    size: Option<String>,
    /// The least age (`2d`), or with a minus the largest.
    age: Option<String>,
    /// The time that the age is counted from.
    #[arg(default = "mtime", choices("atime", "ctime", "mtime"))]
    age_stamp: String,
    /// Whether names with a dot at the start count.
    #[arg(default = false)]
    hidden: bool,
    /// Permissions that a file has to have.
    #[arg(kind = "raw")]
    mode: Option<Value>,
    /// Whether the permissions have to be these and no more.
    #[arg(default = true)]
    exact_mode: bool,
    /// Whether links to folders are followed.
    #[arg(default = false)]
    follow: bool,
    /// Whether checksums are counted.
    #[arg(default = false)]
    get_checksum: bool,
    /// Which checksum.
    #[arg(
        default = "sha1",
        alias = "checksum",
        alias = "checksum_algo",
        choices("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
    )]
    checksum_algorithm: String,
    /// Whether patterns are regular expressions.
    #[arg(default = false)]
    use_regex: bool,
}

/// The conditions in the form in which files are held against them.
struct Search {
    find: Find,
    patterns: Vec<Name>,
    excludes: Vec<Name>,
    contains: Option<Pattern>,
    age: Option<i64>,
    size: Option<i64>,
    mode: Option<ModeSpec>,
    now: f64,
    files: Vec<Value>,
    examined: usize,
    skipped: Map,
    is_full: bool,
}

/// What a name has to fit.
enum Name {
    Shell(String),
    Expression(Pattern),
}

impl Run for Find {
    fn run(self, target: &mut Target) -> Outcome {
        let mut search = Search::new(self)?;
        let paths = search.find.paths.clone();
        let mut message = "All paths examined";
        for path in &paths {
            let shown = path.text();
            let folder = target.absolute(path);
            if !folder.is_dir() {
                let why = format!("'{shown}' is not a directory");
                target.warn(format!("Skipped '{shown}' path due to this access issue: {why}\n"));
                search.skipped.insert(shown, why);
                message = "Not all paths examined, check warnings for details";
                continue;
            }
            search.walk(path, &folder, 1, target);
            if search.is_full {
                message = "Limit of matches reached";
                break;
            }
        }
        Ok(Map::from([
            ("matched", Value::from(search.files.len())),
            ("files", search.files.into()),
            ("examined", search.examined.into()),
            ("msg", message.into()),
            ("skipped_paths", search.skipped.into()),
            ("changed", false.into()),
        ]))
    }
}

impl Search {
    fn new(find: Find) -> Result<Self, Failure> {
        let mode = FileAttributes { mode: find.mode.clone(), ..FileAttributes::default() }.mode_spec(Path::new(""))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let age = match &find.age {
            Some(text) => Some(scaled(text, age_unit).ok_or_else(|| unfit("age", text))?),
            None => None,
        };
        let size = match &find.size {
            Some(text) => Some(scaled(text, size_unit).ok_or_else(|| unfit("size", text))?),
            None => None,
        };
        let everything = vec![if find.use_regex { ".*" } else { "*" }.to_owned()];
        let patterns = if find.patterns.is_empty() { &everything } else { &find.patterns };
        Ok(Self {
            patterns: names(patterns, find.use_regex)?,
            excludes: names(find.excludes.as_deref().unwrap_or_default(), find.use_regex)?,
            contains: find.contains.as_deref().map(|text| compile(text, !find.read_whole_file)).transpose()?,
            age,
            size,
            mode,
            now,
            find,
            files: Vec::new(),
            examined: 0,
            skipped: Map::new(),
            is_full: false,
        })
    }

    /// Files of a folder first, then its folders, then what is below those.
    fn walk(&mut self, shown: &Path, folder: &Path, depth: i64, target: &mut Target) {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.skipped.insert(shown.to_string_lossy().into_owned(), errors::with_path(&error, shown));
                return;
            }
        };
        let paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = paths.into_iter().partition(|path| path.is_dir());
        self.examined += folders.len() + files.len();
        if self.find.depth.is_some_and(|most| depth > most && most != 0) {
            return;
        }
        for path in files.iter().chain(&folders) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') && !self.find.hidden {
                continue;
            }
            let shown = shown.join(path.file_name().unwrap_or_default());
            match path.symlink_metadata() {
                Ok(metadata) => self.take(&shown, path, &name, &metadata),
                Err(error) => {
                    let why = errors::with_path(&error, &shown);
                    target.warn(format!("Skipped entry '{}' due to this access issue: {why}\n", shown.display()));
                    self.skipped.insert(shown.to_string_lossy().into_owned(), why);
                }
            }
            if self.find.limit.is_some_and(|limit| self.files.len() as i64 >= limit) {
                self.is_full = true;
                return;
            }
        }
        if !self.find.recurse {
            return;
        }
        for path in folders {
            if path.is_symlink() && !self.find.follow {
                continue;
            }
            let shown = shown.join(path.file_name().unwrap_or_default());
            self.walk(&shown, &path, depth + 1, target);
            if self.is_full {
                return;
            }
        }
    }

    fn take(&mut self, shown: &Path, path: &Path, name: &str, metadata: &Metadata) {
        let kind = metadata.file_type();
        let is_kind = match self.find.file_type.as_str() {
            "any" => true,
            "directory" => kind.is_dir(),
            "link" => kind.is_symlink(),
            _ => kind.is_file(),
        };
        let is_file_search = self.find.file_type == "file";
        if !is_kind || !self.name_fits(name) || !self.age_fits(metadata) || !self.mode_fits(metadata) {
            return;
        }
        if is_file_search && !(self.size_fits(metadata) && self.content_fits(path)) {
            return;
        }
        let mut file = described(metadata);
        file.insert("path", shown.to_string_lossy().into_owned());
        if kind.is_file() && self.find.get_checksum {
            file.insert("checksum", checksum::of_file(path, &self.find.checksum_algorithm).ok());
        }
        self.files.push(file.into());
    }

    fn name_fits(&self, name: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.fits(name))
            && !self.excludes.iter().any(|pattern| pattern.fits(name))
    }

    fn age_fits(&self, metadata: &Metadata) -> bool {
        let Some(age) = self.age else { return true };
        let stamp = match self.find.age_stamp.as_str() {
            "atime" => metadata.atime() as f64 + metadata.atime_nsec() as f64 * 1e-9,
            "ctime" => metadata.ctime() as f64 + metadata.ctime_nsec() as f64 * 1e-9,
            _ => metadata.mtime() as f64 + metadata.mtime_nsec() as f64 * 1e-9,
        };
        let own = self.now - stamp;
        if age >= 0 { own >= age as f64 } else { own <= age.unsigned_abs() as f64 }
    }

    fn size_fits(&self, metadata: &Metadata) -> bool {
        match self.size {
            None => true,
            Some(size) if size >= 0 => metadata.len() >= size as u64,
            Some(size) => metadata.len() <= size.unsigned_abs(),
        }
    }

    fn mode_fits(&self, metadata: &Metadata) -> bool {
        let Some(mode) = &self.mode else { return true };
        let own = metadata.mode() & 0o7777;
        let wanted = mode.apply(own, metadata.is_dir(), 0);
        if self.find.exact_mode { own == wanted } else { own & wanted != 0 }
    }

    fn content_fits(&self, path: &Path) -> bool {
        let Some(pattern) = &self.contains else { return true };
        let Ok(bytes) = std::fs::read(path) else { return false };
        let content = text::decode(&bytes);
        if self.find.read_whole_file {
            return fits(pattern, &content);
        }
        text::lines(&content).iter().any(|line| fits(pattern, line))
    }
}

impl Name {
    fn fits(&self, name: &str) -> bool {
        match self {
            Self::Shell(pattern) => glob::matches(name, pattern),
            Self::Expression(pattern) => fits(pattern, name),
        }
    }
}

fn fits(pattern: &Pattern, text: &str) -> bool {
    pattern.search(text).is_ok_and(|found| found.is_some())
}

fn names(patterns: &[String], use_regex: bool) -> Result<Vec<Name>, Failure> {
    patterns
        .iter()
        .map(
            |pattern| {
                if use_regex { compile(pattern, true).map(Name::Expression) } else { Ok(Name::Shell(pattern.clone())) }
            },
        )
        .collect()
}

/// An expression that may have to fit at the start of a text.
fn compile(expression: &str, at_start: bool) -> Result<Pattern, Failure> {
    let compiled = if at_start {
        Pattern::anchored(expression, Flags::default(), Anchor::Start)
    } else {
        Pattern::new(expression, Flags::default())
    };
    compiled.map_err(|error| Failure::new(error.to_string()))
}

fn unfit(option: &str, text: &str) -> Failure {
    Failure::new(format!("failed to process {option}")).with(option, text)
}

fn age_unit(unit: &str) -> Option<i64> {
    Some(match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    })
}

fn size_unit(unit: &str) -> Option<i64> {
    Some(match unit {
        "" | "b" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        "t" => 1 << 40,
        _ => return None,
    })
}

/// A number with a unit behind it.
fn scaled(text: &str, unit: fn(&str) -> Option<i64>) -> Option<i64> {
    let text = text.to_lowercase();
    let end = text.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    number.parse::<i64>().ok()?.checked_mul(unit(suffix)?)
}

/// What is told of each file.
fn described(metadata: &Metadata) -> Map {
    let kind = metadata.file_type();
    let mode = metadata.mode();
    let time = |seconds: i64, nanoseconds: i64| seconds as f64 + 1e-9 * nanoseconds as f64;
    let mut file = Map::from([
        ("mode", Value::from(format!("{:04o}", mode & 0o7777))),
        ("isdir", kind.is_dir().into()),
        ("ischr", kind.is_char_device().into()),
        ("isblk", kind.is_block_device().into()),
        ("isreg", kind.is_file().into()),
        ("isfifo", kind.is_fifo().into()),
        ("islnk", kind.is_symlink().into()),
        ("issock", kind.is_socket().into()),
        ("uid", metadata.uid().into()),
        ("gid", metadata.gid().into()),
        ("size", metadata.size().into()),
        ("inode", metadata.ino().into()),
        ("dev", metadata.dev().into()),
        ("nlink", metadata.nlink().into()),
        ("atime", time(metadata.atime(), metadata.atime_nsec()).into()),
        ("mtime", time(metadata.mtime(), metadata.mtime_nsec()).into()),
        ("ctime", time(metadata.ctime(), metadata.ctime_nsec()).into()),
    ]);
    let bits = [
        ("isuid", 0o4000),
        ("isgid", 0o2000),
        ("rusr", 0o400),
        ("wusr", 0o200),
        ("xusr", 0o100),
        ("rgrp", 0o40),
        ("wgrp", 0o20),
        ("xgrp", 0o10),
        ("roth", 0o4),
        ("woth", 0o2),
        ("xoth", 0o1),
    ];
    file.extend(bits.map(|(name, bit)| (name, mode & bit != 0)));
    file
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::data::{Value, python};
    use crate::runner::testing::Scratch;

    #[test]
    fn files_that_fit() {
        /// Arguments besides the folder, names in order, how many were looked at.
        const ROWS: &[(&str, &str, i64)] = &[
            ("", "a.txt b.log", 4),
            (r#""recurse": true"#, "a.txt b.log c.txt d.txt", 8),
            (r#""recurse": true, "depth": 2"#, "a.txt b.log c.txt", 8),
            (r#""recurse": true, "depth": 1"#, "a.txt b.log", 7),
            (r#""hidden": true"#, ".h a.txt b.log", 4),
            (r#""patterns": "*.txt""#, "a.txt", 4),
            (r#""patterns": ["*.log", "a*"]"#, "a.txt b.log", 4),
            (r#""patterns": ["^.\\.(txt|log)$"], "use_regex": true"#, "a.txt b.log", 4),
            (r#""patterns": ["txt"], "use_regex": true"#, "", 4),
            (r#""excludes": "*.txt""#, "b.log", 4),
            (r#""file_type": "directory", "recurse": true"#, "sub under", 8),
            (r#""file_type": "any""#, "a.txt b.log sub", 4),
            (r#""size": "5""#, "b.log", 4),
            (r#""size": "-1k", "contains": "^sec""#, "b.log", 4),
            (r#""contains": "ond""#, "", 4),
            (r#""contains": "st\nsec", "read_whole_file": true"#, "b.log", 4),
            (r#""age": "1d""#, "", 4),
            (r#""age": "-1d""#, "a.txt b.log", 4),
            (r#""mode": "0600""#, "b.log", 4),
            (r#""mode": "u=rw,g=,o=""#, "b.log", 4),
            (r#""mode": "0044", "exact_mode": false"#, "a.txt", 4),
        ];
        let scratch = Scratch::new();
        for (name, content) in
            [("a.txt", "a"), ("b.log", "first\nsecond\n"), (".h", ""), ("sub/c.txt", "c"), ("sub/under/d.txt", "d")]
        {
            scratch.put(name, content);
        }
        scratch.put("sub/.k", "");
        scratch.mode("a.txt", 0o644);
        scratch.mode("b.log", 0o600);
        for (args, wanted, examined) in ROWS {
            let comma = if args.is_empty() { "" } else { ", " };
            let reply = scratch.call(&MODULE, &format!(r#"{{"paths": "@"{comma}{args}}}"#), "");
            let files = reply.result.get("files").and_then(Value::as_items).unwrap_or_default();
            let path = |file: &Value| file.get("path").map(python::str).unwrap_or_default();
            let mut names: Vec<String> =
                files.iter().map(|file| path(file).rsplit('/').next().unwrap_or_default().to_owned()).collect();
            names.sort();
            assert_eq!(names.join(" "), *wanted, "{args}");
            assert_eq!(reply.result.get("examined"), Some(&Value::from(*examined)), "{args}");
        }
    }

    #[test]
    fn what_cannot_be_looked_at() {
        let scratch = Scratch::new();
        for (args, wanted) in [
            (r#"{"paths": "@", "size": "big"}"#, r#"{"failed": true, "msg": "failed to process size", "size": "big"}"#),
            (r#"{"paths": "@", "age": "1y"}"#, r#"{"failed": true, "msg": "failed to process age", "age": "1y"}"#),
            (
                r#"{"paths": ["@", "@/no"]}"#,
                r#"{"changed": false, "matched": 0, "msg": "Not all paths examined, check warnings for details", "skipped_paths": {"@/no": "'@/no' is not a directory"}}"#,
            ),
            (r#"{"paths": "@", "limit": 0}"#, r#"{"matched": 0}"#),
        ] {
            scratch.assert_result(&scratch.call(&MODULE, args, ""), wanted);
        }
    }
}
