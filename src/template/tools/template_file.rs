//! What a template file knows about itself.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::data::{Data, Date, Map, Value};
use crate::template::Context;

/// `ansible_managed`, `template_path` and their kin, for a file named like this.
pub fn describing_variables(name: &str, path: &Path, context: &Context) -> Map {
    let world = context.world();
    let environment = world.environment();
    let metadata = path.metadata().ok();
    let moment = |time: jiff::Timestamp| {
        Value::from(Data::Date(Date::Moment(time.to_zoned(environment.time_zone.clone()).datetime(), None)))
    };
    let modified = metadata.as_ref().and_then(|metadata| jiff::Timestamp::new(metadata.mtime(), 0).ok());
    let managed = world.setting("DEFAULT_MANAGED_STR").filter(|text| !text.is_null());
    let mut variables = Map::from([
        ("ansible_managed", managed.unwrap_or_else(|| Value::from("Ansible managed"))),
        ("template_host", Value::from(environment.hostname.as_str())),
        ("template_path", Value::from(name)),
        ("template_fullpath", Value::from(path.to_string_lossy().into_owned())),
        ("template_run_date", moment(environment.now().timestamp())),
    ]);
    if let Some(modified) = modified {
        variables.insert("template_mtime", moment(modified));
    }
    if let Some(metadata) = metadata {
        variables.insert("template_uid", user_name(metadata.uid()).map_or_else(|| metadata.uid().into(), Value::from));
    }
    variables
}

fn user_name(id: u32) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let entry = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let mut found = entry.filter(|entry| entry.get(2).and_then(|field| field.parse().ok()) == Some(id));
    found.next().map(|entry| entry[0].to_owned())
}
