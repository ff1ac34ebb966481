//! What can be done with images besides pulling: push, tag, remove, load, save, build.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::{ApiError, Engine, ImageName, Request, at, auth, quoted, text_at};
use crate::data::json::{self, Style};
use crate::data::{Environment, Map, Value, python};
use crate::object;

/// What the engine says while it works, and what went away or came.
#[derive(Default)]
pub struct Told {
    /// The stream's text, as `docker build` shows it.
    pub output: String,
    /// The status lines.
    pub statuses: Vec<String>,
}

/// How an image is built.
#[derive(Default)]
pub struct Build {
    pub folder: PathBuf,
    pub dockerfile: Option<String>,
    pub tag: String,
    pub arguments: Map,
    pub labels: Map,
    pub cache_from: Vec<String>,
    pub network: Option<String>,
    pub no_cache: bool,
    pub pull: bool,
    pub remove_intermediate: bool,
    pub target: Option<String>,
    pub platform: Option<String>,
    pub extra_hosts: Map,
    pub shared_memory: Option<i64>,
    /// Keys as the API has them: `memory`, `memswap`, `cpushares`, `cpusetcpus`.
    pub limits: Map,
}

fn path_of(name: &str) -> String {
    name.split('/').map(quoted).collect::<Vec<_>>().join("/")
}

impl Engine {
    /// Gives an image one more name.
    pub fn tag_image(&self, image: &str, name: &ImageName) -> Result<(), ApiError> {
        Request::post(format!("/images/{}/tag", path_of(image)))
            .query("tag", name.tag.as_deref().unwrap_or("latest"))
            .query("repo", &name.repository)
            .query("force", 1)
            .send(self)
            .map(drop)
    }

    /// Removes a name, and the image where it was the last.
    pub fn remove_image(&self, image: &str, force: bool, prune: bool) -> Result<Vec<Value>, ApiError> {
        let request = Request::delete(format!("/images/{}", path_of(image)))
            .query("force", if force { "True" } else { "False" })
            .query("noprune", if prune { "False" } else { "True" });
        let answer = request.send(self)?.value()?;
        Ok(answer.as_items().map(<[Value]>::to_vec).unwrap_or_default())
    }

    /// Sends an image to its registry. Tells whether the registry lacked any of it.
    pub fn push(&self, name: &ImageName, environment: &Environment) -> Result<bool, ApiError> {
        let tag = name.tag.clone().unwrap_or_else(|| "latest".to_owned());
        // The engine insists on the header even where there is nothing to say.
        let header = auth::header(name, environment).unwrap_or_else(|| "e30=".to_owned());
        let request = Request::post(format!("/images/{}/push", path_of(&name.repository)))
            .query("tag", tag)
            .header("X-Registry-Auth", header);
        let mut changed = false;
        request.send(self)?.messages(|message| changed |= text_at(message, &["status"]) == Some("Pushed"))?;
        Ok(changed)
    }

    /// Loads an archive. Gives what the engine says.
    pub fn load_images(&self, archive: impl Read + Send + 'static) -> Result<Told, ApiError> {
        let mut told = Told::default();
        let request = Request::post("/images/load").query("quiet", "false").stream(archive);
        request.send(self)?.messages(|message| told.take(message))?;
        Ok(told)
    }

    /// Writes images into one archive.
    pub fn save_images(&self, names: &[String], mut into: impl Write) -> Result<(), ApiError> {
        let request = match names {
            [name] => Request::get(format!("/images/{}/get", path_of(name))),
            names => names.iter().fold(Request::get("/images/get"), |request, name| request.query("names", name)),
        };
        std::io::copy(&mut request.send(self)?, &mut into).map_err(ApiError::transport)?;
        into.flush().map_err(ApiError::transport)
    }

