//! What results say about the file that they name: owner, group, mode, size, state.

use std::fs::Metadata;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use super::{mode, selinux};
use crate::data::Map;
use crate::runner::Target;

/// Adds the present properties of the file under `path` or `dest` to a result.
pub fn add(target: &Target, result: &mut Map) {
    let named = result.get("path").filter(|path| !path.is_null()).or_else(|| result.get("dest"));
    let Some(path) = named.and_then(|path| path.as_str()).map(|path| target.absolute(path)) else { return };
    let Ok(metadata) = path.symlink_metadata() else { return };
    result.insert("uid", metadata.uid());
    result.insert("gid", metadata.gid());
    result.insert("owner", owner_name(target, metadata.uid()));
    result.insert("group", group_name(target, metadata.gid()));
    result.insert("mode", mode::shown(metadata.mode()));
    if let Some(context) = selinux::context_of(&path) {
        result.insert("secontext", context);
    }
    result.insert("state", state_of(&metadata));
    result.insert("size", metadata.size());
}

/// The user's name, or the number where there is none.
pub fn owner_name(target: &Target, uid: u32) -> String {
    target.users().user_by_id(uid).map_or_else(|| uid.to_string(), |user| user.name)
}

pub fn group_name(target: &Target, gid: u32) -> String {
    target.users().group_by_id(gid).map_or_else(|| gid.to_string(), |group| group.name)
}

/// The word for what is there, as the option `state` of the file module has it.
pub fn state_of(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_symlink() {
        "link"
    } else if kind.is_dir() {
        "directory"
    } else if metadata.nlink() > 1 && !(kind.is_fifo() || kind.is_socket()) {
        "hard"
    } else {
        "file"
    }
}
