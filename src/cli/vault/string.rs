//! `encrypt_string`: texts from arguments, stdin or a prompt, as they stand in a YAML file.

use std::io::{IsTerminal, Read};

use super::{STREAM, Tool};
use crate::data::vault::Secret;
use crate::diagnostic::{Diagnostic, Kind};
use crate::operator::{Operator, Question};

/// How far the envelope is moved in below its name.
const INDENT: &str = "          ";

/// A text with the variable it is for, and how messages call where it came from.
struct Text {
    name: Option<String>,
    chars: String,
    source: &'static str,
}

pub(super) fn encrypt(tool: &Tool<'_>, secret: &Secret) -> Result<(), Diagnostic> {
    let mut texts = Vec::new();
    if tool.options.prompt {
        texts.push(ask(tool)?);
    }
    texts.extend(from_stdin(tool)?);
    texts.extend(from_words(tool)?);
    if texts.is_empty() {
        return Ok(());
    }
    let mut output = String::new();
    for (index, text) in texts.iter().enumerate() {
        if texts.len() > 1 {
            let number = index + 1;
            let source = text.source;
            tool.context.screen.print_error(&match &text.name {
                Some(name) => {
                    format!("# The encrypted version of variable (\"{name}\", the string #{number} from {source}).\n")
                }
                None => format!("# The encrypted version of the string #{number} from {source}.)\n"),
            });
        }
        let envelope = tool.seal(text.chars.as_bytes(), secret, &secret.id)?;
        output.push_str(&as_yaml(&envelope, text.name.as_deref()));
    }
    tool.write(output.as_bytes(), None)?;
    tool.succeed("Encryption successful");
    Ok(())
}

fn as_yaml(envelope: &str, name: Option<&str>) -> String {
    let mut text = name.map(|name| format!("{name}: ")).unwrap_or_default();
    text.push_str("!vault |\n");
    for line in envelope.lines() {
        text.push_str(INDENT);
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn refuse_empty(source: &str) -> Diagnostic {
    Diagnostic::new(format!("{source} was empty, not encrypting")).kind(Kind::Options)
}

fn ask(tool: &Tool<'_>) -> Result<Text, Diagnostic> {
    let question = |prompt: &str, echo: bool| {
        let question = Question { prompt: prompt.to_owned(), echo };
        tool.terminal.ask(&question).ok_or_else(|| {
            if tool.terminal.was_interrupted() {
                Diagnostic::new("User interrupted execution").kind(Kind::Interrupted)
            } else {
                Diagnostic::new("There is nobody to ask for the text to encrypt.").kind(Kind::Bug)
            }
        })
    };
    let name = question("Variable name (enter for no name): ", true)?;
    let chars = if tool.options.show_input {
        question("String to encrypt:", true)?
    } else {
        question("String to encrypt (hidden): ", false)?
    };
    if chars.is_empty() {
        return Err(refuse_empty("The plaintext provided from the prompt"));
    }
    Ok(Text { name: Some(name).filter(|name| !name.is_empty()), chars, source: "the interactive prompt" })
}

/// Stdin is read where it is named, and where nothing else is.
fn from_stdin(tool: &Tool<'_>) -> Result<Option<Text>, Diagnostic> {
    let options = &tool.options;
    let is_named = options.words.iter().any(|word| word == STREAM) || options.stdin_name.is_some();
    if !is_named && (options.prompt || !options.words.is_empty()) {
        return Ok(None);
    }
    if std::io::stdin().is_terminal() {
        let hint = "(ctrl-d to end input, twice if your content does not already have a newline)";
        tool.context.screen.print_error(&format!("Reading plaintext input from stdin. {hint}\n"));
    }
    let mut chars = String::new();
    std::io::stdin()
        .lock()
        .read_to_string(&mut chars)
        .map_err(|error| Diagnostic::new(format!("Unable to read stdin: {error}")))?;
    if chars.is_empty() {
        return Err(refuse_empty("stdin"));
    }
    Ok(Some(Text { name: options.stdin_name.clone(), chars, source: "stdin" }))
}

fn from_words(tool: &Tool<'_>) -> Result<Vec<Text>, Diagnostic> {
    let words: Vec<&String> = tool.options.words.iter().filter(|word| *word != STREAM).collect();
    let names = &tool.options.names;
    if let Some(last) = names.last().filter(|_| names.len() < words.len()) {
        tool.context.screen.print_error(&format!(
            "The number of --name options do not match the number of args.\n\
             The last named variable will be \"{last}\". The rest will not have names.\n"
        ));
    }
    let mut texts = Vec::new();
    for (index, word) in words.into_iter().enumerate() {
        if word.is_empty() {
            return Err(refuse_empty("The plaintext provided from the command line args"));
        }
        let name = names.get(index).cloned();
        texts.push(Text { name, chars: word.clone(), source: "the command line args" });
    }
    Ok(texts)
}
