//! Brings the runner to a host and starts it there, through nothing but a shell: one round trip where
//! the host has it already, two where it has not.
//!
//! The controller sends a script that looks for this build in the host's folders. What it finds it
//! starts; else it picks a folder that can hold a program and asks for the upload. Everything that a
//! login prints before the script's first word is skipped.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::payload::Payload;
use super::{BoxFuture, Link, Unreachable, shell};
use crate::data::Environment;

/// A command line that a host's shell runs, with its streams.
pub struct ShellCommand {
    pub stdout: Box<dyn AsyncRead + Send + Unpin>,
    pub stdin: Box<dyn AsyncWrite + Send + Unpin>,
    /// The last of what it said on stderr so far.
    pub stderr: Arc<dyn Fn() -> String + Send + Sync>,
}

/// Something that can start command lines on a host.
pub trait Shell: Send + Sync {
    fn start<'a>(&'a self, line: &'a str) -> BoxFuture<'a, Result<ShellCommand, Unreachable>>;
}

/// What the script is told.
pub struct Order<'a> {
    pub build: &'a str,
    /// The user's own choice of a folder, tried first.
    pub folder: Option<&'a str>,
    /// The name of the host, for messages.
    pub host: &'a str,
    /// What is to be said in passing, as the progress of a slow upload.
    pub notice: &'a (dyn Fn(&str) + Send + Sync),
    /// Differs from start to start.
    pub nonce: &'a str,
    /// What the runner is told when it is started: plain words.
    pub words: &'a str,
}

/// How long a login's shell may take to say anything.
const SILENCE: Duration = Duration::from_secs(120);

/// What a login may print before the script speaks.
const NOISE: usize = 1024 * 1024;

/// Uploads longer than this are told of.
const SLOW: Duration = Duration::from_secs(3);

/// A word that nobody can guess.
pub fn nonce(environment: &Environment) -> String {
    let mut bytes = [0; 8];
    environment.dice.fill(&mut bytes);
    format!("{:016x}", u64::from_ne_bytes(bytes))
}

/// Starts the runner on a host.
pub async fn bootstrap(
    host: &dyn Shell,
    order: &Order<'_>,
    payload: BoxFuture<'_, Result<Arc<Payload>, Unreachable>>,
) -> Result<Link, Unreachable> {
    let mut skipped: Vec<String> = Vec::new();
    let mut reasons: Vec<String> = Vec::new();
    // A kept copy that does not start is not looked at again; nor is a folder that cannot hold one.
    let mut look = true;
    let mut payload = payload;
    let mut program: Option<Arc<Payload>> = None;
    loop {
        let mut command = host.start(&format!("exec /bin/sh -c '{}'", script(order, look, &skipped))).await?;
        let mut words = speak(&mut command, order).await?;
        if words.first().is_some_and(|word| word == "need") {
            check_machine(&words, order)?;
            let program = match &mut program {
                Some(program) => program,
                none => none.insert((&mut payload).await?),
            };
            upload(&mut command, &words, program, order).await?;
            words = speak(&mut command, order).await?;
        }
        match words.first().map(String::as_str) {
            Some("run") => {
                if let Some(link) = started(command, look).await? {
                    return Ok(link);
                }
                look = false;
            }
            Some("bad") => {
                let folder = words.get(1).cloned().unwrap_or_default();
                let said = (command.stderr)();
                reasons.push(format!(
                    "{folder}: {}",
                    if said.is_empty() { "the upload was damaged" } else { last_line(&said) }
                ));
                if skipped.contains(&folder) {
                    return Err(nowhere(order, &reasons));
                }
                skipped.push(folder);
            }
            _ => {
                reasons.extend(
                    words.get(1..).unwrap_or_default().iter().map(|folder| format!("{folder}: cannot hold programs")),
                );
                return Err(nowhere(order, &reasons));
            }
        }
    }
}

fn nowhere(order: &Order<'_>, reasons: &[String]) -> Unreachable {
    Unreachable::new(format!("The runner cannot be put on {}: {}", order.host, reasons.join("; ")))
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default()
}

/// Whether the runner says anything after it was started. A kept copy that is broken ends at once.
async fn started(command: ShellCommand, kept: bool) -> Result<Option<Link>, Unreachable> {
    let ShellCommand { mut stdout, stdin, stderr } = command;
    let mut first = [0; 1];
    match tokio::time::timeout(SILENCE, stdout.read(&mut first)).await {
        Ok(Ok(1)) => {
            let reader = Box::new(std::io::Cursor::new(first.to_vec()).chain(stdout));
            Ok(Some(Link { reader, writer: stdin }))
        }
        Ok(_) if kept => Ok(None),
        _ => Err(Unreachable::new(format!("The runner on the host did not start: {}", last_line(&stderr())))),
    }
}

