//! ansible.builtin.slurp: brings a file's content to the controller, in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::{Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module = Module::of::<Slurp>("ansible.builtin.slurp", "Bring a file from a host");

#[derive(Args)]
struct Slurp {
    /// The file.
    #[arg(alias = "path")]
    src: TargetPath,
}

impl Run for Slurp {
    fn run(self, target: &mut Target) -> Outcome {
        let path = target.absolute(&self.src);
        let shown = self.src.display();
        let content = std::fs::read(&path).map_err(|error| {
            let message = match error.kind() {
                std::io::ErrorKind::NotFound => format!("File not found: {shown}"),
                std::io::ErrorKind::PermissionDenied => format!("file is not readable: {shown}"),
                std::io::ErrorKind::IsADirectory => format!("source is a directory and must be a file: {shown}"),
                _ => format!("unable to slurp file: {}", errors::plain(&error)),
            };
            Failure::new(message).caused_by(errors::with_path(&error, &self.src))
        })?;
        Ok(Map::from([
            ("content", Value::from(STANDARD.encode(content))),
            ("source", Value::from(&self.src)),
            ("encoding", Value::from("base64")),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::Scratch;

    #[test]
    fn content_travels_as_base64() {
        let scratch = Scratch::new();
        scratch.put("f", "a word\n");
        let args = format!(r#"{{"src": "{}"}}"#, scratch.path("f").display());
        let reply = scratch.call(&MODULE, &args, "");
        scratch.assert_result(&reply, r#"{"content": "YSB3b3JkCg==", "encoding": "base64", "changed": false}"#);
    }

    #[test]
    fn a_missing_file_is_told() {
        let scratch = Scratch::new();
        let reply = scratch.call(&MODULE, r#"{"src": "/nowhere/f"}"#, "");
        scratch.assert_result(&reply, r#"{"failed": true}"#);
        let message = reply.result.get("msg").map(crate::data::python::str).unwrap_or_default();
        assert!(message.starts_with("File not found: /nowhere/f"), "{message}");
    }
}
