//! url: gives what servers answer.

use std::path::PathBuf;
use std::time::Duration;

use crate::args::Kind;
use crate::data::difflib::split_lines;
use crate::data::{Map, Value, python};
use crate::runner::http::{self, Follow, HttpError, Request};
use crate::template::tools::charset::decode_utf8_lossy;
use crate::template::tools::options::{flag, option, text, typed};
use crate::template::{Arguments, Lookup, Result, TemplateError};

pub const LOOKUPS: &[Lookup] = &[Lookup::plain("url", url, "Gives what servers answer, line by line.")];

fn url(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let split = flag(args, "split_lines", true)?;
    let (headers, unredirected) = headers(args)?;
    let options = client(args)?;
    let environment = args.context().environment().clone();
    let mut found = Vec::new();
    for term in terms {
        let address = python::str(term);
        let request = Request {
            method: "GET".to_owned(),
            url: address.clone(),
            headers: headers.clone(),
            unredirected_headers: unredirected.clone(),
            body: None,
        };
        let failed = |error: HttpError| TemplateError::failure(told(&address, &error));
        let mut response = http::send(&request, &options, &environment).map_err(failed)?;
        if response.status >= 400 {
            let (status, reason) = (response.status, &response.reason);
            return Err(format!("Received HTTP error for {address} : HTTP Error {status}: {reason}").into());
        }
        let content = decode_utf8_lossy(&response.bytes().map_err(failed)?);
        if split {
            found.extend(split_lines(&content).into_iter().map(|line| Value::from(without_end(line))));
        } else {
            found.push(content.into());
        }
    }
    Ok(found)
}

fn without_end(line: &str) -> &str {
    line.strip_suffix("\r\n").or_else(|| line.strip_suffix(['\n', '\r'])).unwrap_or(line)
}

fn told(address: &str, error: &HttpError) -> String {
    match error {
        HttpError::Connection(why) => format!("Error connecting to {address}: {why}"),
        HttpError::Request(why) if why.contains("CERTIFICATE_VERIFY_FAILED") => {
            format!("Error validating the server's certificate for {address}: {why}")
        }
        HttpError::Request(why) => format!("Failed lookup url for {address} : <urlopen error {why}>"),
        HttpError::Url(why) => format!("Failed lookup url for {address} : {why}"),
    }
}

type Headers = (Vec<(String, String)>, Vec<String>);

/// The headers of the request, and which of them are for the first server only.
fn headers(args: &mut Arguments<'_>) -> Result<Headers> {
    let given = option(args, "headers", Kind::Dict)?;
    let agent = text(args, "http_agent", "ansible-httpget")?;
    let force = flag(args, "force", false)?;
    let unredirected = option(args, "unredirected_headers", Kind::List)?;
    let mut headers = vec![("User-Agent".to_owned(), agent)];
    if force {
        headers.push(("cache-control".to_owned(), "no-cache".to_owned()));
    }
    let given = given.as_ref().and_then(Value::as_map).cloned().unwrap_or_else(Map::new);
    headers.extend(given.iter().map(|(name, value)| (python::str(name), python::str(value))));
    let names = unredirected.as_ref().and_then(Value::as_items).unwrap_or_default();
    Ok((headers, names.iter().map(python::str).collect()))
}

fn client(args: &mut Arguments<'_>) -> Result<http::Options> {
    if flag(args, "use_gssapi", false)? {
        return Err("Kerberos is not built in, so use_gssapi cannot be used.".into());
    }
    args.keyword("ciphers")?;
    let path = |value: Option<Value>| value.map(|path| PathBuf::from(python::str(&path)));
    let follow = option(args, "follow_redirects", Kind::Str)?.map(|word| python::str(&word).to_lowercase());
    let timeout = option(args, "timeout", Kind::Float)?;
    let timeout = timeout.map_or(Ok(10.0), |timeout| {
        typed("url", "timeout", &timeout, Kind::Float)
            .and_then(|value| crate::template::tools::iterate::to_float(&value))
    })?;
    Ok(http::Options {
        timeout: Duration::try_from_secs_f64(timeout).map_err(|error| TemplateError::failure(error.to_string()))?,
        follow: match follow.as_deref() {
            Some("all" | "yes" | "true") => Follow::All,
            Some("safe") => Follow::Safe,
            Some("none" | "no" | "false") => Follow::None,
            _ => Follow::Usual,
        },
        use_proxy: flag(args, "use_proxy", true)?,
        validate_certs: flag(args, "validate_certs", true)?,
        ca_path: path(option(args, "ca_path", Kind::Str)?),
        unix_socket: path(option(args, "unix_socket", Kind::Str)?),
        username: option(args, "username", Kind::Str)?.map(|name| python::str(&name)),
        password: option(args, "password", Kind::Str)?.map(|password| python::str(&password)),
        force_basic_auth: flag(args, "force_basic_auth", false)?,
        use_netrc: flag(args, "use_netrc", true)?,
        ..http::Options::default()
    })
}
