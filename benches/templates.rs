//! How long templates take: a small one with many variables around it, text, loops, data, conditions.
//!
//! `cargo bench --bench templates`; a word behind `--` runs only the cases whose name has it. With
//! `MUSTER_REFERENCE` naming a Python that has ansible-core, the same templates are timed there too.

use std::hint::black_box;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use muster::data::environment::{SystemClock, SystemDice};
use muster::data::{Data, Environment, Map, Text, Trust, Value, Vaulted, json};
use muster::diagnostic::Origin;
use muster::plugins;
use muster::template::{Engine, Result, Scope, Templar, TemplateSettings, World};

struct Case {
    name: &'static str,
    variables: Value,
    template: Value,
    is_condition: bool,
}

fn main() {
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    let engine = Arc::new(Engine::new(plugins::template_registry(), &TemplateSettings::default()));
    let world: Arc<dyn World> = Arc::new(EmptyWorld(environment()));
    let mut out = std::io::stdout().lock();
    let reference = std::env::var("MUSTER_REFERENCE").ok();
    for case in cases().into_iter().filter(|case| case.name.contains(&wanted)) {
        let scope: Arc<dyn Scope> = Arc::new(case.variables.as_map().cloned().unwrap_or_default());
        let templar = Templar::new(engine.clone(), world.clone(), scope);
        let time = measure(|| {
            if case.is_condition {
                black_box(templar.condition(&case.template)).map(Value::from)
            } else {
                black_box(templar.render(&case.template))
            }
            .expect("the template is well formed");
        });
        let _ = write!(out, "{:<28} {:>12.2} µs", case.name, time.as_secs_f64() * 1e6);
        if let Some(theirs) = reference.as_deref().and_then(|python| measure_reference(python, &case)) {
            let ratio = theirs.as_secs_f64() / time.as_secs_f64();
            let _ = write!(out, " {:>12.2} µs {ratio:>8.0} ×", theirs.as_secs_f64() * 1e6);
        }
        let _ = writeln!(out);
    }
    looped(&engine, &world, &mut out);
}

/// The shortest of several rounds, for one call.
fn measure(mut work: impl FnMut()) -> Duration {
    let begin = Instant::now();
    work();
    let once = begin.elapsed().max(Duration::from_nanos(100));
    let rounds = (Duration::from_millis(50).as_nanos() / once.as_nanos()).clamp(1, 100_000) as u32;
    (0..7)
        .map(|_| {
            let begin = Instant::now();
            (0..rounds).for_each(|_| work());
            begin.elapsed() / rounds
        })
        .min()
        .unwrap_or_default()
}

/// One templated variable in a thousand renders, as a loop over its own items makes them.
fn looped(engine: &Arc<Engine>, world: &Arc<dyn World>, out: &mut impl Write) {
    for count in [100_i64, 1000] {
        let variables = Map::from([
            ("count", Value::from(count)),
            ("all", template("{{ range(count) | map('string') | map('regex_replace', '^', 'n') | list }}")),
        ]);
        let item_template = template("{{ all[item] }} of {{ all | length }}");
        let begin = Instant::now();
        for item in 0..count {
            let mut variables = variables.clone();
            variables.insert("item", item);
            let templar = Templar::new(engine.clone(), world.clone(), Arc::new(variables));
            black_box(templar.render(&item_template)).expect("the template is well formed");
        }
        let _ = writeln!(out, "loop over {count:<18} {:>12.2} µs", begin.elapsed().as_secs_f64() * 1e6);
    }
}

fn template(text: &str) -> Value {
    Data::Text(Text::trusted(text)).into()
}

