//! `minimal`: each result as it comes, without banners; what `ansible` prints.

use crate::engine::event::{Event, HostResult};
use crate::engine::result::Status;
use crate::report::brief;
use crate::report::callback::{Callback, CallbackPlugin, Role, Surroundings};
use crate::report::diff;
use crate::report::dump::Layout;
use crate::report::screen::Screen;

pub static CALLBACK: CallbackPlugin = CallbackPlugin {
    name: "minimal",
    collection: "ansible.builtin",
    role: Role::Stdout,
    summary: "Print results and nothing else",
    options: &[],
    make: |surroundings| Ok(Box::new(Minimal::new(surroundings))),
};

struct Minimal {
    layout: Layout,
    diff_context: usize,
}

impl Minimal {
    fn new(surroundings: &Surroundings<'_>) -> Self {
        let diff_context = usize::try_from(surroundings.settings.diff_context()).unwrap_or(3);
        Self { layout: Layout::default(), diff_context }
    }

    fn result(&self, result: &HostResult, screen: &mut Screen) {
        let status = result.result.status;
        if matches!(status, Status::Ok | Status::Changed) {
            self.diff(result, screen);
        }
        if status != Status::Skipped {
            brief::notices(result, screen);
        }
        let (text, tone) = brief::text(result, self.layout);
        screen.say(&format!("{} | {text}", result.host), Some(tone));
    }

    fn diff(&self, result: &HostResult, screen: &mut Screen) {
        if let Some(difference) = result.result.output.get("diff").filter(|diff| diff.is_truthy() && result.task.diff) {
            let text = diff::text(difference, self.diff_context, self.layout.format, screen);
            screen.say(&text, None);
        }
    }
}

impl Callback for Minimal {
    fn on(&mut self, event: &Event, screen: &mut Screen) {
        self.layout.verbosity = screen.verbosity();
        if let Event::Result(result) = event {
            self.result(result, screen);
        }
    }
}
