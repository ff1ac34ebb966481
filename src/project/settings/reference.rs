//! The page `docs/reference/settings.md`, written from the tables so that it is never stale.

use super::declare::{Default, Setting};
use super::{muster, plugins, table};

/// The whole page.
pub fn page() -> String {
    let mut page = String::from(HEAD);
    push_table(&mut page, muster::SETTINGS.iter());
    page.push_str(MIDDLE);
    for (title, settings) in table::TOPICS {
        let mut honoured = settings.iter().filter(|setting| setting.honoured).peekable();
        if honoured.peek().is_some() {
            page.push_str(&format!("\n### {title}\n\n"));
            push_table(&mut page, honoured);
        }
    }
    page.push_str("\n## Options of plugins\n\nRead from the same places; variables of a host override them.\n");
    for (plugin_type, plugins) in plugins::TYPES {
        for plugin in *plugins {
            let mut options =
                plugin.options.iter().filter(|option| option.honoured && is_set_from_outside(option)).peekable();
            if options.peek().is_some() {
                page.push_str(&format!("\n### {plugin_type}: {}\n\n", plugin.name));
                push_table(&mut page, options);
            }
        }
    }
    page.push_str(WITHOUT_EFFECT);
    for setting in table::all().into_iter().filter(|setting| !setting.honoured) {
        page.push_str(&format!("- `{}`: {}\n", setting.name, setting.about));
    }
    page
}

const HEAD: &str = "\
# Settings

Written by the program from its tables; do not edit.

A setting is looked up in the environment first, then in the configuration file, then it has its
default; options on the command line come before all. The configuration file is the first that exists
of `$ANSIBLE_CONFIG`, `ansible.cfg` in the working folder (unless everyone may write there),
`~/.ansible.cfg` and `/etc/ansible/ansible.cfg`.

## muster's own

These are not shown by `ansible-config`. Everything that muster writes by itself lies in the folders
named here.

";

const MIDDLE: &str = "
## Ansible's

`ansible-config dump` shows which value is in use and where it comes from.
";

const WITHOUT_EFFECT: &str = "
## Known and without effect

These are accepted and shown like all others, but mean nothing to muster: they concern plugins written
in Python, Windows, network devices, ansible-galaxy, or ways of working that muster does not have.

";

fn push_table<'a>(page: &mut String, settings: impl Iterator<Item = &'a Setting>) {
    page.push_str("| setting | what it does | environment | file | default |\n");
    page.push_str("| --- | --- | --- | --- | --- |\n");
    let mut settings: Vec<&Setting> = settings.collect();
    settings.sort_by_key(|setting| setting.name);
    for setting in settings {
        let mut about = setting.about.to_owned();
        if !setting.choices.is_empty() {
            about.push_str(&format!(" One of {}.", coded(setting.choices.iter().copied())));
        }
        if !setting.removed_in.is_empty() {
            about.push_str(&format!(" Deprecated: ansible-core {} takes it away.", setting.removed_in));
        }
        let keys: Vec<String> = setting.keys.iter().map(|(section, key)| format!("[{section}] {key}")).collect();
        page.push_str(&format!(
            "| `{}` | {} | {} | {} | {} |\n",
            setting.name,
            about.replace('|', "\\|"),
            coded(setting.variables.iter().copied()),
            coded(keys.iter().map(String::as_str)),
            default(setting)
        ));
    }
}

fn is_set_from_outside(option: &Setting) -> bool {
    !option.variables.is_empty() || !option.keys.is_empty()
}

fn coded<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn default(setting: &Setting) -> String {
    let text = match setting.default {
        Default::Null | Default::Text("") | Default::Texts(&[]) | Default::Pairs(_) => return String::new(),
        Default::Bool(flag) => flag.to_string(),
        Default::Int(number) => number.to_string(),
        Default::Float(number) => number.to_string(),
        Default::Text(text) => text.to_owned(),
        Default::Texts(texts) => texts.join(", "),
        Default::BelowHome(rest) => format!("$ANSIBLE_HOME{rest}"),
    };
    format!("`{}`", text.replace('|', "\\|"))
}