fn cases() -> Vec<Case> {
    let fifty: Map = (0..50).map(|number| (format!("variable_{number}"), Value::from(number))).collect();
    let with = |more: Vec<(&str, Value)>| {
        let mut variables = fifty.clone();
        variables.extend(more);
        Value::from(variables)
    };
    let hosts = Value::list((0..100).map(|number| {
        Map::from([
            ("name", Value::from(format!("host{number}"))),
            ("port", Value::from(8000 + number)),
            ("up", Value::from(number % 2 == 0)),
        ])
        .into()
    }));
    let case = |name, variables, text| Case { name, variables, template: template(text), is_condition: false };
    vec![
        case("small", with(vec![("name", "web01".into())]), "{{ name }}.example.org:{{ variable_7 }}"),
        case("plain text", with(vec![]), "no template at all"),
        case("native value", with(vec![("hosts", hosts.clone())]), "{{ hosts }}"),
        case(
            "nested variables",
            with(vec![("a", template("{{ b }}/x")), ("b", template("{{ c }}")), ("c", "y".into())]),
            "{{ a }}",
        ),
        case(
            "default and filters",
            with(vec![("s", " Text ".into())]),
            "{{ nope | default(s) | trim | lower | replace('t', 'T') }}",
        ),
        case("attributes", with(vec![("hosts", hosts.clone())]), "{{ hosts[3].name ~ ':' ~ hosts[3]['port'] }}"),
        case(
            "selectattr",
            with(vec![("hosts", hosts.clone())]),
            "{{ hosts | selectattr('up') | map(attribute='name') | join(',') }}",
        ),
        case(
            "loop of 100",
            with(vec![("hosts", hosts.clone())]),
            "{% for host in hosts %}{{ loop.index }} {{ host.name }}={{ host.port }}{% if not loop.last %}\n{% endif %}{% endfor %}",
        ),
        case(
            "arithmetic of 1000",
            with(vec![]),
            "{% set n = namespace(t=0) %}{% for i in range(1000) %}{% set n.t = n.t + i * 2 %}{% endfor %}{{ n.t }}",
        ),
        Case {
            name: "condition",
            variables: with(vec![("os", "Debian".into())]),
            template: template("os == 'Debian' and variable_3 | int > 2 and variable_9 is defined"),
            is_condition: true,
        },
    ]
}

/// The same case by the reference, where it can be had.
fn measure_reference(python: &str, case: &Case) -> Option<Duration> {
    const SCRIPT: &str = r"
import json, sys, time
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template
init_plugin_loader()
def thaw(o):
    if isinstance(o, str): return trust_as_template(o)
    if isinstance(o, list): return [thaw(v) for v in o]
    if isinstance(o, dict): return {thaw(k): thaw(v) for k, v in o.items()}
    return o
case = json.load(sys.stdin)
templar = Templar(loader=DataLoader(), variables=thaw(case['variables']))
template = thaw(case['template'])
work = (lambda: templar.evaluate_conditional(template)) if case['condition'] else (lambda: templar.template(template))
work(); best = 1e9
for _ in range(5):
    rounds = 0; begin = time.perf_counter()
    while time.perf_counter() - begin < 0.1: work(); rounds += 1
    best = min(best, (time.perf_counter() - begin) / rounds)
print(best)
";
    let case = Map::from([
        ("variables", case.variables.clone()),
        ("template", case.template.clone()),
        ("condition", case.is_condition.into()),
    ]);
    let mut child = Command::new(python)
        .args(["-W", "ignore", "-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    child.stdin.take()?.write_all(json::dumps(&case.into(), &json::Style::default()).as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok().map(Duration::from_secs_f64)
}

fn environment() -> Environment {
    Environment {
        variables: Arc::default(),
        working_directory: PathBuf::from("/"),
        home: PathBuf::from("/"),
        user: "nobody".to_owned(),
        hostname: "here".to_owned(),
        time_zone: jiff::tz::TimeZone::UTC,
        clock: Arc::new(SystemClock),
        dice: Arc::new(SystemDice),
    }
}

struct EmptyWorld(Environment);

impl World for EmptyWorld {
    fn environment(&self) -> &Environment {
        &self.0
    }

    fn find_file(&self, _folder: &str, _name: &str) -> Option<PathBuf> {
        None
    }

    fn search_folders(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    fn playbook_folder(&self) -> PathBuf {
        PathBuf::from("/")
    }

    fn setting(&self, _name: &str) -> Option<Value> {
        None
    }

    fn hosts(&self) -> Vec<Arc<str>> {
        Vec::new()
    }

    fn host_scope(&self, _host: &str) -> Option<Arc<dyn Scope>> {
        None
    }

    fn matching_hosts(&self, _pattern: &str) -> Result<Vec<Arc<str>>> {
        Ok(Vec::new())
    }

    fn decrypt(&self, _vaulted: &Vaulted) -> Result<Text> {
        Ok(Text::plain("").with_trust(Trust::Plain))
    }

    fn warn(&self, _message: &str, _origin: &Origin) {}
}
