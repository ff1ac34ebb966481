//! Runners as other users. The login runner starts the method (sudo, su, doas) on a terminal of its
//! own and answers its question; what the method starts is this program again, which connects back
//! over a socket. Frames of a route go to the runner behind it.
//!
//! The socket has no file. Both sides check who is at the other end, and the child names a number that
//! only this start knows. The password goes through the terminal and is never in arguments, variables
//! or files.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use regex::Regex;

use super::files::write::random_name;
use super::outlet::Outlet;
use super::public_copy;
use super::serve::{Routes, read_frame};
use super::terminal::Terminal;
use super::users::Users;
use crate::wire::{self, BecomeAs, BecomeFailure, Body, Frame, Route};

/// The word by which the program learns that it is a runner as another user.
pub const BECOME_WORD: &str = "--become";

/// How long a method may say nothing that is understood.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long runners get to end after the goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// How much of what a method prints is kept.
const PRINTED: usize = 64 * 1024;

/// The runners behind this one.
pub struct BecomeRunners {
    build: Arc<str>,
    routes: Arc<Mutex<HashMap<Route, Arc<Behind>>>>,
    /// Those whose method is still talked to.
    opening: Arc<Mutex<HashSet<Route>>>,
}

/// One runner as another user.
struct Behind {
    become_as: BecomeAs,
    stream: UnixStream,
    /// What users and groups looked like when it was started.
    seen: Seen,
    /// Calls without a reply.
    running: AtomicUsize,
    /// Held, because the method and what it started lose their terminal with it.
    method: Mutex<(Terminal, Child)>,
}

impl BecomeRunners {
    pub fn new(build: &str) -> Self {
        Self { build: build.into(), routes: Arc::default(), opening: Arc::default() }
    }

    /// Starts a runner and lets its route lead there.
    fn start(&self, route: Route, become_as: BecomeAs, outlet: &Outlet) -> Result<(), BecomeFailure> {
        let behind = Arc::new(start(become_as, &self.build)?);
        lock(&self.routes).insert(route, Arc::clone(&behind));
        let (routes, outlet) = (Arc::clone(&self.routes), outlet.clone());
        let Ok(stream) = behind.stream.try_clone() else { return Ok(()) };
        thread::spawn(move || bring_back(route, stream, &behind, &routes, &outlet));
        Ok(())
    }

    fn clone_shared(&self) -> Self {
        Self { build: Arc::clone(&self.build), routes: Arc::clone(&self.routes), opening: Arc::clone(&self.opening) }
    }
}

impl Routes for BecomeRunners {
    fn open(&mut self, route: Route, become_as: BecomeAs, outlet: &Outlet) {
        let (shared, outlet) = (self.clone_shared(), outlet.clone());
        lock(&self.opening).insert(route);
        // Methods take their time; calls of other routes go on meanwhile.
        thread::spawn(move || {
            let answer = shared.start(route, become_as, &outlet);
            lock(&shared.opening).remove(&route);
            outlet.send(Frame { route, body: Body::Became(answer) });
        });
    }

    fn forward(&mut self, frame: Frame, outlet: &Outlet) {
        let route = frame.route;
        let Some(mut behind) = lock(&self.routes).get(&route).cloned() else {
            outlet.route_has_ended(route);
            return;
        };
        let is_call = matches!(frame.body, Body::Call(..));
        if is_call && behind.seen != Seen::now() {
            // A task sees what a fresh start of the method would see, as a group joined just now.
            match self.start(route, behind.become_as.clone(), outlet) {
                Ok(()) => {
                    retire(&behind);
                    match lock(&self.routes).get(&route).cloned() {
                        Some(fresh) => behind = fresh,
                        None => return,
                    }
                }
                // The old one still does; that it could not be replaced shows where it matters.
                Err(_) => {}
            }
        }
        if is_call {
            behind.running.fetch_add(1, Ordering::Relaxed);
        }
        let bytes = wire::encode(&Frame { route: 0, body: frame.body });
        // That it has ended is told by the thread that reads from it.
        let _ = (&behind.stream).write_all(&bytes);
    }

