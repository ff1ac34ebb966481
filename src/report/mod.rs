//! What people read: events to text, recap, exit code. The contract of callbacks is here; they
//! themselves are plugins.

pub mod bottom;
pub mod brief;
pub mod callback;
pub mod diff;
pub mod dump;
pub mod journal;
mod keys;
mod progress;
pub mod screen;
pub mod terminal;

pub use callback::{Callback, CallbackPlugin};
pub use screen::{Screen, Tone};

use std::time::Instant;

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::chronicle::{Step, StepEnd};
use crate::engine::event::{Event, Observer};
use progress::Progress;

/// Hands every event to all callbacks, and says what no callback decides: warnings and notes.
pub struct Report {
    screen: Screen,
    callbacks: Vec<Box<dyn Callback>>,
    /// Where there is a live line.
    progress: Option<Progress>,
    journal: Option<journal::Recorder>,
    /// By host: output of running commands that has not come to the end of its line.
    unfinished: HashMap<Arc<str>, Vec<u8>>,
    /// Told in front of the first play.
    later: Vec<Event>,
}

impl Report {
    pub fn new(screen: Screen, callbacks: Vec<Box<dyn Callback>>) -> Self {
        let progress = screen.has_live_line().then(Progress::default);
        Self { screen, callbacks, progress, journal: None, unfinished: HashMap::new(), later: Vec::new() }
    }

    pub fn add(&mut self, callback: Box<dyn Callback>) {
        self.callbacks.push(callback);
    }

    /// Has the run recorded.
    pub fn record(&mut self, journal: journal::Recorder) {
        self.journal = Some(journal);
    }

    /// The run is over; its journal says so.
    pub fn finish(&mut self, code: u8) {
        if let Some(journal) = &mut self.journal {
            journal.finish(code);
        }
    }

    /// A journal that cannot be written costs a warning.
    fn in_journal(&mut self, act: impl FnOnce(&mut journal::Recorder)) {
        let Some(journal) = &mut self.journal else { return };
        act(journal);
        if let Some(trouble) = journal.take_trouble() {
            self.screen.warning(&crate::diagnostic::Diagnostic::new(trouble));
        }
    }

    /// Tells something when the first playbook has been read.
    pub fn tell_later(&mut self, event: Event) {
        self.later.push(event);
    }

    /// Output as it comes, line by line, with the host in front.
    fn live(&mut self, host: &Arc<str>, bytes: &[u8]) {
        let pending = self.unfinished.entry(Arc::clone(host)).or_default();
        pending.extend_from_slice(bytes);
        let Some(end) = pending.iter().rposition(|byte| *byte == b'\n') else { return };
        let whole: Vec<u8> = pending.drain(..=end).collect();
        for line in String::from_utf8_lossy(&whole).lines() {
            self.screen.say(&format!("{host}: {line}"), Some(Tone::Verbose));
        }
    }

    /// The command is over: what has no end of line is shown, too.
    fn end_live(&mut self, host: &Arc<str>) {
        if let Some(rest) = self.unfinished.remove(host).filter(|rest| !rest.is_empty()) {
            self.screen.say(&format!("{host}: {}", String::from_utf8_lossy(&rest)), Some(Tone::Verbose));
        }
    }

    /// Gives the screen back.
    pub fn into_screen(mut self) -> Screen {
        self.screen.live(None);
        self.screen
    }

    pub fn flush(&mut self) {
        self.screen.flush();
    }

    pub fn screen(&mut self) -> &mut Screen {
        &mut self.screen
    }
}

impl Observer for Report {
    fn remembers(&self, step: Step<'_>) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.remembers(step))
    }

    fn recall(&mut self, step: Step<'_>) -> Option<StepEnd> {
        self.journal.as_mut()?.recall(step)
    }

    fn begins(&mut self, step: Step<'_>) {
        self.in_journal(|journal| journal.begins(step));
    }

    fn ended(&mut self, step: Step<'_>, end: StepEnd) {
        self.in_journal(|journal| journal.ended(step, end));
    }

    fn records(&self) -> bool {
        self.journal.is_some()
    }

    fn on(&mut self, event: &Event) {
        if matches!(event, Event::PlaybookStart { .. } | Event::PlayStart(_)) {
            for event in std::mem::take(&mut self.later) {
                self.on(&event);
            }
        }
        if let Event::PlayStart(play) = event {
            self.in_journal(|journal| journal.play(&play.name));
        }
        match event {
            Event::Warning(warning) => self.screen.warning(warning),
            Event::Deprecation(warning) => self.screen.deprecation(warning),
            Event::Error(error) => self.screen.error_on(screen::Stream::Err, error),
            Event::Say(text) => self.screen.say(text, None),
            Event::Live { host, bytes } => self.live(host, bytes),
            Event::Item(result) | Event::Result(result) => self.end_live(&result.host),
            Event::Banner(text) => self.screen.banner(text),
            Event::Note { verbosity, text } if self.screen.verbosity() >= *verbosity => {
                self.screen.say(text, Some(Tone::Verbose));
            }
            _ => {}
        }
        if let Some(progress) = &mut self.progress {
            let now = Instant::now();
            progress.on(event, now);
            let told = match event {
                Event::Tick | Event::TaskStart(_) | Event::Stats(_) => true,
                Event::Result(_) => progress.is_idle(),
                _ => false,
            };
            if told {
                self.screen.live(progress.line(now, self.screen.live_width()));
            }
        }
        for callback in &mut self.callbacks {
            callback.on(event, &mut self.screen);
        }
        self.screen.flush();
    }
}