    /// Builds an image from a folder with a Dockerfile.
    pub fn build(&self, build: &Build, environment: &Environment) -> Result<Told, ApiError> {
        let (archive, dockerfile) = context_of(build).map_err(|error| ApiError::said(error.to_string()))?;
        let json = |value: Value| json::dumps(&value, &Style::compact());
        let mut request = Request::post("/build")
            .query("t", &build.tag)
            .query("q", "False")
            .query("nocache", build.no_cache)
            .query("rm", build.remove_intermediate)
            .query("forcerm", "False")
            .query("pull", build.pull)
            .query("dockerfile", dockerfile);
        let maps = [("buildargs", &build.arguments), ("labels", &build.labels)];
        for (name, map) in maps.into_iter().filter(|(_, map)| !map.is_empty()) {
            request = request.query(name, json(map.clone().into()));
        }
        if !build.cache_from.is_empty() {
            request = request.query("cachefrom", json(Value::list(build.cache_from.iter().cloned().map(Value::from))));
        }
        let texts = [("networkmode", &build.network), ("target", &build.target), ("platform", &build.platform)];
        for (name, text) in texts {
            if let Some(text) = text {
                request = request.query(name, text);
            }
        }
        if let Some(size) = build.shared_memory {
            request = request.query("shmsize", size);
        }
        for (name, value) in &build.limits {
            request = request.query(&python::str(name), python::str(value));
        }
        if !build.extra_hosts.is_empty() {
            let lines = build
                .extra_hosts
                .iter()
                .map(|(name, address)| format!("{}:{}", python::str(name), python::str(address)));
            request = request.query("extrahosts", lines.collect::<Vec<_>>().join(","));
        }
        if let Some(header) = auth::all(environment) {
            request = request.header("X-Registry-Config", header);
        }
        let mut told = Told::default();
        let result = request.bytes(archive).send(self)?.messages(|message| told.take(message));
        result.map_err(|error| ApiError::said(format!("{error}\n{}", told.output)))?;
        Ok(told)
    }
}

impl Told {
    fn take(&mut self, message: &Value) {
        self.output.push_str(text_at(message, &["stream"]).unwrap_or_default());
        if let Some(status) = text_at(message, &["status"]) {
            self.statuses.push(status.to_owned());
        }
    }

    /// `Loaded image: name` and `Loaded image ID: id`.
    pub fn loaded(&self) -> Vec<String> {
        let lines = self.output.lines();
        lines
            .filter_map(|line| line.strip_prefix("Loaded image: ").or_else(|| line.strip_prefix("Loaded image ID: ")))
            .map(|name| name.trim().to_owned())
            .collect()
    }
}

/// Names and ids of the images in an archive that was saved.
pub fn archived(path: &Path) -> Result<Vec<(String, Vec<String>)>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut archive = tar::Archive::new(std::fs::File::open(path).map_err(failed)?);
    for entry in archive.entries().map_err(failed)? {
        let mut entry = entry.map_err(failed)?;
        if entry.path().map_err(failed)?.as_os_str() != "manifest.json" {
            continue;
        }
        let mut text = String::new();
        entry.read_to_string(&mut text).map_err(failed)?;
        let manifest = json::parse(&text, &crate::diagnostic::Origin::none()).map_err(|error| error.to_string())?;
        let image = |image: &Value| {
            let config = text_at(image, &["Config"]).unwrap_or_default();
            let id = config.rsplit('/').next().unwrap_or(config).trim_end_matches(".json").to_owned();
            let names = at(image, &["RepoTags"]).and_then(Value::as_items).unwrap_or_default();
            (id, names.iter().map(python::str).collect())
        };
        return Ok(manifest.as_items().unwrap_or_default().iter().map(image).collect());
    }
    Err(format!("{} has no manifest.json", path.display()))
}

/// The folder as an archive without what `.dockerignore` names, and the Dockerfile's name in it.
fn context_of(build: &Build) -> std::io::Result<(Vec<u8>, String)> {
    let folder = &build.folder;
    let mut archive = tar::Builder::new(Vec::new());
    archive.follow_symlinks(false);
    let rules = Rules::read(&folder.join(".dockerignore"));
    let named = build.dockerfile.clone().unwrap_or_else(|| "Dockerfile".to_owned());
    let outside = folder.join(&named);
    let inside = outside.strip_prefix(folder).map(|path| path.to_string_lossy().into_owned());
    let dockerfile = match inside {
        Ok(name) if !name.starts_with("..") => name,
        _ => {
            let name = ".dockerfile.muster".to_owned();
            archive.append_path_with_name(&outside, &name)?;
            name
        }
    };
    add_folder(&mut archive, folder, Path::new(""), &rules, &dockerfile)?;
    Ok((archive.into_inner()?, dockerfile))
}

