//! `oneline`: each result on one line.

use crate::data::python;
use crate::engine::event::{Event, HostResult};
use crate::engine::result::Status;
use crate::report::callback::{Callback, CallbackPlugin, Role};
use crate::report::dump::{self, Layout};
use crate::report::screen::{Screen, Tone};

pub static CALLBACK: CallbackPlugin = CallbackPlugin {
    name: "oneline",
    collection: "ansible.builtin",
    role: Role::Stdout,
    summary: "Print each result on one line",
    options: &[],
    make: |_| Ok(Box::new(OneLine)),
};

struct OneLine;

impl Callback for OneLine {
    fn on(&mut self, event: &Event, screen: &mut Screen) {
        if let Event::Result(result) = event {
            show(result, screen);
        }
    }
}

fn show(result: &HostResult, screen: &mut Screen) {
    let host = &result.host;
    let command = dump::is_command(&result.task.action);
    let layout = Layout { verbosity: screen.verbosity(), ..Layout::default() };
    let dump = || dump::dump_with_indent(&result.result.output, result.result.show, layout, Some(0)).replace('\n', "");
    let (text, tone) = match result.result.status {
        Status::Ok | Status::Changed => {
            let changed = result.result.status == Status::Changed;
            let (word, tone) = if changed { ("CHANGED", Tone::Changed) } else { ("SUCCESS", Tone::Ok) };
            let text = if command { command_output(result, word) } else { format!("{host} | {word} => {}", dump()) };
            (text, tone)
        }
        Status::Failed => {
            let first = if command {
                command_output(result, "FAILED")
            } else {
                "An exception occurred during task execution. To see the full traceback, use -vvv. \
                 The error was: (traceback unavailable)"
                    .to_owned()
            };
            screen.say(&first, Some(Tone::Error));
            (format!("{host} | FAILED! => {}", dump()), Tone::Error)
        }
        Status::Skipped => (format!("{host} | SKIPPED"), Tone::Skipped),
        Status::Unreachable => {
            let message = result.result.output.get("msg").map(python::str).unwrap_or_default();
            (format!("{host} | UNREACHABLE!: {message}"), Tone::Unreachable)
        }
    };
    screen.say(&text, Some(tone));
}

fn command_output(result: &HostResult, word: &str) -> String {
    let output = &result.result.output;
    let text =
        |key: &str| output.get(key).map(python::str).unwrap_or_default().replace('\n', "\\n").replace('\r', "\\r");
    let code = output.get("rc").map_or_else(|| "-1".to_owned(), python::str);
    let mut line = format!("{} | {word} | rc={code} | (stdout) {}", result.host, text("stdout"));
    if !text("stderr").is_empty() {
        line.push_str(&format!(" (stderr) {}", text("stderr")));
    }
    line
}
