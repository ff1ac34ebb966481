//! What people read: events to text, recap, exit code. The contract of callbacks is here; they
//! themselves are plugins.

pub mod bottom;
pub mod callback;
pub mod diff;
pub mod dump;
mod keys;
mod progress;
pub mod screen;
pub mod terminal;

pub use callback::{Callback, CallbackPlugin};
pub use screen::{Screen, Tone};

use std::time::Instant;

use crate::engine::event::{Event, Observer};
use progress::Progress;

/// Hands every event to all callbacks, and says what no callback decides: warnings and notes.
pub struct Report {
    screen: Screen,
    callbacks: Vec<Box<dyn Callback>>,
    /// Where there is a live line.
    progress: Option<Progress>,
}

impl Report {
    pub fn new(screen: Screen, callbacks: Vec<Box<dyn Callback>>) -> Self {
        let progress = screen.has_live_line().then(Progress::default);
        Self { screen, callbacks, progress }
    }

    pub fn add(&mut self, callback: Box<dyn Callback>) {
        self.callbacks.push(callback);
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
    fn on(&mut self, event: &Event) {
        match event {
            Event::Warning(warning) => self.screen.warning(warning),
            Event::Deprecation(warning) => self.screen.deprecation(warning),
            Event::Error(error) => self.screen.error_on(screen::Stream::Err, error),
            Event::Say(text) => self.screen.say(text, None),
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
