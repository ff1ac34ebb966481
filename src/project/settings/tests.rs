//! The table is sound, and values come from where they should.

use std::sync::Arc;

use super::{Settings, access, all, muster};
use crate::data::Environment;
use crate::data::environment::{SystemClock, SystemDice};

/// A scratch folder that goes away by itself.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str, config: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("muster-settings-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a scratch folder");
        std::fs::write(folder.join("ansible.cfg"), config).expect("a scratch file");
        Self(folder)
    }

    fn environment(&self, variables: &[(&str, &str)]) -> Environment {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Environment {
            variables: Arc::new(variables.iter().map(own).collect()),
            working_directory: self.0.clone(),
            home: self.0.join("home"),
            user: "tester".to_owned(),
            hostname: "here".to_owned(),
            time_zone: jiff::tz::TimeZone::UTC,
            clock: Arc::new(SystemClock),
            dice: Arc::new(SystemDice),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that stays is no reason to fail.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn check(name: &str, config: &str, variables: &[(&str, &str)], setting: &str, expected: &str, origin: &str) {
    let scratch = Scratch::new(name, config);
    let settings = Settings::load(&scratch.environment(variables)).expect("settings that can be read");
    let resolved = settings.get(setting).expect("a setting that exists");
    let folder = scratch.0.display().to_string();
    let shown = |text: String| text.replace(&folder, "HERE");
    assert_eq!(shown(format!("{:?}", resolved.value)), expected, "{name}");
    assert_eq!(shown(resolved.origin.to_string()), origin, "{name}");
}

#[test]
fn the_table_is_sorted_unique_and_complete() {
    let names: Vec<&str> = all().iter().map(|setting| setting.name).collect();
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(names.len(), 219);
    for name in access::NAMES {
        assert!(names.contains(name), "{name} has a method but no row");
    }
    assert!(muster::SETTINGS.windows(2).all(|pair| pair[0].name < pair[1].name));
    assert!(muster::SETTINGS.iter().all(|setting| setting.name.starts_with("MUSTER_")));
}

#[test]
fn environment_before_file_before_default() {
    let forks = "[defaults]\nforks = 7\n";
    check("default", "", &[], "DEFAULT_FORKS", "5", "default");
    check("file", forks, &[], "DEFAULT_FORKS", "7", "HERE/ansible.cfg");
    check("variable", forks, &[("ANSIBLE_FORKS", "9")], "DEFAULT_FORKS", "9", "env: ANSIBLE_FORKS");
    check("empty", forks, &[("ANSIBLE_FORKS", "")], "DEFAULT_FORKS", "5", "default");
    let both = "[defaults]\npipelining=true\n[connection]\npipelining=false\n";
    check("last-key", both, &[], "ANSIBLE_PIPELINING", "false", "HERE/ansible.cfg");
}

#[test]
fn paths_start_where_they_were_written() {
    let config = "[defaults]\nroles_path = a:~/b:/c/../d\n";
    check("paths", config, &[], "DEFAULT_ROLES_PATH", r#"["HERE/a", "HERE/home/b", "/d"]"#, "HERE/ansible.cfg");
    let home = [("ANSIBLE_HOME", "$X/h"), ("X", "/top")];
    check("home", "", &home, "GALAXY_TOKEN_PATH", r#""/top/h/galaxy_token""#, "default");
}

#[test]
fn mistakes_are_named() {
    for (config, expected) in [
        ("[defaults]\nforks=x\n", "has an invalid value: Invalid value provided for 'integer': 'x'"),
        (
            "[defaults]\ngathering=x\n",
            "Invalid value 'x' for config 'DEFAULT_GATHERING'. Valid values are: implicit, explicit, smart",
        ),
        ("forks=x\n", "File contains no section headers."),
    ] {
        let scratch = Scratch::new("mistake", config);
        let error = Settings::load(&scratch.environment(&[])).expect_err(config);
        assert!(error.joined().contains(expected), "{config:?}: {error}");
        assert_eq!(error.kind.exit_code(), 5);
    }
}