/// The words of the script's next line, whatever stands before it.
async fn speak(command: &mut ShellCommand, order: &Order<'_>) -> Result<Vec<String>, Unreachable> {
    let mark = format!("muster-{} ", order.nonce);
    let mut line = Vec::new();
    let mut last = String::new();
    let mut noise = 0;
    let listen = async {
        loop {
            let mut byte = [0; 1];
            match command.stdout.read(&mut byte).await {
                Ok(1) if byte[0] == b'\n' => {
                    let text = String::from_utf8_lossy(&line).into_owned();
                    // What a login prints without a newline may stand on the same line.
                    if let Some((_, words)) = text.split_once(&mark) {
                        return Ok(words.split_ascii_whitespace().map(str::to_owned).collect());
                    }
                    noise += line.len();
                    line.clear();
                    if !text.trim().is_empty() {
                        last = text;
                    }
                }
                Ok(1) if noise + line.len() < NOISE => line.push(byte[0]),
                Ok(1) => return Err("it prints without end".to_owned()),
                _ => {
                    // The words of a login that is refused, as `This account is not available`.
                    let said = [(command.stderr)(), String::from_utf8_lossy(&line).into_owned(), last];
                    let said = said.iter().map(|text| text.trim()).find(|text| !text.is_empty()).unwrap_or("it ended");
                    return Err(said.to_owned());
                }
            }
        }
    };
    match tokio::time::timeout(SILENCE, listen).await {
        Ok(Ok(words)) => Ok(words),
        Ok(Err(reason)) => {
            Err(Unreachable::new(format!("The login's shell on {} cannot be used: {reason}", order.host)))
        }
        Err(_) => Err(Unreachable::new(format!(
            "The login's shell on {} said nothing for {} s",
            order.host,
            SILENCE.as_secs()
        ))),
    }
}

/// `need <system> <machine> <gz or plain> <folder>`: whether this program would run there.
fn check_machine(words: &[String], order: &Order<'_>) -> Result<(), Unreachable> {
    let own = ("Linux", std::env::consts::ARCH);
    let theirs = (words.get(1).map_or("", String::as_str), words.get(2).map_or("", String::as_str));
    let machine = match theirs.1 {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        other => other,
    };
    if (theirs.0, machine) == own {
        return Ok(());
    }
    Err(Unreachable::new(format!(
        "{} is a {} {} machine, and this program is built for {} {}: it cannot run there",
        order.host, theirs.0, theirs.1, own.0, own.1
    )))
}

/// Sends the program. The script reads exactly as much.
async fn upload(
    command: &mut ShellCommand,
    words: &[String],
    payload: &Payload,
    order: &Order<'_>,
) -> Result<(), Unreachable> {
    let bytes = if words.get(3).is_some_and(|word| word == "gz") { &payload.compressed } else { payload.plain() };
    let header = format!("{} {}\n", bytes.len(), payload.sha256);
    let start = tokio::time::Instant::now();
    let mut told = start;
    let mut sent = 0;
    let lost =
        |error: std::io::Error| Unreachable::new(format!("The connection was lost while the runner was sent: {error}"));
    command.stdin.write_all(header.as_bytes()).await.map_err(lost)?;
    for piece in bytes.chunks(64 * 1024) {
        if command.stdin.write_all(piece).await.is_err() {
            // The script gave up and says why.
            return Ok(());
        }
        sent += piece.len();
        if told.elapsed() > SLOW {
            told = tokio::time::Instant::now();
            (order.notice)(&format!("sending the runner to {}: {} %", order.host, sent * 100 / bytes.len().max(1)));
        }
    }
    let _ = command.stdin.flush().await;
    Ok(())
}

/// The script. One line without quotes, backslashes and exclamation marks, so that it stands between
/// single quotes in the shells of this world: sh, bash, csh, fish.
fn script(order: &Order<'_>, look: bool, skipped: &[String]) -> String {
    let folder = order.folder.map(|folder| format!("{} ", in_script(folder))).unwrap_or_default();
    let skipped = skipped.iter().map(|folder| format!("{folder}) continue;; ")).collect::<String>();
    SCRIPT
        .replace("@NONCE@", order.nonce)
        .replace("@BUILD@", order.build)
        .replace("@WORDS@", order.words)
        .replace("@LOOK@", if look { "y" } else { "n" })
        .replace("@FOLDER@ ", &folder)
        .replace("@SKIPPED@ ", &skipped)
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" ")
}

