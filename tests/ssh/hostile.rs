//! Targets that make it hard: full disks, old kernels, several versions, and nothing left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use muster::args::Spec;
use muster::data::{Map, Value};
use muster::transport::{Carrier, Endpoint, Pool, Request, Surroundings};
use muster::wire::Call;

use super::runner::{command, pool, surroundings};
use super::server::{Server, skipped};

/// Calls any module.
async fn call(pool: &Pool, endpoint: &Endpoint, module: &str, args: Map) -> Map {
    let modules = muster::runner::Registry::new(muster::modules::all());
    let found = modules.get(module).expect("it is built in");
    let args = muster::args::check::check(&Spec::from(found.spec), &args).args;
    let call = Call { module: module.into(), args, ..Call::default() };
    let request = Request { endpoint, become_as: None, call, blobs: None, live: None };
    pool.call(request).await.expect("a reply").result
}

/// Nothing runs from the target's home any more, and only runners are kept there.
async fn assert_clean(server: &Server, builds: &[&str]) {
    let home = fs::canonicalize(server.folder.join("home")).expect("it is there");
    for attempt in 0.. {
        let alive: Vec<PathBuf> = fs::read_dir("/proc")
            .expect("there is one")
            .flatten()
            .filter_map(|entry| fs::read_link(entry.path().join("exe")).ok())
            .filter(|program| program.starts_with(&home))
            .collect();
        if alive.is_empty() {
            break;
        }
        assert!(attempt < 250, "still there: {alive:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut kept = names(&home.join(".cache/muster"));
    kept.sort();
    let mut expected: Vec<String> = builds.iter().map(|build| (*build).to_owned()).collect();
    expected.sort();
    assert_eq!(kept, expected);
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// The same program with another identity.
fn other_version(surroundings: &Surroundings, folder: &Path) -> Surroundings {
    let mut program = fs::read(&surroundings.program).expect("it can be read");
    let id: Vec<u8> = (0..surroundings.build.len() / 2)
        .map(|byte| u8::from_str_radix(&surroundings.build[byte * 2..byte * 2 + 2], 16).expect("a build id"))
        .collect();
    let place = program.windows(id.len()).position(|window| window == id).expect("the linker wrote it");
    program[place] ^= 0xff;
    let path = folder.join("other-muster");
    fs::write(&path, program).expect("own folder");
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("own file");
    let said = Command::new(&path).args(["runner", "--build"]).output().expect("it runs").stdout;
    let build = String::from_utf8(said).expect("text").trim().to_owned();
    assert_ne!(*build, *surroundings.build);
    Surroundings { program: path, build: build.into(), ..surroundings.clone() }
}

#[tokio::test]
async fn two_versions_share_an_account() {
    let Some(server) = Server::start("") else { return };
    let one = surroundings(&server);
    let other = other_version(&one, &server.folder);
    let endpoint = server.endpoint([]);
    for _ in 0..2 {
        let (first, second) = (pool(&one), pool(&other));
        let (left, right) =
            tokio::join!(command(&first, &endpoint, "echo one"), command(&second, &endpoint, "echo other"));
        assert_eq!((left, right), (Ok("one".into()), Ok("other".into())));
        tokio::join!(first.close(), second.close());
    }
    assert_clean(&server, &[&one.build, &other.build]).await;
}

/// A small file system, gone when it is dropped.
struct Small(PathBuf);

impl Small {
    fn mount(folder: PathBuf) -> Option<Self> {
        fs::create_dir_all(&folder).expect("own folder");
        let status =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m,mode=755", "none"]).arg(&folder).status();
        if !status.is_ok_and(|status| status.success()) {
            skipped("a full disk needs the right to mount one");
            return None;
        }
        Some(Self(folder))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_passed_over_and_left_clean() {
    let Some(server) = Server::start("") else { return };
    let Some(small) = Small::mount(server.folder.join("small")) else { return };
    let surroundings = surroundings(&server);
    let pool = pool(&surroundings);
    let endpoint = server.endpoint([("remote_tmp", Value::text(small.0.display().to_string()))]);
    assert_eq!(command(&pool, &endpoint, "echo x").await, Ok("x".into()));
    // A task that finds no room fails by itself, and leaves what was there.
    let file = small.0.join("file").display().to_string();
    let args = Map::from([("dest", Value::text(file.as_str())), ("content", Value::text("first"))]);
    fs::write(&file, "first").expect("a little fits");
    let line = format!("head -c 3000000 /dev/zero > {file}.big; echo $?");
    assert_ne!(command(&pool, &endpoint, &line).await, Ok("0".into()));
    let line = Map::from([("path", Value::text(file.as_str())), ("line", Value::text("x".repeat(5000)))]);
    let result = call(&pool, &endpoint, "ansible.builtin.lineinfile", line).await;
    let message = format!("{result:?}");
    assert!(message.contains("No space left on device"), "{message}");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "first", "{args:?}");
    pool.close().await;
    let mut left = names(&small.0);
    left.retain(|name| name != "muster");
    left.sort();
    assert_eq!(left, ["file", "file.big"]);
    assert_eq!(names(&small.0.join("muster")), [""; 0]);
    assert_clean(&server, &[&surroundings.build]).await;
}

/// Answers "no such system call" to all that came after Linux 3.10, then becomes a shell.
const OLD_KERNEL: &str = r#"
import ctypes, os, struct, sys
# renameat2 getrandom memfd_create execveat copy_file_range preadv2 statx io_uring_setup pidfd_send_signal
# pidfd_open clone3 close_range openat2 pidfd_getfd faccessat2
calls = [316, 318, 319, 322, 326, 327, 332, 425, 424, 434, 435, 436, 437, 438, 439]
allow, refuse = 0x7fff0000, 0x00050000 | 38
code = [(0x20, 0, 0, 0)]
for index, number in enumerate(calls):
    code.append((0x15, len(calls) - index, 0, number))
code += [(0x06, 0, 0, allow), (0x06, 0, 0, refuse)]
program = b"".join(struct.pack("HBBI", *step) for step in code)
buffer = ctypes.create_string_buffer(program)
class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
zero = ctypes.c_ulong(0)
assert libc.prctl(38, ctypes.c_ulong(1), zero, zero, zero) == 0
assert libc.prctl(22, ctypes.c_ulong(2), ctypes.byref(Filter(len(code), ctypes.addressof(buffer)))) == 0, ctypes.get_errno()
os.execv("/bin/sh", ["sh", "-c", os.environ["SSH_ORIGINAL_COMMAND"]])
"#;

#[tokio::test]
async fn an_old_kernel_will_do() {
    if !cfg!(target_arch = "x86_64") || !Path::new("/usr/bin/python3").exists() {
        return skipped("the filter of system calls needs python3 on x86_64");
    }
    let script = std::env::temp_dir().join(format!("muster-old-kernel-{}.py", std::process::id()));
    fs::write(&script, OLD_KERNEL).expect("a folder");
    let Some(server) = Server::start(&format!("ForceCommand /usr/bin/python3 {}\n", script.display())) else { return };
    let surroundings = surroundings(&server);
    let pool = pool(&surroundings);
    let endpoint = server.endpoint([]);
    assert_eq!(command(&pool, &endpoint, "grep ^Seccomp: /proc/self/status").await, Ok("Seccomp:\t2".into()));
    let file = server.folder.join("home/file").display().to_string();
    let line = || Map::from([("path", Value::text(file.as_str())), ("line", "text".into()), ("create", true.into())]);
    for changed in [true, false] {
        let result = call(&pool, &endpoint, "ansible.builtin.lineinfile", line()).await;
        assert_eq!(result.get("changed"), Some(&Value::from(changed)), "{result:?}");
    }
    let facts = call(&pool, &endpoint, "ansible.builtin.setup", Map::new()).await;
    assert!(facts.contains_key("ansible_facts"), "{facts:?}");
    pool.close().await;
    let _ = fs::remove_file(script);
    assert_clean(&server, &[&surroundings.build]).await;
}

#[tokio::test]
async fn a_run_leaves_nothing_but_the_runner() {
    let Some(server) = Server::start("") else { return };
    let surroundings = surroundings(&server);
    let pool = pool(&surroundings);
    let endpoint = server.endpoint([]);
    let background = command(&pool, &endpoint, "nohup sleep 1000 > /dev/null 2>&1 & echo $!").await.expect("it runs");
    let cut_short = tokio::time::timeout(Duration::from_secs(2), command(&pool, &endpoint, "exec sleep 2000")).await;
    assert!(cut_short.is_err());
    pool.close().await;
    assert_clean(&server, &[&surroundings.build]).await;
    let alive = Path::new("/proc").join(&background).exists();
    let _ = Command::new("kill").arg(&background).status();
    assert!(alive, "what was left in the background on purpose lives on");
}
