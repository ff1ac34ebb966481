//! How a task is carried out on a host: its keywords, rendered.

use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::project::playbook::Keyword;
use crate::project::settings::Settings;

use super::keywords::{Keywords, processing};
use super::result::Status;
use super::shared::RunOptions;

/// The keywords that decide how a task runs.
#[derive(Clone, Debug, Default)]
pub struct Conduct {
    pub check: bool,
    pub diff: bool,
    pub no_log: bool,
    pub environment: Vec<(String, String)>,
    pub environment_warnings: Vec<String>,
    /// The job's limit in seconds; 0 for the foreground.
    pub async_limit: u64,
    pub poll: u64,
    pub timeout: Option<Duration>,
    pub retries: Option<i64>,
    pub delay: f64,
    pub has_until: bool,
    pub delegate_facts: bool,
}

/// Seconds that `timeout` may be at most.
const LONGEST_TIMEOUT: i64 = 100_000_000;

/// The default of `delay`.
const DELAY: f64 = 5.0;

impl Conduct {
    pub fn of(
        keywords: Keywords<'_>,
        options: &RunOptions,
        settings: &Settings,
        gathers: bool,
    ) -> Result<Self, Diagnostic> {
        let (environment, environment_warnings) = keywords.environment(gathers)?;
        // Every inherited keyword is brought to its type, so that a bad value is told even if unused.
        for keyword in [Keyword::IgnoreErrors, Keyword::IgnoreUnreachable, Keyword::AnyErrorsFatal, Keyword::RunOnce] {
            keywords.flag(keyword)?;
        }
        for keyword in [Keyword::BecomeUser, Keyword::BecomeMethod, Keyword::RemoteUser, Keyword::Connection] {
            keywords.text(keyword)?;
        }
        check_debugger(keywords)?;
        let timeout = keywords.int(Keyword::Timeout)?.unwrap_or_else(|| settings.task_timeout());
        if !(0..=LONGEST_TIMEOUT).contains(&timeout) {
            let message = format!("Timeout {timeout} is invalid, it must be between 0 and {LONGEST_TIMEOUT}.");
            return Err(Diagnostic::new(message));
        }
        let natural = |number: Option<i64>| u64::try_from(number.unwrap_or(0)).unwrap_or(0);
        let poll = match keywords.int(Keyword::Poll)? {
            Some(poll) => u64::try_from(poll).unwrap_or(0),
            None => u64::try_from(settings.poll_interval()).unwrap_or(15),
        };
        Ok(Self {
            check: keywords.flag(Keyword::CheckMode)?.unwrap_or(options.check),
            diff: keywords.flag(Keyword::Diff)?.unwrap_or(options.diff),
            no_log: keywords.flag(Keyword::NoLog)?.unwrap_or_else(|| settings.no_log()),
            environment,
            environment_warnings,
            async_limit: natural(keywords.int(Keyword::Async)?),
            poll,
            timeout: (timeout > 0).then(|| Duration::from_secs(natural(Some(timeout)))),
            retries: keywords.int(Keyword::Retries)?,
            delay: keywords.float(Keyword::Delay)?.unwrap_or(DELAY).max(0.0),
            has_until: keywords.scope.own(Keyword::Until).is_some(),
            delegate_facts: keywords.flag(Keyword::DelegateFacts)?.unwrap_or(false),
        })
    }
}

/// What `debugger` may say.
const DEBUGGER: [&str; 5] = ["always", "never", "on_failed", "on_skipped", "on_unreachable"];

fn check_debugger(keywords: Keywords<'_>) -> Result<(), Diagnostic> {
    let keyword = Keyword::Debugger;
    let Some(value) = keywords.text(keyword)?.filter(|value| !value.is_empty()) else { return Ok(()) };
    match keywords.scope.find(keyword) {
        Some((raw, _)) if !DEBUGGER.contains(&value.as_str()) => {
            let choices = DEBUGGER.join(", ");
            let message = format!("'{value}' is not a valid value for debugger. Must be one of {choices}");
            Err(processing(keyword, raw).caused_by(Diagnostic::new(message).at(&raw.origin).apart()))
        }
        _ => Ok(()),
    }
}

/// Whether the debugger is to open after a result, by its keyword or by the settings.
pub fn wants_debugger(keywords: Keywords<'_>, settings: &Settings, status: Status) -> bool {
    let spared = settings.task_debugger_ignore_errors()
        && keywords.flag(Keyword::IgnoreErrors).ok().flatten().unwrap_or_default();
    let failed = status == Status::Failed && !spared;
    match keywords.text(Keyword::Debugger).ok().flatten().as_deref() {
        Some("always") => true,
        Some("never") => false,
        Some("on_failed") if failed => true,
        Some("on_unreachable") if status == Status::Unreachable => true,
        Some("on_skipped") if status == Status::Skipped => true,
        _ => settings.enable_task_debugger() && (failed || status == Status::Unreachable),
    }
}
