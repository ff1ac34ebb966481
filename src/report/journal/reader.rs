//! What a journal says: all of it for those who look, and what is done for the run that goes on.

use std::collections::HashMap;
use std::path::Path;

use super::format::{Header, Kept, Record, Summary, TaskMark, VERSION};
use crate::diagnostic::Diagnostic;
use crate::engine::chronicle::StepKey;

/// A journal that was read.
#[derive(Debug)]
pub struct Journal {
    pub header: Header,
    pub records: Vec<Record>,
    /// How many bytes of the file are whole lines. A run that was killed may have left half a line.
    pub whole: u64,
}

/// A step that has ended.
#[derive(Clone, Debug)]
pub struct Done {
    pub task: TaskMark,
    pub summary: Summary,
    pub kept: Kept,
}

impl Journal {
    pub fn read(path: &Path) -> Result<Self, Diagnostic> {
        let said = |what: &str| Diagnostic::new(format!("The journal {} {what}", path.display()));
        let bytes = std::fs::read(path).map_err(|error| said(&format!("cannot be read: {error}")))?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let text = std::str::from_utf8(&bytes[..whole]).map_err(|_| said("is damaged."))?;
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        match Header::version(first) {
            None => return Err(said("is no journal of a run.")),
            Some(VERSION) => {}
            Some(other) => {
                let hint = format!("This program reads version {VERSION}.");
                return Err(said(&format!("is of version {other}, which is not understood.")).hint(hint));
            }
        }
        let header = Header::parse(first).ok_or_else(|| said("has a damaged header."))?;
        let mut records = Vec::new();
        for (number, line) in lines.enumerate() {
            let record = Record::parse(line);
            records.push(record.ok_or_else(|| said(&format!("is damaged in line {}.", number + 2)))?);
        }
        Ok(Self { header, records, whole: whole as u64 })
    }

    /// How it ended, if it did.
    pub fn code(&self) -> Option<u8> {
        self.records.iter().rev().find_map(|record| match record {
            Record::Finish { code, .. } => Some(Some(*code)),
            Record::Resumed { .. } => Some(None),
            _ => None,
        })?
    }

    /// The steps that have ended, the last end of each.
    pub fn done(&self) -> HashMap<StepKey, Done> {
        let mut tasks: HashMap<&StepKey, &TaskMark> = HashMap::new();
        let mut done: HashMap<StepKey, Done> = HashMap::new();
        for record in &self.records {
            match record {
                Record::Begin { key, task, .. } => {
                    tasks.insert(key, task);
                    // A host that failed and was tried again took another way from there.
                    if done.remove(key).is_some_and(|old: Done| !old.summary.passed) {
                        done.retain(|known, _| {
                            (known.play, &known.host) != (key.play, &key.host) || known.step < key.step
                        });
                    }
                }
                Record::End { key, summary, kept, .. } => {
                    let task = tasks.get(key).map(|task| (*task).clone()).unwrap_or_default();
                    done.insert(key.clone(), Done { task, summary: summary.clone(), kept: kept.clone() });
                }
                _ => {}
            }
        }
        done
    }

    /// The steps that had begun and have no end, in the order in which they began.
    pub fn in_flight(&self) -> Vec<(&StepKey, &TaskMark)> {
        let mut open: Vec<(&StepKey, &TaskMark)> = Vec::new();
        for record in &self.records {
            match record {
                Record::Begin { key, task, .. } => {
                    open.retain(|(known, _)| *known != key);
                    open.push((key, task));
                }
                Record::End { key, .. } => open.retain(|(known, _)| *known != key),
                _ => {}
            }
        }
        open
    }
}
