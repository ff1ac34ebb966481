//! `ansible-vault`.

mod editor;
mod file;
mod string;

use std::io::{IsTerminal, Read};

use super::Context;
use super::options::{VaultAction, VaultOptions};
use crate::data::vault::{self, Opened, SALT_LENGTH, Secret, Vault};
use crate::diagnostic::{Diagnostic, Kind};
use crate::project::secrets::{self, Sources, Surroundings};
use crate::report::terminal::Terminal;
use file::{read, real_path};

/// The name that stands for stdin and stdout.
const STREAM: &str = "-";

pub fn run(options: VaultOptions, context: &Context) -> Result<u8, Diagnostic> {
    check_words(&options)?;
    let tool = Tool { options, context, terminal: context.operator() };
    let encrypts =
        matches!(tool.options.action, VaultAction::Create | VaultAction::Encrypt | VaultAction::EncryptString);
    let secrets = tool.secrets(encrypts)?;
    if encrypts {
        let secret = tool.secret_to_encrypt(&secrets)?;
        match tool.options.action {
            VaultAction::Create => editor::create(&tool, secret)?,
            VaultAction::EncryptString => string::encrypt(&tool, secret)?,
            _ => tool.encrypt(secret)?,
        }
        return Ok(0);
    }
    let vault = tool.vault(secrets);
    match tool.options.action {
        VaultAction::Decrypt => tool.decrypt(&vault)?,
        VaultAction::View => tool.view(&vault)?,
        VaultAction::Edit => editor::edit(&tool, &vault)?,
        _ => tool.rekey(&vault)?,
    }
    Ok(0)
}

fn check_words(options: &VaultOptions) -> Result<(), Diagnostic> {
    let wrong = |message: &str| Err(Diagnostic::new(message).kind(Kind::Options));
    if options.output_file.is_some() && options.words.len() > 1 {
        return wrong("At most one input file may be used with the --output option");
    }
    if options.action == VaultAction::EncryptString {
        let from_stdin = options.words.iter().any(|word| word == STREAM) || options.stdin_name.is_some();
        if options.prompt && from_stdin {
            return wrong("The --prompt option is not supported if also reading input from stdin");
        }
    }
    Ok(())
}

/// One call of the tool.
struct Tool<'a> {
    options: VaultOptions,
    context: &'a Context,
    terminal: Terminal,
}

