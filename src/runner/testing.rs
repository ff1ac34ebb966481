//! For tests of the runner and of modules: a folder of their own, and calls as the engine makes them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Module, Registry, Site, Target, execute};
use crate::args::{Spec, check};
use crate::data::environment::{SystemClock, SystemDice};
use crate::data::json::{self, Style};
use crate::data::{Environment, Map, Value};
use crate::diagnostic::Origin;
use crate::wire::{Blob, Call, Reply};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A folder that goes away with the test.
pub struct Scratch {
    pub folder: PathBuf,
}

impl Scratch {
    pub fn new() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = PathBuf::from(format!("/tmp/muster-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("/tmp can be written");
        Self { folder: folder.canonicalize().expect("it was made") }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file; a name with a slash at the end is a folder, `name -> there` a link.
    pub fn put(&self, name: &str, content: &str) {
        if let Some((name, there)) = name.split_once(" -> ") {
            std::os::unix::fs::symlink(there, self.path(name)).expect("a link can be made");
            return;
        }
        let path = self.path(name);
        let folder = if name.ends_with('/') { path.as_path() } else { path.parent().expect("it is in the folder") };
        std::fs::create_dir_all(folder).expect("a folder can be made");
        if !name.ends_with('/') {
            std::fs::write(&path, content).expect("a file can be written");
        }
    }

    pub fn mode(&self, name: &str, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(mode)).expect("it is ours");
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| format!("<{error}>"))
    }

    /// A folder with programs that only write down how they are called, and what they are fed.
    pub fn with_programs(names: &[&str]) -> Self {
        let scratch = Self::new();
        for name in names {
            scratch.program(name, "");
        }
        scratch
    }

    /// Stands in for a program of the system: it writes down how it is called and then runs the
    /// given lines of shell.
    pub fn program(&self, name: &str, lines: &str) {
        let calls = self.path(".calls");
        let calls = calls.display();
        let text = format!(
            "#!/bin/sh\nPATH=/usr/bin:/bin\necho {name} \"$@\" >> {calls}\nsed 's/^/< /' >> {calls}\n{lines}\n"
        );
        // Written by another process: a file that this one has open to write, if only in a child
        // that another thread is just starting, cannot be run.
        let path = self.path(&format!("bin/{name}"));
        std::fs::create_dir_all(self.path("bin")).expect("a folder can be made");
        let script = "cat > \"$0\" && chmod 755 \"$0\"";
        let mut child = std::process::Command::new("sh")
            .args(["-c", script])
            .arg(path)
            .stdin(std::process::Stdio::piped())
            .spawn()
            .expect("there is a shell");
        std::io::Write::write_all(&mut child.stdin.take().expect("it is piped"), text.as_bytes()).expect("it reads");
        assert!(child.wait().expect("it was started").success());
    }

    /// The calls of programs since the last time.
    pub fn calls(&self) -> String {
        let path = self.path(".calls");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let _ = std::fs::remove_file(&path);
        text.trim_end().to_owned()
    }

    /// The surroundings of a runner that was started in the folder.
    pub fn environment(&self) -> Environment {
        let path =
            format!("{}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", self.folder.display());
        let variables = [("PATH", path.as_str()), ("LANG", "C.UTF-8")];
        Environment {
            variables: Arc::new(
                variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            ),
            working_directory: self.folder.clone(),
            home: self.folder.clone(),
            user: "root".to_owned(),
            hostname: "host".to_owned(),
            time_zone: jiff::tz::TimeZone::UTC,
            clock: Arc::new(SystemClock),
            dice: Arc::new(SystemDice),
        }
    }

    pub fn site(&self) -> Site {
        Site { umask: 0o022, ..Site::new(self.environment()) }
    }

    pub fn target(&self) -> Target {
        let site = self.site();
        Target::new(&Call::default(), site.environment, site.umask, site.blobs, None, site.cancel)
    }

    /// Calls a module with arguments in JSON, where `@` stands for the folder. `mode` holds the
    /// words `check` and `diff` where they are on.
    pub fn call(&self, module: &'static Module, args: &str, mode: &str) -> Reply {
        self.call_with(module, args, mode, Vec::new())
    }