/// `muster-<nonce> run`, `need`, `bad` or `none` is what it says. Its functions: `m` says a word; `g`
/// becomes the runner; `o` is whether a folder is one's own and no link. A file without content is
/// a program that does nothing, which shows whether the folder may hold programs.
const SCRIPT: &str = r#"
n=@NONCE@; b=@BUILD@; h=${HOME:-/nonexistent};
m() { echo; echo "muster-$n $*"; };
g() { m run; exec "$1" runner @WORDS@; };
o() { [ -d "$1" ] && [ -O "$1" ] && { [ -L "$1" ] && return 1; return 0; }; };
p() { o "$1" && [ -f "$1/$b" ] && [ -x "$1/$b" ] && [ -O "$1/$b" ]; };
if [ @LOOK@ = y ]; then
for d in @FOLDER@ "$h/.cache/muster"; do p "$d" && g "$d/$b"; done;
fi;
u=$(id -u);
if [ @LOOK@ = y ]; then
for d in "/var/tmp/muster-$u" "/dev/shm/muster-$u" "/run/user/$u/muster" "/tmp/muster-$u"; do p "$d" && g "$d/$b"; done;
r=/usr/libexec/muster/runner; [ -x "$r" ] && [ "$("$r" runner --build 2>/dev/null)" = "$b" ] && g "$r";
fi;
t=; l=;
for d in @FOLDER@ "$h/.cache/muster" "/var/tmp/muster-$u" "/dev/shm/muster-$u" "/run/user/$u/muster" "/tmp/muster-$u"; do
case "$d" in @SKIPPED@ "") continue;; esac;
l="$l $d";
(umask 077; mkdir -p "$d") 2>/dev/null; o "$d" || continue;
f="$d/.$b.$$.$n";
(umask 077; set -C; : > "$f") 2>/dev/null && chmod 755 "$f" && "$f" 2>/dev/null && { t="$f"; break; };
rm -f "$f" 2>/dev/null;
done;
[ -n "$t" ] || { m none $l; exit 1; };
trap "rm -f $t" 0;
z=plain; c=cat; command -v gzip >/dev/null 2>&1 && z=gz && c="gzip -dc";
m need $(uname -s) $(uname -m) $z;
read s k;
if head -c "$s" | $c > "$t" && { command -v sha256sum >/dev/null 2>&1 || k=; [ -z "$k" ] || [ "$(sha256sum < "$t" | cut -c1-64)" = "$k" ]; }
&& [ "$("$t" runner --build)" = "$b" ] && mv -f "$t" "$d/$b"; then
trap - 0;
find "$d" -type f -mtime +30 -exec rm -f {} + 2>/dev/null;
g "$d/$b";
fi;
m bad "$d"
"#;

/// A folder as a word of the script: `~` is the home there, and what could end the quotes is refused
/// by leaving the folder out.
fn in_script(folder: &str) -> String {
    let path = folder.trim_end_matches('/');
    if path.contains(['\'', '"', '\\', '!', '$', '`', '\n']) {
        return String::new();
    }
    match path.strip_prefix("~/") {
        Some(rest) => format!("\"$h/{rest}/muster\""),
        None if path.starts_with('/') => format!("\"{path}/muster\""),
        None => String::new(),
    }
}

