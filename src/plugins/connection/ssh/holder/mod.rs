//! Connections that outlive a run: a process of this program dials and keeps the logins, behind a
//! socket in a folder that only its user can enter. A later run that finds it hands its frames to a
//! runner that is there already. Nothing privileged is kept: when a run ends, the runners of other
//! users end, and so do its calls.

pub mod client;
mod relay;
pub mod server;

use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::data::Environment;

/// The longest name that a socket can have, with room for the end of it.
const LONGEST: usize = 100;

/// The socket of this build's holder on this machine; its folder is made. Nothing where the folder
/// cannot be had or is not private.
pub fn socket(environment: &Environment, build: &str) -> Option<PathBuf> {
    let folder = environment.home.join(".cache/muster/holder");
    // A home may be shared by machines.
    let name: String = format!("{}-{}", environment.hostname, build.get(..12).unwrap_or(build))
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "-._".contains(letter) { letter } else { '_' })
        .collect();
    let socket = folder.join(name);
    if socket.as_os_str().len() > LONGEST || !is_private(&folder) {
        return None;
    }
    Some(socket)
}

fn is_private(folder: &Path) -> bool {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    let found = made.and_then(|()| std::fs::symlink_metadata(folder));
    let own = rustix::process::geteuid().as_raw();
    found.is_ok_and(|found| {
        let others = 0o077;
        let private = |mode: u32| mode & others == 0;
        let narrowed = || std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).is_ok();
        found.is_dir() && found.uid() == own && (private(found.mode()) || narrowed())
    })
}

/// Whether the other end of a socket is a process of the same user.
fn is_own(stream: &tokio::net::UnixStream) -> bool {
    stream.peer_cred().is_ok_and(|peer| peer.uid() == rustix::process::geteuid().as_raw())
}

/// One word: its bytes after the length.
async fn read_word(reader: &mut (impl tokio::io::AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    use tokio::io::AsyncReadExt;
    let mut head = [0; 4];
    reader.read_exact(&mut head).await?;
    let mut body = vec![0; crate::wire::length(head).map_err(std::io::Error::other)?];
    reader.read_exact(&mut body).await?;
    Ok(body)
}
