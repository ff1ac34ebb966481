//! The pages below `docs/reference` say what the program says. `MUSTER_WRITE_REFERENCE=1` writes them.

use std::path::Path;

fn check(name: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference").join(name);
    if std::env::var_os("MUSTER_WRITE_REFERENCE").is_some() {
        std::fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("the folder can be made");
        std::fs::write(&path, expected).expect("the page can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == expected, "{name} is stale: run `MUSTER_WRITE_REFERENCE=1 cargo test --test main reference`");
}

#[test]
fn modules_are_fresh() {
    check("modules.md", &muster::cli::doc::modules_page::page());
}

#[test]
fn settings_are_fresh() {
    check("settings.md", &muster::project::settings::reference::page());
}
