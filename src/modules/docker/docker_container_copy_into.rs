//! community.docker.docker_container_copy_into: puts a file into a container.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::args::Args;
use crate::data::{Data, Map, Value, json, python};
use crate::diagnostic::Origin;
use crate::object;
use crate::runner::docker::{ApiError, Engine, EngineOptions, Request, at, quoted, text_at};
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module =
    Module::of::<CopyInto>("community.docker.docker_container_copy_into", "Copy a file into a Docker container")
        .traits(super::TRAITS);

#[derive(Args)]
#[args(
    exclusive("path", "content"),
    required_together("owner_id", "group_id"),
    required_one_of("path", "content"),
    required_by(content, "mode")
)]
struct CopyInto {
    /// The container.
    #[arg(required)]
    container: String,
    /// The file on the controller.
    path: Option<String>,
    /// The content of the file.
    content: Option<String>,
    /// Whether the content is given in base64.
    #[arg(default = false)]
    content_is_b64: bool,
    /// Where the file goes: an absolute path.
    #[arg(required)]
    container_path: String,
    /// Whether a link in the container is followed.
    #[arg(default = false)]
    follow: bool,
    /// Whether a link on the controller is followed.
    #[arg(default = true)]
    #[expect(dead_code, reason = "the controller follows links before it sends the file")]
    local_follow: bool,
    /// The file's owner.
    owner_id: Option<i64>,
    /// The file's group.
    group_id: Option<i64>,
    /// The file's mode.
    mode: Option<Value>,
    /// How the mode is read.
    #[arg(default = "legacy", choices("legacy", "modern", "octal_string_only"))]
    mode_parse: String,
    /// Whether the file is written in any case, or only where there is none.
    force: Option<bool>,
    /// Set by muster: the mode of the file on the controller.
    #[arg(name = "_source_mode")]
    source_mode: Option<i64>,
    /// Set by muster: where a link on the controller leads.
    #[arg(name = "_source_link")]
    source_link: Option<String>,
    #[arg(flatten)]
    engine: EngineOptions,
}

/// What is to be in the container.
struct Wanted {
    bytes: Vec<u8>,
    link: Option<String>,
    mode: i64,
    owner: (i64, i64),
    header: String,
}

/// The bits that Go's file modes have for folders and links.
const GO_FOLDER: i64 = 1 << 31;
const GO_LINK: i64 = 1 << 27;

impl Run for CopyInto {
    fn run(mut self, target: &mut Target) -> Outcome {
        let engine = Engine::connect(&self.engine, target)?;
        let owner = match (self.owner_id, self.group_id) {
            (Some(owner), Some(group)) => (owner, group),
            _ => self.who(&engine)?,
        };
        if !self.container_path.starts_with('/') {
            self.container_path = format!("/{}", self.container_path);
        }
        let bytes = match &self.content {
            Some(text) if self.content_is_b64 => STANDARD
                .decode(text)
                .map_err(|error| Failure::new(format!("Cannot Base64 decode the content option: {error}")))?,
            Some(text) => text.as_bytes().to_vec(),
            None => {
                let mut bytes = Vec::new();
                if let Some(mut content) = target.blob("path") {
                    content.read_to_end(&mut bytes).map_err(|error| Failure::new(error.to_string()))?;
                }
                bytes
            }
        };
        let mode = match self.mode.take() {
            Some(mode) => parse_mode(&mode, &self.mode_parse)?,
            None => self.source_mode.unwrap_or(0o644),
        };
        let header = self.path.clone().unwrap_or_else(|| "dynamically generated".to_owned());
        let wanted = Wanted { bytes, link: self.source_link.clone(), mode, owner, header };
        self.converge(&engine, &wanted, target)
    }
}

fn parse_mode(mode: &Value, how: &str) -> Result<i64, Failure> {
    let wrong = || Failure::new(format!("Error while parsing 'mode': {} is no mode", python::repr(mode)));
    let value = match (&mode.data, how) {
        (Data::Int(_), "octal_string_only") => return Err(Failure::new("mode must be an octal string")),
        (Data::Int(number), _) => *number,
        (Data::Text(text), "legacy") => text.trim().parse().map_err(|_| wrong())?,
        (Data::Text(text), _) => {
            let digits = text.trim();
            i64::from_str_radix(digits.strip_prefix("0o").unwrap_or(digits), 8).map_err(|_| wrong())?
        }
        _ => return Err(wrong()),
    };
    if value < 0 { Err(Failure::new(format!("'mode' must not be negative; got {value}"))) } else { Ok(value) }
}