/// The line that removes what bootstrap keeps on a host, and tells of it. Only folders that are the
/// user's own are touched.
pub fn clean_line(folder: Option<&str>) -> String {
    let folder = folder.map(in_script).unwrap_or_default();
    let others =
        "\"$h/.cache/muster\" \"/var/tmp/muster-$u\" \"/dev/shm/muster-$u\" \"/run/user/$u/muster\" \"/tmp/muster-$u\"";
    format!(
        "exec /bin/sh -c {}",
        shell::quote(&format!(
            "h=${{HOME:-/nonexistent}}; u=$(id -u); for d in {folder} {others}; do [ -O \"$d\" ] && rm -rf \"$d\" && echo \"removed $d\"; done; :"
        ))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_fits_between_quotes() {
        let order =
            Order { build: "b1", folder: Some("~/.ansible/tmp"), host: "web", notice: &|_| {}, nonce: "n1", words: "" };
        let script = script(&order, true, &["/x".to_owned()]);
        assert!(!script.contains(['\'', '\\', '!', '\n', '@']), "{script}");
        assert!(script.contains("\"$h/.ansible/tmp/muster\""), "{script}");
    }

    #[test]
    fn only_plain_folders_are_words_of_the_script() {
        for (folder, expected) in [
            ("~/x", "\"$h/x/muster\""),
            ("/opt/x/", "\"/opt/x/muster\""),
            ("relative", ""),
            ("/a'b", ""),
            ("/a$(b)", ""),
        ] {
            assert_eq!(in_script(folder), expected);
        }
    }

    #[test]
    fn another_machine_is_named() {
        let order = Order { build: "b1", folder: None, host: "web", notice: &|_| {}, nonce: "n1", words: "" };
        let words = ["need", "Linux", "sparc64", "gz"].map(str::to_owned);
        let error = check_machine(&words, &order).expect_err("this test does not run there");
        assert!(
            error.message.starts_with("web is a Linux sparc64 machine, and this program is built for Linux "),
            "{error}"
        );
    }

    /// Runs command lines on this machine with one folder of programs and a home.
    struct Here {
        home: std::path::PathBuf,
        path: String,
        shell: &'static str,
    }

    impl Shell for Here {
        fn start<'a>(&'a self, line: &'a str) -> BoxFuture<'a, Result<ShellCommand, Unreachable>> {
            Box::pin(async move {
                let mut command = tokio::process::Command::new("/bin/sh");
                let line = line.replace("exec /bin/sh ", &format!("exec {} ", self.shell));
                command.arg("-c").arg(line).env_clear().env("PATH", &self.path).env("HOME", &self.home);
                command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
                let mut child = command.spawn().map_err(|error| Unreachable::new(error.to_string()))?;
                let (stdin, stdout) = (child.stdin.take().expect("asked for"), child.stdout.take().expect("asked for"));
                tokio::spawn(async move { child.wait().await });
                Ok(ShellCommand { stdout: Box::new(stdout), stdin: Box::new(stdin), stderr: Arc::new(String::new) })
            })
        }
    }

    /// A program that is no ELF file but behaves as the runner does as far as this goes.
    const PROGRAM: &str =
        "#!/bin/sh\n[ \"$2\" = --build ] && echo b1 && exit\necho hello; read word; echo \"got $word\"\n";

    /// Brings the program into a scratch home twice; the second time no upload is needed.
    async fn check(name: &str, path: &str, shell: &'static str) {
        let home = std::env::temp_dir().join(format!("muster-bootstrap-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&home).expect("a folder");
        std::fs::write(home.join("program"), PROGRAM).expect("own folder");
        let payload = Arc::new(Payload::load(&home.join("program"), "b1", &home.join("cache")).expect("it is there"));
        let host = Here { home: home.clone(), path: path.to_owned(), shell };
        for first in [true, false] {
            let order = Order { build: "b1", folder: None, host: "here", notice: &|_| {}, nonce: "n1", words: "" };
            let payload = Arc::clone(&payload);
            let link = bootstrap(
                &host,
                &order,
                Box::pin(async move {
                    assert!(first, "it is there already");
                    Ok(payload)
                }),
            );
            let mut link = link.await.expect("it starts");
            link.writer.write_all(b"hello\n").await.expect("it reads");
            let mut said = String::new();
            link.reader.read_to_string(&mut said).await.expect("it answers");
            assert_eq!(said, "hello\ngot hello\n", "{name}");
        }
        std::fs::remove_dir_all(home).expect("own folder");
    }

    #[tokio::test]
    async fn any_shell_and_any_tools_will_do() {
        let path = "/usr/bin:/bin";
        check("dash", path, "/bin/sh").await;
        if std::path::Path::new("/bin/busybox").exists() {
            check("busybox", path, "/bin/busybox sh").await;
        }
        // Nothing but what the script cannot do without: no gzip, no sha256sum, no find.
        let tools = std::env::temp_dir().join(format!("muster-tools-{}", std::process::id()));
        std::fs::create_dir_all(&tools).expect("a folder");
        for tool in ["id", "mkdir", "chmod", "rm", "mv", "uname", "head", "cat", "cut"] {
            let _ = std::os::unix::fs::symlink(format!("/usr/bin/{tool}"), tools.join(tool));
        }
        check("bare", &tools.display().to_string(), "/bin/sh").await;
        std::fs::remove_dir_all(tools).expect("own folder");
    }
}