fn add_folder(
    archive: &mut tar::Builder<Vec<u8>>,
    root: &Path,
    below: &Path,
    rules: &Rules,
    dockerfile: &str,
) -> std::io::Result<()> {
    let mut names: Vec<_> = std::fs::read_dir(root.join(below))?.collect::<Result<_, _>>()?;
    names.sort_by_key(std::fs::DirEntry::file_name);
    for entry in names {
        let name = below.join(entry.file_name());
        let kind = entry.file_type()?;
        let text = name.to_string_lossy();
        let left_out = rules.ignore(&text) && text != dockerfile && text != ".dockerignore";
        if kind.is_dir() {
            if !left_out {
                archive.append_dir(&name, entry.path())?;
            }
            // A rule may take a file back in from a folder that is left out.
            if !left_out || rules.takes_back() {
                add_folder(archive, root, &name, rules, dockerfile)?;
            }
        } else if !left_out && (kind.is_file() || kind.is_symlink()) {
            archive.append_path_with_name(entry.path(), &name)?;
        }
    }
    Ok(())
}

/// The lines of `.dockerignore`: a pattern, and whether it takes back in. The last that fits counts.
struct Rules(Vec<(bool, regex::Regex)>);

impl Rules {
    fn read(path: &Path) -> Self {
        Self::parse(&std::fs::read_to_string(path).unwrap_or_default())
    }

    fn parse(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let rules = lines.filter_map(|line| {
            let (back, pattern) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
            let pattern = pattern.trim().trim_start_matches("./").trim_matches('/');
            Some((back, regex::Regex::new(&expression(pattern)).ok()?))
        });
        Self(rules.collect())
    }

    fn ignore(&self, path: &str) -> bool {
        self.0.iter().rev().find(|(_, pattern)| pattern.is_match(path)).is_some_and(|(back, _)| !back)
    }

    fn takes_back(&self) -> bool {
        self.0.iter().any(|(back, _)| *back)
    }
}

/// `*` within a name, `**` across folders, `?`; what is below a match is matched too.
fn expression(pattern: &str) -> String {
    let mut expression = "^".to_owned();
    let mut rest = pattern;
    while let Some(character) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("**/") {
            expression.push_str("(?:.*/)?");
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix("**") {
            expression.push_str(".*");
            rest = after;
            continue;
        }
        match character {
            '*' => expression.push_str("[^/]*"),
            '?' => expression.push_str("[^/]"),
            other => expression.push_str(&regex::escape(&other.to_string())),
        }
        rest = &rest[character.len_utf8()..];
    }
    expression.push_str("(?:/.*)?$");
    expression
}

/// `{"Id": …}` with what an image's inspection says, or an empty mapping where it is gone.
pub fn facts(image: Option<Value>) -> Value {
    image.unwrap_or_else(|| object! {}.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_files() {
        let rules = Rules::parse("# comment\n*.log\n**/cache\nkeep/*\n!keep/this\n");
        for (path, ignored) in [
            ("a.log", true),
            ("b/a.log", false),
            ("cache", true),
            ("x/cache/y", true),
            ("keep/other", true),
            ("keep/this", false),
            ("Dockerfile", false),
        ] {
            assert_eq!(rules.ignore(path), ignored, "{path}");
        }
    }

    #[test]
    fn what_was_loaded() {
        let told = Told { output: "Loaded image: a:1\nLoaded image ID: sha256:ab\n".to_owned(), ..Told::default() };
        assert_eq!(told.loaded(), ["a:1", "sha256:ab"]);
    }
}
