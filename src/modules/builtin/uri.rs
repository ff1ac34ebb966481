//! ansible.builtin.uri: talks to a server of the web.

mod body;

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value, json};
use crate::diagnostic::Origin;
use crate::runner::files::{FileAttributes, checksum, real_path};
use crate::runner::http::{self, Body, Follow, HttpError, Request, Response, Url, options::UrlOptions};
use crate::runner::{Failure, Module, Outcome, Run, Target, Traits, errors};

pub static MODULE: Module = Module::of::<Uri>("ansible.builtin.uri", "Talk to servers of the web")
    .traits(Traits { skips_check_mode: true, ..Traits::NONE });

#[derive(Args)]
struct Uri {
    /// The address.
    url: String,
    /// A file or folder that gets the answer's body.
    dest: Option<TargetPath>,
    /// Who asks.
    #[arg(alias = "user")]
    url_username: Option<String>,
    /// The password of who asks.
    #[arg(alias = "password", no_log)]
    url_password: Option<String>,
    /// What is sent.
    #[arg(kind = "raw")]
    body: Option<Value>,
    /// How it is written down.
    #[arg(default = "raw", choices("form-urlencoded", "json", "raw", "form-multipart"))]
    body_format: String,
    /// A file that is sent.
    src: Option<TargetPath>,
    /// Whether that file is on the host already.
    #[arg(unused, default = false)]
    remote_src: bool,
    /// The method, in capitals.
    #[arg(default = "GET")]
    method: String,
    /// Whether the body becomes part of the result.
    #[arg(default = false)]
    return_content: bool,
    /// Which redirects are followed.
    #[arg(default = "safe", choices("all", "no", "none", "safe", "urllib2", "yes"))]
    follow_redirects: String,
    /// Nothing is done where this is there.
    creates: Option<TargetPath>,
    /// Nothing is done where this is not there.
    removes: Option<TargetPath>,
    /// The answers that count as success.
    #[arg(default = ["200"])]
    status_code: Vec<i64>,
    /// For how many seconds the server may be silent.
    #[arg(default = 30)]
    timeout: i64,
    /// More headers of the request.
    #[arg(default = {})]
    headers: Map,
    /// A socket file over which the server is reached.
    unix_socket: Option<TargetPath>,
    /// Certificates that are trusted besides the host's own.
    ca_path: Option<TargetPath>,
    #[arg(flatten)]
    web: UrlOptions,
    #[arg(flatten)]
    attributes: FileAttributes,
}

impl Run for Uri {
    fn run(self, target: &mut Target) -> Outcome {
        let method = self.method.to_uppercase();
        if !method.chars().all(char::is_alphabetic) || method.is_empty() {
            return Err("Parameter 'method' needs to be a single word in uppercase, like GET or POST.".into());
        }
        if let Some(skipped) = self.reason_to_skip(target) {
            return Ok(Map::from([("stdout", Value::from(skipped)), ("changed", false.into())]));
        }
        let start = Instant::now();
        let mut request = self.web.request(&method, &self.url, &self.headers);
        self.add_body(&mut request, target)?;
        let dest = self.dest.as_ref().map(|dest| target.absolute(dest));
        if let Some(dest) = dest.as_ref().filter(|dest| dest.is_file() && !self.web.force) {
            if let Ok(modified) = dest.metadata().and_then(|metadata| metadata.modified()) {
                request.set_header("If-Modified-Since", http::date(modified));
            }
        }
        let mut result = Map::new();
        let response = self.send(&request, target);
        let mut response = match response {
            Ok(response) => Some(response),
            Err(HttpError::Url(message)) => {
                return Err(Failure::new(message).with("status", -1).with("url", self.url.as_str()));
            }
            Err(error) => {
                result.insert("msg", error.to_string());
                result.insert("status", -1);
                None
            }
        };
        let content = match &mut response {
            Some(response) => self.describe(response, &mut result)?,
            None => Vec::new(),
        };
        result.insert("url", response.as_ref().map_or(self.url.clone(), |response| response.url.clone()));
        result.insert("redirected", response.as_ref().is_some_and(|response| !is_same(&response.url, &self.url)));
        result.insert("elapsed", start.elapsed().as_secs());
        result.insert("changed", false);
        self.judge(dest, response.as_ref(), &content, result, target)
    }
}