impl CopyInto {
    /// The user that the container's processes run as.
    fn who(&self, engine: &Engine) -> Result<(i64, i64), Failure> {
        let container = &self.container;
        let run = || -> Result<(i64, Vec<u8>, Vec<u8>), ApiError> {
            let words = ["/bin/sh", "-c", "id -u && id -g"].map(Value::text);
            let body = object! {
                "AttachStdout" => true,
                "AttachStderr" => true,
                "Cmd" => Value::list(words),
            };
            let made = engine.post(&format!("/containers/{}/exec", quoted(container)), body)?;
            let id = text_at(&made, &["Id"]).unwrap_or_default().to_owned();
            let start = Request::post(format!("/exec/{id}/start")).json(object! { "Detach" => false, "Tty" => false });
            let (output, errors) = start.send(engine)?.output(false)?;
            let done = engine.get(&format!("/exec/{id}/json"))?;
            Ok((at(&done, &["ExitCode"]).and_then(Value::as_int).unwrap_or(0), output, errors))
        };
        let (code, output, errors) = run().map_err(|error| match error.status {
            Some(404) => Failure::new(format!("Could not find container \"{container}\" or resource in it ({error})")),
            Some(409) if error.message.contains("paused") => {
                Failure::new(format!("Cannot execute command in paused container \"{container}\""))
            }
            Some(409) => Failure::new(format!("Cannot execute command in container \"{container}\" ({error})")),
            _ => error.into(),
        })?;
        let text = String::from_utf8_lossy(&output);
        let mut numbers = text.split_whitespace().map(str::parse::<i64>);
        match (code, numbers.next(), numbers.next()) {
            (0, Some(Ok(owner)), Some(Ok(group))) => Ok((owner, group)),
            _ => Err(Failure::new(format!(
                "Error determining user and group ID of container \"{container}\": {}",
                String::from_utf8_lossy(&errors).trim()
            ))),
        }
    }

    fn archive_path(&self) -> String {
        format!("/containers/{}/archive", quoted(&self.container))
    }

