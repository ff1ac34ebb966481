//! Writes a journal as the run goes, and answers from the one that is continued.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use super::format::{Kept, Record, Summary, TaskMark, end_from_json, end_to_json};
use super::reader::Done;
use crate::data::Environment;
use crate::data::vault::seal::{NONCE_LENGTH, Seal};
use crate::engine::chronicle::{Step, StepEnd, StepKey};

/// One run being recorded.
pub struct Recorder {
    pub(super) file: Option<File>,
    pub(super) path: PathBuf,
    pub(super) environment: Environment,
    pub(super) seal: Option<Seal>,
    /// Steps that need not run again.
    pub(super) done: HashMap<StepKey, Done>,
    /// What went wrong with writing, until it is told.
    pub(super) trouble: Option<String>,
    pub(super) plays: u32,
}

impl Recorder {
    pub fn remembers(&self, step: Step<'_>) -> bool {
        self.done.get(step.key).is_some_and(|done| {
            done.summary.passed && done.task.place == place(step) && !matches!(done.kept, Kept::Nothing)
        })
    }

    /// How a step ended, if it is done for good.
    pub fn recall(&mut self, step: Step<'_>) -> Option<StepEnd> {
        let done = self.done.remove(step.key)?;
        if !done.summary.passed || done.task.place != place(step) {
            // From here on the host takes another way than before.
            let key = step.key;
            self.done.retain(|known, _| (known.play, &known.host) != (key.play, &key.host) || known.step < key.step);
            return None;
        }
        match done.kept {
            Kept::Nothing => None,
            Kept::Plain(end) => Some(*end),
            Kept::Sealed(bytes) => {
                let json = serde_json::from_slice(&self.seal.as_ref()?.open(&bytes)?).ok()?;
                end_from_json(&json)
            }
        }
    }

    pub fn begins(&mut self, step: Step<'_>) {
        let task = TaskMark { name: step.task.name.clone(), place: place(step) };
        let record = Record::Begin { key: step.key.clone(), task, at: self.now() };
        self.write(&record);
    }

    pub fn ended(&mut self, step: Step<'_>, end: StepEnd) {
        let summary = Summary { status: end.status, passed: end.is_passed(), items: end.items.clone(), diff: end.diff };
        let kept = match (&self.seal, end.secret) {
            (_, true) => Kept::Nothing,
            (None, false) => Kept::Plain(Box::new(end)),
            (Some(seal), false) => {
                let mut nonce = [0; NONCE_LENGTH];
                self.environment.dice.fill(&mut nonce);
                Kept::Sealed(seal.seal(nonce, end_to_json(&end).to_string().as_bytes()))
            }
        };
        let record = Record::End { key: step.key.clone(), at: self.now(), summary, kept };
        self.write(&record);
    }

    pub fn play(&mut self, name: &str) {
        self.plays += 1;
        let record = Record::Play { number: self.plays, name: name.to_owned() };
        self.write(&record);
    }

    pub fn finish(&mut self, code: u8) {
        let record = Record::Finish { at: self.now(), code };
        self.write(&record);
    }

    /// What is to be warned about, once.
    pub fn take_trouble(&mut self) -> Option<String> {
        self.trouble.take()
    }

    pub(super) fn now(&self) -> i64 {
        self.environment.clock.now().as_millisecond()
    }

    /// One write for each record, so that what a killed run leaves behind is whole lines but for the last.
    pub(super) fn write(&mut self, record: &Record) {
        self.write_line(&record.to_line());
    }

    pub(super) fn write_line(&mut self, line: &str) {
        let Some(file) = &mut self.file else { return };
        if let Err(error) = file.write_all(line.as_bytes()) {
            self.trouble = Some(format!(
                "The run is not recorded any more, so it cannot be resumed: {}: {error}",
                self.path.display()
            ));
            self.file = None;
        }
    }
}

fn place(step: Step<'_>) -> String {
    let origin = &step.task.origin;
    let file = origin.path().map(|path| path.display().to_string()).unwrap_or_default();
    format!("{file}:{}:{}", origin.line(), origin.column())
}
