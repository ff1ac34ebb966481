//! `create` and `edit`: the plain text lies in a private file only while the editor runs.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Tool;
use super::file::{self, Rights, private_file, read, real_path, wipe_and_remove};
use crate::data::vault::{Secret, Vault};
use crate::diagnostic::{Diagnostic, Kind};

pub(super) fn create(tool: &Tool<'_>, secret: &Secret) -> Result<(), Diagnostic> {
    let [name] = tool.options.words.as_slice() else {
        return Err(Diagnostic::new("ansible-vault create can take only one filename argument").kind(Kind::Options));
    };
    if !tool.options.skip_tty_check && !std::io::stdout().is_terminal() {
        return Err(Diagnostic::new("not a tty, editor cannot be opened").kind(Kind::Options));
    }
    let path = real_path(name, &tool.context.environment);
    if path.exists() {
        return Err(Diagnostic::new(format!("{name} exists, please use 'edit' instead")));
    }
    make_folder(tool, name, &path)?;
    let text = edit_text(tool, &path, &[])?;
    let envelope = tool.seal(&text, secret, &secret.id)?;
    file::replace(&path, envelope.as_bytes(), Rights::Private)
}

fn make_folder(tool: &Tool<'_>, name: &str, path: &Path) -> Result<(), Diagnostic> {
    let Some(folder) = path.parent().filter(|folder| !folder.exists()) else { return Ok(()) };
    let shown = Path::new(name).parent().unwrap_or(folder).display();
    tool.context.screen.warning(&format!("{shown} does not exist, creating..."));
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700)
        .create(folder)
        .map_err(|error| Diagnostic::new(format!("Unable to create folder {}: {error}", folder.display())))
}

pub(super) fn edit(tool: &Tool<'_>, vault: &Vault) -> Result<(), Diagnostic> {
    for name in &tool.options.words {
        let path = real_path(name, &tool.context.environment);
        let opened = Tool::open(vault, &read(&path)?, &path.display().to_string())?;
        let text = edit_text(tool, &path, &opened.bytes)?;
        if text != opened.bytes {
            let envelope = tool.seal(&text, &opened.secret, &opened.label)?;
            file::replace(&path, envelope.as_bytes(), Rights::Kept)?;
        }
    }
    Ok(())
}

/// A private folder with the plain text in it; both go when the value goes, whatever happens.
struct Draft {
    folder: PathBuf,
    file: PathBuf,
}

impl Draft {
    /// The file ends as the one that is edited, so that the editor knows its language.
    fn new(tool: &Tool<'_>, path: &Path, text: &[u8]) -> std::io::Result<Self> {
        let mut random = [0; 8];
        tool.context.environment.dice.fill(&mut random);
        let name: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let parent = tool.context.settings.local_tmp();
        std::fs::create_dir_all(&parent)?;
        let folder = parent.join(format!("muster-vault-{name}"));
        let ending = path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
        let draft = Self { file: folder.join(format!("text{ending}")), folder };
        std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&draft.folder)?;
        private_file(&draft.file)?.write_all(text)?;
        Ok(draft)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        wipe_and_remove(&self.file);
        // With what the editor may have left beside it.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The text as the editor leaves it.
fn edit_text(tool: &Tool<'_>, path: &Path, text: &[u8]) -> Result<Vec<u8>, Diagnostic> {
    let draft = Draft::new(tool, path, text)
        .map_err(|error| Diagnostic::new(format!("Unable to write the text to edit: {error}")))?;
    let editor = tool.context.settings.editor();
    let words =
        shell_words(editor).ok_or_else(|| Diagnostic::new(format!("The editor setting is not a command: {editor}")))?;
    let (program, arguments) =
        words.split_first().ok_or_else(|| Diagnostic::new("The editor setting is empty".to_owned()))?;
    let mut command = Command::new(program);
    let environment = &tool.context.environment;
    command.args(arguments).arg(&draft.file).env_clear().envs(environment.variables.iter());
    let _deaf = Deaf::to_the_keyboard();
    // What the editor exits with means nothing; only the text counts.
    command.status().map_err(|error| {
        let call = format!("{editor} {}", draft.file.display());
        let reason = crate::data::python::os_error(&error, Path::new(program));
        Diagnostic::new(format!("Unable to execute the command \"{call}\": {reason}"))
    })?;
    read(&draft.file)
}

/// Ctrl-C in the editor is for the editor: while this lives, it does not end us with the plain
/// text left behind. A handler, and not ignoring, as only that is undone in the child.
struct Deaf([libc::sighandler_t; 2]);

const KEYBOARD: [libc::c_int; 2] = [libc::SIGINT, libc::SIGQUIT];

extern "C" fn hear_nothing(_signal: libc::c_int) {}

impl Deaf {
    fn to_the_keyboard() -> Self {
        let handler = hear_nothing as extern "C" fn(libc::c_int) as libc::sighandler_t;
        // SAFETY: the handler does nothing, which is always allowed in one.
        Self(KEYBOARD.map(|signal| unsafe { libc::signal(signal, handler) }))
    }
}

impl Drop for Deaf {
    fn drop(&mut self) {
        for (signal, before) in KEYBOARD.into_iter().zip(self.0) {
            // SAFETY: what was there before is put back.
            unsafe { libc::signal(signal, before) };
        }
    }
}

/// Words as a shell splits them: blanks, quotes, backslashes. `None` for an open quote.
fn shell_words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None | Some('"'), '\\') => {
                let escaped = characters.next()?;
                let word = word.get_or_insert_default();
                if quote.is_some() && !matches!(escaped, '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
            }
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::shell_words;

    #[test]
    fn words() {
        for (text, expected) in [
            ("vi", Some(vec!["vi"])),
            (" code  --wait ", Some(vec!["code", "--wait"])),
            (r#"sh -c "a \"b\" \$c" 'd "e'"#, Some(vec!["sh", "-c", r#"a "b" \$c"#, "d \"e"])),
            (r"a\ b ''", Some(vec!["a b", ""])),
            ("'a", None),
            ("", Some(vec![])),
        ] {
            let found = shell_words(text);
            assert_eq!(found, expected.map(|words| words.into_iter().map(str::to_owned).collect()), "{text}");
        }
    }
}
