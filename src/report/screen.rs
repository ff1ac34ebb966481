//! The terminal: width, colours, banners, warnings told once. All that people read goes through here.

use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use super::bottom::Bottom;
use crate::diagnostic::{Diagnostic, ansible};

/// What a colour is for; settings say which colour that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Ok,
    Changed,
    Skipped,
    Unreachable,
    Error,
    Warning,
    Deprecation,
    Verbose,
    Highlight,
    Debug,
    DiffAdd,
    DiffRemove,
    DiffLines,
    Included,
}

/// The colour of every tone, as the settings name them.
#[derive(Clone, Debug)]
pub struct Palette {
    codes: Vec<(Tone, String)>,
}

/// Tones, the settings that name their colours, and the defaults of these.
const TONES: &[(Tone, &str, &str)] = &[
    (Tone::Ok, "COLOR_OK", "green"),
    (Tone::Changed, "COLOR_CHANGED", "yellow"),
    (Tone::Skipped, "COLOR_SKIP", "cyan"),
    (Tone::Unreachable, "COLOR_UNREACHABLE", "bright red"),
    (Tone::Error, "COLOR_ERROR", "red"),
    (Tone::Warning, "COLOR_WARN", "bright purple"),
    (Tone::Deprecation, "COLOR_DEPRECATE", "purple"),
    (Tone::Verbose, "COLOR_VERBOSE", "blue"),
    (Tone::Highlight, "COLOR_HIGHLIGHT", "white"),
    (Tone::Debug, "COLOR_DEBUG", "dark gray"),
    (Tone::DiffAdd, "COLOR_DIFF_ADD", "green"),
    (Tone::DiffRemove, "COLOR_DIFF_REMOVE", "red"),
    (Tone::DiffLines, "COLOR_DIFF_LINES", "cyan"),
    (Tone::Included, "COLOR_INCLUDED", "cyan"),
];

impl Palette {
    /// Asks for the colour name of each setting; `None` takes the default.
    pub fn new(setting: impl Fn(&str) -> Option<String>) -> Self {
        let code = |name: &str, default: &str| {
            setting(name).and_then(|name| escape_code(&name)).or_else(|| escape_code(default)).unwrap_or_default()
        };
        Self { codes: TONES.iter().map(|(tone, name, default)| (*tone, code(name, default))).collect() }
    }

    fn code(&self, tone: Tone) -> &str {
        self.codes.iter().find(|(known, _)| *known == tone).map_or("0", |(_, code)| code)
    }
}

impl Default for Palette {
    fn default() -> Self {
        Self::new(|_| None)
    }
}

/// The parameters of the escape sequence for a colour's name.
fn escape_code(name: &str) -> Option<String> {
    let code = match name {
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
        "purple" | "magenta" => "0;35",
        "bright red" => "1;31",
        "yellow" => "0;33",
        "bright purple" | "bright magenta" => "1;35",
        "dark gray" => "1;30",
        "bright yellow" => "1;33",
        "normal" => "0",
        _ => return indexed_code(name),
    };
    Some(code.to_owned())
}

/// `color123`, `rgb512` and `gray12` of the 256 colours.
fn indexed_code(name: &str) -> Option<String> {
    let index = if let Some(number) = name.strip_prefix("color") {
        number.parse::<u16>().ok()?
    } else if let Some(digits) = name.strip_prefix("rgb") {
        let parts: Vec<_> = digits.chars().filter_map(|digit| digit.to_digit(6)).collect();
        let [red, green, blue] = parts[..] else { return None };
        (16 + 36 * red + 6 * green + blue) as u16
    } else {
        232 + name.strip_prefix("gray")?.parse::<u16>().ok()?
    };
    Some(format!("38;5;{index}"))
}

/// How the screen is set up.
#[derive(Clone, Debug)]
pub struct Look {
    pub colour: bool,
    pub palette: Palette,
    /// Of the terminal; 0 where there is none.
    pub terminal_width: usize,
    pub verbosity: u8,
    pub deprecation_warnings: bool,
    pub system_warnings: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            colour: false,
            palette: Palette::default(),
            terminal_width: 0,
            verbosity: 0,
            deprecation_warnings: true,
            system_warnings: true,
        }
    }
}

/// Where a line goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stream {
    #[default]
    Out,
    Err,
}

/// Writes lines to the terminal (or whatever stands for it) and to the log.
pub struct Screen {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    log: Option<Box<dyn FnMut(&str) + Send>>,
    /// Where the live line stands, if there is one.
    bottom: Option<Arc<Bottom>>,
    look: Look,
    told: HashSet<String>,
}