    /// What is at a path in the container; links as they are.
    fn stat(&self, engine: &Engine, path: &str) -> Result<Option<Value>, Failure> {
        match Request::head(self.archive_path()).query("path", path).send(engine) {
            Ok(answer) => {
                let decoded = answer.header("x-docker-container-path-stat").and_then(|text| STANDARD.decode(text).ok());
                let text = decoded.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
                Ok(json::parse(&text, &Origin::none()).ok())
            }
            Err(error) if error.is_not_found() => {
                if engine.find_container(&self.container)?.is_some() {
                    return Ok(None);
                }
                Err(Failure::new(format!("Could not find container \"{}\"", self.container)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn read(&self, engine: &Engine, path: &str) -> Result<Option<(tar::Header, Vec<u8>)>, Failure> {
        let answer = Request::get(self.archive_path()).query("path", path).send(engine)?;
        let mut archive = tar::Archive::new(answer);
        let failed = |error: std::io::Error| Failure::new(format!("Cannot read {path} of the container: {error}"));
        let Some(entry) = archive.entries().map_err(failed)?.next() else { return Ok(None) };
        let mut entry = entry.map_err(failed)?;
        let header = entry.header().clone();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some((header, bytes)))
    }

    /// The path behind links, where those are followed.
    fn resolve(&self, engine: &Engine) -> Result<(String, Option<Value>), Failure> {
        let mut path = self.container_path.clone();
        for _ in 0..40 {
            let found = self.stat(engine, &path)?;
            let leads = found
                .as_ref()
                .filter(|found| self.follow && mode_of(found) & GO_LINK != 0)
                .and_then(|found| text_at(found, &["linkTarget"]))
                .filter(|leads| !leads.is_empty() && *leads != path)
                .map(str::to_owned);
            match leads {
                Some(leads) => path = joined(&path, &leads),
                None => return Ok((path, found)),
            }
        }
        Err(Failure::new(format!("Too many links behind {}", self.container_path)))
    }

    fn converge(&self, engine: &Engine, wanted: &Wanted, target: &mut Target) -> Outcome {
        let (path, found) = self.resolve(engine)?;
        let mut diff = Map::new();
        let same = self.is_same(engine, &path, found.as_ref(), wanted, &mut diff, target.wants_diff())?;
        let kept = self.force == Some(false) && found.is_some();
        let differs = match self.force {
            Some(true) => true,
            Some(false) => found.is_none(),
            None => !same,
        };
        if target.wants_diff() {
            if kept {
                let before = ["before", "before_header"].map(|key| diff.get(key).cloned().unwrap_or_default());
                let [content, header] = before;
                diff.insert("after", content);
                diff.insert("after_header", header);
            } else {
                match &wanted.link {
                    Some(link) => {
                        diff.extend(object! { "after" => link.as_str(), "after_header" => wanted.header.as_str() })
                    }
                    None => diff.extend(object! {
                        "after" => String::from_utf8_lossy(&wanted.bytes).into_owned(),
                        "after_header" => wanted.header.as_str(),
                    }),
                }
            }
        }
        if differs {
            target.effect(|_| self.write(engine, &path, wanted))?;
        }
        let mut result = object! { "container_path" => path };
        if target.wants_diff() {
            result.insert("diff", diff);
        }
        Ok(result)
    }

    /// Compares, and notes what is there for the diff.
    fn is_same(
        &self,
        engine: &Engine,
        path: &str,
        found: Option<&Value>,
        wanted: &Wanted,
        diff: &mut Map,
        wants_diff: bool,
    ) -> Result<bool, Failure> {
        diff.insert("before_header", path);
        let Some(found) = found else {
            diff.insert("before", "");
            return Ok(false);
        };
        let mode = mode_of(found);
        if mode & GO_FOLDER != 0 {
            diff.insert("before", "(directory)");
            return Ok(false);
        }
        if mode & GO_LINK != 0 {
            let leads = text_at(found, &["linkTarget"]).unwrap_or_default();
            diff.insert("before", leads);
            return Ok(wanted.link.as_deref() == Some(leads));
        }
        let size = at(found, &["size"]).and_then(Value::as_int).unwrap_or(0);
        let alike = wanted.link.is_none() && mode & 0o7777 == wanted.mode && size == wanted.bytes.len() as i64;
        if !alike && !wants_diff {
            return Ok(false);
        }
        let Some((header, bytes)) = self.read(engine, path)? else { return Ok(false) };
        let number = |result: std::io::Result<u64>| result.unwrap_or_default() as i64;
        let owner = (number(header.uid()), number(header.gid()));
        let same = alike && owner == wanted.owner && bytes == wanted.bytes;
        diff.insert("before", String::from_utf8_lossy(&bytes).into_owned());
        Ok(same)
    }

    fn write(&self, engine: &Engine, path: &str, wanted: &Wanted) -> Result<(), Failure> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut header = tar::Header::new_gnu();
        header.set_mode(wanted.mode as u32);
        header.set_uid(wanted.owner.0 as u64);
        header.set_gid(wanted.owner.1 as u64);
        header.set_mtime(jiff::Timestamp::now().as_second().max(0) as u64);
        let mut archive = tar::Builder::new(Vec::new());
        let failed = |error: std::io::Error| Failure::new(format!("Cannot pack {path}: {error}"));
        match &wanted.link {
            Some(link) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                archive.append_link(&mut header, name, link).map_err(failed)?;
            }
            None => {
                header.set_size(wanted.bytes.len() as u64);
                archive.append_data(&mut header, name, wanted.bytes.as_slice()).map_err(failed)?;
            }
        }
        let bytes = archive.into_inner().map_err(failed)?;
        let folder = if folder.is_empty() { "/" } else { folder };
        let request = Request::put(self.archive_path()).query("path", folder).bytes(bytes);
        request.send(engine).map(drop).map_err(|error| match error.status {
            Some(404) => {
                Failure::new(format!("Could not find container \"{}\" or resource in it ({error})", self.container))
            }
            Some(403) => Failure::new(format!("Cannot copy file into read-only container or path ({error})")),
            _ => error.into(),
        })
    }
}

fn mode_of(found: &Value) -> i64 {
    at(found, &["mode"]).and_then(Value::as_int).unwrap_or(0)
}

/// Where a link leads: from the root, or from the folder it is in.
fn joined(path: &str, leads: &str) -> String {
    if leads.starts_with('/') {
        return leads.to_owned();
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/{leads}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_and_links() {
        let rows = [("0644", "modern", Some(0o644)), ("0644", "legacy", Some(644)), ("9", "modern", None)];
        for (text, how, mode) in rows {
            assert_eq!(parse_mode(&Value::text(text), how).ok(), mode, "{text} {how}");
        }
        assert_eq!(parse_mode(&Value::from(420), "legacy").ok(), Some(420));
        assert!(parse_mode(&Value::from(420), "octal_string_only").is_err());
        assert_eq!(joined("/a/b", "c"), "/a/c");
        assert_eq!(joined("/a/b", "/c"), "/c");
    }
}
