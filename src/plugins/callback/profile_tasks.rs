//! `profile_tasks`: when each task began, and at the end the slowest of them.

use std::time::{Duration, Instant};

use crate::data::{Environment, Value};
use crate::engine::event::{Event, TaskInfo};
use crate::project::settings::{Default as DefaultValue, Setting, setting};
use crate::report::callback::{Callback, CallbackPlugin, Role, Surroundings};
use crate::report::screen::Screen;

pub static CALLBACK: CallbackPlugin = CallbackPlugin {
    name: "profile_tasks",
    collection: "ansible.posix",
    role: Role::Further,
    summary: "Print how long each task took",
    options: OPTIONS,
    make: |surroundings| Ok(Box::new(Profile::new(surroundings))),
};

static OPTIONS: &[Setting] = &[
    setting("output_limit", "How many tasks the summary shows, or `all`.")
        .kind("str")
        .default(DefaultValue::Text("20"))
        .env(&["PROFILE_TASKS_TASK_OUTPUT_LIMIT"])
        .ini(&[("callback_profile_tasks", "task_output_limit")]),
    setting("sort_order", "The order of the summary.")
        .kind("str")
        .default(DefaultValue::Text("descending"))
        .choices(&["descending", "ascending", "none"])
        .env(&["PROFILE_TASKS_SORT_ORDER"])
        .ini(&[("callback_profile_tasks", "sort_order")]),
    setting("summary_only", "Only the summary, no line at each task.")
        .kind("bool")
        .default(DefaultValue::Bool(false))
        .env(&["PROFILE_TASKS_SUMMARY_ONLY"])
        .ini(&[("callback_profile_tasks", "summary_only")]),
];

/// A task and how long it took, all hosts together.
struct Timed {
    id: usize,
    name: String,
    path: String,
    took: Duration,
}

struct Profile {
    environment: Environment,
    start: Instant,
    last: Instant,
    limit: Option<usize>,
    order: Order,
    summary_only: bool,
    tasks: Vec<Timed>,
    under_way: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Descending,
    Ascending,
    AsRun,
}

impl Profile {
    fn new(surroundings: &Surroundings<'_>) -> Self {
        let options = &surroundings.options;
        let now = Instant::now();
        let limit = options.get("output_limit").map(crate::data::python::str).unwrap_or_default();
        Self {
            environment: surroundings.settings.environment().clone(),
            start: now,
            last: now,
            limit: if limit == "all" { None } else { Some(limit.parse().unwrap_or(20)) },
            order: match options.text("sort_order") {
                Some("ascending") => Order::Ascending,
                Some("none") => Order::AsRun,
                _ => Order::Descending,
            },
            summary_only: options.get("summary_only").is_some_and(Value::is_truthy),
            tasks: Vec::new(),
            under_way: None,
        }
    }

    /// Closes the time of the task before.
    fn settle(&mut self) {
        if let (Some(began), Some(task)) = (self.under_way.take(), self.tasks.last_mut()) {
            task.took += began.elapsed();
        }
    }

    fn begin(&mut self, task: &TaskInfo, screen: &mut Screen) {
        if self.tasks.last().is_some_and(|last| last.id == task.id && self.under_way.is_some()) {
            return;
        }
        self.settle();
        if !self.summary_only {
            self.clock_line(screen);
        }
        let path = task.origin.path().map(|path| format!("{}:{}", path.display(), task.origin.line()));
        self.tasks.push(Timed {
            id: task.id,
            name: task.name.clone(),
            path: path.unwrap_or_default(),
            took: Duration::ZERO,
        });
        self.under_way = Some(Instant::now());
    }

    /// The time of day, since the last task, since the start.
    fn clock_line(&mut self, screen: &mut Screen) {
        let now = self.environment.now().strftime("%A %d %B %Y  %H:%M:%S %z").to_string();
        let text = format!("{now} ({})       {} ", span(self.last.elapsed()), span(self.start.elapsed()));
        self.last = Instant::now();
        screen.say(&filled(&text, screen), None);
    }

    fn summary(&mut self, screen: &mut Screen) {
        self.settle();
        self.clock_line(screen);
        screen.say(&filled("", screen), None);
        match self.order {
            Order::Descending => self.tasks.sort_by(|a, b| b.took.cmp(&a.took)),
            Order::Ascending => self.tasks.sort_by(|a, b| a.took.cmp(&b.took)),
            Order::AsRun => {}
        }
        for task in self.tasks.iter().take(self.limit.unwrap_or(usize::MAX)) {
            let time = format!("{:.2}s", task.took.as_secs_f64());
            let name = format!("{} ", task.name);
            let room = 79_usize.saturating_sub(time.len() + 1);
            let mut line = format!("{name:-<room$} {time}");
            if screen.verbosity() >= 1 {
                line.push_str(&format!("\n{:79}", task.path));
            }
            screen.say(line.trim_end(), None);
        }
    }
}

impl Callback for Profile {
    fn on(&mut self, event: &Event, screen: &mut Screen) {
        match event {
            Event::TaskStart(task) => self.begin(task, screen),
            Event::PlayStart(_) => self.settle(),
            Event::Stats(_) => self.summary(screen),
            _ => {}
        }
    }
}

/// `h:mm:ss.mmm`.
fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60, time.subsec_millis())
}

/// Filled up with stars to the width of a banner.
fn filled(text: &str, screen: &Screen) -> String {
    let width = screen.width();
    if text.is_empty() { "=".repeat(width + 1) } else { format!("{text:*<width$}") }
}