    fn known(&self) -> Vec<(Route, bool)> {
        let opening = lock(&self.opening).clone();
        let open: Vec<(Route, Arc<Behind>)> =
            lock(&self.routes).iter().map(|(route, behind)| (*route, Arc::clone(behind))).collect();
        for (_, behind) in &open {
            // What it asked for may have been lost with the connection.
            let _ = (&behind.stream).write_all(&wire::encode(&Frame { route: 0, body: Body::Again }));
        }
        open.iter().map(|(route, _)| (*route, true)).chain(opening.into_iter().map(|route| (route, false))).collect()
    }

    fn close(&mut self) {
        let all: Vec<Arc<Behind>> = lock(&self.routes).drain().map(|(_, behind)| behind).collect();
        for behind in &all {
            say_goodbye(behind);
        }
        let limit = Instant::now() + GOODBYE;
        for behind in &all {
            let mut method = lock(&behind.method);
            while Instant::now() < limit && matches!(method.1.try_wait(), Ok(None)) {
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

/// Brings frames of a runner back until it ends.
fn bring_back(
    route: Route,
    stream: UnixStream,
    behind: &Arc<Behind>,
    routes: &Mutex<HashMap<Route, Arc<Behind>>>,
    outlet: &Outlet,
) {
    let mut stream = io::BufReader::new(stream);
    while let Ok(frame) = read_frame(&mut stream) {
        if matches!(frame.body, Body::Reply(..)) {
            behind.running.fetch_sub(1, Ordering::Relaxed);
        }
        if !matches!(frame.body, Body::Hello(_)) {
            outlet.send(Frame { route, body: frame.body });
        }
        if behind.running.load(Ordering::Relaxed) == 0 && !is_current(route, behind, routes) {
            say_goodbye(behind);
        }
    }
    let mut all = lock(routes);
    if all.get(&route).is_some_and(|current| Arc::ptr_eq(current, behind)) {
        all.remove(&route);
        drop(all);
        outlet.route_has_ended(route);
    }
    // So that it does not stay a zombie.
    let _ = lock(&behind.method).1.wait();
}

fn is_current(route: Route, behind: &Arc<Behind>, routes: &Mutex<HashMap<Route, Arc<Behind>>>) -> bool {
    lock(routes).get(&route).is_some_and(|current| Arc::ptr_eq(current, behind))
}

/// A runner that was replaced ends when it has nothing more to do.
fn retire(behind: &Behind) {
    if behind.running.load(Ordering::Relaxed) == 0 {
        say_goodbye(behind);
    }
}

fn say_goodbye(behind: &Behind) {
    let _ = (&behind.stream).write_all(&wire::encode(&Frame { route: 0, body: Body::Bye }));
    let _ = behind.stream.shutdown(Shutdown::Write);
}

/// Starts the method and waits for the runner that it starts.
fn start(become_as: BecomeAs, build: &str) -> Result<Behind, BecomeFailure> {
    let seen = Seen::now();
    let own_file = std::fs::read_link("/proc/self/exe").map_err(broken)?;
    let target = uid_of(&become_as.user);
    // Others may not be able to reach the program where it lies.
    if target == Some(0) || public_copy::is_reachable(&own_file) {
        match attempt(&become_as, target, &own_file.display().to_string()) {
            Err(BecomeFailure::Ended { code: Some(126 | 127), output })
                if output.contains(&*own_file.to_string_lossy()) => {}
            outcome => return outcome.map(|(stream, method)| Behind::new(become_as, stream, seen, method)),
        }
    }
    let copy = public_copy::make(&own_file, build).map_err(broken)?;
    let (stream, method) = attempt(&become_as, target, &copy.display().to_string())?;
    Ok(Behind::new(become_as, stream, seen, method))
}

impl Behind {
    fn new(become_as: BecomeAs, stream: UnixStream, seen: Seen, method: (Terminal, Child)) -> Self {
        Self { become_as, stream, seen, running: AtomicUsize::new(0), method: Mutex::new(method) }
    }
}

fn broken(error: io::Error) -> BecomeFailure {
    BecomeFailure::Ended { code: None, output: error.to_string() }
}

fn attempt(
    become_as: &BecomeAs,
    target: Option<u32>,
    program: &str,
) -> Result<(UnixStream, (Terminal, Child)), BecomeFailure> {
    let (name, nonce) =
        (format!("muster-{}-{}", random_name(), random_name()), format!("{}{}", random_name(), random_name()));
    let address = SocketAddr::from_abstract_name(&name).map_err(broken)?;
    let listener = UnixListener::bind_addr(&address).map_err(broken)?;
    let own = rustix::process::geteuid().as_raw();
    let line = format!("exec {} runner {BECOME_WORD} {name} {own} {nonce}", super::process::quoted(program));
    let mut words = become_as.argv.iter().map(|word| if word == "{}" { line.as_str() } else { word.as_str() });
    let mut command = Command::new(words.next().unwrap_or("sudo"));
    command.args(words);
    let shown = command.get_program().to_string_lossy().into_owned();
    let (terminal, child) = Terminal::start(command).map_err(|error| match error.kind() {
        // As a shell says it.
        io::ErrorKind::NotFound => {
            BecomeFailure::Ended { code: Some(127), output: format!("/bin/sh: 1: {shown}: not found\r\n") }
        }
        _ => BecomeFailure::Ended { code: Some(126), output: format!("/bin/sh: 1: {shown}: {error}\r\n") },
    })?;
    let mut dialogue = Dialogue::new(become_as, terminal, child);
    let stream = dialogue.conduct(&listener, target, &nonce);
    match stream {
        Ok(stream) => Ok((stream, (dialogue.terminal, dialogue.child))),
        Err(failure) => {
            let _ = dialogue.child.kill();
            drop(dialogue.terminal);
            let _ = dialogue.child.wait();
            Err(failure)
        }
    }
}

/// The talk with the method until the runner is there.
struct Dialogue<'a> {
    become_as: &'a BecomeAs,
    terminal: Terminal,
    child: Child,
    printed: Vec<u8>,
    /// Up to where prompts have been answered.
    answered: usize,
    has_answered: bool,
    prompts: Vec<Regex>,
}

impl<'a> Dialogue<'a> {
    fn new(become_as: &'a BecomeAs, terminal: Terminal, child: Child) -> Self {
        let prompts = patterns(&become_as.prompts);
        Self { become_as, terminal, child, printed: Vec::new(), answered: 0, has_answered: false, prompts }
    }

    fn conduct(
        &mut self,
        listener: &UnixListener,
        target: Option<u32>,
        nonce: &str,
    ) -> Result<UnixStream, BecomeFailure> {
        let mut limit = Instant::now() + PATIENCE;
        loop {
            let (printed, called) = self.terminal.wait(listener, Duration::from_millis(100)).map_err(broken)?;
            if called && let Some(stream) = accept(listener, target, nonce) {
                return Ok(stream);
            }
            let ended = if printed { !self.read() } else { false };
            if self.answer()? {
                limit = Instant::now() + PATIENCE;
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                // The runner may have connected while its starter was already gone.
                if let Some(stream) = waiting(listener).then(|| accept(listener, target, nonce)).flatten() {
                    return Ok(stream);
                }
                while self.read_soon() {}
                self.answer()?;
                return Err(self.ended(status.code()));
            }
            if ended {
                // Nothing more comes from the terminal, and the method has still to end or to call.
                thread::sleep(Duration::from_millis(20));
            }
            if Instant::now() > limit {
                return Err(BecomeFailure::Timeout);
            }
        }
    }

    /// Takes in what was printed; false at the end.
    fn read(&mut self) -> bool {
        let mut piece = [0; 4096];
        match (&self.terminal.master).read(&mut piece) {
            Ok(length @ 1..) => {
                if self.printed.len() < PRINTED {
                    self.printed.extend_from_slice(&piece[..length]);
                }
                true
            }
            _ => false,
        }
    }

    fn read_soon(&mut self) -> bool {
        match self.terminal.wait(&self.terminal.master, Duration::from_millis(50)) {
            Ok((true, _)) => self.read(),
            _ => false,
        }
    }

    /// Types the password at the first question; a second one means that it was wrong.
    fn answer(&mut self) -> Result<bool, BecomeFailure> {
        let fresh = String::from_utf8_lossy(&self.printed[self.answered..]).into_owned();
        if self.has_answered && patterns(&self.become_as.failures).iter().any(|pattern| pattern.is_match(&fresh)) {
            return Err(BecomeFailure::WrongPassword);
        }
        if !self.prompts.iter().any(|prompt| prompt.is_match(&fresh)) {
            return Ok(false);
        }
        let Some(password) = &self.become_as.password else { return Err(BecomeFailure::MissingPassword) };
        if self.has_answered {
            return Err(BecomeFailure::WrongPassword);
        }
        self.has_answered = true;
        self.answered = self.printed.len();
        (&self.terminal.master).write_all(format!("{password}\n").as_bytes()).map_err(broken)?;
        Ok(true)
    }

    fn ended(&self, code: Option<i32>) -> BecomeFailure {
        let output = String::from_utf8_lossy(&self.printed).into_owned();
        let says = |list: &[String]| patterns(list).iter().any(|pattern| pattern.is_match(&output));
        if self.become_as.password.is_none() && says(&self.become_as.missing) {
            return BecomeFailure::MissingPassword;
        }
        if self.has_answered && says(&self.become_as.failures) {
            return BecomeFailure::WrongPassword;
        }
        BecomeFailure::Ended { code, output }
    }
}

fn patterns(texts: &[String]) -> Vec<Regex> {
    texts.iter().filter_map(|text| Regex::new(text).ok()).collect()
}

fn waiting(listener: &UnixListener) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut descriptors = [PollFd::new(listener, PollFlags::IN)];
    poll(&mut descriptors, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0)
}

/// A connection of the right user who knows the number.
fn accept(listener: &UnixListener, target: Option<u32>, nonce: &str) -> Option<UnixStream> {
    let (mut stream, _) = listener.accept().ok()?;
    let peer = rustix::net::sockopt::socket_peercred(&stream).ok()?.uid.as_raw();
    if target.is_some_and(|target| target != peer) {
        return None;
    }
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut said = vec![0; nonce.len()];
    stream.read_exact(&mut said).ok()?;
    stream.set_read_timeout(None).ok()?;
    (said == nonce.as_bytes()).then_some(stream)
}

/// The other side: connects to the login runner, whose user is told. From then on the terminal of the
/// method is let go.
pub fn connect_back(words: &[String]) -> io::Result<UnixStream> {
    let [name, owner, nonce] = words else { return Err(io::Error::other("three words were expected")) };
    let mut stream = UnixStream::connect_addr(&SocketAddr::from_abstract_name(name)?)?;
    let peer = rustix::net::sockopt::socket_peercred(&stream)?.uid.as_raw();
    if owner.parse() != Ok(peer) {
        return Err(io::Error::other("somebody else listens there"));
    }
    stream.write_all(nonce.as_bytes())?;
    let nothing = std::fs::OpenOptions::new().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stdout(&nothing)?;
    rustix::stdio::dup2_stderr(&nothing)?;
    Ok(stream)
}

fn uid_of(name: &str) -> Option<u32> {
    match name.strip_prefix('#') {
        Some(number) => number.parse().ok(),
        None => Users::of_this_machine().user(name).map(|user| user.uid),
    }
}

/// What a fresh start of a method would read: users, groups, rules, limits.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen(Vec<Option<(u64, i64, i64, u64)>>);

const LOOKED_AT: &[&str] = &[
    "/etc/passwd",
    "/etc/group",
    "/etc/sudoers",
    "/etc/sudoers.d",
    "/etc/doas.conf",
    "/etc/environment",
    "/etc/login.defs",
    "/etc/security/limits.conf",
    "/etc/security/limits.d",
    "/etc/pam.d",
];

impl Seen {
    fn now() -> Self {
        use std::os::unix::fs::MetadataExt;
        let look = |path: &&str| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.ino(), metadata.mtime(), metadata.mtime_nsec(), metadata.size()))
        };
        Self(LOOKED_AT.iter().map(look).collect())
    }
}