impl Uri {
    fn reason_to_skip(&self, target: &Target) -> Option<String> {
        if let Some(creates) = self.creates.as_ref().filter(|creates| target.absolute(creates).exists()) {
            return Some(format!("skipped, since '{}' exists", creates.text()));
        }
        let removes = self.removes.as_ref().filter(|removes| !target.absolute(removes).exists())?;
        Some(format!("skipped, since '{}' does not exist", removes.text()))
    }

    fn add_body(&self, request: &mut Request, target: &mut Target) -> Result<(), Failure> {
        if let Some(source) = &self.src {
            let path = if let Some(mut content) = target.blob("src") {
                let path = target.temp_dir().join(http::temporary_name());
                target.remove_at_end(path.clone());
                target.write_from(&path, &mut content, false)?;
                path
            } else {
                target.absolute(source)
            };
            std::fs::File::open(&path).map_err(|error| {
                Failure::new(format!("Unable to open source file: {}", errors::with_path(&error, source)))
            })?;
            request.body = Some(Body::File(path));
            return Ok(());
        }
        let Some(value) = &self.body else { return Ok(()) };
        let (bytes, kind) = body::encoded(value, &self.body_format, target)?;
        if let Some(kind) = kind.filter(|_| !request.has_header("Content-Type")) {
            request.set_header("Content-Type", kind);
        }
        request.body = Some(Body::Bytes(bytes));
        Ok(())
    }

    fn send(&self, request: &Request, target: &mut Target) -> Result<Response, HttpError> {
        let (name, password) = (self.url_username.as_deref(), self.url_password.as_deref());
        let mut options =
            self.web.client(self.timeout, name, password, target).map_err(|failure| HttpError::Url(failure.message))?;
        options.follow = match self.follow_redirects.as_str() {
            "all" | "yes" => Follow::All,
            "none" | "no" => Follow::None,
            "urllib2" => Follow::Usual,
            _ => Follow::Safe,
        };
        options.unix_socket = self.unix_socket.as_ref().map(|path| target.absolute(path));
        options.ca_path = self.ca_path.as_ref().map(|path| target.absolute(path));
        http::send(request, &options, target.environment())
    }

