//! SELinux labels, where the kernel has SELinux: read and written as the extended attribute.

use std::path::Path;

use rustix::fs::{XattrFlags, lgetxattr, lsetxattr};

const ATTRIBUTE: &str = "security.selinux";

/// Whether the kernel enforces or watches.
pub fn is_enabled() -> bool {
    Path::new("/sys/fs/selinux/enforce").exists()
}

/// Whether labels have a level (MLS), which all modern policies have.
pub fn has_levels() -> bool {
    std::fs::read_to_string("/sys/fs/selinux/mls").is_ok_and(|text| text.trim() == "1")
}

/// The label of a file itself, not of what it links to.
pub fn context_of(path: &Path) -> Option<String> {
    if !is_enabled() {
        return None;
    }
    let mut buffer = vec![0; 4096];
    let length = lgetxattr(path, ATTRIBUTE, &mut buffer[..]).ok()?;
    buffer.truncate(length);
    Some(String::from_utf8_lossy(&buffer).trim_end_matches('\0').to_owned())
}

pub fn set_context(path: &Path, context: &str) -> std::io::Result<()> {
    let value = [context.as_bytes(), b"\0"].concat();
    Ok(lsetxattr(path, ATTRIBUTE, &value, XattrFlags::empty())?)
}

/// The label with the wanted parts in place of its own.
pub fn merged(current: &str, wanted: [Option<&str>; 4]) -> String {
    let mut parts: Vec<&str> = current.splitn(4, ':').collect();
    for (index, part) in wanted.into_iter().enumerate() {
        if let Some(part) = part {
            if index < parts.len() {
                parts[index] = part;
            } else {
                parts.push(part);
            }
        }
    }
    parts.join(":")
}

#[cfg(test)]
mod tests {
    #[test]
    fn parts_are_replaced() {
        let merged = super::merged("a_u:b_r:c_t:s0:c1", [None, Some("x_r"), None, Some("s1")]);
        assert_eq!(merged, "a_u:x_r:c_t:s1");
    }
}
