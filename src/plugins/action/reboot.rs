//! `reboot`: restarts a host and waits until it is there again and works.

use std::time::{Duration, Instant};

use crate::args::{ArgSpec, Args};
use crate::data::{Map, Value};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::result::TaskResult;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.reboot",
    summary: "Reboot a machine",
    spec: Some(SPEC),
    traits: ActionTraits::NONE,
    run: |call| Box::pin(run(call)),
};

#[derive(Args)]
struct RebootArgs {
    /// Prints something that differs from boot to boot.
    #[arg(default = "cat /proc/sys/kernel/random/boot_id")]
    boot_time_command: String,
    /// Seconds for one attempt to connect.
    connect_timeout: Option<i64>,
    /// What is told to those who are logged in.
    #[arg(default = "Reboot initiated by Ansible")]
    msg: String,
    /// Seconds before the first attempt to connect.
    #[arg(default = 0)]
    post_reboot_delay: i64,
    /// Seconds before the host goes down; whole minutes count.
    #[arg(default = 0)]
    pre_reboot_delay: i64,
    /// The command that restarts the host.
    reboot_command: Option<String>,
    /// Seconds for the restart, and again for the test after it.
    #[arg(default = 600)]
    reboot_timeout: i64,
    /// Folders in which `shutdown` is looked for.
    search_paths: Option<Vec<String>>,
    /// A command that ends well when the host works.
    #[arg(default = "whoami")]
    test_command: String,
}

const SPEC: &ArgSpec = RebootArgs::SPEC;

const SEARCHED: [&str; 5] = ["/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin"];

/// The pause between attempts grows up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(12);

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    call.check_args(SPEC, "reboot")?;
    let args = RebootArgs::from_checked(&mut call.args.clone()).map_err(ActionError::told)?;
    let start = Instant::now();
    if &*call.way.endpoint.connection == "local" {
        return Ok(outcome(start, Err("Running reboot with local connection would reboot the control node.".into())));
    }
    if call.conduct.check {
        let output = Map::from([("changed", Value::from(true)), ("elapsed", 0.into()), ("rebooted", true.into())]);
        return Ok(TaskResult::of(output));
    }
    let before = match boot(call, &args).await? {
        Ok(before) => before,
        Err(reason) => return Ok(outcome(start, Err(reason))),
    };
    let command = match &args.reboot_command {
        Some(command) => command.clone(),
        None => shutdown(&args),
    };
    match shell(call, &command).await {
        // The host may be gone before it has told how the command ended.
        Err(ActionError::Call(_)) => {}
        Err(error) => return Err(error),
        Ok(Ran { code: 0, .. }) => {}
        Ok(Ran { stdout, stderr, .. }) => {
            let message = format!("Reboot command failed. Error was: '{}, {}'", stdout.trim(), stderr.trim());
            return Ok(outcome(start, Err(message)));
        }
    }
    let seconds = |number: i64| Duration::from_secs(number.max(0).unsigned_abs());
    tokio::time::sleep(seconds(args.post_reboot_delay)).await;
    let limit = seconds(args.reboot_timeout);
    if !until(call, &args, limit, Wanted::BootAfter(&before)).await {
        let message = format!("Timed out waiting for last boot time check (timeout={})", args.reboot_timeout);
        return Ok(outcome(start, Err(message)));
    }
    if !until(call, &args, limit, Wanted::Works).await {
        let message = format!("Timed out waiting for post-reboot test command (timeout={})", args.reboot_timeout);
        return Ok(outcome(start, Err(message)));
    }
    Ok(outcome(start, Ok(())))
}

/// What was run there.
struct Ran {
    code: i64,
    stdout: String,
    stderr: String,
}

async fn shell(call: &ActionCall<'_>, line: &str) -> Result<Ran, ActionError> {
    let args = Map::from([("_raw_params", Value::text(line)), ("_uses_shell", Value::from(true))]);
    let result = call.module("ansible.builtin.command", args).await?;
    let text = |name: &str| result.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let code = result.get("rc").and_then(Value::as_int).unwrap_or(1);
    Ok(Ran { code, stdout: text("stdout"), stderr: text("stderr") })
}

/// Which boot this is.
async fn boot(call: &ActionCall<'_>, args: &RebootArgs) -> Result<Result<String, String>, ActionError> {
    let ran = shell(call, &args.boot_time_command).await?;
    Ok(match ran.code {
        0 => Ok(ran.stdout.trim().to_owned()),
        code => Err(format!(
            "boot_time_command: failed to get host boot time info, rc: {code}, stdout: {}, stderr: {}",
            ran.stdout.trim(),
            ran.stderr.trim()
        )),
    })
}

/// The usual command: from the first folder that has it.
fn shutdown(args: &RebootArgs) -> String {
    let usual = || SEARCHED.map(str::to_owned).to_vec();
    let folders = args.search_paths.clone().unwrap_or_else(usual);
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\"'\"'"));
    let programs = folders.iter().map(|folder| quoted(&format!("{}/shutdown", folder.trim_end_matches('/'))));
    let minutes = args.pre_reboot_delay.max(0) / 60;
    format!(
        "for program in {}; do [ -x \"$program\" ] && exec \"$program\" -r {minutes} {}; done; \
         echo 'Unable to find command \"shutdown\" in search paths' >&2; exit 1",
        programs.collect::<Vec<_>>().join(" "),
        quoted(&args.msg)
    )
}

/// What is waited for.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    /// Another boot than this one.
    BootAfter(&'a str),
    /// The test command ends well.
    Works,
}

async fn has_come(call: &ActionCall<'_>, args: &RebootArgs, wanted: Wanted<'_>) -> bool {
    match wanted {
        Wanted::BootAfter(before) => {
            // A dead connection that is kept would answer for the host that is meant to come back.
            let _ = call.shared.carrier.reset(&call.way.endpoint).await;
            matches!(boot(call, args).await, Ok(Ok(now)) if now != before)
        }
        Wanted::Works => matches!(shell(call, &args.test_command).await, Ok(Ran { code: 0, .. })),
    }
}

/// Tries with growing pauses; false where it has not come true in time.
async fn until(call: &ActionCall<'_>, args: &RebootArgs, limit: Duration, wanted: Wanted<'_>) -> bool {
    let deadline = tokio::time::Instant::now() + limit;
    let mut pause = Duration::from_secs(1);
    loop {
        let one = args.connect_timeout.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
        let end = one.map_or(deadline, |one| deadline.min(tokio::time::Instant::now() + one));
        if tokio::time::timeout_at(end, has_come(call, args, wanted)).await == Ok(true) {
            return true;
        }
        if tokio::time::Instant::now() + pause >= deadline {
            return false;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn outcome(start: Instant, done: Result<(), String>) -> TaskResult {
    let mut output = Map::from([
        ("changed", Value::from(done.is_ok())),
        ("elapsed", Value::from(start.elapsed().as_secs())),
        ("rebooted", Value::from(done.is_ok())),
    ]);
    if let Err(message) = done {
        output.insert("failed", true);
        output.insert("msg", message);
    }
    TaskResult::of(output)
}
