//! How long modules take on the target, without the way there: twenty tasks on files, the first time
//! and once more when nothing is left to do.
//!
//! `cargo bench --bench modules`.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use muster::args::{Spec, check};
use muster::data::environment::{SystemClock, SystemDice};
use muster::data::{Environment, Map, Value, json};
use muster::diagnostic::Origin;
use muster::runner::{Registry, Site, execute};
use muster::wire::Call;

/// Module and arguments; `@` stands for the folder.
const TASKS: [(&str, &str); 20] = [
    ("file", r#"{"path": "@/d", "state": "directory", "mode": "0755"}"#),
    (
        "file",
        r#"{"path": "@/d/a", "state": "touch", "mode": "0600", "modification_time": "preserve", "access_time": "preserve"}"#,
    ),
    ("file", r#"{"src": "@/d/a", "dest": "@/link", "state": "link"}"#),
    ("file", r#"{"path": "@/none", "state": "absent"}"#),
    ("file", r#"{"path": "@/d/deep/er", "state": "directory"}"#),
    ("copy", r#"{"src": "@/from", "dest": "@/to", "remote_src": true, "mode": "0644"}"#),
    ("copy", r#"{"src": "@/from", "dest": "@/d/", "remote_src": true}"#),
    ("lineinfile", r#"{"path": "@/lines", "line": "new", "create": true}"#),
    ("lineinfile", r#"{"path": "@/lines", "line": "b=2", "regexp": "^b="}"#),
    ("lineinfile", r#"{"path": "@/lines", "regexp": "^gone", "state": "absent"}"#),
    ("blockinfile", r#"{"path": "@/lines", "block": "one\ntwo"}"#),
    ("replace", r#"{"path": "@/lines", "regexp": "two", "replace": "2"}"#),
    ("stat", r#"{"path": "@/from", "get_mime": false}"#),
    ("stat", r#"{"path": "@/none"}"#),
    ("find", r#"{"paths": "@", "recurse": true}"#),
    ("slurp", r#"{"src": "@/from"}"#),
    ("assemble", r#"{"src": "@/pieces", "dest": "@/whole"}"#),
    ("tempfile", r#"{"path": "@/d/deep/er"}"#),
    ("file", r#"{"path": "@/d", "mode": "0755", "state": "directory", "recurse": true}"#),
    ("ping", "{}"),
];

fn main() {
    let folder = std::env::temp_dir().join(format!("muster-bench-{}", std::process::id()));
    let site = Site::new(environment(&folder));
    let registry = Registry::new(muster::modules::all());
    let mut best = [Duration::MAX; 2];
    for _ in 0..20 {
        fill(&folder);
        for time in &mut best {
            let begin = Instant::now();
            TASKS.iter().for_each(|(name, args)| run(&registry, &site, &folder, name, args));
            *time = begin.elapsed().min(*time);
        }
        std::fs::remove_dir_all(&folder).expect("the folder is ours");
    }
    let mut out = std::io::stdout().lock();
    for (title, time) in ["20 file tasks, the first time", "20 file tasks, nothing to do"].iter().zip(best) {
        let each = time.as_secs_f64() * 1e6 / TASKS.len() as f64;
        let _ = writeln!(out, "{title:<32} {each:>9.1} µs each");
    }
}

/// What is there before.
fn fill(folder: &Path) {
    std::fs::create_dir_all(folder.join("pieces")).expect("the folder can be made");
    for (name, content) in [("from", "content\n"), ("lines", "a=1\nb=1\n"), ("pieces/1", "one"), ("pieces/2", "two")] {
        std::fs::write(folder.join(name), content).expect("the folder is ours");
    }
}

/// One call as the runner gets it.
fn run(registry: &Registry, site: &Site, folder: &Path, name: &str, args: &str) {
    let full = format!("ansible.builtin.{name}");
    let module = registry.get(&full).expect("the module is in this build");
    let args = json::parse(&args.replace('@', &folder.to_string_lossy()), &Origin::none()).expect("arguments are JSON");
    let checked = check(&Spec::from(module.spec), args.as_map().expect("arguments are a mapping"));
    let reply = execute(registry, Call { module: full, args: checked.args, ..Call::default() }, site);
    assert!(!reply.result.get("failed").is_some_and(Value::is_truthy), "{name}: {:?}", reply.result as Map);
}

fn environment(folder: &Path) -> Environment {
    Environment {
        variables: Arc::new([("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into_iter().collect()),
        working_directory: folder.to_path_buf(),
        home: folder.to_path_buf(),
        user: "root".to_owned(),
        hostname: "host".to_owned(),
        time_zone: jiff::tz::TimeZone::UTC,
        clock: Arc::new(SystemClock),
        dice: Arc::new(SystemDice),
    }
}
