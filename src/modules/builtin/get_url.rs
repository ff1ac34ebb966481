//! ansible.builtin.get_url: brings a file from the web to the host.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::files::{FileAttributes, checksum, real_path};
use crate::runner::http::{self, Url, options::UrlOptions};
use crate::runner::{Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module = Module::of::<GetUrl>("ansible.builtin.get_url", "Bring files from the web to a host");

#[derive(Args)]
struct GetUrl {
    /// The address: of the web, or `file://`.
    url: String,
    /// The file, or a folder, where it gets the name that the server has for it.
    dest: TargetPath,
    /// The folder in which it is kept until it is complete.
    tmp_dest: Option<TargetPath>,
    /// Whether the old file is kept under another name.
    #[arg(default = false)]
    backup: bool,
    /// `ALGORITHM:SUM`, or an address of a list of sums in place of the sum.
    #[arg(default = "")]
    checksum: String,
    /// For how many seconds the server may be silent.
    #[arg(default = 10)]
    timeout: i64,
    /// More headers of the request.
    headers: Option<Map>,
    /// Who asks.
    #[arg(alias = "username")]
    url_username: Option<String>,
    /// The password of who asks.
    #[arg(alias = "password", no_log)]
    url_password: Option<String>,
    #[arg(flatten)]
    web: UrlOptions,
    #[arg(flatten)]
    attributes: FileAttributes,
}

/// What was brought, before it has its place.
struct Download {
    path: PathBuf,
    status: Value,
    message: String,
    url: String,
    /// The name that the server gives it.
    name: Option<String>,
}

impl Run for GetUrl {
    fn run(self, target: &mut Target) -> Outcome {
        let start = Instant::now();
        let mut result = Map::from([
            ("changed", Value::from(false)),
            ("checksum_dest", Value::NULL),
            ("checksum_src", Value::NULL),
            ("dest", self.dest.text().into()),
            ("elapsed", 0.into()),
            ("url", self.url.as_str().into()),
        ]);
        let dest = target.absolute(&self.dest);
        let mut wanted = self.wanted_sum(target).map_err(|failure| with(failure, &result))?;
        let mut is_forced = self.web.force;
        let mut since = None;
        if dest.exists() && !dest.is_dir() {
            if let Some((algorithm, sum)) = wanted.as_mut().filter(|_| !self.web.force) {
                if !sum.starts_with("http") && checksum::of_file(&dest, algorithm).is_ok_and(|own| own == *sum) {
                    let changed = target.converge_attributes(&dest, &self.attributes)?;
                    result.insert("changed", changed);
                    result.insert("msg", "file already exists");
                    return Ok(result);
                }
                is_forced = true;
            }
            if !is_forced {
                since = dest.metadata().and_then(|metadata| metadata.modified()).ok();
            }
        }
        let download = self.download(since, &mut result, start, target)?;
        let Some(download) = download else { return Ok(result) };
        target.remove_at_end(download.path.clone());
        result.insert("src", download.path.to_string_lossy().into_owned());
        result.insert("elapsed", start.elapsed().as_secs());
        let (dest, shown) = self.place_of(&dest, &download);
        result.insert("dest", shown.as_str());
        self.put(&download, &dest, wanted, &mut result, target).map_err(|failure| with(failure, &result))?;
        result.insert("msg", download.message);
        result.insert("status_code", download.status);
        Ok(result)
    }
}

impl GetUrl {
    /// Algorithm and sum, the sum looked up where an address is given.
    fn wanted_sum(&self, target: &mut Target) -> Result<Option<(String, String)>, Failure> {
        if self.checksum.is_empty() {
            return Ok(None);
        }
        let Some((algorithm, sum)) = self.checksum.split_once(':') else {
            return Err("The checksum parameter has to be in format <algorithm>:<checksum>".into());
        };
        let algorithm = algorithm.trim().to_lowercase();
        let sum = if sum.contains("://") { self.listed_sum(sum, target)? } else { sum.to_owned() };
        let sum: String =
            sum.chars().filter(|character| character.is_alphanumeric()).collect::<String>().to_lowercase();
        if sum.is_empty() || !sum.chars().all(|character| character.is_ascii_hexdigit()) {
            return Err("The checksum format is invalid".into());
        }
        if checksum::hasher(&algorithm).is_none() {
            return Err(Failure::new(format!("Unsupported checksum type: {algorithm}")));
        }
        Ok(Some((algorithm, sum)))
    }

    /// The sum that a list has for the file.
    fn listed_sum(&self, address: &str, target: &mut Target) -> Result<String, Failure> {
        let mut result = Map::new();
        let list = self.fetch(address, None, &mut result, target)?;
        let text = std::fs::read_to_string(&list.path);
        let _ = std::fs::remove_file(&list.path);
        let text = text.map_err(|error| errors::file_failure(&error, &list.path))?;
        let name = name_in(&self.url);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        if let [only] = lines[..] {
            if only.split_whitespace().count() == 1 {
                return Ok(only.trim().to_owned());
            }
        }
        let bare = |file: &str| file.trim_start_matches('*').trim_start_matches("./").trim().to_owned();
        let own_path =
            self.url.split("://").nth(1).and_then(|rest| rest.split_once('/')).map(|(_, path)| path.to_owned());
        let found = lines.iter().find_map(|line| {
            let (sum, file) = line.trim().split_once(char::is_whitespace).or_else(|| of_bsd(line))?;
            let file = bare(file.trim());
            let fits =
                file == name || own_path.as_ref().is_some_and(|path| path.ends_with(&file) && file.ends_with(&name));
            fits.then(|| sum.to_owned())
        });
        found.ok_or_else(|| Failure::new(format!("Unable to find a checksum for file '{name}' in '{address}'")))
    }

    fn download(
        &self,
        since: Option<std::time::SystemTime>,
        result: &mut Map,
        start: Instant,
        target: &mut Target,
    ) -> Result<Option<Download>, Failure> {
        let download = self.fetch(&self.url, since, result, target);
        result.insert("elapsed", start.elapsed().as_secs());
        let download = match download {
            Ok(download) => download,
            Err(failure) => {
                let own = Map::from([
                    ("dest", Value::from(self.dest.text())),
                    ("url", self.url.as_str().into()),
                    ("elapsed", start.elapsed().as_secs().into()),
                ]);
                return Err(with(failure, &own));
            }
        };
        if download.status.as_int() == Some(304) {
            let _ = std::fs::remove_file(&download.path);
            result.remove("checksum_src");
            result.remove("checksum_dest");
            result.insert("status_code", 304);
            result.insert("msg", download.message);
            return Ok(None);
        }
        Ok(Some(download))
    }

    /// Asks for an address and keeps what comes in a file.
    fn fetch(
        &self,
        address: &str,
        since: Option<std::time::SystemTime>,
        result: &mut Map,
        target: &mut Target,
    ) -> Result<Download, Failure> {
        let path = self.temporary(target)?;
        if let Some(local) = address.strip_prefix("file://") {
            let local = http::unquoted(local);
            let length = std::fs::copy(&local, &path).map_err(|error| {
                Failure::new(format!(
                    "Request failed: <urlopen error {}>",
                    errors::with_path(&error, Path::new(&local))
                ))
            })?;
            let message = format!("OK ({length} bytes)");
            return Ok(Download { path, status: Value::NULL, message, url: address.to_owned(), name: None });
        }
        let options =
            self.web.client(self.timeout, self.url_username.as_deref(), self.url_password.as_deref(), target)?;
        let method = if target.is_check() && address == self.url { "HEAD" } else { "GET" };
        let mut request = self.web.request(method, address, self.headers.as_ref().unwrap_or(&Map::new()));
        if let Some(since) = since {
            request.set_header("If-Modified-Since", http::date(since));
        }
        let mut response = http::send(&request, &options, target.environment()).map_err(|error| error.to_string())?;
        let message = match response.status {
            200..300 => {
                format!("OK ({} bytes)", response.header("Content-Length").unwrap_or_else(|| "unknown".to_owned()))
            }
            status => format!("HTTP Error {status}: {}", response.reason),
        };
        if response.status != 200 && response.status != 304 {
            result.insert("msg", "Request failed");
            return Err(Failure::new("Request failed").with("status_code", response.status).with("response", message));
        }
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .map_err(|error| errors::file_failure(&error, &path))?;
        if let Err(error) = copy(&mut response.body, &mut file) {
            let _ = std::fs::remove_file(&path);
            return Err(Failure::new(format!("failed to create temporary content file: {}", errors::plain(&error))));
        }
        let name = response.header("Content-Disposition").and_then(|header| disposed_name(&header));
        Ok(Download { path, status: response.status.into(), message, url: response.url.clone(), name })
    }

    fn temporary(&self, target: &Target) -> Result<PathBuf, Failure> {
        let folder = match &self.tmp_dest {
            None => target.temp_dir(),
            Some(folder) => {
                let path = target.absolute(folder);
                if path.is_file() {
                    return Err(Failure::new(format!("{} is a file but should be a directory.", folder.text())));
                }
                if !path.is_dir() {
                    return Err(Failure::new(format!("{} directory does not exist.", folder.text())));
                }
                path
            }
        };
        Ok(folder.join(http::temporary_name()))
    }

    /// Where it goes, and how that is shown.
    fn place_of(&self, dest: &Path, download: &Download) -> (PathBuf, String) {
        if !dest.is_dir() && !self.dest.ends_with_slash() {
            return (dest.to_path_buf(), self.dest.text());
        }
        let name = download.name.clone().unwrap_or_else(|| name_in(&download.url));
        (dest.join(&name), self.dest.join(&name).to_string_lossy().into_owned())
    }

    fn put(
        &self,
        download: &Download,
        dest: &Path,
        wanted: Option<(String, String)>,
        result: &mut Map,
        target: &mut Target,
    ) -> Result<(), Failure> {
        let sum = |path: &Path, algorithm: &str| {
            checksum::of_file(path, algorithm).map_err(|error| errors::file_failure(&error, path))
        };
        let source = sum(&download.path, "sha1")?;
        result.insert("checksum_src", source.as_str());
        let mut before = None;
        if dest.exists() {
            if rustix::fs::access(dest, rustix::fs::Access::READ_OK).is_err() {
                return Err(Failure::new(format!("Destination {} is not readable", dest.display())));
            }
            before = Some(sum(dest, "sha1")?);
            result.insert("checksum_dest", before.clone());
        } else {
            let folder = dest.parent().unwrap_or(Path::new("/"));
            if !folder.exists() {
                return Err(Failure::new(format!("Destination {} does not exist", folder.display())));
            }
            if rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_err() {
                return Err(Failure::new(format!("Destination {} is not writable", folder.display())));
            }
        }
        if target.is_check() {
            result.insert("changed", before.as_ref() != Some(&source));
            return Ok(());
        }
        if let Some((algorithm, wanted)) = wanted {
            let found = sum(&download.path, &algorithm)?;
            if found != wanted {
                let path = download.path.display();
                return Err(Failure::new(format!("The checksum for {path} did not match {wanted}; it was {found}.")));
            }
        }
        let differs = before.as_ref() != Some(&source);
        if differs {
            target.effect(|target| {
                if self.backup {
                    if let Some(kept) = target.back_up(dest)? {
                        result.insert("backup_file", kept.to_string_lossy().into_owned());
                    }
                }
                let mut file = std::fs::File::open(&download.path)
                    .map_err(|error| errors::file_failure(&error, &download.path))?;
                target.write_from(&real_path(dest), &mut file, self.attributes.unsafe_writes)
            })?;
        }
        let changed = target.converge_attributes(dest, &self.attributes)?;
        result.insert("changed", differs || changed);
        result.insert("md5sum", sum(dest, "md5").ok());
        Ok(())
    }
}

/// A failure with what is already known.
fn with(mut failure: Failure, result: &Map) -> Failure {
    for (key, value) in result {
        let key = key.as_str().unwrap_or_default();
        if !failure.details.contains_key(key) && key != "msg" {
            failure.details.insert(key, value.clone());
        }
    }
    failure
}

fn copy(from: &mut dyn Read, to: &mut std::fs::File) -> std::io::Result<()> {
    std::io::copy(from, to)?;
    to.flush()
}

/// A line as BSD's programs write it: `SHA256 (name) = sum`.
fn of_bsd(line: &str) -> Option<(&str, &str)> {
    let (head, sum) = line.split_once(" = ")?;
    let (_, name) = head.split_once('(')?;
    Some((sum.trim(), name.trim_end_matches(')')))
}

/// The last part of an address's path.
fn name_in(address: &str) -> String {
    let path = match Url::parse(address) {
        Ok(url) => url.path,
        Err(_) => address.to_owned(),
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    match path.rsplit('/').next().unwrap_or_default() {
        "" => "index.html".to_owned(),
        name => name.to_owned(),
    }
}

/// The file's name in a `Content-Disposition`, without any folder.
fn disposed_name(header: &str) -> Option<String> {
    let value = header.split(';').find_map(|part| part.trim().strip_prefix("filename="))?;
    let name = value.trim().trim_matches('"').rsplit('/').next()?.to_owned();
    (!name.is_empty() && name != "." && name != "..").then_some(name)
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::http::tests::server;
    use crate::runner::testing::Scratch;

    #[test]
    fn files_are_brought() {
        /// Arguments (`%` stands for the server), first result, second result, file, its content.
        const ROWS: &[(&str, &str, &str, &str, &str)] = &[
            (
                r#"{"url": "%/text", "dest": "@/f"}"#,
                r#"{"changed": true, "dest": "@/f", "msg": "OK (10 bytes)", "status_code": 200, "checksum_dest": null, "checksum_src": "03a798d01a518055102dd78f8b411cbd00d7a97b", "md5sum": "cf0be5077e7ed25a944c353d77df0f10", "mode": "0644", "state": "file"}"#,
                r#"{"changed": false, "msg": "HTTP Error 304: Not Modified", "status_code": 304}"#,
                "f",
                "hello file",
            ),
            (
                r#"{"url": "%/text", "dest": "@/", "mode": "0600", "force": true}"#,
                r#"{"changed": true, "dest": "@/text", "mode": "0600"}"#,
                r#"{"changed": false, "checksum_dest": "03a798d01a518055102dd78f8b411cbd00d7a97b"}"#,
                "text",
                "hello file",
            ),
            (
                r#"{"url": "%/text", "dest": "@/f", "checksum": "md5:CF0BE5077E7ED25A944C353D77DF0F10"}"#,
                r#"{"changed": true}"#,
                r#"{"changed": false, "msg": "file already exists", "checksum_src": null}"#,
                "f",
                "hello file",
            ),
            (
                r#"{"url": "file://@/there", "dest": "@/f"}"#,
                r#"{"changed": true, "status_code": null, "msg": "OK (5 bytes)"}"#,
                r#"{"changed": false}"#,
                "f",
                "there",
            ),
        ];
        for (args, first, second, name, content) in ROWS {
            let scratch = Scratch::new();
            scratch.put("there", "there");
            let args = args.replace('%', &server());
            scratch.call(&MODULE, &args, "check");
            assert!(!scratch.path(name).exists(), "check mode wrote {args}");
            scratch.assert_result(&scratch.call(&MODULE, &args, ""), first);
            assert_eq!(scratch.text(name), *content, "{args}");
            scratch.assert_result(&scratch.call(&MODULE, &args, ""), second);
        }
    }

    #[test]
    fn what_fails() {
        for (args, wanted) in [
            (
                r#"{"url": "%/status/404", "dest": "@/f"}"#,
                r#"{"failed": true, "msg": "Request failed", "response": "HTTP Error 404: Not Found", "status_code": 404}"#,
            ),
            (
                r#"{"url": "http://127.0.0.1:1/", "dest": "@/f"}"#,
                r#"{"failed": true, "msg": "Request failed: <urlopen error [Errno 111] Connection refused>", "dest": "@/f"}"#,
            ),
            (
                r#"{"url": "%/text", "dest": "@/f", "checksum": "nonsense"}"#,
                r#"{"failed": true, "msg": "The checksum parameter has to be in format <algorithm>:<checksum>"}"#,
            ),
            (
                r#"{"url": "%/text", "dest": "@/f", "checksum": "md5:zz"}"#,
                r#"{"msg": "The checksum format is invalid"}"#,
            ),
            (
                r#"{"url": "%/text", "dest": "@/f", "checksum": "md5:%/chunked"}"#,
                r#"{"failed": true, "changed": false, "checksum_dest": null}"#,
            ),
            (
                r#"{"url": "%/text", "dest": "@/no/f"}"#,
                r#"{"failed": true, "msg": "Destination @/no does not exist", "changed": false}"#,
            ),
            (
                r#"{"url": "file://@/none", "dest": "@/f"}"#,
                r#"{"failed": true, "msg": "Request failed: <urlopen error [Errno 2] No such file or directory: '@/none'>"}"#,
            ),
        ] {
            let scratch = Scratch::new();
            let reply = scratch.call(&MODULE, &args.replace('%', &server()), "");
            scratch.assert_result(&reply, wanted);
            let left: Vec<_> = std::fs::read_dir(&scratch.folder).expect("ours").flatten().collect();
            assert!(left.is_empty(), "{left:?} is left of {args}");
        }
    }
}
