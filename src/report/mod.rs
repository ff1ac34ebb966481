//! What people read: events to text, recap, exit code. The contract of callbacks is here; they
//! themselves are plugins.

pub mod callback;
pub mod diff;
pub mod dump;
pub mod screen;
pub mod terminal;

pub use callback::{Callback, CallbackPlugin};
pub use screen::{Screen, Tone};

use crate::engine::event::{Event, Observer};

/// Hands every event to all callbacks, and says what no callback decides: warnings and notes.
pub struct Report {
    screen: Screen,
    callbacks: Vec<Box<dyn Callback>>,
}

impl Report {
    pub fn new(screen: Screen, callbacks: Vec<Box<dyn Callback>>) -> Self {
        Self { screen, callbacks }
    }

    pub fn add(&mut self, callback: Box<dyn Callback>) {
        self.callbacks.push(callback);
    }

    /// Gives the screen back.
    pub fn into_screen(self) -> Screen {
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
            Event::Prompt(text) => self.screen.prompt(text),
            Event::Note { verbosity, text } if self.screen.verbosity() >= *verbosity => {
                self.screen.say(text, Some(Tone::Verbose));
            }
            _ => {}
        }
        for callback in &mut self.callbacks {
            callback.on(event, &mut self.screen);
        }
        self.screen.flush();
    }
}
