//! `json`: the whole run as one JSON document, printed at its end.

use crate::data::Environment;
use crate::data::{Map, Value, json};
use crate::engine::event::{Counts, Event, HostResult, PlayInfo, TaskInfo};
use crate::engine::result::Status;
use crate::project::settings::{Default as DefaultValue, Setting, setting};
use crate::report::callback::{Callback, CallbackPlugin, Role, Surroundings};
use crate::report::screen::Screen;

pub static CALLBACK: CallbackPlugin = CallbackPlugin {
    name: "json",
    collection: "ansible.posix",
    role: Role::Stdout,
    summary: "Print the whole run as one JSON document",
    options: OPTIONS,
    make: |surroundings| Ok(Box::new(Json::new(surroundings))),
};

static OPTIONS: &[Setting] = &[setting("json_indent", "Blanks of each level.")
    .kind("int")
    .default(DefaultValue::Int(4))
    .env(&["ANSIBLE_JSON_INDENT"])
    .ini(&[("defaults", "json_indent")])];

struct Json {
    environment: Environment,
    indent: usize,
    plays: Vec<Play>,
}

struct Play {
    about: Map,
    tasks: Vec<(usize, Map, Map)>,
}

impl Json {
    fn new(surroundings: &Surroundings<'_>) -> Self {
        let indent = surroundings.options.get("json_indent").and_then(Value::as_int).unwrap_or(4);
        Self {
            environment: surroundings.settings.environment().clone(),
            indent: usize::try_from(indent).unwrap_or(4),
            plays: Vec::new(),
        }
    }

    fn now(&self) -> String {
        self.environment.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
    }

    fn started(&self, name: &str) -> Map {
        Map::from([("name", Value::from(name)), ("duration", Map::from([("start", Value::from(self.now()))]).into())])
    }

    fn play(&mut self, play: &PlayInfo) {
        let about = self.started(&play.name);
        self.plays.push(Play { about, tasks: Vec::new() });
    }

    fn task(&mut self, task: &TaskInfo) {
        let about = self.started(&task.name);
        if let Some(play) = self.plays.last_mut()
            && play.tasks.last().is_none_or(|(id, _, _)| *id != task.id)
        {
            play.tasks.push((task.id, about, Map::new()));
        }
    }

    fn result(&mut self, result: &HostResult) {
        self.task(&result.task);
        let now = self.now();
        let mut output = result.result.output.clone();
        output.insert("action", result.task.action.as_str());
        match result.result.status {
            Status::Skipped => drop(output.insert("skipped", true)),
            Status::Failed => drop(output.insert("failed", true)),
            Status::Unreachable => drop(output.insert("unreachable", true)),
            Status::Ok | Status::Changed => {}
        }
        let Some(play) = self.plays.last_mut() else { return };
        end_at(&mut play.about, &now);
        if let Some((_, about, hosts)) = play.tasks.iter_mut().rev().find(|(id, _, _)| *id == result.task.id) {
            end_at(about, &now);
            hosts.insert(&*result.host, output);
        }
    }

    fn document(&self, stats: Map, custom: Map) -> Value {
        let plays = self.plays.iter().map(|play| {
            let tasks = play.tasks.iter().map(|(_, about, hosts)| {
                Map::from([("hosts", Value::from(hosts.clone())), ("task", about.clone().into())]).into()
            });
            Map::from([("play", Value::from(play.about.clone())), ("tasks", Value::list(tasks))]).into()
        });
        Map::from([
            ("custom_stats", Value::from(custom)),
            ("global_custom_stats", Map::new().into()),
            ("plays", Value::list(plays)),
            ("stats", stats.into()),
        ])
        .into()
    }
}

impl Callback for Json {
    fn on(&mut self, event: &Event, screen: &mut Screen) {
        match event {
            Event::PlayStart(play) => self.play(play),
            Event::TaskStart(task) => self.task(task),
            Event::Result(result) => self.result(result),
            Event::Stats(recap) => {
                let mut names: Vec<_> = recap.hosts.iter().collect();
                names.sort_unstable_by(|one, other| one.0.cmp(other.0));
                let stats = names.into_iter().map(|(host, counts)| (&**host, summary(counts))).collect();
                let custom = recap.custom.iter().map(|(host, stats)| (host.as_str(), stats.clone())).collect();
                let style = json::Style { sort_keys: true, ..json::Style::indented(self.indent) };
                screen.say(&json::dumps(&self.document(stats, custom), &style), None);
            }
            _ => {}
        }
    }
}

fn end_at(about: &mut Map, now: &str) {
    if let Some(Value { data: crate::data::Data::Map(duration), .. }) = about.get_mut("duration") {
        std::sync::Arc::make_mut(duration).insert("end", now);
    }
}

fn summary(counts: &Counts) -> Map {
    Map::from([
        ("changed", counts.changed),
        ("failures", counts.failed),
        ("ignored", counts.ignored),
        ("ok", counts.ok),
        ("rescued", counts.rescued),
        ("skipped", counts.skipped),
        ("unreachable", counts.unreachable),
    ])
}
