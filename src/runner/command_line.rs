//! What the modules command and shell share: running one command that the user wrote.

use std::path::PathBuf;
use std::time::SystemTime;

use super::process::{quoted, start_failure};
use super::{Failure, Outcome, Target, errors, glob, words};
use crate::args::{Args, TargetPath};
use crate::data::{Environment, Map, Value};

/// The options of both.
#[derive(Args)]
#[args(exclusive("_raw_params", "cmd", "argv"), required_one_of("_raw_params", "cmd", "argv"))]
pub struct CommandLine {
    /// The command as one text.
    #[arg(name = "_raw_params")]
    raw: Option<String>,
    /// Whether a shell runs it.
    #[arg(name = "_uses_shell", default = false)]
    uses_shell: bool,
    /// The command as a list of words, which no one splits or expands.
    argv: Option<Vec<String>>,
    /// The command as one text.
    cmd: Option<String>,
    /// The folder to run it in.
    chdir: Option<TargetPath>,
    /// The shell that runs it.
    executable: Option<String>,
    /// Whether variables such as `$HOME` and `~` in the words are replaced.
    #[arg(default = true)]
    expand_argument_vars: bool,
    /// Does nothing if a file of this name or pattern is there.
    #[arg(kind = "path")]
    creates: Option<String>,
    /// Does nothing unless a file of this name or pattern is there.
    #[arg(kind = "path")]
    removes: Option<String>,
    /// What the command reads.
    stdin: Option<String>,
    /// Whether a newline is added to what it reads.
    #[arg(default = true)]
    stdin_add_newline: bool,
    /// Whether blank lines at the end of its output are taken away.
    #[arg(default = true)]
    strip_empty_ends: bool,
}

impl CommandLine {
    /// Always through a shell.
    #[must_use]
    pub fn in_shell(mut self) -> Self {
        self.uses_shell = true;
        self
    }

    pub fn run(mut self, target: &mut Target) -> Outcome {
        if let Some(executable) = self.executable.take_if(|_| !self.uses_shell) {
            target.warn(format!(
                "As of Ansible 2.4, the parameter 'executable' is no longer supported with the 'command' module. \
                 Not using '{executable}'."
            ));
        }
        let text = self.raw.take().or_else(|| self.cmd.take());
        let (shown, argv) = match (&text, self.argv.take()) {
            (Some(line), _) if line.trim().is_empty() => return Err(no_command()),
            (Some(line), _) if self.uses_shell => (Value::text(line.as_str()), self.shell_argv(line)),
            (Some(line), _) => {
                let words = words::split(line)?;
                (shown_words(&words), words)
            }
            (None, Some(argv)) => (shown_words(&argv), argv),
            (None, None) => return Err(no_command()),
        };
        let folder = match &self.chdir {
            Some(folder) => target.absolute(folder),
            None => target.environment().working_directory.clone(),
        };
        let mut result = empty_result(shown);
        // The folder of the runner is where it is, even where the user may not look into it.
        let wanted = self.chdir.is_some();
        if let Err(error) =
            std::fs::read_dir(&folder).map(drop).or_else(|error| if wanted { Err(error) } else { Ok(()) })
        {
            let cause = errors::with_bytes(&error, &folder);
            let failure = Failure::new("Unable to change directory before execution.").caused_by(cause);
            result.remove("msg");
            result.insert("rc", Value::NULL);
            return Err(Failure { details: result, ..failure });
        }
        if let Some(reason) = self.reason_to_skip(target, &folder) {
            result.insert("msg", reason.0);
            result.insert("stdout", reason.1);
            return Ok(result);
        }
        if target.is_check() {
            result.insert("msg", "Command would have run if not in check mode");
            let is_conditional = self.creates.is_some() || self.removes.is_some();
            // Without a condition nobody knows what it would change.
            if is_conditional {
                result.insert("changed", true);
            } else {
                result.insert("skipped", true);
            }
            return Ok(result);
        }
        target.mark_changed();
        self.execute(target, argv, folder, result)
    }