    /// Puts what the server said into the result; gives the body.
    fn describe(&self, response: &mut Response, result: &mut Map) -> Result<Vec<u8>, Failure> {
        let mut names: Vec<String> = Vec::new();
        for (name, _) in &response.headers {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name.clone());
            }
        }
        for name in names {
            let key = name.to_lowercase().replace('-', "_");
            result.insert(key, response.header(&name));
        }
        if let Some(location) = response.header("Location") {
            let base = Url::parse(&response.url).map_err(|error| error.to_string())?;
            let there = base.join(&location).map_or(location, |there| there.shown());
            result.insert("location", there);
        }
        let is_success = (200..300).contains(&response.status);
        if is_success {
            let cookies = cookies(response);
            let shown: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            result.insert("cookies_string", shown.join("; "));
            result.insert("cookies", cookies.into_iter().collect::<Map>());
            let length = response.header("Content-Length").unwrap_or_else(|| "unknown".to_owned());
            result.insert("msg", format!("OK ({length} bytes)"));
        } else {
            result.insert("msg", format!("HTTP Error {}: {}", response.status, response.reason));
            if matches!(response.status, 300..304 | 307 | 308)
                && matches!(self.follow_redirects.as_str(), "none" | "no")
            {
                result.insert("body", "");
            }
        }
        result.insert("status", response.status);
        response.bytes().map_err(|error| Failure::new(error.to_string()))
    }

    fn judge(
        &self,
        dest: Option<PathBuf>,
        response: Option<&Response>,
        content: &[u8],
        mut result: Map,
        target: &mut Target,
    ) -> Outcome {
        let status = result.get("status").and_then(Value::as_int).unwrap_or(-1);
        let is_wanted = self.status_code.contains(&status);
        if let (Some(dest), Some(response)) = (&dest, response) {
            let place = if dest.is_dir() { dest.join(name_of(response)) } else { dest.clone() };
            if is_wanted || status == 304 {
                if is_wanted && status != 304 {
                    self.store(&place, content, target)?;
                }
                if place.exists() && is_wanted {
                    target.converge_attributes(&place, &self.attributes)?;
                }
                result.insert("path", place.to_string_lossy().into_owned());
            }
            result.insert("changed", target.has_changed());
        }
        let text = String::from_utf8_lossy(content).into_owned();
        if !content.is_empty() && response.is_some_and(is_json) {
            if let Ok(value) = json::parse(&text, &Origin::none()) {
                result.insert("json", value);
            }
        }
        if self.return_content {
            result.insert("content", text);
        }
        if is_wanted {
            return Ok(result);
        }
        let wanted: Vec<String> = self.status_code.iter().map(ToString::to_string).collect();
        let said = result.remove("msg").as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
        let message = format!("Status code was {status} and not [{}]: {said}", wanted.join(", "));
        result.remove("body");
        Err(Failure { details: result, ..Failure::new(message) })
    }

    fn store(&self, place: &Path, content: &[u8], target: &mut Target) -> Result<(), Failure> {
        let sum = |bytes: &[u8]| checksum::of_bytes(bytes, "sha1").ok();
        if std::fs::read(place).ok().map(|bytes| sum(&bytes)) == Some(sum(content)) {
            return Ok(());
        }
        target.effect(|target| target.write_file(&real_path(place), content, self.attributes.unsafe_writes))?;
        Ok(())
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one == other
        || Url::parse(other).is_ok_and(|mut url| {
            url.take_credentials();
            url.shown() == one
        })
}

fn is_json(response: &Response) -> bool {
    let kind = response.header("Content-Type").unwrap_or_default().to_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let Some((_, below)) = kind.split_once('/') else { return false };
    matches!(below, "json" | "javascript" | "x-javascript" | "x-json") || below.ends_with("+json")
}

/// The last part of the address that answered.
fn name_of(response: &Response) -> String {
    let path = Url::parse(&response.url).map(|url| url.path).unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    match path.rsplit('/').next().unwrap_or_default() {
        "" => "index.html".to_owned(),
        name => name.to_owned(),
    }
}

