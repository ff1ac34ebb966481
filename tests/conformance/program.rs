//! Running the built program under the reference's names in a folder of its own.

use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{fs, thread};

const TIMEOUT: Duration = Duration::from_mins(3);

/// A folder that goes away with the value.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(mode: u32) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // As long as the names of the recorder's folders: banners are filled up to a width.
        let name = format!("mus{:05x}{number:03x}", std::process::id() & 0xf_ffff);
        let path = fs::canonicalize(std::env::temp_dir()).expect("there is a folder for temporary files").join(name);
        fs::DirBuilder::new().mode(0o700).create(&path).expect("a scratch folder can be made");
        set_mode(&path, mode);
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A case may have taken rights away; what cannot be removed stays in the temporary folder.
        let _ = Command::new("chmod").args(["-R", "u+rwX"]).arg(&self.0).stderr(Stdio::null()).status();
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A folder in which the program stands under all names that the reference's commands have.
/// `MUSTER_PROGRAMS` names another one, which tests the tests: with the reference all must pass.
pub struct Programs {
    folder: PathBuf,
    _links: Option<Scratch>,
}

impl Programs {
    pub fn new() -> Self {
        if let Some(folder) = std::env::var_os("MUSTER_PROGRAMS") {
            return Self { folder: folder.into(), _links: None };
        }
        let links = Scratch::new(0o755);
        for name in ["", "-playbook", "-inventory", "-vault", "-config", "-doc", "-galaxy", "-console", "-pull"] {
            let link = links.path().join(format!("ansible{name}"));
            symlink(env!("CARGO_BIN_EXE_muster"), link).expect("the folder takes links");
        }
        Self { folder: links.path().to_path_buf(), _links: Some(links) }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

pub fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the mode can be set");
}

/// What a command left behind.
pub struct Outcome {
    /// A number, or `timeout` or `noexec`.
    pub status: String,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command in a session of its own, without a terminal, with only these variables.
pub fn run(argv: &[String], variables: &[(String, String)], folder: &Path, stdin: &str) -> Outcome {
    let mut command = Command::new(&argv[0]);
    command.args(&argv[1..]).current_dir(folder).env_clear().envs(variables.iter().cloned());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Safety: both calls are safe to make between fork and exec.
    unsafe {
        command.pre_exec(|| {
            rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
            rustix::process::setsid()?;
            Ok(())
        });
    }
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Outcome { status: "noexec".into(), stdout: String::new(), stderr: error.to_string() },
    };
    let deadline = Instant::now() + TIMEOUT;
    let mut input = child.stdin.take().expect("stdin is a pipe");
    let text = stdin.to_owned();
    thread::spawn(move || input.write_all(text.as_bytes()));
    let stdout = collect(child.stdout.take().expect("stdout is a pipe"));
    let stderr = collect(child.stderr.take().expect("stderr is a pipe"));
    let status = wait(&mut child, deadline);
    let rest = |stream: mpsc::Receiver<Vec<u8>>| {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_secs(1));
        String::from_utf8_lossy(&stream.recv_timeout(left).unwrap_or_default()).into_owned()
    };
    Outcome { status, stdout: rest(stdout), stderr: rest(stderr) }
}

fn collect(mut stream: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

fn wait(child: &mut Child, deadline: Instant) -> String {
    loop {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            return status.code().unwrap_or_else(|| -status.signal().unwrap_or_default()).to_string();
        }
        if Instant::now() > deadline {
            if let Some(group) = rustix::process::Pid::from_raw(child.id() as i32) {
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            let _ = child.wait();
            return "timeout".to_owned();
        }
        thread::sleep(Duration::from_millis(3));
    }
}

/// Copies a tree; links are copied as links. `mode_of` gives a file's mode by its path.
pub fn copy_tree(from: &Path, to: &Path, skip: &[&str], mode_of: &dyn Fn(&Path) -> u32) {
    fs::create_dir_all(to).expect("the folder can be made");
    set_mode(to, 0o755);
    for entry in fs::read_dir(from).expect("the folder can be read").filter_map(Result::ok) {
        let (name, source) = (entry.file_name(), entry.path());
        let target = to.join(&name);
        let kind = entry.file_type().expect("the entry has a type");
        if skip.iter().any(|skipped| name == *skipped) {
            continue;
        }
        if kind.is_symlink() {
            symlink(fs::read_link(&source).expect("a link has a target"), &target).expect("the folder takes links");
        } else if kind.is_dir() {
            copy_tree(&source, &target, skip, mode_of);
        } else {
            fs::copy(&source, &target).expect("the file can be copied");
            set_mode(&target, mode_of(&source));
        }
    }
}

/// Lines of both texts with what differs marked, for reading.
pub fn text_difference(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let same_start = expected.iter().zip(&found).take_while(|(a, b)| a == b).count();
    let tail = expected[same_start..].iter().rev().zip(found[same_start..].iter().rev());
    let same_end = tail.take_while(|(a, b)| a == b).count();
    let mut out = format!("@@ line {} @@\n", same_start + 1);
    for line in expected[same_start..expected.len() - same_end].iter().take(12) {
        out.push_str(&format!("-{line}\n"));
    }
    for line in found[same_start..found.len() - same_end].iter().take(12) {
        out.push_str(&format!("+{line}\n"));
    }
    out
}
