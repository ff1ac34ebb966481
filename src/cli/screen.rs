//! What a command prints by itself, on the screen that `report` draws: set up from the settings,
//! shared by all parts of the command, copied to the log.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::data::Environment;
use crate::diagnostic::{Diagnostic, Severity, Warning};
use crate::project::settings::Settings;
use crate::report;
use crate::report::bottom::Bottom;
use crate::report::screen::{Look, Palette, Stream};

/// A command's screen. Cheap questions need no lock; everything printed takes it.
pub struct Screen {
    /// Columns for help pages.
    pub width: usize,
    pub colored: bool,
    /// Shared with who asks questions there.
    pub bottom: Arc<Bottom>,
    inner: Mutex<report::Screen>,
}

impl Screen {
    /// For what is said before the settings are known.
    pub fn plain(environment: &Environment) -> Self {
        let look = Look { terminal_width: terminal_width(), ..Look::default() };
        let bottom = Arc::default();
        let inner = Mutex::new(on_terminal(look, &bottom));
        Self { width: help_width(environment), colored: false, bottom, inner }
    }

    pub fn new(environment: &Environment, settings: &Settings, verbosity: u8) -> Self {
        let look = look(environment, settings, verbosity);
        let colored = look.colour;
        let bottom = Arc::default();
        let mut inner = on_terminal(look, &bottom);
        if has_live_line(environment, settings) {
            inner = inner.with_live_line(Arc::clone(&bottom));
        }
        let log = settings.log_path().map(|path| open_log(&path));
        let (log, trouble) = match log {
            Some(Ok(file)) => (Some(file), None),
            Some(Err(reason)) => (None, Some(reason)),
            None => (None, None),
        };
        if let Some(file) = log {
            inner = inner.logging(log_to(file, environment));
        }
        let screen = Self { width: help_width(environment), colored, bottom, inner: Mutex::new(inner) };
        if let Some(reason) = trouble {
            screen.warning(&reason);
        }
        screen
    }

    /// Text on stdout, as it is.
    pub fn print(&self, text: &str) {
        self.print_bytes(text.as_bytes());
    }

    /// Bytes on stdout, which need not be text.
    pub fn print_bytes(&self, bytes: &[u8]) {
        // A reader that has gone away is no failure.
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(bytes).and_then(|()| stdout.flush());
    }

    /// A line on stdout.
    pub fn line(&self, text: &str) {
        self.lock().say(text, None);
    }

    /// Long text, through the user's pager where there is somebody to turn the pages.
    pub fn page(&self, text: &str, settings: &Settings) {
        let pager = settings.pager();
        if std::io::stdout().is_terminal() && !pager.is_empty() && paged(text, pager, settings.environment()).is_ok() {
            return;
        }
        self.line(text);
    }

