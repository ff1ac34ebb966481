//! The lines of a journal: one JSON object each, the first a header. What a line says never changes.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value as Json, json};

use super::value::{from_json, map_from_json, map_to_json, to_json};
use crate::engine::chronicle::{StepEnd, StepKey};
use crate::engine::result::{AddHost, Effects, GroupBy, Include, SetStats, Status};

/// Journals of another version are refused.
pub const VERSION: u64 = 1;

/// What a run is, for those who list it and for the one that goes on with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    pub id: String,
    /// Milliseconds since 1970.
    pub started: i64,
    /// The tool that was called, and its words.
    pub program: String,
    pub words: Vec<String>,
    /// Words were left out because they may hold secrets.
    pub hidden: bool,
    pub folder: PathBuf,
    pub user: String,
    /// The playbooks and what their text hashes to.
    pub playbooks: Vec<(PathBuf, String)>,
    /// With a vault password, results are sealed by it.
    pub seal: Option<SealMark>,
}

/// How to know that a password is the right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealMark {
    pub salt: Vec<u8>,
    pub probe: Vec<u8>,
}

/// One line.
#[derive(Clone, Debug)]
pub enum Record {
    Resumed { at: i64 },
    Play { number: u32, name: String },
    Begin { key: StepKey, task: TaskMark, at: i64 },
    End { key: StepKey, at: i64, summary: Summary, kept: Kept },
    Finish { at: i64, code: u8 },
}

/// A task as journals name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskMark {
    pub name: String,
    /// File, line and column.
    pub place: String,
}

/// What may always be shown of an end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub status: Status,
    /// The host went on.
    pub passed: bool,
    pub items: Vec<Status>,
    pub diff: usize,
}

/// What a resumed run needs of an end.
#[derive(Clone, Debug)]
pub enum Kept {
    /// `no_log`: the step runs again.
    Nothing,
    Plain(Box<StepEnd>),
    Sealed(Vec<u8>),
}

impl Header {
    pub fn to_line(&self) -> String {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        let playbooks: Vec<Json> = self.playbooks.iter().map(|(path, hash)| json!([text(path), hash])).collect();
        let seal = self.seal.as_ref().map(|seal| json!([BASE64.encode(&seal.salt), BASE64.encode(&seal.probe)]));
        line(&json!({
            "journal": VERSION, "id": self.id, "started": self.started, "program": self.program,
            "words": self.words, "hidden": self.hidden, "folder": text(&self.folder), "user": self.user,
            "playbooks": playbooks, "seal": seal,
        }))
    }

    /// The version in a line that is a header at all.
    pub fn version(line: &str) -> Option<u64> {
        serde_json::from_str::<Json>(line).ok()?.get("journal")?.as_u64()
    }

    pub fn parse(line: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(line).ok()?;
        let text = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        let texts = |json: &Json| strings(json);
        let playbook = |pair: &Json| Some((PathBuf::from(pair.get(0)?.as_str()?), pair.get(1)?.as_str()?.to_owned()));
        let bytes = |json: Option<&Json>| BASE64.decode(json?.as_str()?).ok();
        let seal = json.get("seal").filter(|seal| !seal.is_null());
        Some(Self {
            id: text("id"),
            started: json.get("started")?.as_i64()?,
            program: text("program"),
            words: texts(json.get("words")?),
            hidden: json.get("hidden")?.as_bool()?,
            folder: PathBuf::from(text("folder")),
            user: text("user"),
            playbooks: json.get("playbooks")?.as_array()?.iter().filter_map(playbook).collect(),
            seal: match seal {
                Some(seal) => Some(SealMark { salt: bytes(seal.get(0))?, probe: bytes(seal.get(1))? }),
                None => None,
            },
        })
    }
}

impl Record {
    pub fn to_line(&self) -> String {
        line(&match self {
            Self::Resumed { at } => json!({ "resumed": at }),
            Self::Play { number, name } => json!({ "play": number, "name": name }),
            Self::Begin { key, task, at } => {
                json!({ "begin": [key.play, &*key.host, key.step], "at": at, "task": task.name, "place": task.place })
            }
            Self::End { key, at, summary, kept } => {
                let mut json = json!({
                    "end": [key.play, &*key.host, key.step], "at": at, "status": word(summary.status),
                    "passed": summary.passed,
                });
                if !summary.items.is_empty() {
                    json["items"] = summary.items.iter().map(|status| word(*status)).collect();
                }
                if summary.diff > 0 {
                    json["diff"] = json!(summary.diff);
                }
                match kept {
                    Kept::Nothing => {}
                    Kept::Plain(end) => json["kept"] = end_to_json(end),
                    Kept::Sealed(bytes) => json["sealed"] = json!(BASE64.encode(bytes)),
                }
                json
            }
            Self::Finish { at, code } => json!({ "finish": at, "code": code }),
        })
    }

