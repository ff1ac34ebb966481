//! sudo.

use crate::data::{Map, Value};
use crate::project::settings::plugins::r#become as settings;
use crate::transport::{BecomeMethod, Declaration, shell};
use crate::wire::BecomeAs;

/// Told to sudo, so that it is known whatever the language.
pub const PROMPT: &str = "[sudo via muster] password:";

pub static METHOD: BecomeMethod =
    BecomeMethod { declaration: &DECLARATION, summary: "Become another user by sudo", prepare };

pub static DECLARATION: Declaration = Declaration { name: "sudo", options: &[settings::SUDO], own: &[] };

fn prepare(options: &Map) -> BecomeAs {
    let text = |name: &str| options.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let words = |line: &str| shell::split(line).unwrap_or_else(|_| vec![line.to_owned()]);
    let password = text("become_pass");
    let user = text("become_user").unwrap_or("root");
    let mut argv = words(text("become_exe").unwrap_or("sudo"));
    let flags = words(text("become_flags").unwrap_or_default());
    match password {
        None => argv.extend(flags),
        // With a password at hand sudo must be free to ask for it.
        Some(_) => {
            argv.extend(flags.iter().filter_map(|flag| without_non_interactive(flag)));
            argv.extend(["-p".to_owned(), PROMPT.to_owned()]);
        }
    }
    argv.extend(["-u", user, "/bin/sh", "-c", "{}"].map(str::to_owned));
    if let Some(folder) = text("sudo_chdir") {
        let line = argv.iter().map(|word| if word == "{}" { word.clone() } else { shell::quote(word) });
        let line = format!("cd {} && {}", shell::quote(folder), line.collect::<Vec<_>>().join(" "));
        // The command arrives as the shell's first argument, so its quotes stay whole.
        argv = ["/bin/sh", "-c", &line.replace("{}", "\"$1\""), "sh", "{}"].map(str::to_owned).to_vec();
    }
    BecomeAs {
        user: user.to_owned(),
        argv,
        prompts: vec![regex::escape(PROMPT)],
        failures: vec![regex::escape("Sorry, try again.")],
        missing: vec![
            "sudo: a password is required".to_owned(),
            "Sorry, a password is required to run sudo".to_owned(),
        ],
        password: password.map(str::to_owned),
        method: "sudo".to_owned(),
    }
}

/// `-n` taken out, also from a cluster as `-nHS`.
fn without_non_interactive(flag: &str) -> Option<String> {
    if flag == "-n" || flag == "--non-interactive" {
        return None;
    }
    match flag.strip_prefix('-') {
        Some(letters) if !letters.starts_with('-') && letters.chars().all(|letter| letter.is_ascii_alphanumeric()) => {
            Some(format!("-{}", letters.replacen('n', "", 1)))
        }
        _ => Some(flag.to_owned()),
    }
}
