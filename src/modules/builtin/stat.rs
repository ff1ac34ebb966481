//! ansible.builtin.stat: tells all about a file.

use std::fs::Metadata;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use rustix::fs::{Access, access};

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::files::{checksum, flags, real_path};
use crate::runner::{Failure, Module, Outcome, Run, Target, errors};

pub static MODULE: Module = Module::of::<Stat>("ansible.builtin.stat", "Tell all about a file or folder");

#[derive(Args)]
struct Stat {
    /// The file.
    #[arg(alias = "dest", alias = "name")]
    path: TargetPath,
    /// Whether a link stands for what it points to.
    #[arg(default = false)]
    follow: bool,
    /// Whether to count a checksum of its content.
    #[arg(default = true)]
    get_checksum: bool,
    /// Whether to guess what kind of content it has, where the program `file` is there.
    #[arg(default = true, alias = "mime", alias = "mime_type", alias = "mime-type")]
    get_mime: bool,
    /// Whether to ask for its file system flags.
    #[arg(default = true, alias = "attr", alias = "attributes")]
    get_attributes: bool,
    /// Which checksum.
    #[arg(
        default = "sha1",
        alias = "checksum",
        alias = "checksum_algo",
        choices("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
    )]
    checksum_algorithm: String,
}

impl Run for Stat {
    fn run(self, target: &mut Target) -> Outcome {
        let path = target.absolute(&self.path);
        let metadata = if self.follow { path.metadata() } else { path.symlink_metadata() };
        let metadata = match metadata {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Map::from([("stat", Map::from([("exists", false)]))]));
            }
            Err(error) => {
                return Err(Failure::new(errors::words(&error)).caused_by(errors::with_bytes(&error, &path)));
            }
        };
        let mut stat = numbers(&metadata);
        stat.insert("path", &self.path);
        kinds(&metadata, &mut stat);
        permissions(&metadata, &path, &mut stat);
        if let Some(user) = target.users().user_by_id(metadata.uid()) {
            stat.insert("pw_name", user.name);
        }
        if let Some(group) = target.users().group_by_id(metadata.gid()) {
            stat.insert("gr_name", group.name);
        }
        if metadata.is_symlink() {
            stat.insert("lnk_source", real_path(&path).to_string_lossy().into_owned());
            let there = path.read_link().unwrap_or_default();
            stat.insert("lnk_target", there.to_string_lossy().into_owned());
        }
        if metadata.is_file() && self.get_checksum {
            // A file that cannot be read has no checksum, which is no failure.
            if let Ok(sum) = checksum::of_file(&path, &self.checksum_algorithm) {
                stat.insert("checksum", sum);
            }
        }
        if self.get_mime {
            let (kind, charset) = mime(target, &path).unwrap_or(("unknown".to_owned(), "unknown".to_owned()));
            stat.insert("mimetype", kind);
            stat.insert("charset", charset);
        }
        if self.get_attributes {
            let letters = flags::of(&path).unwrap_or_default();
            stat.insert("attributes", Value::list(flags::names(&letters).into_iter().map(Value::text)));
            stat.insert("attr_flags", letters);
            stat.insert("version", flags::version(&path).map(|version| version.to_string()));
        }
        Ok(Map::from([("stat", stat)]))
    }
}

fn numbers(metadata: &Metadata) -> Map {
    let time = |seconds: i64, nanoseconds: i64| seconds as f64 + 1e-9 * nanoseconds as f64;
    Map::from([
        ("exists", Value::from(true)),
        ("uid", metadata.uid().into()),
        ("gid", metadata.gid().into()),
        ("size", metadata.size().into()),
        ("inode", metadata.ino().into()),
        ("dev", metadata.dev().into()),
        ("nlink", metadata.nlink().into()),
        ("atime", time(metadata.atime(), metadata.atime_nsec()).into()),
        ("mtime", time(metadata.mtime(), metadata.mtime_nsec()).into()),
        ("ctime", time(metadata.ctime(), metadata.ctime_nsec()).into()),
        ("block_size", metadata.blksize().into()),
        ("blocks", metadata.blocks().into()),
        ("device_type", metadata.rdev().into()),
    ])
}

