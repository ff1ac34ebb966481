//! `null`: nothing at all.

use crate::engine::event::Event;
use crate::report::callback::{Callback, CallbackPlugin, Role};
use crate::report::screen::Screen;

pub static CALLBACK: CallbackPlugin = CallbackPlugin {
    name: "null",
    collection: "community.general",
    role: Role::Stdout,
    summary: "Print nothing",
    options: &[],
    make: |_| Ok(Box::new(Null)),
};

struct Null;

impl Callback for Null {
    fn on(&mut self, _event: &Event, _screen: &mut Screen) {}
}
