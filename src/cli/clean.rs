//! `muster clean`: removes what muster keeps on hosts. It is one task, done by the hosts' shells: a
//! runner would bring back what is to go.

use super::Context;
use crate::transport::bootstrap::clean_line;

/// The words of the tool that runs one task, from those of this command.
pub fn words(words: &[String], context: &Context) -> Vec<String> {
    let line = clean_line(folder(context).as_deref());
    let task = ["-m", "ansible.builtin.raw", "-a", &line].map(str::to_owned);
    words.iter().cloned().chain(task).collect()
}

/// The folder that the settings name for programs on targets, where they name one.
fn folder(context: &Context) -> Option<String> {
    let settings = &context.settings;
    let own = settings.own("MUSTER_TARGET_DIR").and_then(|setting| setting.value.as_str().map(str::to_owned));
    let variable = |name: &str| context.environment.filled(name).map(str::to_owned);
    own.or_else(|| variable("ANSIBLE_REMOTE_TMP"))
        .or_else(|| variable("ANSIBLE_REMOTE_TEMP"))
        .or_else(|| settings.file().content.get("defaults", "remote_tmp").map(str::to_owned))
}
