//! `junit`: the run as a report of test cases, one a task and host, for build servers.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::data::{Environment, python};
use crate::diagnostic::Diagnostic;
use crate::engine::event::{Event, HostResult, TaskInfo};
use crate::engine::result::Status;
use crate::project::settings::{Default as DefaultValue, Setting, setting};
use crate::report::callback::{Callback, CallbackPlugin, Role, Surroundings};
use crate::report::dump::{self, Layout};
use crate::report::screen::Screen;

pub static CALLBACK: CallbackPlugin = CallbackPlugin {
    name: "junit",
    collection: "ansible.builtin",
    role: Role::Further,
    summary: "Write the run as a JUnit report",
    options: OPTIONS,
    make: |surroundings| Ok(Box::new(Junit::new(surroundings))),
};

const fn flag(name: &'static str, about: &'static str, variable: &'static [&'static str], default: bool) -> Setting {
    setting(name, about).kind("bool").default(DefaultValue::Bool(default)).env(variable)
}

static OPTIONS: &[Setting] = &[
    setting("output_dir", "The folder of the reports.")
        .kind("str")
        .default(DefaultValue::Text("~/.ansible.log"))
        .env(&["JUNIT_OUTPUT_DIR"]),
    flag("task_class", "Name classes by the task's file alone.", &["JUNIT_TASK_CLASS"], false),
    setting("task_relative_path", "Show paths of tasks below this folder.")
        .kind("str")
        .default(DefaultValue::Text(""))
        .env(&["JUNIT_TASK_RELATIVE_PATH"]),
    setting("replace_out_of_tree_path", "Stands for files outside of that folder.")
        .kind("str")
        .env(&["JUNIT_REPLACE_OUT_OF_TREE_PATH"]),
    flag("fail_on_change", "A change is a failure.", &["JUNIT_FAIL_ON_CHANGE"], false),
    flag("fail_on_ignore", "An ignored failure is one.", &["JUNIT_FAIL_ON_IGNORE"], false),
    flag(
        "include_setup_tasks_in_report",
        "Gathering facts is a case too.",
        &["JUNIT_INCLUDE_SETUP_TASKS_IN_REPORT"],
        true,
    ),
    flag("hide_task_arguments", "Leave arguments out of names.", &["JUNIT_HIDE_TASK_ARGUMENTS"], false),
    setting("test_case_prefix", "Only tasks with this prefix in their name are cases.")
        .kind("str")
        .default(DefaultValue::Text(""))
        .env(&["JUNIT_TEST_CASE_PREFIX"]),
];

struct Junit {
    environment: Environment,
    options: crate::report::callback::Options,
    suite: String,
    play: String,
    start: Instant,
    task_start: Instant,
    cases: Vec<Case>,
}

struct Case {
    class: String,
    name: String,
    seconds: f64,
    body: Body,
}

enum Body {
    Output(String),
    Skipped(String),
    Failure { message: String, text: String },
    Error { message: String, text: String },
}

impl Junit {
    fn new(surroundings: &Surroundings<'_>) -> Self {
        let now = Instant::now();
        Self {
            environment: surroundings.settings.environment().clone(),
            options: surroundings.options.clone(),
            suite: String::new(),
            play: String::new(),
            start: now,
            task_start: now,
            cases: Vec::new(),
        }
    }

    fn wants(&self, task: &TaskInfo, fails: bool) -> bool {
        let short = task.action.rsplit('.').next().unwrap_or_default();
        let prefix = self.options.text("test_case_prefix").unwrap_or_default();
        let setup = matches!(short, "setup" | "gather_facts");
        !(setup && !self.options.flag("include_setup_tasks_in_report"))
            && (fails || prefix.is_empty() || task.name.starts_with(prefix))
    }

    fn add(&mut self, result: &HostResult) {
        let task = &result.task;
        let body = self.body(result);
        if !self.wants(task, matches!(body, Body::Failure { .. } | Body::Error { .. })) {
            return;
        }
        let place = self.place(task);
        let mut name = format!("[{}] {}: {}", result.host, self.play, task.name);
        if !self.options.flag("hide_task_arguments") && !task.no_log {
            for (key, value) in &task.args {
                name.push_str(&format!(" {}={}", python::str(key), python::str(value)));
            }
        }
        let class = if self.options.flag("task_class") {
            place.rsplit_once(':').map_or(place.clone(), |(file, _)| file.trim_end_matches(".yml").to_owned())
        } else {
            place
        };
        self.cases.push(Case { class, name, seconds: self.task_start.elapsed().as_secs_f64(), body });
    }

