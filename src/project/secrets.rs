//! Vault secrets from where they come: prompts, files, programs.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::data::vault::{self, Secret, Vault};
use crate::data::{Environment, python};
use crate::diagnostic::{Diagnostic, Kind};
use crate::operator::{Operator, Question};
use crate::project::settings::Settings;

/// Where to take secrets from, in this order; a prompt comes last.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Each `label@source` or a source; `prompt` is one.
    pub ids: Vec<String>,
    pub password_files: Vec<String>,
    pub ask: bool,
    /// Ask when there is no other source.
    pub ask_if_none: bool,
    /// The passwords are to encrypt: they are asked for twice.
    pub new: bool,
}

/// What reading a secret needs.
pub struct Surroundings<'a> {
    pub settings: &'a Settings,
    pub environment: &'a Environment,
    pub operator: &'a dyn Operator,
    /// Takes the warnings, as one source that fails is no error while another gives a secret.
    pub warn: &'a dyn Fn(&str),
}

const PROMPT: &str = "prompt";
const ASK: &str = "prompt_ask_vault_pass";

/// Reads all secrets. A prompt that fails ends it; of files and programs one that works is enough.
pub fn load(sources: &Sources, around: &Surroundings<'_>) -> Result<Vec<Secret>, Diagnostic> {
    let default_id = around.settings.vault_identity().to_owned();
    let mut slugs = sources.ids.clone();
    let setting = around.settings.vault_password_file().map(|path| path.to_string_lossy().into_owned());
    slugs.extend(sources.password_files.iter().chain(setting.iter()).map(|file| format!("{default_id}@{file}")));
    if sources.ask || (slugs.is_empty() && sources.ask_if_none) {
        slugs.push(format!("{default_id}@{ASK}"));
    }
    let (mut secrets, mut failure) = (Vec::new(), None);
    for slug in &slugs {
        let (label, source) = match slug.split_once('@') {
            Some((label, source)) => (Some(label), source),
            None => (None, slug.as_str()),
        };
        let id = label.filter(|label| !label.is_empty()).unwrap_or(&default_id).to_owned();
        if matches!(source, PROMPT | ASK) {
            let password = prompt(&id, source == ASK, sources.new, around.operator).inspect_err(|failure| {
                if failure.kind != Kind::Interrupted {
                    (around.warn)(&format!("Error in vault password prompt ({id}): {failure}"));
                }
            })?;
            secrets.push(Secret::new(id, password));
            continue;
        }
        let shown = label.unwrap_or("None");
        match read(source, label, &secrets, around) {
            Ok(password) => secrets.push(Secret::new(id, password)),
            Err(Unusable { during, message }) => {
                (around.warn)(&format!("{during} ({shown}): {message}"));
                failure = Some(Diagnostic::new(message));
            }
        }
    }
    match failure {
        Some(failure) if secrets.is_empty() => Err(failure),
        _ => Ok(secrets),
    }
}

/// The vault of a run, by its sources and the settings.
pub fn vault(sources: &Sources, around: &Surroundings<'_>) -> Result<Vault, Diagnostic> {
    let secrets = load(sources, around)?;
    let vault = Vault::new(secrets).with_default_id(around.settings.vault_identity());
    Ok(if around.settings.vault_id_match() { vault.only_matching() } else { vault })
}

/// A source that gave no secret, and what was tried.
struct Unusable {
    during: &'static str,
    message: String,
}

fn prompt(id: &str, unnamed: bool, new: bool, operator: &dyn Operator) -> Result<Vec<u8>, Diagnostic> {
    let texts = match (unnamed, new) {
        (true, false) => vec!["Vault password: ".to_owned()],
        (true, true) => vec!["New Vault password: ".to_owned(), "Confirm New Vault password: ".to_owned()],
        (false, false) => vec![format!("Vault password ({id}): ")],
        (false, true) => {
            vec![format!("New vault password ({id}): "), format!("Confirm new vault password ({id}): ")]
        }
    };
    let mut password: Option<String> = None;
    for prompt in texts {
        let Some(answer) = operator.ask(&Question { prompt, echo: false }) else {
            return Err(if operator.was_interrupted() {
                Diagnostic::new("User interrupted execution").kind(Kind::Interrupted)
            } else {
                Diagnostic::new(format!("EOFError (ctrl-d) on prompt for ({id})"))
            });
        };
        let answer = answer.trim().to_owned();
        if answer.is_empty() {
            return Err(Diagnostic::new("Invalid vault password was provided"));
        }
        if password.as_ref().is_some_and(|first| *first != answer) {
            return Err(Diagnostic::new("Passwords do not match"));
        }
        password = Some(answer);
    }
    Ok(password.unwrap_or_default().into_bytes())
}

