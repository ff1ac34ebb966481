//! muster's own settings: variables with the prefix `MUSTER_` and the section `[muster]`. They are
//! never listed among Ansible's.

use super::declare::{Default, Setting, setting};

/// Connections are told too.
pub const KEEP_CONNECTIONS: Setting =
    setting("MUSTER_KEEP_CONNECTIONS", "Seconds that connections outlive a run; 0 for not at all.")
        .kind("int")
        .default(Default::Int(60))
        .env(&["MUSTER_KEEP_CONNECTIONS"])
        .ini(&[("muster", "keep_connections")]);

/// Connections are told too.
pub const RECONNECT: Setting = setting(
    "MUSTER_RECONNECT",
    "Seconds for which a connection that was lost in a task is tried to be made again; 0 for not at all.",
)
.kind("int")
.default(Default::Int(RECONNECT_SECONDS))
.env(&["MUSTER_RECONNECT"])
.ini(&[("muster", "reconnect")]);

pub const RECONNECT_SECONDS: i64 = 30;

/// Sorted by name.
pub const SETTINGS: &[Setting] = &[
    setting("MUSTER_CACHE_DIR", "Folder for what muster keeps on the controlling machine.")
        .kind("path")
        .default(Default::Text("~/.cache/muster"))
        .env(&["MUSTER_CACHE_DIR"])
        .ini(&[("muster", "cache_dir")]),
    setting("MUSTER_JOURNAL_DIR", "Folder for the journals of runs, which `runs` and `resume` read.")
        .kind("path")
        .default(Default::Text("~/.local/state/muster"))
        .env(&["MUSTER_JOURNAL_DIR"])
        .ini(&[("muster", "journal_dir")]),
    KEEP_CONNECTIONS,
    setting("MUSTER_LIVE", "Show what goes on in a last line of the terminal.")
        .kind("bool")
        .default(Default::Bool(true))
        .env(&["MUSTER_LIVE"])
        .ini(&[("muster", "live")]),
    RECONNECT,
    setting("MUSTER_RUNNER_PATH", "Folders with programs for targets of other processors, as `muster-TRIPLE`.")
        .kind("pathspec")
        .env(&["MUSTER_RUNNER_PATH"])
        .ini(&[("muster", "runner_path")]),
    setting("MUSTER_TARGET_DIR", "Folder on targets for the program and what belongs to it.")
        .env(&["MUSTER_TARGET_DIR"])
        .ini(&[("muster", "target_dir")]),
];
