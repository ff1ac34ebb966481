//! The attributes that `chattr` sets and `lsattr` shows, asked of the file system itself.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};

/// Letter, bit and long name, in the order in which `lsattr` shows them.
const KNOWN: [(char, u32, &str); 21] = [
    ('s', 0x0000_0001, "secure-deletion"),
    ('u', 0x0000_0002, "undelete"),
    ('S', 0x0000_0008, "synchronous"),
    ('D', 0x0001_0000, "synchronous-directory"),
    ('i', 0x0000_0010, "immutable"),
    ('a', 0x0000_0020, "append-only"),
    ('d', 0x0000_0040, "nodump"),
    ('A', 0x0000_0080, "noatime"),
    ('c', 0x0000_0004, "compressed"),
    ('E', 0x0000_0800, "encrypted"),
    ('j', 0x0000_4000, "data-journalling"),
    ('I', 0x0000_1000, "indexed"),
    ('t', 0x0000_8000, "no-tailmerging"),
    ('T', 0x0002_0000, "topdir"),
    ('e', 0x0008_0000, "extents"),
    ('C', 0x0080_0000, "no-cow"),
    ('x', 0x0200_0000, "dax"),
    ('F', 0x4000_0000, "casefold"),
    ('N', 0x1000_0000, "inline-data"),
    ('P', 0x2000_0000, "project-hierarchy"),
    ('V', 0x0010_0000, "verity"),
];

/// The letters that are set; `None` where the file system has no such thing.
pub fn of(path: &Path) -> Option<String> {
    let bits = bits_of(path).ok()?;
    Some(KNOWN.iter().filter(|(_, bit, _)| bits & bit != 0).map(|(letter, ..)| letter).collect())
}

/// The long names of letters, as results list them.
pub fn names(letters: &str) -> Vec<&'static str> {
    let name = |letter| match letter {
        // The reference knows no words for these.
        'E' | 'x' | 'F' | 'N' | 'P' | 'V' => None,
        _ => KNOWN.iter().find(|(known, ..)| *known == letter).map(|(.., name)| *name),
    };
    letters.chars().filter_map(name).collect()
}

/// Sets (`=`), adds (`+`) or removes (`-`) the letters.
pub fn set(path: &Path, operator: char, letters: &str) -> io::Result<()> {
    let current = bits_of(path)?;
    let mut wanted = 0;
    for letter in letters.chars() {
        let known = KNOWN.iter().find(|(known, ..)| *known == letter);
        let (_, bit, _) = known.ok_or_else(|| io::Error::other(format!("no such attribute: {letter}")))?;
        wanted |= bit;
    }
    let changed = match operator {
        '+' => current | wanted,
        '-' => current & !wanted,
        _ => {
            let settable: u32 =
                KNOWN.iter().filter(|(letter, ..)| !"EINVe".contains(*letter)).map(|(_, bit, _)| bit).sum();
            (current & !settable) | wanted
        }
    };
    let file = open(path)?;
    Ok(ioctl_setflags(&file, IFlags::from_bits_retain(changed))?)
}

/// The file's generation number, as `lsattr -v` shows it.
pub fn version(path: &Path) -> Option<u32> {
    let file = open(path).ok()?;
    let mut version: libc::c_long = 0;
    // SAFETY: the request writes one number through the pointer, and the descriptor is open.
    let answer = unsafe { libc::ioctl(std::os::fd::AsRawFd::as_raw_fd(&file), VERSION_REQUEST as _, &mut version) };
    (answer == 0).then_some(version as u32)
}

/// `FS_IOC_GETVERSION`: `_IOR('v', 1, long)`.
const VERSION_REQUEST: u64 = (2 << 30) | ((size_of::<libc::c_long>() as u64) << 16) | (0x76 << 8) | 1;

fn bits_of(path: &Path) -> io::Result<u32> {
    let file = open(path)?;
    Ok(ioctl_getflags(&file)?.bits())
}

/// Opens files and folders only: a device or pipe might answer by doing something.
fn open(path: &Path) -> io::Result<std::fs::File> {
    let metadata = path.symlink_metadata()?;
    if !metadata.is_file() && !metadata.is_dir() {
        return Err(io::Error::from(io::ErrorKind::Unsupported));
    }
    OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW).open(path)
}