fn cookies(response: &Response) -> Vec<(String, String)> {
    response
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Set-Cookie"))
        .filter_map(|(_, value)| value.split(';').next()?.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::http::tests::server;
    use crate::runner::testing::Scratch;

    #[test]
    fn servers_are_asked() {
        for (args, wanted) in [
            (
                r#"{"url": "%/json", "return_content": true}"#,
                r#"{"changed": false, "status": 200, "msg": "OK (10 bytes)", "content": "{\"a\": [1]}", "json": {"a": [1]}, "redirected": false, "cookies": {"a": "b"}, "cookies_string": "a=b", "x_two": "1, 2", "elapsed": 0, "url": "%/json", "content_length": "10"}"#,
            ),
            (
                r#"{"url": "%/status/404"}"#,
                r#"{"failed": true, "msg": "Status code was 404 and not [200]: HTTP Error 404: Not Found", "status": 404, "content": null, "cookies": null, "content_type": "text/plain"}"#,
            ),
            (
                r#"{"url": "%/status/404", "status_code": "404, 200", "return_content": true}"#,
                r#"{"failed": null, "msg": "HTTP Error 404: Not Found", "content": "gone"}"#,
            ),
            (r#"{"url": "%/redirect/302"}"#, r#"{"redirected": true, "status": 200, "url": "%/echo"}"#),
            (
                r#"{"url": "%/redirect/302", "follow_redirects": "none", "status_code": 302}"#,
                r#"{"redirected": false, "status": 302, "location": "%/echo", "body": "", "msg": "HTTP Error 302: Found"}"#,
            ),
            (r#"{"url": "%/chunked", "return_content": true}"#, r#"{"content": "abcde", "msg": "OK (unknown bytes)"}"#),
            (
                r#"{"url": "http://127.0.0.1:1/x"}"#,
                r#"{"failed": true, "status": -1, "msg": "Status code was -1 and not [200]: Request failed: <urlopen error [Errno 111] Connection refused>", "redirected": false}"#,
            ),
            (r#"{"url": "nonsense"}"#, r#"{"failed": true, "msg": "unknown url type: 'nonsense'", "status": -1}"#),
            (r#"{"url": "%/x", "creates": "@"}"#, r#"{"changed": false, "stdout": "skipped, since '@' exists"}"#),
            (
                r#"{"url": "%/x", "removes": "@/no"}"#,
                r#"{"changed": false, "stdout": "skipped, since '@/no' does not exist"}"#,
            ),
            (r#"{"url": "%/x", "method": "a b"}"#, r#"{"failed": true}"#),
            (r#"{"url": "%/text", "dest": "@/f"}"#, r#"{"changed": true, "path": "@/f", "state": "file", "size": 10}"#),
            (r#"{"url": "%/text", "dest": "@/"}"#, r#"{"changed": true, "path": "@/text", "mode": "0644"}"#),
        ] {
            let scratch = Scratch::new();
            let server = server();
            let reply = scratch.call(&MODULE, &args.replace('%', &server), "");
            scratch.assert_result(&reply, &wanted.replace('%', &server));
        }
    }

    #[test]
    fn bodies_are_sent() {
        /// Arguments, what the request holds.
        const ROWS: &[(&str, &[&str])] = &[
            (r#""body": "plain""#, &["Content-Type: application/x-www-form-urlencoded", "plain"]),
            (
                r#""body": {"a": [1, "ä"]}, "body_format": "json""#,
                &["Content-Type: application/json", r#"{"a": [1, "\u00e4"]}"#],
            ),
            (r#""body": "[1]", "body_format": "json""#, &["[1]"]),
            (
                r#""body": {"a": [1, 2], "c d": "e&f"}, "body_format": "form-urlencoded""#,
                &["Content-Type: application/x-www-form-urlencoded", "a=1&a=2&c+d=e%26f"],
            ),
            (
                r#""body": {"a": "x", "f": {"content": "hi", "filename": "n.txt"}}, "body_format": "form-multipart""#,
                &[
                    "Content-Disposition: form-data; name=\"a\"",
                    "Content-Disposition: form-data; name=\"f\"; filename=\"n.txt\"",
                    "hi",
                ],
            ),
            (r#""src": "@/sent", "remote_src": true"#, &["Content-Length: 4", "sent"]),
        ];
        for (args, wanted) in ROWS {
            let scratch = Scratch::new();
            scratch.put("sent", "sent");
            let args = format!(r#"{{"url": "{}/echo", "method": "POST", "return_content": true, {args}}}"#, server());
            let reply = scratch.call(&MODULE, &args, "");
            let content = reply.result.get("content").map(crate::data::python::str).unwrap_or_default();
            let lines: Vec<&str> = content.lines().collect();
            for line in *wanted {
                assert!(lines.contains(line), "{line} is not in {content} of {args}");
            }
        }
    }

    #[test]
    fn nothing_is_asked_in_check_mode() {
        let scratch = Scratch::new();
        let reply = scratch.call(&MODULE, r#"{"url": "http://127.0.0.1:1/"}"#, "check");
        scratch.assert_result(&reply, r#"{"skipped": true}"#);
    }
}
