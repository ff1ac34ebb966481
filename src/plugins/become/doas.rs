//! doas, OpenBSD's sudo.

use crate::data::{Map, Value};
use crate::project::settings::{Default, Setting, setting};
use crate::transport::{BecomeMethod, Declaration, shell};
use crate::wire::BecomeAs;

pub static METHOD: BecomeMethod =
    BecomeMethod { declaration: &DECLARATION, summary: "Become another user by doas", prepare };

pub static DECLARATION: Declaration = Declaration { name: "doas", options: &[], own: OPTIONS };

const OPTIONS: &[Setting] = &[
    setting("become_exe", "The program to call.")
        .default(Default::Text("doas"))
        .env(&["ANSIBLE_BECOME_EXE", "ANSIBLE_DOAS_EXE"])
        .ini(&[("privilege_escalation", "become_exe"), ("doas_become_plugin", "executable")])
        .vars(&["ansible_become_exe", "ansible_doas_exe"])
        .keyword("become_exe"),
    setting("become_flags", "Options for the program.")
        .default(Default::Text(""))
        .env(&["ANSIBLE_BECOME_FLAGS", "ANSIBLE_DOAS_FLAGS"])
        .ini(&[("privilege_escalation", "become_flags"), ("doas_become_plugin", "flags")])
        .vars(&["ansible_become_flags", "ansible_doas_flags"])
        .keyword("become_flags"),
    setting("become_pass", "The password of the method.")
        .env(&["ANSIBLE_BECOME_PASS", "ANSIBLE_DOAS_PASS"])
        .ini(&[("doas_become_plugin", "password")])
        .vars(&["ansible_become_password", "ansible_become_pass", "ansible_doas_pass"]),
    setting("become_user", "Which user to become.")
        .default(Default::Text("root"))
        .env(&["ANSIBLE_BECOME_USER", "ANSIBLE_DOAS_USER"])
        .ini(&[("privilege_escalation", "become_user"), ("doas_become_plugin", "user")])
        .vars(&["ansible_become_user", "ansible_doas_user"])
        .keyword("become_user"),
    setting("prompt_l10n", "Words of the question for the password in other languages.")
        .kind("list")
        .default(Default::Texts(&[]))
        .env(&["ANSIBLE_DOAS_PROMPT_L10N"])
        .ini(&[("doas_become_plugin", "localized_prompts")])
        .vars(&["ansible_doas_prompt_l10n"]),
];

fn prepare(options: &Map) -> BecomeAs {
    let text = |name: &str| options.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let words = |line: &str| shell::split(line).unwrap_or_else(|_| vec![line.to_owned()]);
    let password = text("become_pass");
    let user = text("become_user").unwrap_or("root");
    let mut argv = words(text("become_exe").unwrap_or("doas"));
    argv.extend(words(text("become_flags").unwrap_or_default()));
    if password.is_none() && !argv.iter().any(|flag| flag == "-n") {
        argv.push("-n".to_owned());
    }
    argv.extend(["-u", user, "/bin/sh", "-c", "{}"].map(str::to_owned));
    let own = options.get("prompt_l10n").and_then(Value::as_items).unwrap_or_default();
    let mut prompts: Vec<String> = own.iter().filter_map(Value::as_str).map(regex::escape).collect();
    if prompts.is_empty() {
        prompts.push(r"doas \([^)]*\) password:".to_owned());
    }
    BecomeAs {
        user: user.to_owned(),
        argv,
        prompts,
        failures: vec!["doas: Authorization failed".to_owned(), "doas: Permission denied".to_owned()],
        missing: vec!["doas: Authorization required".to_owned(), "doas: Authentication required".to_owned()],
        password: password.map(str::to_owned),
        method: "doas".to_owned(),
    }
}
