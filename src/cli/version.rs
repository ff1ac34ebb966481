//! `--version`: the lines of ansible-core that other programs read, and one that names muster.

use super::context::Context;

/// The release whose behaviour this is.
pub const ANSIBLE_VERSION: &str = "2.19.14";

/// All lines, for the program under the name it was called by.
pub fn text(context: &Context) -> String {
    let settings = &context.settings;
    let config_file = settings.config_file().map_or_else(|| "None".to_owned(), |path| path.display().to_string());
    let modules: Vec<String> = settings.module_path().iter().map(|path| format!("'{}'", path.display())).collect();
    let collections: Vec<String> = settings.collections_paths().iter().map(|path| path.display().to_string()).collect();
    let program = &context.program;
    let executable = context.executable.display();
    [
        format!("{program} [core {ANSIBLE_VERSION}]"),
        format!("  config file = {config_file}"),
        format!("  configured module search path = [{}]", modules.join(", ")),
        format!("  ansible python module location = {executable}"),
        format!("  ansible collection location = {}", collections.join(":")),
        format!("  executable location = {}", context.called.display()),
        "  python version = None (no Python is used on this machine)".to_owned(),
        "  jinja version = 3.1.6 (as understood by muster)".to_owned(),
        "  pyyaml version = 6.0.3 (as understood by muster)".to_owned(),
        format!("  muster version = {}", env!("CARGO_PKG_VERSION")),
        String::new(),
    ]
    .join("\n")
}