impl Tool<'_> {
    fn load(&self, sources: &Sources) -> Result<Vec<Secret>, Diagnostic> {
        let around = Surroundings {
            settings: &self.context.settings,
            environment: &self.context.environment,
            operator: &self.terminal,
            warn: &|message| self.context.screen.warning(message),
        };
        secrets::load(sources, &around)
    }

    /// The secrets of the command line and the settings.
    fn secrets(&self, new: bool) -> Result<Vec<Secret>, Diagnostic> {
        let given = &self.options.vault;
        let mut ids = self.context.settings.vault_identity_list();
        ids.extend(given.ids.iter().cloned());
        let password_files = given.password_files.clone();
        self.load(&Sources { ids, password_files, ask: given.ask, ask_if_none: true, new })
    }

    fn vault(&self, secrets: Vec<Secret>) -> Vault {
        let settings = &self.context.settings;
        let vault = Vault::new(secrets).with_default_id(settings.vault_identity());
        if settings.vault_id_match() { vault.only_matching() } else { vault }
    }

    fn secret_to_encrypt<'s>(&self, secrets: &'s [Secret]) -> Result<&'s Secret, Diagnostic> {
        let id = self.options.encrypt_vault_id.as_deref();
        if secrets.len() > 1 && id.is_none() {
            let known: Vec<&str> = secrets.iter().map(|secret| secret.id.as_str()).collect();
            let message = format!(
                "The vault-ids {} are available to encrypt. Specify the vault-id to encrypt with --encrypt-vault-id",
                known.join(",")
            );
            return Err(Diagnostic::new(message).kind(Kind::Options));
        }
        secrets::secret_for_encryption(secrets, id)
    }

    fn seal(&self, bytes: &[u8], secret: &Secret, label: &str) -> Result<String, Diagnostic> {
        let mut random = [0; SALT_LENGTH];
        let salt = if let Some(salt) = self.context.settings.vault_encrypt_salt() {
            salt.as_bytes()
        } else {
            self.context.environment.dice.fill(&mut random);
            &random
        };
        Ok(vault::encrypt(bytes, &secret.password, Some(label), salt)?)
    }

    /// Opens a file's bytes; an error names the file.
    fn open(vault: &Vault, bytes: &[u8], shown: &str) -> Result<Opened, Diagnostic> {
        vault.open(bytes).map_err(|error| Diagnostic::new(format!("{error} for {shown}")))
    }

    fn encrypt(&self, secret: &Secret) -> Result<(), Diagnostic> {
        self.announce_stdin("Reading plaintext input from stdin");
        for name in self.names() {
            let (path, bytes) = self.input(name)?;
            let envelope = self.seal(&bytes, secret, &secret.id)?;
            self.write(envelope.as_bytes(), path.as_deref())?;
        }
        self.succeed("Encryption successful");
        Ok(())
    }

    fn decrypt(&self, vault: &Vault) -> Result<(), Diagnostic> {
        self.announce_stdin("Reading ciphertext input from stdin");
        for name in self.names() {
            let (path, bytes) = self.input(name)?;
            let shown = path.as_ref().map_or_else(|| name.to_owned(), |path| path.display().to_string());
            let opened = Self::open(vault, &bytes, &shown)?;
            self.write(&opened.bytes, path.as_deref())?;
        }
        self.succeed("Decryption successful");
        Ok(())
    }

    fn view(&self, vault: &Vault) -> Result<(), Diagnostic> {
        for name in &self.options.words {
            let (_, bytes) = self.input(name)?;
            let opened = Self::open(vault, &bytes, name)?;
            if std::io::stdout().is_terminal() {
                self.context.screen.page(&String::from_utf8_lossy(&opened.bytes), &self.context.settings);
                continue;
            }
            self.context.screen.print_bytes(&opened.bytes);
            if !opened.bytes.ends_with(b"\n") {
                self.context.screen.print("\n");
            }
        }
        Ok(())
    }

    fn rekey(&self, vault: &Vault) -> Result<(), Diagnostic> {
        let mut ids: Vec<String> = self.options.new_vault_id.iter().cloned().collect();
        ids.extend(self.context.settings.vault_identity_list());
        let sources = Sources {
            ids,
            password_files: self.options.new_vault_password_file.iter().cloned().collect(),
            ask: false,
            ask_if_none: true,
            new: true,
        };
        let new = self.load(&sources)?;
        let secret = secrets::secret_for_encryption(&new, self.options.encrypt_vault_id.as_deref())?;
        for name in &self.options.words {
            let path = real_path(name, &self.context.environment);
            let opened = Self::open(vault, &read(&path)?, &path.display().to_string())?;
            let envelope = self.seal(&opened.bytes, secret, &secret.id)?;
            file::replace(&path, envelope.as_bytes(), file::Rights::Kept)?;
        }
        self.context.screen.print_error("Rekey successful\n");
        Ok(())
    }

    /// The files, or stdin where none is named.
    fn names(&self) -> Vec<&str> {
        if self.options.words.is_empty() {
            return vec![STREAM];
        }
        self.options.words.iter().map(String::as_str).collect()
    }

    /// What to read, with the path unless it is stdin.
    fn input(&self, name: &str) -> Result<(Option<std::path::PathBuf>, Vec<u8>), Diagnostic> {
        if name == STREAM {
            let mut bytes = Vec::new();
            let read = std::io::stdin().lock().read_to_end(&mut bytes);
            read.map_err(|error| Diagnostic::new(format!("Unable to read stdin: {error}")))?;
            return Ok((None, bytes));
        }
        let path = real_path(name, &self.context.environment);
        let bytes = read(&path)?;
        Ok((Some(path), bytes))
    }

    /// Where `--output` says, else in place of what was read.
    fn write(&self, bytes: &[u8], path: Option<&std::path::Path>) -> Result<(), Diagnostic> {
        let output = self.options.output_file.as_deref();
        let target = match output {
            Some(STREAM) => None,
            Some(name) => Some(real_path(name, &self.context.environment)),
            None => path.map(std::path::Path::to_path_buf),
        };
        match target {
            None => self.context.screen.print_bytes(bytes),
            Some(path) => file::replace(&path, bytes, file::Rights::Private)?,
        }
        Ok(())
    }

    fn announce_stdin(&self, text: &str) {
        if self.options.words.is_empty() && std::io::stdin().is_terminal() {
            self.context.screen.print_error(&format!("{text}\n"));
        }
    }

    /// Said only to a person.
    fn succeed(&self, text: &str) {
        if std::io::stdout().is_terminal() {
            self.context.screen.print_error(&format!("{text}\n"));
        }
    }
}
