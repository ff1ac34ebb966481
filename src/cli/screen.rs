//! Text that commands print themselves: results on stdout, warnings and errors on stderr, each
//! warning once.

use std::collections::HashSet;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;

use crate::data::Environment;
use crate::diagnostic::ansible;
use crate::project::settings::Settings;

/// Where a command's own text goes.
pub struct Screen {
    /// Columns of the terminal, or of the one that stands in for it.
    pub width: usize,
    /// Where warnings are wrapped.
    pub warning_width: usize,
    /// Whether output is coloured.
    pub colored: bool,
    colors: Colors,
    deprecations: bool,
    shown: Mutex<HashSet<String>>,
}

#[derive(Default)]
struct Colors {
    error: String,
    warning: String,
    deprecation: String,
}

impl Screen {
    /// For a screen before the settings are known.
    pub fn plain(environment: &Environment) -> Self {
        let (width, warning_width) = widths(environment);
        Self {
            width,
            warning_width,
            colored: false,
            colors: Colors::default(),
            deprecations: true,
            shown: Mutex::default(),
        }
    }

    pub fn new(environment: &Environment, settings: &Settings) -> Self {
        let is_colorful = std::io::stdout().is_terminal() && environment.variable("TERM") != Some("dumb");
        let part = |name: &str| settings.color(name).to_owned();
        Self {
            colored: !settings.no_color() && (is_colorful || settings.force_color()),
            colors: Colors { error: part("ERROR"), warning: part("WARN"), deprecation: part("DEPRECATE") },
            deprecations: settings.deprecation_warnings(),
            ..Self::plain(environment)
        }
    }

    /// Text on stdout, as it is.
    pub fn print(&self, text: &str) {
        // A reader that has gone away is no failure.
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    }

    /// A line on stdout.
    pub fn line(&self, text: &str) {
        self.print(&format!("{text}\n"));
    }

    /// Text on stderr, as it is.
    pub fn print_error(&self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        let _ = stderr.write_all(text.as_bytes());
    }

    /// A whole diagnostic.
    pub fn error(&self, text: &str) {
        self.print_error(&self.painted(text, &self.colors.error));
    }

    /// `[WARNING]: …`, once.
    pub fn warning(&self, message: &str) {
        let text = ansible::warning(message, self.warning_width);
        if self.is_new(&text) {
            self.print_error(&self.painted(&text, &self.colors.warning));
        }
    }

    /// `[DEPRECATION WARNING]: …`, once, unless the settings hide them.
    pub fn deprecation(&self, message: &str) {
        if !self.deprecations {
            return;
        }
        self.warning(ansible::DEPRECATIONS_CAN_BE_DISABLED);
        let text = ansible::deprecation(message, self.warning_width);
        if self.is_new(&text) {
            self.print_error(&self.painted(&text, &self.colors.deprecation));
        }
    }

    fn is_new(&self, text: &str) -> bool {
        self.shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(text.to_owned())
    }

    /// Each line in the colour, if there are colours.
    fn painted(&self, text: &str, color: &str) -> String {
        let Some(code) = code(color).filter(|_| self.colored) else { return text.to_owned() };
        text.split_inclusive('\n')
            .map(|line| match line.strip_suffix('\n') {
                Some(line) => format!("\u{1b}[{code}m{line}\u{1b}[0m\n"),
                None => format!("\u{1b}[{code}m{line}\u{1b}[0m"),
            })
            .collect()
    }
}

/// The columns for help pages, and for warnings.
fn widths(environment: &Environment) -> (usize, usize) {
    let columns = environment.filled("COLUMNS").and_then(|text| text.parse().ok()).filter(|columns| *columns > 0);
    let terminal = rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| usize::from(size.ws_col));
    let terminal = terminal.filter(|columns| *columns > 0);
    (columns.or(terminal).unwrap_or(80), terminal.unwrap_or(0).saturating_sub(1).max(79))
}

/// The terminal's code for a colour's name.
fn code(color: &str) -> Option<String> {
    Some(
        match color {
            "black" => "0;30",
            "bright gray" => "0;37",
            "blue" => "0;34",
            "white" => "1;37",
            "green" => "0;32",
            "bright blue" => "1;34",
            "cyan" => "0;36",
            "bright green" => "1;32",
            "red" => "0;31",
            "bright cyan" => "1;36",
            "purple" => "0;35",
            "bright red" => "1;31",
            "yellow" => "0;33",
            "bright purple" => "1;35",
            "dark gray" => "1;30",
            "bright yellow" => "1;33",
            "magenta" => "0;35",
            "bright magenta" => "1;35",
            "normal" => "0",
            _ => {
                let number = color.strip_prefix("color").and_then(|number| number.parse::<u8>().ok())?;
                return Some(format!("38;5;{number}"));
            }
        }
        .to_owned(),
    )
}
