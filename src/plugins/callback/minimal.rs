//! `minimal`: each result as it comes, without banners; what `ansible` prints.

use crate::data::{Map, Value, python};
use crate::engine::event::{Event, HostResult};
use crate::engine::result::Status;
use crate::report::callback::{Callback, CallbackPlugin, Role, Surroundings};
use crate::report::diff;
use crate::report::dump::{self, Layout};
use crate::report::screen::{Screen, Stream, Tone};

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

    fn dump(&self, output: &Map, result: &HostResult) -> String {
        dump::dump_with_indent(output, result.result.show, self.layout, Some(4))
    }

    fn result(&self, result: &HostResult, screen: &mut Screen) {
        let output = dump::cleaned(result);
        let host = &result.host;
        let status = result.result.status;
        if matches!(status, Status::Ok | Status::Changed) {
            self.diff(result, screen);
        }
        if status != Status::Skipped {
            notices(result, screen);
        }
        let command = dump::is_command(&result.task.action) && !result.result.output.contains_key("ansible_job_id");
        let (text, tone) = match status {
            Status::Ok if command => (command_output(result, "SUCCESS"), Tone::Ok),
            Status::Changed if command => (command_output(result, "CHANGED"), Tone::Changed),
            Status::Failed if command => (command_output(result, "FAILED"), Tone::Error),
            Status::Ok => (format!("{host} | SUCCESS => {}", self.dump(&output, result)), Tone::Ok),
            Status::Changed => (format!("{host} | CHANGED => {}", self.dump(&output, result)), Tone::Changed),
            Status::Failed => {
                (format!("{host} | FAILED! => {}", self.dump(&result.result.output, result)), Tone::Error)
            }
            Status::Skipped => (format!("{host} | SKIPPED"), Tone::Skipped),
            Status::Unreachable => {
                (format!("{host} | UNREACHABLE! => {}", self.dump(&result.result.output, result)), Tone::Unreachable)
            }
        };
        screen.say(&text, Some(tone));
    }

    fn diff(&self, result: &HostResult, screen: &mut Screen) {
        if let Some(difference) = result.result.output.get("diff").filter(|diff| diff.is_truthy() && result.task.diff) {
            let text = diff::text(difference, self.diff_context, screen);
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

fn notices(result: &HostResult, screen: &mut Screen) {
    result.result.warnings.iter().for_each(|warning| screen.warning(warning));
    result.result.deprecations.iter().for_each(|warning| screen.deprecation(warning));
    if let Some(error) = &result.result.error {
        screen.error_on(Stream::Out, error);
    }
}

/// Head line, then what the command printed.
fn command_output(result: &HostResult, word: &str) -> String {
    let output = &result.result.output;
    let text = |key: &str| output.get(key).map(python::str).unwrap_or_default();
    let code = output.get("rc").map_or_else(|| "-1".to_owned(), |code: &Value| python::str(code));
    format!("{} | {word} | rc={code} >>\n{}{}{}\n", result.host, text("stdout"), text("stderr"), text("msg"))
}