    /// A line that is no record of this version is none.
    pub fn parse(line: &str) -> Option<Self> {
        let json: Json = serde_json::from_str(line).ok()?;
        let number = |key: &str| json.get(key).and_then(Json::as_i64);
        let text = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        if let Some(at) = number("resumed") {
            return Some(Self::Resumed { at });
        }
        if let Some(at) = number("finish") {
            return Some(Self::Finish { at, code: u8::try_from(number("code")?).ok()? });
        }
        if let Some(play) = number("play") {
            return Some(Self::Play { number: u32::try_from(play).ok()?, name: text("name") });
        }
        if let Some(key) = json.get("begin") {
            let task = TaskMark { name: text("task"), place: text("place") };
            return Some(Self::Begin { key: key_of(key)?, task, at: number("at")? });
        }
        let key = key_of(json.get("end")?)?;
        let summary = Summary {
            status: status_of(json.get("status")?.as_str()?)?,
            passed: json.get("passed")?.as_bool()?,
            items: strings(&json["items"]).iter().filter_map(|word| status_of(word)).collect(),
            diff: number("diff").and_then(|size| usize::try_from(size).ok()).unwrap_or(0),
        };
        let kept = match (json.get("kept"), json.get("sealed").and_then(Json::as_str)) {
            (Some(kept), _) => Kept::Plain(Box::new(end_from_json(kept)?)),
            (None, Some(sealed)) => Kept::Sealed(BASE64.decode(sealed).ok()?),
            (None, None) => Kept::Nothing,
        };
        Some(Self::End { key, at: number("at")?, summary, kept })
    }
}

/// What a resumed run needs of an end, as JSON.
pub fn end_to_json(end: &StepEnd) -> Json {
    let mut json = json!({ "status": word(end.status), "output": map_to_json(&end.output) });
    for (key, flag) in [("ignored", end.ignored), ("rescued", end.rescued)] {
        if flag {
            json[key] = json!(true);
        }
    }
    if !end.notify.is_empty() {
        json["notify"] = json!(end.notify);
    }
    if let Some(host) = &end.facts_of {
        json["facts_of"] = json!(&**host);
    }
    if !end.effects.is_empty() {
        let pairs = end.effects.iter().zip(&end.owners);
        json["effects"] = pairs.map(|(effects, owner)| effects_to_json(effects, owner.as_deref())).collect();
    }
    json
}

pub fn end_from_json(json: &Json) -> Option<StepEnd> {
    let flag = |key: &str| json.get(key).and_then(Json::as_bool).unwrap_or(false);
    let name = |json: &Json| json.as_str().map(Arc::from);
    let effects: Vec<&Json> = json.get("effects").and_then(Json::as_array).into_iter().flatten().collect();
    Some(StepEnd {
        status: status_of(json.get("status")?.as_str()?)?,
        ignored: flag("ignored"),
        rescued: flag("rescued"),
        output: map_from_json(json.get("output")?),
        owners: effects.iter().map(|effects| effects.get("owner").and_then(name)).collect(),
        effects: effects.into_iter().map(effects_from_json).collect(),
        notify: strings(&json["notify"]),
        facts_of: json.get("facts_of").and_then(name),
        ..StepEnd::default()
    })
}

fn effects_to_json(effects: &Effects, owner: Option<&str>) -> Json {
    let mut json = json!({});
    let mut put = |key: &str, value: Option<Json>| {
        if let Some(value) = value {
            json[key] = value;
        }
    };
    put("owner", owner.map(|owner| json!(owner)));
    put("facts", effects.facts.as_ref().map(map_to_json));
    put("variables", effects.variables.as_ref().map(map_to_json));
    put("included", effects.included.then(|| json!(true)));
    put("cacheable", effects.cacheable.then(|| json!(true)));
    let add_host = |new: &AddHost| json!([new.name, new.groups, map_to_json(&new.variables)]);
    put("add_host", effects.add_host.as_ref().map(add_host));
    put("group_by", effects.group_by.as_ref().map(|group| json!([group.group, group.parents])));
    let stats = |stats: &SetStats| json!([map_to_json(&stats.data), stats.per_host, stats.aggregate]);
    put("stats", effects.stats.as_ref().map(stats));
    let include = |include: &Include| {
        json!([map_to_json(&include.args), map_to_json(&include.variables), include.label.as_ref().map(to_json)])
    };
    put("includes", (!effects.includes.is_empty()).then(|| effects.includes.iter().map(include).collect()));
    json
}

