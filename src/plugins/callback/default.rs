//! `default`: the text that everybody knows.

use std::sync::Arc;

use crate::data::{Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::engine::event::{Counts, Event, HostResult, PlayInfo, Recap, TaskInfo};
use crate::engine::result::Status;
use crate::project::settings::{Default as DefaultValue, Setting, setting};
use crate::report::callback::{Callback, CallbackPlugin, Role, Surroundings};
use crate::report::diff;
use crate::report::dump::{self, Format, Layout};
use crate::report::screen::{Screen, Stream, Tone};

pub static CALLBACK: CallbackPlugin = CallbackPlugin {
    name: "default",
    collection: "ansible.builtin",
    role: Role::Stdout,
    summary: "Print plays, tasks, results and a recap",
    options: OPTIONS,
    make: |surroundings| Ok(Box::new(Default::new(surroundings)?)),
};

static OPTIONS: &[Setting] = &[
    setting("display_skipped_hosts", "Show tasks and items that were skipped.")
        .kind("boolean")
        .default(DefaultValue::Bool(true))
        .env(&["ANSIBLE_DISPLAY_SKIPPED_HOSTS"])
        .ini(&[("defaults", "display_skipped_hosts")]),
    setting("display_ok_hosts", "Show results that changed nothing.")
        .kind("boolean")
        .default(DefaultValue::Bool(true))
        .env(&["ANSIBLE_DISPLAY_OK_HOSTS"])
        .ini(&[("defaults", "display_ok_hosts")]),
    setting("display_failed_stderr", "Send failures to standard error.")
        .kind("boolean")
        .default(DefaultValue::Bool(false))
        .env(&["ANSIBLE_DISPLAY_FAILED_STDERR"])
        .ini(&[("defaults", "display_failed_stderr")]),
    setting("show_custom_stats", "Show what set_stats gathered, after the recap.")
        .kind("boolean")
        .default(DefaultValue::Bool(false))
        .env(&["ANSIBLE_SHOW_CUSTOM_STATS"])
        .ini(&[("defaults", "show_custom_stats")]),
    setting("show_per_host_start", "Tell when a task begins on each host.")
        .kind("boolean")
        .default(DefaultValue::Bool(false))
        .env(&["ANSIBLE_SHOW_PER_HOST_START"])
        .ini(&[("defaults", "show_per_host_start")]),
    setting("check_mode_markers", "Mark what runs in check mode.")
        .kind("boolean")
        .default(DefaultValue::Bool(false))
        .env(&["ANSIBLE_CHECK_MODE_MARKERS"])
        .ini(&[("defaults", "check_mode_markers")]),
    setting("show_task_path_on_failure", "Name the file and line of a task that fails.")
        .kind("boolean")
        .default(DefaultValue::Bool(false))
        .env(&["ANSIBLE_SHOW_TASK_PATH_ON_FAILURE"])
        .ini(&[("defaults", "show_task_path_on_failure")]),
    setting("result_format", "How results are written: json or yaml.")
        .kind("str")
        .default(DefaultValue::Text("json"))
        .env(&["ANSIBLE_CALLBACK_RESULT_FORMAT"])
        .ini(&[("defaults", "callback_result_format")]),
    setting("pretty_results", "Spread results over several lines, or never.")
        .kind("boolean")
        .env(&["ANSIBLE_CALLBACK_FORMAT_PRETTY"])
        .ini(&[("defaults", "callback_format_pretty")]),
];

struct Default {
    show: Shown,
    layout: Layout,
    check: bool,
    display_args: bool,
    action_warnings: bool,
    diff_context: usize,
    /// Whether the running play lets hosts go at their own pace, so that banners come late.
    banners_late: bool,
    last_banner: Option<usize>,
}

/// What is shown at all.
struct Shown {
    skipped: bool,
    ok: bool,
    failed_on: Stream,
    custom_stats: bool,
    host_start: bool,
    check_markers: bool,
    path_on_failure: bool,
}

impl Default {
    fn new(surroundings: &Surroundings<'_>) -> Result<Self, Diagnostic> {
        let (options, settings) = (&surroundings.options, surroundings.settings);
        let format = match options.text("result_format").unwrap_or("json") {
            "json" => Format::Json,
            "yaml" => Format::Yaml,
            other => {
                return Err(Diagnostic::new(format!(
                    "Invalid value '{other}' for config 'result_format' for 'default' callback plugin. Valid values are: json, yaml"
                ))
                .kind(crate::diagnostic::Kind::Options));
            }
        };
        let pretty = options.get("pretty_results").and_then(Value::as_bool);
        Ok(Self {
            show: Shown {
                skipped: options.flag("display_skipped_hosts"),
                ok: options.flag("display_ok_hosts"),
                failed_on: if options.flag("display_failed_stderr") { Stream::Err } else { Stream::Out },
                custom_stats: options.flag("show_custom_stats"),
                host_start: options.flag("show_per_host_start"),
                check_markers: options.flag("check_mode_markers"),
                path_on_failure: options.flag("show_task_path_on_failure"),
            },
            layout: Layout { format, pretty, verbosity: 0 },
            check: surroundings.check,
            display_args: settings.display_args_to_stdout(),
            action_warnings: settings.action_warnings(),
            diff_context: usize::try_from(settings.diff_context()).unwrap_or(3),
            banners_late: false,
            last_banner: None,
        })
    }
}

impl Callback for Default {
    fn on(&mut self, event: &Event, screen: &mut Screen) {
        self.layout.verbosity = screen.verbosity();
        match event {
            Event::PlaybookStart { path, .. } => {
                if screen.verbosity() > 1 {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    screen.banner(&format!("PLAYBOOK: {name}"));
                }
                self.dry_run(screen);
            }
            Event::PlayStart(play) => self.play(play, screen),
            Event::NoHostsMatched => screen.say("skipping: no hosts matched", Some(Tone::Skipped)),
            Event::NoHostsRemaining => screen.banner("NO MORE HOSTS LEFT"),
            Event::TaskStart(task) => {
                if !self.banners_late && self.show.skipped && self.show.ok {
                    self.banner(task, screen);
                }
            }
            Event::HostBegins(task, host) if self.show.host_start => {
                let prefix = if task.is_handler { "RUNNING HANDLER" } else { "TASK" };
                screen.say(&format!(" [started {prefix}: {} on {host}]", task.name), Some(Tone::Ok));
            }
            Event::Item(result) => self.item(result, screen),
            Event::Result(result) => self.result(result, screen),
            Event::Retry(result) => self.retry(result, screen),
            Event::AsyncPoll { host, job, started, finished } => screen.say(
                &format!(
                    "ASYNC POLL on {host}: jid={job} started={} finished={}",
                    python::str(started),
                    python::str(finished)
                ),
                Some(Tone::Debug),
            ),
            Event::AsyncDone { host, job, failed } => {
                let word = if *failed { "FAILED" } else { "OK" };
                screen.say(&format!("ASYNC {word} on {host}: jid={job}"), Some(Tone::Debug));
            }
            Event::Include { what, hosts, label, task } => {
                let mut text = format!("included: {what} for {}", hosts.join(", "));
                if task.no_log {
                    text.push_str(" => (item=(censored due to no_log))");
                } else if let Some(label) = label.as_ref().filter(|label| label.is_truthy()) {
                    text.push_str(&format!(" => (item={})", python::str(label)));
                }
                screen.say(&text, Some(Tone::Included));
            }
            Event::Notified { handler, host } if screen.verbosity() > 1 => {
                screen.show(&format!("NOTIFIED HANDLER {handler} for {host}"), Some(Tone::Verbose));
            }
            Event::Stats(recap) => self.recap(recap, screen),
            _ => {}
        }
    }
}

impl Default {
    fn dry_run(&self, screen: &mut Screen) {
        if self.check && self.show.check_markers {
            screen.banner("DRY RUN");
        }
    }

    fn play(&mut self, play: &PlayInfo, screen: &mut Screen) {
        let mark = if play.check && self.show.check_markers { " [CHECK MODE]" } else { "" };
        let name = play.name.trim();
        screen.banner(&if name.is_empty() { format!("PLAY{mark}") } else { format!("PLAY [{name}]{mark}") });
        let strategy = play.strategy.rsplit('.').next().unwrap_or_default();
        self.banners_late = matches!(strategy, "free" | "host_pinned");
        self.last_banner = None;
    }

    /// The task's banner, unless it was the last one.
    fn banner_once(&mut self, task: &Arc<TaskInfo>, screen: &mut Screen) {
        if self.last_banner != Some(task.id) {
            self.banner(task, screen);
        }
    }

    fn banner(&mut self, task: &TaskInfo, screen: &mut Screen) {
        let mut args = String::new();
        if self.display_args && !task.no_log {
            let pairs = task.args.iter().map(|(key, value)| format!("{}={}", python::str(key), python::str(value)));
            args = format!(" {}", pairs.collect::<Vec<_>>().join(", "));
        }
        let prefix = if task.is_handler { "RUNNING HANDLER" } else { "TASK" };
        let mark = if task.check && self.show.check_markers { " [CHECK MODE]" } else { "" };
        screen.banner(&format!("{prefix} [{}{args}]{mark}", task.name.trim()));
        if screen.verbosity() >= 2 {
            self.path(task, screen);
        }
        self.last_banner = Some(task.id);
    }

    fn path(&self, task: &TaskInfo, screen: &mut Screen) {
        if let Some(path) = task.origin.path() {
            screen.say(&format!("task path: {}:{}", path.display(), task.origin.line()), Some(Tone::Debug));
        }
    }

    fn result(&mut self, result: &HostResult, screen: &mut Screen) {
        match result.result.status {
            Status::Ok | Status::Changed => self.ok(result, screen),
            Status::Skipped => self.skipped(result, screen),
            Status::Failed => self.failed(result, screen),
            Status::Unreachable => self.unreachable(result, screen),
        }
    }

    fn ok(&mut self, result: &HostResult, screen: &mut Screen) {
        if result.task.is_include {
            return self.banner_once(&result.task, screen);
        }
        let changed = result.result.status == Status::Changed;
        if !changed && !self.show.ok {
            return;
        }
        let looped = result.task.looped && result.result.output.contains_key("results");
        if !looped {
            self.diff(result, screen);
        }
        self.banner_once(&result.task, screen);
        self.notices(result, screen);
        if looped {
            return;
        }
        let (word, tone) = if changed { ("changed", Tone::Changed) } else { ("ok", Tone::Ok) };
        let mut text = format!("{word}: [{}]", host_label(result));
        if dump::is_verbose(result.result.show, screen.verbosity(), 0) {
            text.push_str(&format!(" => {}", self.dump(result)));
        }
        screen.say(&text, Some(tone));
    }

    fn skipped(&mut self, result: &HostResult, screen: &mut Screen) {
        if !self.show.skipped {
            return;
        }
        self.banner_once(&result.task, screen);
        let mut text = format!("skipping: [{}]", result.host);
        if dump::is_verbose(result.result.show, screen.verbosity(), 0) {
            let mut output = dump::cleaned(result);
            if result.task.looped {
                output.remove("results");
            }
            text.push_str(&format!(" => {}", dump::dump(&output, result.result.show, self.layout)));
        }
        screen.say(&text, Some(Tone::Skipped));
    }

    fn failed(&mut self, result: &HostResult, screen: &mut Screen) {
        self.banner_once(&result.task, screen);
        self.notices(result, screen);
        if !(result.task.looped && dump::cleaned(result).contains_key("results")) {
            if screen.verbosity() < 2 && self.show.path_on_failure {
                self.path(&result.task, screen);
            }
            let text = format!("fatal: [{}]: FAILED! => {}", host_label(result), self.dump(result));
            screen.say_on(self.show.failed_on, &text, Some(Tone::Error));
        }
        if result.ignored {
            screen.say("...ignoring", Some(Tone::Skipped));
        }
    }

    fn unreachable(&mut self, result: &HostResult, screen: &mut Screen) {
        self.banner_once(&result.task, screen);
        self.notices(result, screen);
        let text = format!("fatal: [{}]: UNREACHABLE! => {}", host_label(result), self.dump_all(result));
        screen.say_on(self.show.failed_on, &text, Some(Tone::Unreachable));
        if result.ignored {
            screen.say("...ignoring", Some(Tone::Skipped));
        }
    }

    fn item(&mut self, result: &HostResult, screen: &mut Screen) {
        let label = item_label(result);
        match result.result.status {
            Status::Ok | Status::Changed => {
                if result.task.is_include {
                    return;
                }
                let changed = result.result.status == Status::Changed;
                if !changed && !self.show.ok {
                    return;
                }
                self.diff(result, screen);
                self.banner_once(&result.task, screen);
                self.notices(result, screen);
                let (word, tone) = if changed { ("changed", Tone::Changed) } else { ("ok", Tone::Ok) };
                let mut text = format!("{word}: [{}] => (item={label})", host_label(result));
                if dump::is_verbose(result.result.show, screen.verbosity(), 0) {
                    text.push_str(&format!(" => {}", self.dump(result)));
                }
                screen.say(&text, Some(tone));
            }
            Status::Skipped => {
                if !self.show.skipped {
                    return;
                }
                self.banner_once(&result.task, screen);
                let mut text = format!("skipping: [{}] => (item={label}) ", result.host);
                if dump::is_verbose(result.result.show, screen.verbosity(), 0) {
                    text.push_str(&format!(" => {}", self.dump(result)));
                }
                screen.say(&text, Some(Tone::Skipped));
            }
            Status::Failed | Status::Unreachable => {
                self.banner_once(&result.task, screen);
                self.notices(result, screen);
                let text = format!("failed: [{}] (item={label}) => {}", host_label(result), self.dump(result));
                screen.say_on(self.show.failed_on, &text, Some(Tone::Error));
            }
        }
    }

    fn retry(&mut self, result: &HostResult, screen: &mut Screen) {
        let number = |key: &str| result.result.output.get(key).and_then(Value::as_int).unwrap_or_default();
        let mut text = format!(
            "FAILED - RETRYING: [{}]: {} ({} retries left).",
            host_label(result),
            result.task.name,
            number("retries") - number("attempts")
        );
        if dump::is_verbose(result.result.show, screen.verbosity(), 2) {
            text.push_str(&format!("Result was: {}", self.dump_all(result)));
        }
        screen.say(&text, Some(Tone::Debug));
    }

    fn diff(&mut self, result: &HostResult, screen: &mut Screen) {
        let output = &result.result.output;
        let Some(difference) = output.get("diff").filter(|diff| diff.is_truthy() && result.task.diff) else { return };
        if !result.result.changed() {
            return;
        }
        let text = diff::text(difference, self.diff_context, self.layout.format, screen);
        if !text.is_empty() {
            self.banner_once(&result.task, screen);
            screen.say(&text, None);
        }
    }

    /// What a module or action warned of, and why it failed.
    fn notices(&self, result: &HostResult, screen: &mut Screen) {
        if self.action_warnings {
            result.result.warnings.iter().for_each(|warning| screen.warning(warning));
        }
        result.result.deprecations.iter().for_each(|warning| screen.deprecation(warning));
        if let Some(error) = &result.result.error {
            screen.error_on(self.show.failed_on, error);
        }
    }

    fn dump(&self, result: &HostResult) -> String {
        dump::dump(&dump::cleaned(result), result.result.show, self.layout)
    }

    fn dump_all(&self, result: &HostResult) -> String {
        dump::dump(&result.result.output, result.result.show, self.layout)
    }

    fn recap(&self, recap: &Recap, screen: &mut Screen) {
        screen.banner("PLAY RECAP");
        let mut hosts: Vec<_> = recap.hosts.iter().collect();
        hosts.sort_unstable_by(|one, other| one.0.cmp(other.0));
        for (host, counts) in hosts {
            screen.show(&recap_line(host, counts, screen), None);
            let plain: Vec<String> =
                columns(counts).iter().map(|(word, number, _)| format!("{word}={number:<4}")).collect();
            screen.log(&format!("{host:<26} : {}", plain.join(" ")));
        }
        screen.show("", None);
        if self.show.custom_stats && !recap.custom.is_empty() {
            self.custom_stats(recap, screen);
        }
        self.dry_run(screen);
    }

    fn custom_stats(&self, recap: &Recap, screen: &mut Screen) {
        let on_one_line =
            |stats: &Map| dump::dump_with_indent(stats, dump_show(), self.layout, Some(1)).replace('\n', "");
        screen.banner("CUSTOM STATS: ");
        let mut hosts: Vec<_> = recap.custom.iter().filter(|(host, _)| *host != "_run").collect();
        hosts.sort_unstable_by(|one, other| one.0.cmp(other.0));
        for (host, stats) in hosts {
            screen.say(&format!("\t{host}: {}", on_one_line(stats)), None);
        }
        if let Some(stats) = recap.custom.get("_run") {
            screen.show("", None);
            screen.say(&format!("\tRUN: {}", on_one_line(stats)), None);
        }
        screen.show("", None);
    }
}

fn dump_show() -> crate::engine::result::Show {
    crate::engine::result::Show::default()
}

/// `host`, or `host -> delegate(address)`.
fn host_label(result: &HostResult) -> String {
    match &result.result.delegated_to {
        None => result.host.to_string(),
        Some(delegate) => match delegate.address.as_ref().filter(|address| **address != delegate.name) {
            Some(address) => format!("{} -> {}({address})", result.host, delegate.name),
            None => format!("{} -> {}", result.host, delegate.name),
        },
    }
}

fn item_label(result: &HostResult) -> String {
    if result.result.show.censored {
        return "(censored due to no_log)".to_owned();
    }
    result.result.label.as_ref().map_or_else(|| "None".to_owned(), python::str)
}

/// The counters of a recap line, and the tone of those that are not zero.
fn columns(counts: &Counts) -> [(&'static str, u32, Option<Tone>); 7] {
    [
        ("ok", counts.ok, Some(Tone::Ok)),
        ("changed", counts.changed, Some(Tone::Changed)),
        ("unreachable", counts.unreachable, Some(Tone::Unreachable)),
        ("failed", counts.failed, Some(Tone::Error)),
        ("skipped", counts.skipped, Some(Tone::Skipped)),
        ("rescued", counts.rescued, Some(Tone::Ok)),
        ("ignored", counts.ignored, Some(Tone::Warning)),
    ]
}

fn recap_line(host: &str, counts: &Counts, screen: &Screen) -> String {
    let tone = if counts.failed > 0 || counts.unreachable > 0 {
        Tone::Error
    } else if counts.changed > 0 {
        Tone::Changed
    } else {
        Tone::Ok
    };
    let width = if screen.has_colour() { 37 } else { 26 };
    let host = screen.paint(host, Some(tone));
    let columns = columns(counts)
        .map(|(word, number, tone)| screen.paint(&format!("{word}={number:<4}"), tone.filter(|_| number > 0)));
    format!("{host:<width$} : {}", columns.join(" "))
}