fn kinds(metadata: &Metadata, stat: &mut Map) {
    let kind = metadata.file_type();
    stat.extend([
        ("isdir", kind.is_dir()),
        ("ischr", kind.is_char_device()),
        ("isblk", kind.is_block_device()),
        ("isreg", kind.is_file()),
        ("isfifo", kind.is_fifo()),
        ("islnk", kind.is_symlink()),
        ("issock", kind.is_socket()),
    ]);
}

fn permissions(metadata: &Metadata, path: &Path, stat: &mut Map) {
    let mode = metadata.mode();
    stat.insert("mode", format!("{:04o}", mode & 0o7777));
    let bits = [
        ("isuid", 0o4000),
        ("isgid", 0o2000),
        ("rusr", 0o400),
        ("wusr", 0o200),
        ("xusr", 0o100),
        ("rgrp", 0o40),
        ("wgrp", 0o20),
        ("xgrp", 0o10),
        ("roth", 0o4),
        ("woth", 0o2),
        ("xoth", 0o1),
    ];
    stat.extend(bits.map(|(name, bit)| (name, mode & bit != 0)));
    for (name, wanted) in
        [("readable", Access::READ_OK), ("writeable", Access::WRITE_OK), ("executable", Access::EXEC_OK)]
    {
        stat.insert(name, access(path, wanted).is_ok());
    }
}

/// Kind and charset of the content, as the program `file` has it.
fn mime(target: &Target, path: &Path) -> Option<(String, String)> {
    let program = target.find_program("file")?;
    let command = target.command([program]).arg("--mime-type").arg("--mime-encoding").arg("--").arg(path);
    let finished = command.in_english().run().ok().filter(|finished| finished.is_success())?;
    let text = finished.stdout_text();
    let (_, answer) = text.trim_end().rsplit_once(": ")?;
    let (kind, charset) = answer.split_once(';')?;
    let charset = charset.split_once('=')?.1;
    Some((kind.trim().to_owned(), charset.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::data::Value;
    use crate::runner::testing::{Scratch, parse};

    #[test]
    fn cases() {
        let scratch = Scratch::new();
        scratch.put("f", "hello\n");
        scratch.mode("f", 0o4750);
        scratch.put("l -> f", "");
        scratch.put("broken -> none", "");
        for (args, wanted) in [
            (
                r#"{"path": "@/f"}"#,
                r#"{"exists": true, "isreg": true, "isdir": false, "mode": "4750", "size": 6, "isuid": true, "rgrp": true,
                    "woth": false, "checksum": "f572d396fae9206628714fb2ce00f72e94f2258f", "nlink": 1, "path": "@/f",
                    "executable": true, "lnk_target": null}"#,
            ),
            (
                r#"{"path": "l", "get_mime": false, "get_checksum": false, "get_attributes": false}"#,
                r#"{"islnk": true, "lnk_source": "@/f", "lnk_target": "f", "mode": "0777", "mimetype": null,
                    "checksum": null, "attr_flags": null, "path": "l"}"#,
            ),
            (
                r#"{"dest": "@/l", "follow": true, "checksum_algo": "md5"}"#,
                r#"{"islnk": false, "isreg": true, "size": 6, "checksum": "b1946ac92492d2347c6235b4d2611184"}"#,
            ),
            (r#"{"path": "@/broken"}"#, r#"{"exists": true, "lnk_source": "@/none", "readable": false}"#),
            (r#"{"path": "@/broken", "follow": true}"#, r#"{"exists": false, "path": null}"#),
            (r#"{"path": "@/none"}"#, r#"{"exists": false}"#),
            (r#"{"path": "@"}"#, r#"{"isdir": true, "checksum": null}"#),
            (r#"{"path": "/dev/null"}"#, r#"{"ischr": true, "device_type": 259, "version": null}"#),
        ] {
            let mut reply = scratch.call(&MODULE, args, "check");
            assert_eq!(reply.result.get("changed"), Some(&Value::from(false)));
            reply.result = reply.result.get("stat").and_then(Value::as_map).expect("it is there").clone();
            scratch.assert_result(&reply, wanted);
        }
        let reply = scratch.call(&MODULE, r#"{"path": "@/f/x"}"#, "");
        assert_eq!(reply.result.get("msg"), Some(&parse(r#""Not a directory""#)));
    }
}