fn effects_from_json(json: &Json) -> Effects {
    let map = |key: &str| json.get(key).map(map_from_json);
    let flag = |json: &Json| json.as_bool().unwrap_or(false);
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    let include = |json: &Json| Include {
        args: map_from_json(&json[0]),
        variables: map_from_json(&json[1]),
        label: Some(&json[2]).filter(|label| !label.is_null()).map(from_json),
    };
    Effects {
        owner: None,
        facts: map("facts"),
        variables: map("variables"),
        included: flag(&json["included"]),
        cacheable: flag(&json["cacheable"]),
        add_host: json.get("add_host").map(|new| AddHost {
            name: text(&new[0]),
            groups: strings(&new[1]),
            variables: map_from_json(&new[2]),
        }),
        group_by: json.get("group_by").map(|group| GroupBy { group: text(&group[0]), parents: strings(&group[1]) }),
        stats: json.get("stats").map(|stats| SetStats {
            data: map_from_json(&stats[0]),
            per_host: flag(&stats[1]),
            aggregate: flag(&stats[2]),
        }),
        includes: json.get("includes").and_then(Json::as_array).into_iter().flatten().map(include).collect(),
    }
}

/// How a status is called.
pub fn word(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Changed => "changed",
        Status::Skipped => "skipped",
        Status::Failed => "failed",
        Status::Unreachable => "unreachable",
    }
}

fn status_of(word: &str) -> Option<Status> {
    Some(match word {
        "ok" => Status::Ok,
        "changed" => Status::Changed,
        "skipped" => Status::Skipped,
        "failed" => Status::Failed,
        "unreachable" => Status::Unreachable,
        _ => return None,
    })
}

fn key_of(json: &Json) -> Option<StepKey> {
    let number = |at: usize| json.get(at)?.as_u64().and_then(|number| u32::try_from(number).ok());
    Some(StepKey { play: number(0)?, host: json.get(1)?.as_str()?.into(), step: number(2)? })
}

fn strings(json: &Json) -> Vec<String> {
    json.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

fn line(json: &Json) -> String {
    let mut line = json.to_string();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Map, Value};

    fn check(record: &Record) {
        let line = record.to_line();
        let back = Record::parse(&line).unwrap_or_else(|| panic!("{line} is a record"));
        assert_eq!(back.to_line(), line);
    }

    #[test]
    fn records_come_back_as_they_were() {
        let key = StepKey { play: 1, host: "h1".into(), step: 4 };
        let summary = Summary { status: Status::Changed, passed: true, items: vec![Status::Ok], diff: 9 };
        let end = |kept| Record::End { key: key.clone(), at: 5, summary: summary.clone(), kept };
        let full = StepEnd {
            status: Status::Failed,
            rescued: true,
            output: Map::from([("msg", Value::text("x"))]),
            owners: vec![Some("h2".into()), None],
            effects: vec![
                Effects { facts: Some(Map::from([("a", 1)])), cacheable: true, ..Effects::default() },
                Effects {
                    add_host: Some(AddHost {
                        name: "n".into(),
                        groups: vec!["g".into()],
                        variables: Map::from([("v", 1)]),
                    }),
                    group_by: Some(GroupBy { group: "g".into(), parents: vec!["all".into()] }),
                    stats: Some(SetStats { data: Map::from([("s", 1)]), per_host: true, aggregate: false }),
                    includes: vec![Include {
                        args: Map::from([("_raw_params", "a.yml")]),
                        variables: Map::from([("item", 1)]),
                        label: Some(Value::from(1)),
                    }],
                    ..Effects::default()
                },
            ],
            notify: vec!["restart".into()],
            facts_of: Some("h3".into()),
            ..StepEnd::default()
        };
        let task = TaskMark { name: "t".into(), place: "a.yml:1:2".into() };
        for record in [
            Record::Resumed { at: 1 },
            Record::Play { number: 2, name: "p".into() },
            Record::Begin { key: key.clone(), task, at: 3 },
            end(Kept::Nothing),
            end(Kept::Sealed(vec![1, 2, 3])),
            end(Kept::Plain(Box::new(full))),
            Record::Finish { at: 6, code: 2 },
        ] {
            check(&record);
        }
        assert!(Record::parse(r#"{"end":[1,"h"#).is_none());
        assert!(Record::parse("{}").is_none());
    }

    #[test]
    fn headers_come_back_as_they_were() {
        let header = Header {
            id: "x".into(),
            started: 7,
            program: "ansible-playbook".into(),
            words: vec!["site.yml".into()],
            playbooks: vec![("/a/site.yml".into(), "ab".into())],
            seal: Some(SealMark { salt: vec![1], probe: vec![2] }),
            ..Header::default()
        };
        assert_eq!(Header::parse(&header.to_line()), Some(header));
        assert_eq!(Header::version(r#"{"journal":9}"#), Some(9));
    }
}