/// No code panics while it holds one of these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A method that is a shell script with the command as `$1`; what it does is all there is to see.
    fn check(script: &str, password: Option<&str>, expected: &BecomeFailure) {
        let become_as = BecomeAs {
            user: "nobody-there".into(),
            argv: ["/bin/sh", "-c", script, "sh", "{}"].map(str::to_owned).to_vec(),
            prompts: vec!["(?i)password:".into()],
            failures: vec!["Sorry".into()],
            missing: vec!["is required".into()],
            password: password.map(str::to_owned),
            method: "test".into(),
        };
        let outcome = attempt(&become_as, None, "/bin/false").map(|_| ());
        assert_eq!(outcome, Err(expected.clone()), "{script}");
    }

    #[test]
    fn failures_are_told_apart() {
        let ended = |code, output: &str| BecomeFailure::Ended { code: Some(code), output: output.into() };
        let ask = "printf Password:; read p < /dev/tty; [ $p = right ] && echo fine && exit 5; echo Sorry; exit 1";
        check(ask, None, &BecomeFailure::MissingPassword);
        check(ask, Some("wrong"), &BecomeFailure::WrongPassword);
        check(ask, Some("right"), &ended(5, "Password:fine\r\n"));
        check("for i in 1 2; do printf password:; read p; done", Some("x"), &BecomeFailure::WrongPassword);
        check("echo a password is required; exit 1", None, &BecomeFailure::MissingPassword);
        check("echo unknown user; exit 1", Some("x"), &ended(1, "unknown user\r\n"));
        check("eval \"$1\"", None, &ended(1, ""));
    }

    #[test]
    fn a_method_that_is_not_there_is_worded_as_by_a_shell() {
        let become_as = BecomeAs {
            user: "root".into(),
            argv: ["nosuch", "{}"].map(str::to_owned).to_vec(),
            prompts: Vec::new(),
            failures: Vec::new(),
            missing: Vec::new(),
            password: None,
            method: "sudo".into(),
        };
        let outcome = attempt(&become_as, None, "/bin/true").map(|_| ());
        let output = "/bin/sh: 1: nosuch: not found\r\n".to_owned();
        assert_eq!(outcome, Err(BecomeFailure::Ended { code: Some(127), output }));
    }

    #[test]
    fn strangers_are_not_let_in() {
        let name = format!("muster-test-{}", random_name());
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let listener = UnixListener::bind_addr(&address).expect("it is free");
        let own = rustix::process::geteuid().as_raw();
        let call = |said: &str| {
            let mut stream = UnixStream::connect_addr(&address).expect("it listens");
            stream.write_all(said.as_bytes()).expect("it is read");
            stream
        };
        let _held = [call("right"), call("wrong"), call("right")];
        assert!(accept(&listener, Some(own + 1), "right").is_none());
        assert!(accept(&listener, Some(own), "right").is_none());
        assert!(accept(&listener, Some(own), "right").is_some());
    }
}
