//! `pause`: waits for some time, or for a key.

use std::time::{Duration, Instant};

use crate::args::{ArgSpec, Args};
use crate::data::{Map, Value};
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::event::Event;
use crate::engine::result::TaskResult;
use crate::operator::Question;

pub static ACTION: ActionPlugin = ActionPlugin {
    name: "ansible.builtin.pause",
    summary: "Pause playbook execution",
    spec: Some(SPEC),
    traits: ActionTraits { for_all_hosts: true, ..ActionTraits::NONE },
    run: |call| Box::pin(run(call)),
};

#[derive(Args)]
#[args(exclusive("minutes", "seconds"))]
struct PauseArgs {
    /// Show what is typed.
    #[arg(default = true)]
    echo: bool,
    /// How many minutes to wait.
    minutes: Option<i64>,
    /// How many seconds to wait.
    seconds: Option<i64>,
    /// What is asked.
    prompt: Option<String>,
}

const SPEC: &ArgSpec = PauseArgs::SPEC;

async fn run(call: &mut ActionCall<'_>) -> Outcome {
    for option in ["minutes", "seconds"] {
        whole_number(call, option)?;
    }
    call.check_args(SPEC, "pause")?;
    let args = PauseArgs::from_checked(&mut call.args.clone()).map_err(ActionError::told)?;
    let environment = &call.shared.environment;
    let start = environment.now();
    let began = Instant::now();
    let (unit, seconds) = match (args.minutes, args.seconds) {
        (Some(minutes), _) => ("minutes", Some(minutes.saturating_mul(60))),
        (_, seconds) => ("seconds", seconds),
    };
    let mut typed = String::new();
    let told = if let Some(seconds) = seconds {
        let seconds = seconds.max(1).unsigned_abs();
        say(call, format!("Pausing for {seconds} seconds")).await;
        if let Some(prompt) = &args.prompt {
            say(call, format!("[{}]\n{prompt}:", title(call))).await;
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        "Paused for"
    } else {
        let prompt = args.prompt.as_deref().unwrap_or("Press enter to continue, Ctrl+C to interrupt");
        let question = Question { prompt: format!("[{}]\n{prompt}:\n", title(call)), echo: args.echo };
        match call.shared.operator.ask(&question) {
            Some(answer) => typed = answer,
            None => call.shared.warn("Not waiting for response to prompt as stdin is not interactive"),
        }
        "Paused for"
    };
    let took = began.elapsed();
    let amount = if unit == "minutes" { took.as_secs_f64() / 60.0 } else { took.as_secs_f64() };
    let amount = crate::data::python::repr(&Value::from((amount * 100.0).round() / 100.0));
    let time = |moment: &jiff::Zoned| Value::from(moment.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string());
    let output = Map::from([
        ("changed", Value::from(false)),
        ("rc", Value::from(0)),
        ("stderr", Value::from("")),
        ("stdout", Value::from(format!("{told} {amount} {unit}"))),
        ("start", time(&start)),
        ("stop", time(&environment.now())),
        ("delta", Value::from(took.as_secs())),
        ("echo", Value::from(args.echo)),
        ("user_input", Value::from(typed)),
    ]);
    Ok(TaskResult::of(output))
}

/// The task's name as written, for the prompt.
fn title(call: &ActionCall<'_>) -> String {
    call.ground.task.scope.name.as_ref().map_or_else(|| "pause".to_owned(), crate::data::python::str)
}

/// The reference words a number that is none as Python does.
fn whole_number(call: &ActionCall<'_>, option: &str) -> Result<(), ActionError> {
    let Some(value) = call.arg(option).and_then(Value::as_str) else { return Ok(()) };
    if value.trim().parse::<i64>().is_ok() {
        return Ok(());
    }
    let shown = crate::data::python::text_repr(value);
    Err(ActionError::told(format!(
        "argument '{option}' is of type str and we were unable to convert to int: invalid literal for int() with base 10: {shown}"
    )))
}

async fn say(call: &ActionCall<'_>, text: String) {
    call.tell(Event::Note { verbosity: 0, text }).await;
}