    /// `file:line` of the task, relative where the options say so.
    fn place(&self, task: &TaskInfo) -> String {
        let file = task.origin.path().map(Path::to_path_buf).unwrap_or_default();
        let base = self.options.text("task_relative_path").unwrap_or_default();
        let shown = match file.strip_prefix(base) {
            Ok(relative) if !base.is_empty() => relative.display().to_string(),
            _ if !base.is_empty() => match self.options.text("replace_out_of_tree_path") {
                Some(stand_in) => format!("{stand_in}{}", file.file_name().unwrap_or_default().to_string_lossy()),
                None => file.display().to_string(),
            },
            _ => file.display().to_string(),
        };
        format!("{shown}:{}", task.origin.line())
    }

    fn body(&self, result: &HostResult) -> Body {
        let output = &result.result.output;
        let text = dump::dump_with_indent(
            output,
            result.result.show,
            Layout::default(),
            Some(usize::from(result.result.show.always) * 4),
        );
        let message = || output.get("msg").map_or_else(|| "rc=1".to_owned(), python::str);
        match result.result.status {
            Status::Skipped => {
                Body::Skipped(output.get("skip_reason").map_or_else(|| "skipped".to_owned(), python::str))
            }
            Status::Failed if result.ignored && !self.options.flag("fail_on_ignore") => Body::Output(text),
            Status::Failed | Status::Unreachable => match &result.result.error {
                Some(error) => Body::Error { message: error.joined(), text },
                None => Body::Failure { message: message(), text },
            },
            Status::Changed if self.options.flag("fail_on_change") => Body::Failure { message: message(), text },
            Status::Ok | Status::Changed => Body::Output(text),
        }
    }

    fn write(&self) -> std::io::Result<()> {
        let folder = self.environment.absolute(self.options.text("output_dir").unwrap_or("~/.ansible.log"));
        std::fs::create_dir_all(&folder)?;
        let stamp = self.environment.clock.now().as_microsecond();
        let file: PathBuf = folder.join(format!("{}-{}.{:06}.xml", self.suite, stamp / 1_000_000, stamp % 1_000_000));
        std::fs::write(file, self.document())
    }

    fn document(&self) -> String {
        let count = |kind: fn(&Body) -> bool| self.cases.iter().filter(|case| kind(&case.body)).count();
        let errors = count(|body| matches!(body, Body::Error { .. }));
        let failures = count(|body| matches!(body, Body::Failure { .. }));
        let skipped = count(|body| matches!(body, Body::Skipped(_)));
        let (tests, time) = (self.cases.len(), self.start.elapsed().as_secs_f64());
        let mut text = format!(
            "<?xml version=\"1.0\" ?>\n<testsuites disabled=\"0\" errors=\"{errors}\" failures=\"{failures}\" tests=\"{tests}\" time=\"{time}\">\n\
             \t<testsuite disabled=\"0\" errors=\"{errors}\" failures=\"{failures}\" name=\"{}\" skipped=\"{skipped}\" tests=\"{tests}\" time=\"{time}\">\n",
            escaped(&self.suite)
        );
        for case in &self.cases {
            let body = match &case.body {
                Body::Output(output) => format!("<system-out>{}</system-out>", escaped(output)),
                Body::Skipped(why) => format!("<skipped>{}</skipped>", escaped(why)),
                Body::Failure { message, text } => element("failure", message, text),
                Body::Error { message, text } => element("error", message, text),
            };
            text.push_str(&format!(
                "\t\t<testcase classname=\"{}\" name=\"{}\" time=\"{}\">\n\t\t\t{body}\n\t\t</testcase>\n",
                escaped(&case.class),
                escaped(&case.name),
                case.seconds
            ));
        }
        text.push_str("\t</testsuite>\n</testsuites>\n");
        text
    }
}

impl Callback for Junit {
    fn on(&mut self, event: &Event, screen: &mut Screen) {
        match event {
            Event::PlaybookStart { path, .. } => {
                self.suite = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            }
            Event::PlayStart(play) => self.play.clone_from(&play.name),
            Event::TaskStart(_) => self.task_start = Instant::now(),
            Event::Result(result) => self.add(result),
            Event::Stats(_) => {
                if let Err(error) = self.write() {
                    screen.warning(&Diagnostic::new(format!("Unable to write the JUnit report: {error}")));
                }
            }
            _ => {}
        }
    }
}

fn element(name: &str, message: &str, text: &str) -> String {
    format!("<{name} message=\"{}\" type=\"{name}\">{}</{name}>", escaped(message), escaped(text))
}

/// As XML wants it, in text and attributes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