    pub fn call_with(&self, module: &'static Module, args: &str, mode: &str, blobs: Vec<Blob>) -> Reply {
        let args = parse(&args.replace('@', &self.folder.to_string_lossy()));
        let checked = check(&Spec::from(module.spec), args.as_map().expect("arguments are a mapping"));
        if let Some(message) = checked.module_message(module.name) {
            let result = Map::from([("failed", Value::from(true)), ("msg", message.into())]);
            return Reply { result, ..Reply::default() };
        }
        let call = Call {
            module: module.name.to_owned(),
            args: checked.args,
            check: mode.contains("check"),
            diff: mode.contains("diff"),
            blobs,
            ..Call::default()
        };
        execute(&Registry::new([module]), call, &self.site())
    }

    /// A result as JSON with sorted keys; the folder is `@`, what changes from run to run is `~`.
    pub fn shown(&self, reply: &Reply, hidden: &[&str]) -> String {
        let mut result = reply.result.clone();
        for key in hidden {
            if result.contains_key(key) {
                result.insert(*key, "~");
            }
        }
        let style = Style { sort_keys: true, ..Style::default() };
        json::dumps(&result.into(), &style).replace(&*self.folder.to_string_lossy(), "@")
    }

    /// Whether a result holds all that the wanted one (JSON, `@` for the folder) holds. A wanted
    /// null means that the key must not be there.
    pub fn assert_result(&self, reply: &Reply, wanted: &str) {
        let wanted = parse(&wanted.replace('@', &self.folder.to_string_lossy()));
        for (key, value) in wanted.as_map().expect("a result is a mapping") {
            let key = key.as_str().expect("keys are text");
            let found = reply.result.get(key).cloned().unwrap_or_default();
            assert!(&found == value, "{key} is {found:?}, not {value:?}, in {}", self.shown(reply, &[]));
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub fn parse(text: &str) -> Value {
    json::parse(text, &Origin::none()).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// The content of an option, as the controller would send it along.
pub fn blob(name: &str, content: &str) -> Blob {
    use sha1::Digest;
    let sha1 = sha1::Sha1::digest(content.as_bytes()).into();
    Blob { name: name.to_owned(), sha1, size: content.len() as u64, content: Some(content.as_bytes().to_vec()) }
}

/// One row of a module's behaviour: what is there, what is asked for, what comes out.
pub struct Case {
    /// Files before: name and content, as `Scratch::put` takes them.
    pub before: &'static [(&'static str, &'static str)],
    pub args: &'static str,
    /// What the result must hold.
    pub result: &'static str,
    /// Files after; `<absent>` for what must not be there.
    pub after: &'static [(&'static str, &'static str)],
    /// Whether a second run must change nothing.
    pub settles: bool,
}

impl Case {
    /// A case whose second run changes nothing.
    pub const fn new(
        before: &'static [(&'static str, &'static str)],
        args: &'static str,
        result: &'static str,
        after: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { before, args, result, after, settles: true }
    }
}

/// Plays cases of a module: in check mode nothing is done but the same is told, then for real, then
/// once more without a change.
pub fn check_cases(module: &'static Module, cases: &[Case]) {
    for case in cases {
        let scratch = Scratch::new();
        case.before.iter().for_each(|(name, content)| scratch.put(name, content));
        let before = snapshot(&scratch.folder);
        let checked = scratch.call(module, case.args, "check");
        assert_eq!(snapshot(&scratch.folder), before, "check mode changed something: {}", case.args);
        let reply = scratch.call(module, case.args, "");
        scratch.assert_result(&reply, case.result);
        let failed = reply.result.get("failed").is_some();
        if !failed && !checked.result.contains_key("skipped") {
            assert_eq!(checked.result.get("changed"), reply.result.get("changed"), "in check mode: {}", case.args);
        }
        for (name, wanted) in case.after {
            match *wanted {
                "<absent>" => assert!(!scratch.path(name).exists(), "{name} is there after {}", case.args),
                "<there>" => assert!(scratch.path(name).exists(), "{name} is not there after {}", case.args),
                wanted => assert_eq!(&scratch.text(name), wanted, "{name} after {}", case.args),
            }
        }
        if case.settles && !failed {
            let again = scratch.call(module, case.args, "");
            assert_eq!(again.result.get("changed"), Some(&Value::from(false)), "the second time: {}", case.args);
        }
    }
}

/// Names, kinds, modes and contents below a folder.
fn snapshot(folder: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;
    let mut lines = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let metadata = path.symlink_metadata().expect("it was just listed");
        let content = if metadata.is_file() { std::fs::read(&path).unwrap_or_default() } else { Vec::new() };
        lines.push(format!("{} {:o} {}", path.display(), metadata.mode(), String::from_utf8_lossy(&content)));
        if metadata.is_dir() {
            lines.extend(snapshot(&path));
        }
    }
    lines.sort();
    lines
}
