//! `pause`: waits for some time, or for a key.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::args::{ArgSpec, Args};
use crate::data::{Map, Value};
use crate::diagnostic::Diagnostic;
use crate::engine::action::{ActionCall, ActionError, ActionPlugin, ActionTraits, Outcome};
use crate::engine::event::Event;
use crate::engine::result::TaskResult;
use crate::operator::{Ended, Halt, Until};

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
        // Parts of a second do not count.
        if let Some(crate::data::Data::Float(number)) = call.arg(option).map(|value| value.data.clone()) {
            call.args.insert(option, number as i64);
        }
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
    let typed = match seconds {
        Some(seconds) => {
            sleep(call, &args, Duration::from_secs(seconds.max(1).unsigned_abs())).await?;
            String::new()
        }
        None => line(call, &args).await?,
    };
    let took = began.elapsed();
    let amount = if unit == "minutes" { took.as_secs_f64() / 60.0 } else { took.as_secs_f64() };
    let amount = crate::data::python::repr(&Value::from((amount * 100.0).round() / 100.0));
    let time = |moment: &jiff::Zoned| Value::from(moment.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string());
    let output = Map::from([
        ("changed", Value::from(false)),
        ("rc", Value::from(0)),
        ("stderr", Value::from("")),
        ("stdout", Value::from(format!("Paused for {amount} {unit}"))),
        ("start", time(&start)),
        ("stop", time(&environment.now())),
        ("delta", Value::from(took.as_secs())),
        ("echo", Value::from(args.echo)),
        ("user_input", Value::from(typed)),
    ]);
    Ok(TaskResult::of(output))
}

/// Some time, unless the operator cuts it short.
async fn sleep(call: &ActionCall<'_>, args: &PauseArgs, time: Duration) -> Result<(), ActionError> {
    let mut text = format!("Pausing for {} seconds\n", time.as_secs());
    let prompt = args.prompt.as_ref().map(|prompt| format!("[{}]\n{prompt}:\n", title(call))).unwrap_or_default();
    if !call.shared.operator.is_present() {
        call.tell(Event::Say(text + &prompt)).await;
        tokio::time::sleep(time).await;
        return Ok(());
    }
    text.push_str("(ctrl+C then 'C' = continue early, ctrl+C then 'A' = abort)\n");
    let halt = Halt { text: text + &prompt, echo: args.echo, until: Until::Time(time), given_up: Arc::default() };
    match wait(call, halt).await {
        Ended::Interrupted => go_on_or_abort(call).await,
        _ => Ok(()),
    }
}

/// What the operator types until the end of the line.
async fn line(call: &ActionCall<'_>, args: &PauseArgs) -> Result<String, ActionError> {
    let prompt = args.prompt.as_deref().unwrap_or("Press enter to continue, Ctrl+C to interrupt");
    let hidden = if args.echo { "" } else { " (output is hidden)" };
    let text = format!("[{}]\n{prompt}{hidden}:\n", title(call));
    match wait(call, Halt { text, echo: args.echo, until: Until::Line, given_up: Arc::default() }).await {
        Ended::Line(line) => return Ok(line),
        Ended::Interrupted => go_on_or_abort(call).await?,
        _ => call.shared.warn("Not waiting for response to prompt as stdin is not interactive"),
    }
    Ok(String::new())
}

async fn go_on_or_abort(call: &ActionCall<'_>) -> Result<(), ActionError> {
    let text = "Press 'C' to continue the play or 'A' to abort \n".to_owned();
    let halt = Halt { text, echo: true, until: Until::OneOf("ca"), given_up: Arc::default() };
    match wait(call, halt).await {
        Ended::Key('c') => Ok(()),
        _ => Err(Diagnostic::new("user requested abort!").apart().into()),
    }
}

/// Waits on a thread of its own, which ends when the task does.
async fn wait(call: &ActionCall<'_>, halt: Halt) -> Ended {
    struct GiveUp(Arc<AtomicBool>);
    impl Drop for GiveUp {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let _give_up = GiveUp(Arc::clone(&halt.given_up));
    let operator = Arc::clone(&call.shared.operator);
    tokio::task::spawn_blocking(move || operator.halt(&halt)).await.unwrap_or(Ended::Alone)
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
