//! `vars_prompt`: questions at the start of a play.

use std::sync::Arc;

use crate::data::{Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::operator::Question;
use crate::project::playbook::load::LoadWorld;
use crate::project::playbook::{Play, Prompt};

use super::batch::RunState;
use super::event::Event;
use super::load_world::RunWorld;
use super::shared::Shared;

/// Asks what the play wants to know, but for what `-e` has answered.
pub fn ask(
    shared: &Arc<Shared>,
    play: &Arc<Play>,
    world: &RunWorld,
    state: &mut RunState<'_>,
) -> Result<Map, Diagnostic> {
    let mut answers = Map::new();
    for prompt in &play.vars_prompt {
        if shared.extra_vars.contains_key(&prompt.name) {
            continue;
        }
        let render = |value: &Option<Value>| -> Result<Option<Value>, Diagnostic> {
            value.as_ref().map(|value| world.render(value, Some(&play.scope))).transpose()
        };
        let default = render(&prompt.default)?.filter(|value| !value.is_null());
        let text = render(&prompt.prompt)?.map_or_else(|| prompt.name.clone(), |value| python::str(&value));
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
    let ask =
        |prompt_text: &str| shared.operator.ask(&Question { prompt: prompt_text.to_owned(), echo: !prompt.private });
    let typed = loop {
        let Some(first) = ask(&shown) else {
            state.tell(&Event::Warning(Diagnostic::new("Not prompting as we are not in interactive mode")));
            return Ok(default.cloned().unwrap_or_else(|| Value::text("None")));
        };
        if !prompt.confirm || ask(&format!("confirm {shown}")).is_some_and(|second| second == first) {
            break first;
        }
        state.tell(&Event::Note { verbosity: 0, text: "***** VALUES ENTERED DO NOT MATCH ****".to_owned() });
    };
    match default {
        Some(default) if typed.is_empty() => Ok(default.clone()),
        _ => Ok(Value::text(typed)),
    }
}
