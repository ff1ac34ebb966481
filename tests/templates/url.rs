//! The lookup `url` against a server of our own on this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use muster::data::{Data, Map, Text, Value};

use super::world::templar;

/// A server that answers so many requests, and its address.
fn serve(count: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("this machine has a loopback");
    let address = format!("http://{}", listener.local_addr().expect("the socket is bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming().take(count) {
            let mut stream = stream.expect("the client connects");
            let mut head = String::new();
            let mut reader = BufReader::new(stream.try_clone().expect("a socket can be cloned"));
            while reader.read_line(&mut head).is_ok_and(|length| length > 2) {}
            let (status, body) = match head.split_whitespace().nth(1) {
                Some("/lines") => ("200 OK", "one\r\ntwo\n{{ 6 * 7 }}\n".to_owned()),
                Some("/head") => ("200 OK", head.lines().filter(|line| line.starts_with("X-")).collect()),
                _ => ("404 Not Found", String::new()),
            };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).expect("the client reads");
        }
    });
    address
}

fn ask(server: &str, template: &str) -> Result<Value, String> {
    let templar = templar(Map::from([("server", server)]), Map::new());
    templar.render(&Data::Text(Text::trusted(template)).into()).map_err(|error| error.to_string())
}

#[test]
fn answers() {
    let server = serve(3);
    for (template, expected) in [
        ("{{ query('url', server ~ '/lines') }}", Value::list(["one", "two", "{{ 6 * 7 }}"].map(Value::from))),
        ("{{ lookup('url', server ~ '/lines', split_lines=false) }}", "one\r\ntwo\n{{ 6 * 7 }}\n".into()),
        ("{{ lookup('url', server ~ '/head', headers={'X-Way': 'north'}) }}", "X-Way: north".into()),
    ] {
        assert_eq!(ask(&server, template), Ok(expected), "{template}");
    }
}

#[test]
fn refusals() {
    let server = serve(1);
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let nobody = format!("http://{}", nobody.expect("the socket was bound"));
    for (server, template, expected) in [
        (server.as_str(), "{{ lookup('url', server ~ '/nope') }}", "HTTP Error 404: Not Found"),
        (nobody.as_str(), "{{ lookup('url', server) }}", "Connection refused"),
        ("", "{{ lookup('url', 'gopher://x', use_gssapi=true) }}", "Kerberos is not built in"),
    ] {
        let error = ask(server, template).expect_err("there is no answer");
        assert!(error.contains(expected), "{template}: {error}");
    }
}
