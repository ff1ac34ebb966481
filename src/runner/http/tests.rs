//! A server of our own, and what the client makes of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use super::*;
use crate::runner::testing::Scratch;

/// Serves on loopback until the test process ends. Gives the address, as `http://127.0.0.1:PORT`.
pub fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback is there");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    format!("http://{address}")
}

/// Answers one request by its path: `/status/404`, `/redirect/302`, `/chunked`, `/gzip`, `/text`, …;
/// any other path answers with the request itself.
fn serve(mut stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let header = |name: &str| {
        head.lines()
            .find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)))
            .map(|(_, value)| value.to_owned())
    };
    let mut body = vec![0; header("Content-Length").and_then(|length| length.parse().ok()).unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let path = head.split(' ').nth(1)?.to_owned();
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let plain = |status: &str, headers: &str, body: &str| {
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    };
    let answer = match parts[..] {
        ["status", "404"] => plain("404 Not Found", "Content-Type: text/plain\r\n", "gone"),
        ["redirect", code] => plain(&format!("{code} Found"), "Location: /echo\r\n", ""),
        ["loop"] => plain("302 Found", "Location: /loop\r\n", ""),
        ["chunked"] => {
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".to_vec()
        }
        ["close"] => b"HTTP/1.0 200 OK\r\n\r\nuntil the end".to_vec(),
        ["cut"] => b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec(),
        ["text"] if header("If-Modified-Since").is_some() => plain("304 Not Modified", "", ""),
        ["text"] => plain(
            "200 OK",
            "Content-Type: text/plain\r\nLast-Modified: Wed, 01 Jan 2020 00:00:00 GMT\r\n",
            "hello file",
        ),
        ["json"] => plain(
            "200 OK",
            "Content-Type: application/json; charset=utf-8\r\nSet-Cookie: a=b; path=/\r\nX-Two: 1\r\nX-Two: 2\r\n",
            r#"{"a": [1]}"#,
        ),
        ["auth"] if header("Authorization").is_none() => {
            plain("401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", "")
        }
        ["gzip"] => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(b"unpacked").ok()?;
            let packed = packed.finish().ok()?;
            let mut answer =
                format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", packed.len())
                    .into_bytes();
            answer.extend(packed);
            answer
        }
        _ => plain("200 OK", "", &format!("{head}{}", String::from_utf8_lossy(&body))),
    };
    stream.write_all(&answer).ok()
}

fn get(path: &str, method: &str, options: &Options) -> Result<(u16, String), HttpError> {
    let body = (method == "POST").then(|| Body::Bytes(b"given".to_vec()));
    let headers = vec![("x-own".to_owned(), "value".to_owned())];
    let request =
        Request { method: method.to_owned(), url: format!("{}{path}", server()), headers, body, ..Request::default() };
    let mut response = send(&request, options, &Scratch::new().environment())?;
    let bytes = response.bytes()?;
    Ok((response.status, String::from_utf8_lossy(&bytes).into_owned()))
}

#[test]
fn bodies() {
    for (path, wanted) in [
        ("/status/404", (404, "gone")),
        ("/chunked", (200, "abcde")),
        ("/close", (200, "until the end")),
        ("/gzip", (200, "unpacked")),
    ] {
        let (status, body) = get(path, "GET", &Options::default()).expect(path);
        assert_eq!((status, body.as_str()), wanted, "{path}");
    }
    let cut = get("/cut", "GET", &Options::default());
    assert_eq!(cut, Err(HttpError::Connection("IncompleteRead".to_owned())));
}

#[test]
fn redirects() {
    let with = |follow| Options { follow, ..Options::default() };
    for (path, method, follow, status, start) in [
        ("/redirect/302", "GET", Follow::Safe, 200, "GET /echo"),
        ("/redirect/302", "GET", Follow::None, 302, ""),
        ("/redirect/302", "POST", Follow::Safe, 302, ""),
        ("/redirect/302", "POST", Follow::All, 200, "GET /echo"),
        ("/redirect/307", "POST", Follow::All, 200, "POST /echo"),
        ("/redirect/307", "POST", Follow::Usual, 307, ""),
        ("/redirect/303", "POST", Follow::Usual, 200, "GET /echo"),
    ] {
        let (found, body) = get(path, method, &with(follow)).expect(path);
        assert_eq!((found, body.starts_with(start)), (status, true), "{method} {path}: {body}");
    }
    assert!(get("/loop", "GET", &Options::default()).is_err());
}

#[test]
fn heads() {
    let (_, echo) = get("/x", "POST", &Options::default()).expect("an echo");
    let lines: Vec<&str> = echo.lines().collect();
    assert_eq!(lines[..2], ["POST /x HTTP/1.1", "Accept-Encoding: identity"], "{echo}");
    for line in ["X-Own: value", "Content-Length: 5", "Connection: close", "given"] {
        assert!(lines.contains(&line), "{line} is not in {echo}");
    }
    let own = Options { username: Some("u".into()), password: Some("p".into()), ..Options::default() };
    let (status, echo) = get("/auth", "GET", &own).expect("an echo");
    assert!(status == 200 && echo.contains("Authorization: Basic dTpw"), "{echo}");
    assert_eq!(get("/auth", "GET", &Options::default()).map(|(status, _)| status), Ok(401));
}

#[test]
fn unreachable_servers() {
    let environment = Scratch::new().environment();
    let request = Request { method: "GET".to_owned(), url: "http://127.0.0.1:1/".to_owned(), ..Request::default() };
    let error = send(&request, &Options::default(), &environment).err().expect("nobody listens there");
    assert_eq!(error.to_string(), "Request failed: <urlopen error [Errno 111] Connection refused>");
}