/// The password of a file, or what it prints when it is a program.
fn read(source: &str, label: Option<&str>, known: &[Secret], around: &Surroundings<'_>) -> Result<Vec<u8>, Unusable> {
    let getting = |message: String| Unusable { during: "Error getting vault password file", message };
    let path = around.environment.full_path(source, &around.environment.working_directory);
    let shown = path.display();
    let metadata = path.metadata().map_err(|_| getting(format!("The vault password file {shown} was not found")))?;
    if metadata.is_dir() {
        return Err(getting(format!("The vault password file provided '{shown}' can not be a directory")));
    }
    let is_program = metadata.permissions().mode() & 0o111 != 0;
    let password = if is_program { run(&path, label, around.environment) } else { read_file(&path, known) };
    password.map_err(|message| Unusable { during: "Error in vault password file loading", message })
}

/// The file's text without the blanks around it; it may itself be sealed with an earlier secret.
fn read_file(path: &Path, known: &[Secret]) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let bytes = std::fs::read(path)
        .map_err(|error| format!("Could not read vault password file {shown}: {}", python::os_error(&error, path)))?;
    let mut password = bytes.trim_ascii().to_vec();
    if vault::is_vaulted(&bytes) {
        if known.is_empty() {
            return Err("A vault password must be specified to decrypt data.".to_owned());
        }
        let vault = Vault::new(known.iter().cloned());
        password = vault.decrypt_file(bytes).map_err(|error| error.to_string())?.trim_ascii().to_vec();
    }
    if password.is_empty() {
        return Err(format!("Invalid vault password was provided from file ({shown})"));
    }
    Ok(password)
}

/// What a program prints. One whose name ends in `-client` is told the label.
fn run(path: &Path, label: Option<&str>, environment: &Environment) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let is_client = path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("-client"));
    let mut command = Command::new(path);
    command.env_clear().envs(environment.variables.iter()).current_dir(&environment.working_directory);
    command.stdout(Stdio::piped());
    if is_client {
        command.stderr(Stdio::piped());
        if let Some(label) = label {
            command.args(["--vault-id", label]);
        }
    }
    let output = executable(path).and_then(|()| command.spawn()?.wait_with_output()).map_err(|error| {
        let reason = python::os_error(&error, path);
        format!(
            "Problem running vault password {}script {shown} ({reason}). If this is not a script, remove the \
             executable bit from the file.",
            if is_client { "client " } else { "" }
        )
    })?;
    let label = label.unwrap_or("None");
    let complaint = python::bytes_repr(&output.stderr);
    match output.status.code() {
        Some(0) => {}
        Some(2) if is_client => {
            return Err(format!(
                "Vault password client script {shown} did not find a secret for vault-id={label}: {complaint}"
            ));
        }
        code => {
            let code = code.unwrap_or(-1);
            return Err(if is_client {
                format!(
                    "Vault password client script {shown} returned non-zero ({code}) when getting secret for \
                     vault-id={label}: {complaint}"
                )
            } else {
                format!("Vault password script {shown} returned non-zero ({code}): None")
            });
        }
    }
    // Unlike a file's, the blanks of a program's output count; its line ends do not.
    let password: &[u8] = trim_line_ends(&output.stdout);
    if password.is_empty() {
        return Err(format!("Invalid vault password was provided from script ({shown})"));
    }
    Ok(password.to_vec())
}

/// What neither names an interpreter nor is a program the C library would hand to a shell.
fn executable(path: &Path) -> std::io::Result<()> {
    let mut start = Vec::new();
    std::fs::File::open(path)?.take(4).read_to_end(&mut start)?;
    if start.starts_with(b"#!") || start == b"\x7fELF" {
        return Ok(());
    }
    Err(std::io::Error::from_raw_os_error(libc::ENOEXEC))
}

fn trim_line_ends(bytes: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !matches!(byte, b'\r' | b'\n');
    let start = bytes.iter().position(is_text).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(is_text).map_or(start, |last| last + 1);
    &bytes[start..end]
}

/// The secret to encrypt with: that of the id, or the first.
pub fn secret_for_encryption<'s>(secrets: &'s [Secret], id: Option<&str>) -> Result<&'s Secret, Diagnostic> {
    let Some(id) = id else {
        return secrets.first().ok_or_else(|| Diagnostic::new("A vault password must be specified to encrypt data"));
    };
    secrets.iter().find(|secret| secret.id == id).ok_or_else(|| {
        let known: Vec<String> = secrets.iter().map(|secret| python::text_repr(&secret.id)).collect();
        let known = known.join(", ");
        Diagnostic::new(format!("Did not find a match for --encrypt-vault-id={id} in the known vault-ids [{known}]"))
    })
}
