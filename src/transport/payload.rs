//! This program as it is sent to hosts: compressed once, and kept compressed beside the controller's
//! other caches.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::{Surroundings, Unreachable};

pub struct Payload {
    pub compressed: Vec<u8>,
    /// Of the program itself, in hexadecimal.
    pub sha256: String,
    plain: OnceLock<Vec<u8>>,
}

impl Payload {
    /// Reads the program; `cache` is a folder of this user's.
    pub fn load(program: &Path, build: &str, cache: &Path) -> Result<Self, String> {
        let kept = cache.join(format!("{build}.gz"));
        if let Ok(compressed) = std::fs::read(&kept)
            && let Some(plain) = decompressed(&compressed)
        {
            return Ok(Self { compressed, sha256: sha256(&plain), plain: OnceLock::new() });
        }
        let plain = std::fs::read(program).map_err(|error| format!("{}: {error}", program.display()))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
        let compressed =
            encoder.write_all(&plain).and_then(|()| encoder.finish()).map_err(|error| error.to_string())?;
        // That it cannot be kept only costs time.
        let _ = keep(&kept, cache, &compressed);
        Ok(Self { compressed, sha256: sha256(&plain), plain: OnceLock::new() })
    }

    /// For hosts without gzip.
    pub fn plain(&self) -> &[u8] {
        self.plain.get_or_init(|| decompressed(&self.compressed).unwrap_or_default())
    }
}

/// This program as it is sent to hosts, made at the first need.
pub struct Shared {
    surroundings: Surroundings,
    payload: OnceCell<Arc<Payload>>,
}

impl Shared {
    pub fn new(surroundings: &Surroundings) -> Self {
        Self { surroundings: surroundings.clone(), payload: OnceCell::new() }
    }

    pub async fn get(&self) -> Result<Arc<Payload>, Unreachable> {
        let load = || async {
            let surroundings = self.surroundings.clone();
            let load = move || {
                let cache = surroundings.environment.home.join(".cache/muster");
                Payload::load(&surroundings.program, &surroundings.build, &cache)
            };
            let loaded = tokio::task::spawn_blocking(load).await.map_err(|error| error.to_string()).flatten();
            loaded.map(Arc::new).map_err(|error| Unreachable::new(format!("The runner cannot be sent: {error}")))
        };
        self.payload.get_or_try_init(load).await.cloned()
    }
}

fn decompressed(compressed: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    GzDecoder::new(compressed).read_to_end(&mut plain).ok()?;
    Some(plain)
}

fn keep(path: &Path, folder: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?.write_all(bytes)?;
    std::fs::rename(temporary, path)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compressed_copy_is_kept() {
        let folder = std::env::temp_dir().join(format!("muster-payload-{}", std::process::id()));
        let program = folder.join("program");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(&program, vec![7; 100_000]).expect("own folder");
        let first = Payload::load(&program, "b", &folder.join("cache")).expect("it can be read");
        std::fs::remove_file(&program).expect("own folder");
        let second = Payload::load(&program, "b", &folder.join("cache")).expect("it is kept");
        assert_eq!((first.sha256, first.compressed), (second.sha256.clone(), second.compressed.clone()));
        assert_eq!(second.plain(), vec![7; 100_000]);
        assert!(Payload::load(&program, "other", &folder.join("cache")).is_err());
        std::fs::remove_dir_all(folder).expect("own folder");
    }
}