impl Screen {
    pub fn new(look: Look, out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self { out, err, log: None, bottom: None, look, told: HashSet::new() }
    }

    /// Sends a copy of what is said, without colours, to `log_path`.
    #[must_use]
    pub fn logging(mut self, log: Box<dyn FnMut(&str) + Send>) -> Self {
        self.log = Some(log);
        self
    }

    /// Writes above a live line.
    #[must_use]
    pub fn with_live_line(mut self, bottom: Arc<Bottom>) -> Self {
        self.bottom = Some(bottom);
        self
    }

    pub fn has_live_line(&self) -> bool {
        self.bottom.is_some()
    }

    /// Columns that the live line may fill.
    pub fn live_width(&self) -> usize {
        let columns = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(0, |size| usize::from(size.ws_col));
        if columns == 0 { 79 } else { columns - 1 }
    }

    /// Sets the live line, or takes it away.
    pub fn live(&mut self, line: Option<String>) {
        if let Some(bottom) = &self.bottom {
            let line = line.map(|line| if self.look.colour { format!("\x1b[2m{line}\x1b[0m") } else { line });
            bottom.show(line);
        }
    }

    pub fn set_verbosity(&mut self, verbosity: u8) {
        self.look.verbosity = verbosity;
    }

    pub fn verbosity(&self) -> u8 {
        self.look.verbosity
    }

    /// How many columns text may fill.
    pub fn width(&self) -> usize {
        self.look.terminal_width.saturating_sub(1).max(79)
    }

    /// A line (or several) on standard output.
    pub fn say(&mut self, text: &str, tone: Option<Tone>) {
        self.say_on(Stream::Out, text, tone);
    }

    pub fn say_on(&mut self, stream: Stream, text: &str, tone: Option<Tone>) {
        self.log(text);
        self.show_on(stream, text, tone);
    }

    /// A line that does not go to the log.
    pub fn show(&mut self, text: &str, tone: Option<Tone>) {
        self.show_on(Stream::Out, text, tone);
    }

    /// A line for the log alone.
    pub fn log(&mut self, text: &str) {
        if let Some(log) = &mut self.log {
            log(text.trim_start_matches('\n'));
        }
    }

    fn show_on(&mut self, stream: Stream, text: &str, tone: Option<Tone>) {
        let mut text = self.paint(text.strip_suffix('\n').unwrap_or(text), tone);
        text.push('\n');
        // A reader that went away (`| head`) is no reason to stop a run half-way.
        let _ = match stream {
            Stream::Out => self.out.write_all(text.as_bytes()),
            Stream::Err => self.out.flush().and_then(|()| self.err.write_all(text.as_bytes())),
        };
    }

    /// The text in a tone's colour, each line for itself.
    pub fn paint(&self, text: &str, tone: Option<Tone>) -> String {
        match tone {
            Some(tone) if self.look.colour => {
                let code = self.look.palette.code(tone);
                text.split('\n').map(|line| format!("\x1b[{code}m{line}\x1b[0m")).collect::<Vec<_>>().join("\n")
            }
            _ => text.to_owned(),
        }
    }

    pub fn has_colour(&self) -> bool {
        self.look.colour
    }

    /// An empty line, then a heading filled up with stars: at least three.
    pub fn banner(&mut self, text: &str) {
        let text = text.trim();
        let stars = self.width().saturating_sub(text.width()).max(3);
        self.say(&format!("\n{text} {}", "*".repeat(stars)), None);
    }

    /// A warning, once.
    pub fn warning(&mut self, warning: &Diagnostic) {
        let text = ansible::render_warning(warning);
        self.tell_once(Stream::Err, text, Tone::Warning);
    }

    pub fn deprecation(&mut self, warning: &Diagnostic) {
        if self.look.deprecation_warnings {
            self.warning(&Diagnostic::new(ansible::DEPRECATIONS_CAN_BE_DISABLED));
            let text = ansible::render_deprecation(warning);
            self.tell_once(Stream::Err, text, Tone::Deprecation);
        }
    }

    /// An error with its excerpt, once.
    pub fn error_on(&mut self, stream: Stream, error: &Diagnostic) {
        let text = ansible::render(error);
        self.tell_once(stream, text, Tone::Error);
    }

    fn tell_once(&mut self, stream: Stream, text: String, tone: Tone) {
        if !self.told.contains(&text) {
            self.say_on(stream, &text, Some(tone));
            self.told.insert(text);
        }
    }

    pub fn flush(&mut self) {
        let _ = self.out.flush();
        let _ = self.err.flush();
    }
}