    fn execute(self, target: &mut Target, mut argv: Vec<String>, folder: PathBuf, mut result: Map) -> Outcome {
        if self.expand_argument_vars && !self.uses_shell {
            argv = argv.iter().map(|word| target.expand_path(word)).collect();
        }
        let mut stdin = self.stdin.unwrap_or_default();
        if !stdin.is_empty() && self.stdin_add_newline {
            stdin.push('\n');
        }
        let shown = argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
        let Some(program) = argv.first().cloned() else {
            let failure = Failure::new("Error executing command.").caused_by("list index out of range");
            return Err(failure.with("rc", 257).with("stdout", "").with("stderr", "").with("cmd", ""));
        };
        let start = Moment::now(target.environment());
        let finished = target.command(argv).stdin(stdin).folder(folder).live().run();
        let end = Moment::now(target.environment());
        let finished = finished.map_err(|error| start_failure(&shown, &program, &error))?;
        let strip = |text: String| match self.strip_empty_ends {
            true => text.trim_end_matches(['\r', '\n']).to_owned(),
            false => text,
        };
        result.insert("changed", true);
        result.insert("stdout", strip(finished.stdout_text()));
        result.insert("stderr", strip(finished.stderr_text()));
        result.insert("rc", finished.code);
        result.insert("delta", end.since(&start));
        result.insert("start", start.shown());
        result.insert("end", end.shown());
        if finished.is_success() {
            return Ok(result);
        }
        result.remove("msg");
        Err(Failure { details: result, ..Failure::new("non-zero return code") })
    }

    fn shell_argv(&self, line: &str) -> Vec<String> {
        let shell = self.executable.clone().unwrap_or_else(|| "/bin/sh".to_owned());
        vec![shell, "-c".to_owned(), line.to_owned()]
    }

    /// Why the command need not run, and what stands in for its output.
    fn reason_to_skip(&self, target: &Target, folder: &std::path::Path) -> Option<(String, String)> {
        let would = if target.is_check() { "Would" } else { "Did" };
        let exists = |pattern: &String| !glob::glob(&folder.join(pattern)).is_empty();
        if let Some(creates) = self.creates.as_ref().filter(|creates| exists(creates)) {
            let message = format!("{would} not run command since '{creates}' exists");
            return Some((message, format!("skipped, since {creates} exists")));
        }
        if let Some(removes) = self.removes.as_ref().filter(|removes| !exists(removes)) {
            let message = format!("{would} not run command since '{removes}' does not exist");
            return Some((message, format!("skipped, since {removes} does not exist")));
        }
        None
    }
}

fn no_command() -> Failure {
    Failure::new("Argument 'args' to run_command must be list or string").with("rc", 257).with("cmd", Value::NULL)
}

fn shown_words(words: &[String]) -> Value {
    Value::list(words.iter().map(|word| Value::text(word.as_str())))
}

fn empty_result(shown: Value) -> Map {
    Map::from([
        ("changed", Value::from(false)),
        ("stdout", "".into()),
        ("stderr", "".into()),
        ("rc", 0.into()),
        ("cmd", shown),
        ("start", Value::NULL),
        ("end", Value::NULL),
        ("delta", Value::NULL),
        ("msg", "".into()),
    ])
}

/// A point in time, shown in the target's zone.
struct Moment {
    at: SystemTime,
    zoned: jiff::Zoned,
}

impl Moment {
    fn now(environment: &Environment) -> Self {
        Self { at: SystemTime::now(), zoned: environment.now() }
    }

    /// As Python shows a datetime without a zone.
    fn shown(&self) -> String {
        let seconds = self.zoned.strftime("%Y-%m-%d %H:%M:%S");
        match self.zoned.subsec_nanosecond() / 1000 {
            0 => seconds.to_string(),
            micros => format!("{seconds}.{micros:06}"),
        }
    }

    /// As Python shows a timedelta.
    fn since(&self, start: &Self) -> String {
        shown_duration(self.at.duration_since(start.at).unwrap_or_default())
    }
}

/// `0:00:01.500000`, `1 day, 2:00:00`.
pub fn shown_duration(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    let days = match seconds / 86_400 {
        0 => String::new(),
        1 => "1 day, ".to_owned(),
        days => format!("{days} days, "),
    };
    let clock = format!("{days}{}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match time.subsec_micros() {
        0 => clock,
        micros => format!("{clock}.{micros:06}"),
    }
}
