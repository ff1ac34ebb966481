//! `vars_prompt`: questions at the start of a play.

use std::sync::Arc;

use crate::data::{Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::operator::Question;
use crate::project::playbook::load::LoadWorld;
use crate::project::playbook::{Play, Prompt};

use super::batch::{RunState, unanswered};
use super::event::Event;
use super::load_world::RunWorld;
use super::shared::Shared;
use super::world::PlainWorld;
use crate::template::tools::crypt::{Method, Options, hash};

/// Asks what the play wants to know, but for what `-e` has answered.
pub fn ask(
    shared: &Arc<Shared>,
    play: &Arc<Play>,
    world: &RunWorld,
    state: &mut RunState<'_>,
) -> Result<Map, Diagnostic> {
    let mut answers = Map::new();
    for prompt in &play.vars_prompt {
        let render = |value: &Option<Value>| -> Result<Option<Value>, Diagnostic> {
            value.as_ref().map(|value| world.render(value, Some(&play.scope))).transpose()
        };
        let default = render(&prompt.default)?.filter(|value| !value.is_null());
        let text = render(&prompt.prompt)?.map_or_else(|| prompt.name.clone(), |value| python::str(&value));
        if shared.extra_vars.contains_key(&prompt.name) {
            continue;
        }
        let answer = answer(shared, prompt, &text, default.as_ref(), state)?;
        answers.insert(prompt.name.as_str(), answer);
    }
    Ok(answers)
}

fn answer(
    shared: &Arc<Shared>,
    prompt: &Prompt,
    text: &str,
    default: Option<&Value>,
    state: &mut RunState<'_>,
) -> Result<Value, Diagnostic> {
    let shown = match default {
        Some(default) => format!("{text} [{}]: ", python::str(default)),
        None => format!("{text}: "),
    };
    let operator = &shared.operator;
    if !operator.is_present() {
        state.tell(&Event::Warning(Diagnostic::new("Not prompting as we are not in interactive mode")));
        return finished(shared, prompt, &default.map_or_else(|| "None".to_owned(), python::str));
    }
    let ask = |text: String| {
        let answer = match prompt.private {
            true => operator.ask(&Question { prompt: text, echo: false }),
            false => operator.ask_openly(&text),
        };
        answer.ok_or_else(|| unanswered(&**operator))
    };
    let typed = loop {
        let first = ask(shown.clone())?;
        if !prompt.confirm || ask(format!("confirm {shown}"))? == first {
            break first;
        }
        state.tell(&Event::Say("***** VALUES ENTERED DO NOT MATCH ****".to_owned()));
    };
    let typed = match default {
        Some(default) if typed.is_empty() => python::str(default),
        _ => typed,
    };
    finished(shared, prompt, &typed)
}

/// The answer as a variable: always a text.
fn finished(shared: &Arc<Shared>, prompt: &Prompt, typed: &str) -> Result<Value, Diagnostic> {
    match &prompt.encrypt {
        Some(method) if method.is_truthy() => encrypted(shared, prompt, method, typed),
        // The one who runs it is trusted as much as the one who wrote the play.
        _ if !prompt.is_unsafe => Ok(Value::template(typed, prompt.origin.clone())),
        _ => Ok(Value::text(typed)),
    }
}

/// What was typed, as login programs keep passwords.
fn encrypted(shared: &Arc<Shared>, prompt: &Prompt, method: &Value, typed: &str) -> Result<Value, Diagnostic> {
    let name = python::str(method);
    let Some(method) = Method::named(&name) else {
        let message = format!("Installed passlib version 1.7.4 does not support the '{name}' algorithm.");
        return Err(Diagnostic::new(message));
    };
    let options = Options {
        salt: prompt.salt.as_ref().map(python::str),
        salt_size: prompt.salt_size.as_ref().and_then(|size| python::str(size).parse().ok()),
        ..Options::default()
    };
    let world = PlainWorld::new(Arc::clone(shared), shared.options.base_dir.clone());
    Ok(Value::text(hash(typed, method, &options, &world)?))
}
