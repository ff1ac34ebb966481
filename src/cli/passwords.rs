//! Passwords of connections and of becoming another user: asked for, or from files and programs.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::Context;
use super::options::{BecomeOptions, ConnectionOptions};
use crate::diagnostic::{Diagnostic, Kind};
use crate::operator::{Operator, Question};
use crate::runner::errors;

/// What the command line and the settings have told.
#[derive(Default)]
pub struct Passwords {
    pub connection: Option<String>,
    pub r#become: Option<String>,
}

impl Passwords {
    /// Asks for what is to be asked; an empty answer for becoming is the connection's password.
    pub fn of(
        connection: &ConnectionOptions,
        r#become: &BecomeOptions,
        operator: &dyn Operator,
        context: &Context,
    ) -> Result<Self, Diagnostic> {
        let mut passwords = Self::default();
        let method = if context.settings.agnostic_become_prompt() { "BECOME" } else { &r#become.method };
        let method = method.to_uppercase();
        let prompt = if connection.ask_pass {
            passwords.connection = ask("SSH password: ", operator)?;
            format!("{method} password[defaults to SSH password]: ")
        } else {
            if let Some(file) = &connection.password_file {
                passwords.connection = Some(read(file, context)?);
            }
            format!("{method} password: ")
        };
        if r#become.ask_pass {
            passwords.r#become = ask(&prompt, operator)?;
            if connection.ask_pass && passwords.r#become.as_ref().is_none_or(String::is_empty) {
                passwords.r#become.clone_from(&passwords.connection);
            }
        } else if let Some(file) = &r#become.password_file {
            passwords.r#become = Some(read(file, context)?);
        }
        Ok(passwords)
    }
}

/// The end of the input is no answer, and no mistake either.
fn ask(prompt: &str, operator: &dyn Operator) -> Result<Option<String>, Diagnostic> {
    let answer = operator.ask(&Question { prompt: prompt.to_owned(), echo: false });
    if answer.is_none() && operator.was_interrupted() {
        return Err(Diagnostic::new("User interrupted execution").kind(Kind::Interrupted));
    }
    Ok(answer)
}

/// The content of a file, what a program prints, or standard input.
fn read(file: &str, context: &Context) -> Result<String, Diagnostic> {
    let path = context.environment.full_path(file, &context.environment.working_directory);
    let shown = path.display();
    let secret = if file == "-" {
        let mut secret = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut secret);
        read.map(|_| secret).map_err(|error| Diagnostic::new(format!("Could not read standard input: {error}")))?
    } else if !path.exists() {
        return Err(Diagnostic::new(format!("The password file {shown} was not found")));
    } else if is_program(&path) {
        run(&path, context)?
    } else {
        std::fs::read(&path)
            .map_err(|error| Diagnostic::new(format!("Could not read password file {shown}: {error}")))?
    };
    let secret = String::from_utf8_lossy(&secret);
    let secret = secret.trim_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(Diagnostic::new(format!("Empty password was provided from file ({shown})")));
    }
    Ok(secret.to_owned())
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

fn run(path: &Path, context: &Context) -> Result<Vec<u8>, Diagnostic> {
    let shown = path.display();
    let output = Command::new(path)
        .current_dir(&context.environment.working_directory)
        .env_clear()
        .envs(context.environment.variables.iter())
        .stdin(Stdio::inherit())
        .output()
        .map_err(|error| {
            Diagnostic::new(format!(
                "Problem occurred when trying to run the password script {shown} ({}). If this is not a script, remove the executable bit from the file.",
                errors::with_bytes(&error, path)
            ))
        })?;
    match output.status.code() {
        Some(0) => Ok(output.stdout),
        code => {
            let code = code.map_or_else(|| "None".to_owned(), |code| code.to_string());
            let said = String::from_utf8_lossy(&output.stderr);
            let message = format!("The password script {shown} returned an error (rc={code}): {said}");
            Err(Diagnostic::new(message.trim_end()))
        }
    }
}
