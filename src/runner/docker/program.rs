//! The `docker` program of the target, for what only it can do: stacks from compose files.

use crate::args::TargetPath;
use crate::data::{Value, json};
use crate::diagnostic::Origin;
use crate::runner::{Failure, Finished, Target};

use super::EngineOptions;

/// The program with the arguments that lead to the same engine.
pub struct Program {
    words: Vec<String>,
}

impl Program {
    pub fn find(
        given: Option<&TargetPath>,
        context: Option<&str>,
        options: &EngineOptions,
        target: &Target,
    ) -> Result<Self, Failure> {
        let program = match given {
            Some(path) => path.text(),
            None => target.required_program("docker")?.to_string_lossy().into_owned(),
        };
        let mut words = vec![program];
        match context {
            Some(context) => words.extend(["--context".to_owned(), context.to_owned()]),
            None => words.extend(options.command_line()),
        }
        Ok(Self { words })
    }

    pub fn run(&self, arguments: &[&str], target: &Target) -> Result<Finished, Failure> {
        let words = self.words.iter().cloned().chain(arguments.iter().map(|&word| word.to_owned()));
        target.command(words).run_or_fail()
    }

    /// Lines of JSON; what fails fails the task with what was said.
    pub fn lines(&self, arguments: &[&str], target: &Target) -> Result<Vec<Value>, Failure> {
        let finished = self.run(arguments, target)?;
        if !finished.is_success() {
            return Err(said(finished.stderr_text().trim(), &finished));
        }
        let text = finished.stdout_text();
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.map(|line| json::parse(line, &Origin::none()).map_err(|error| Failure::new(error.to_string()))).collect()
    }
}

/// A failure with what the program said.
pub fn said(message: &str, finished: &Finished) -> Failure {
    Failure::new(message)
        .with("rc", finished.code)
        .with("stdout", finished.stdout_text())
        .with("stderr", finished.stderr_text())
}