    /// Text on stderr, as it is.
    pub fn print_error(&self, text: &str) {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    /// A whole diagnostic, in Ansible's words.
    pub fn error(&self, diagnostic: &Diagnostic) {
        self.lock().error_on(Stream::Err, diagnostic);
    }

    /// `[WARNING]: …`, once.
    pub fn warning(&self, message: &str) {
        self.lock().warning(&Diagnostic::new(message));
    }

    /// `[DEPRECATION WARNING]: …`, once, unless the settings hide them.
    pub fn deprecation(&self, message: &str) {
        self.lock().deprecation(&Diagnostic::new(message));
    }

    /// A warning with its place and hints, once.
    pub fn say(&self, warning: &Warning) {
        let diagnostic = &warning.diagnostic;
        let Severity::Deprecated { removed_in } = &warning.severity else {
            return self.lock().warning(diagnostic);
        };
        let end = match removed_in {
            Some(version) => format!("This feature will be removed from ansible-core version {version}."),
            None => "This feature will be removed in a future release.".to_owned(),
        };
        self.lock().deprecation(&Diagnostic { message: format!("{} {end}", diagnostic.message), ..diagnostic.clone() });
    }

    /// The screen itself, for what runs longer than a line.
    pub fn lock(&self) -> MutexGuard<'_, report::Screen> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the screen over to a report; what is said here from then on has no log and no colour.
    pub fn take(&self) -> report::Screen {
        std::mem::replace(&mut *self.lock(), on_terminal(Look::default(), &self.bottom))
    }
}

/// How the screen is set up: colours as far as terminal and settings want them.
pub fn look(environment: &Environment, settings: &Settings, verbosity: u8) -> Look {
    let can_color = std::io::stdout().is_terminal() && environment.variable("TERM") != Some("dumb");
    Look {
        colour: !settings.no_color() && (can_color || settings.force_color()),
        palette: Palette::new(|name| settings.get(name)?.value.as_str().map(str::to_owned)),
        terminal_width: terminal_width(),
        verbosity,
        deprecation_warnings: settings.deprecation_warnings(),
        system_warnings: settings.system_warnings(),
    }
}

fn paged(text: &str, pager: &str, environment: &Environment) -> std::io::Result<()> {
    let mut command = std::process::Command::new("/bin/sh");
    command.arg("-c").arg(pager).stdin(std::process::Stdio::piped());
    if environment.variable("LESS").is_none() {
        command.env("LESS", "FRSX");
    }
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // Who leaves the pager early has seen enough.
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait().map(|_| ())
}

fn on_terminal(look: Look, bottom: &Arc<Bottom>) -> report::Screen {
    report::Screen::new(look, bottom.writer(Stream::Out), bottom.writer(Stream::Err))
}

/// Whether the last line tells how far things are. Colours have no say in it.
fn has_live_line(environment: &Environment, settings: &Settings) -> bool {
    let wanted = settings.own("MUSTER_LIVE").is_none_or(|setting| setting.value.is_truthy());
    wanted && std::io::stdout().is_terminal() && environment.variable("TERM") != Some("dumb")
}

fn help_width(environment: &Environment) -> usize {
    let columns = environment.filled("COLUMNS").and_then(|text| text.parse().ok()).filter(|columns| *columns > 0);
    columns.unwrap_or_else(|| Some(terminal_width()).filter(|columns| *columns > 0).unwrap_or(80))
}

/// Columns of the terminal; 0 where there is none.
fn terminal_width() -> usize {
    rustix::termios::tcgetwinsize(std::io::stdout()).map_or(0, |size| usize::from(size.ws_col))
}

fn open_log(path: &Path) -> Result<std::fs::File, String> {
    if path.is_dir() {
        return Err(format!("DEFAULT_LOG_PATH can not be a directory '{}', aborting", path.display()));
    }
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|_| format!("log file at '{}' is not writeable and we cannot create it, aborting", path.display()))
}

/// Each text with time, process, user and how serious it is.
fn log_to(mut file: std::fs::File, environment: &Environment) -> Box<dyn FnMut(&str) + Send> {
    let environment = environment.clone();
    Box::new(move |text| {
        let now = environment.now();
        let level = match text {
            text if text.starts_with("[WARNING]") => "WARNING",
            text if text.starts_with("[ERROR]") || text.starts_with("fatal: ") => "ERROR",
            _ => "INFO",
        };
        let (time, milliseconds) = (now.strftime("%Y-%m-%d %H:%M:%S"), now.millisecond());
        let (process, user) = (std::process::id(), &environment.user);
        // A full disk must not end a run.
        let _ = writeln!(file, "{time},{milliseconds:03} p={process} u={user} n=ansible {level}| {text}");
    })
}

#[cfg(test)]
mod tests {
    use super::open_log;

    #[test]
    fn a_folder_is_no_log() {
        let reason = open_log(std::path::Path::new("/")).expect_err("a folder");
        assert_eq!(reason, "DEFAULT_LOG_PATH can not be a directory '/', aborting");
    }
}
