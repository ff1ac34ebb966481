//! `timer`: how long the run took, at its end.

use std::time::Instant;

use crate::engine::event::Event;
use crate::report::callback::{Callback, CallbackPlugin, Role};
use crate::report::screen::Screen;

pub static CALLBACK: CallbackPlugin = CallbackPlugin {
    name: "timer",
    collection: "ansible.posix",
    role: Role::Further,
    summary: "Print how long the run took",
    options: &[],
    make: |_| Ok(Box::new(Timer { start: Instant::now() })),
};

struct Timer {
    start: Instant,
}

impl Callback for Timer {
    fn on(&mut self, event: &Event, screen: &mut Screen) {
        if let Event::Stats(_) = event {
            let seconds = self.start.elapsed().as_secs();
            let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
            screen.say(
                &format!("Playbook run took {days} days, {hours} hours, {minutes} minutes, {} seconds", seconds % 60),
                None,
            );
        }
    }
}
