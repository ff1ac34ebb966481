//! su.

use crate::data::{Map, Value};
use crate::project::settings::plugins::r#become as settings;
use crate::transport::{BecomeMethod, Declaration, shell};
use crate::wire::BecomeAs;

/// How su asks in the languages it speaks; the colon after it is part of the pattern.
const PROMPTS: &[&str] = &[
    "Password",
    "Passwort",
    "Mot de passe",
    "Contraseña",
    "Contrasenya",
    "Senha",
    "Parola",
    "Parool",
    "Pasahitza",
    "Passord",
    "Adgangskode",
    "Lösenord",
    "Salasana",
    "Sandi",
    "Wachtwoord",
    "Hasło",
    "Heslo",
    "Jelszó",
    "Mật khẩu",
    "Пароль",
    "Парола",
    "Лозинка",
    "ססמה",
    "गुप्तशब्द",
    "शब्दकूट",
    "సంకేతపదము",
    "හස්පදය",
    "암호",
    "パスワード",
    "密码",
    "密碼",
    "口令",
];

pub static METHOD: BecomeMethod =
    BecomeMethod { declaration: &DECLARATION, summary: "Become another user by su", prepare };

pub static DECLARATION: Declaration = Declaration { name: "su", options: &[settings::SU], own: &[] };

fn prepare(options: &Map) -> BecomeAs {
    let text = |name: &str| options.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let words = |line: &str| shell::split(line).unwrap_or_else(|_| vec![line.to_owned()]);
    let user = text("become_user").unwrap_or("root");
    let mut argv = words(text("become_exe").unwrap_or("su"));
    argv.extend(words(text("become_flags").unwrap_or_default()));
    argv.extend([user, "-c", "{}"].map(str::to_owned));
    let own: Vec<&str> = options
        .get("prompt_l10n")
        .and_then(Value::as_items)
        .map(|items| items.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let prompts = if own.is_empty() { PROMPTS } else { &own[..] };
    BecomeAs {
        user: user.to_owned(),
        argv,
        prompts: prompts.iter().map(|prompt| format!(r"(?i){}\s*[:：]", regex::escape(prompt))).collect(),
        failures: vec![regex::escape("Authentication failure")],
        missing: Vec::new(),
        password: text("become_pass").map(str::to_owned),
        method: "su".to_owned(),
    }
}
