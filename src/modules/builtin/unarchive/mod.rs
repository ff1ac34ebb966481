//! ansible.builtin.unarchive: unpacks archives.

mod tar;
mod zip;

use std::path::{Component, Path, PathBuf};

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::files::FileAttributes;
use crate::runner::http;
use crate::runner::{Failure, Finished, Module, Outcome, Run, Target, errors};

pub static MODULE: Module = Module::of::<Unarchive>("ansible.builtin.unarchive", "Unpack archives");

#[derive(Args)]
#[args(exclusive("include", "exclude"))]
struct Unarchive {
    /// The archive: a file that is sent along, one on the host with `remote_src`, or an address.
    src: TargetPath,
    /// The folder that it is unpacked in.
    dest: TargetPath,
    /// Whether the archive is on the host already.
    #[arg(default = false)]
    remote_src: bool,
    /// Nothing is done where this is there.
    creates: Option<TargetPath>,
    /// How much is read from an address at once; of no meaning here.
    #[arg(unused, default = 65536)]
    io_buffer_size: i64,
    /// Whether the result lists the files.
    #[arg(default = false)]
    list_files: bool,
    /// Whether files that are newer than those of the archive stay.
    #[arg(default = false)]
    keep_newer: bool,
    /// Only these files are unpacked.
    #[arg(default = [])]
    include: Vec<String>,
    /// These files are not unpacked.
    #[arg(default = [])]
    exclude: Vec<String>,
    /// More options of the program that unpacks.
    #[arg(default = [])]
    extra_opts: Vec<String>,
    /// Whether the certificate of an address must be one that the host trusts.
    #[arg(default = true)]
    validate_certs: bool,
    /// Whether the archive is sent along; the opposite of `remote_src`.
    #[arg(unused)]
    copy: Option<bool>,
    /// Whether a vault is decrypted; that is done before it gets here.
    #[arg(unused, default = true)]
    decrypt: bool,
    #[arg(flatten)]
    attributes: FileAttributes,
}

/// An archive and the place that it is for.
struct Job<'a> {
    options: &'a Unarchive,
    archive: PathBuf,
    dest: PathBuf,
}

/// What is known of an archive before it is unpacked.
struct Plan {
    handler: &'static str,
    files: Vec<String>,
    is_unpacked: bool,
    /// How the files differ, where that is told.
    diff: Option<String>,
}

impl Run for Unarchive {
    fn run(self, target: &mut Target) -> Outcome {
        let dest = target.absolute(&self.dest);
        let archive = self.archive(target)?;
        if !dest.is_dir() {
            return Err(Failure::new(format!("Destination '{}' is not a directory", self.dest.text())));
        }
        let mut result = Map::from([("src", Value::from(archive.to_string_lossy().into_owned()))]);
        result.insert("dest", self.dest.text());
        let job = Job { options: &self, archive, dest };
        let format = Format::of(&job.archive)?;
        if let Some(creates) = self.creates.as_ref().filter(|creates| target.absolute(creates).exists()) {
            let _ = creates;
            result.insert("handler", format.handler());
            result.insert("changed", false);
            return Ok(result);
        }
        if target.is_check() && format != Format::Zip {
            let message = "remote module (unarchive) does not support check mode when using gtar";
            return Ok(Map::from([("skipped", Value::from(true)), ("msg", message.into()), ("changed", false.into())]));
        }
        let plan = match format {
            Format::Zip => zip::plan(&job, target)?,
            format => tar::plan(&job, format, target)?,
        };
        job.refuse_escapes(&plan.files)?;
        result.insert("handler", plan.handler);
        if self.list_files {
            result.insert("files", Value::list(plan.files.iter().map(|name| Value::text(name.as_str()))));
        }
        if let Some(diff) = plan.diff.filter(|_| !plan.is_unpacked) {
            result.insert("diff", Map::from([("prepared", diff)]));
        }
        if !plan.is_unpacked {
            let unpacked = target.effect(|target| match format {
                Format::Zip => zip::unpack(&job, target),
                format => tar::unpack(&job, format, target),
            })?;
            if let Some(unpacked) = unpacked {
                result.insert("extract_results", unpacked);
            }
        }
        job.converge_files(&plan.files, target)?;
        Ok(result)
    }
}

/// What kind of archive, by its first bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Plain,
    Gzip,
    Xz,
    Bzip2,
    Zstd,
    Zip,
}

impl Format {
    fn of(path: &Path) -> Result<Self, Failure> {
        let mut head = [0; 6];
        let length = std::fs::File::open(path)
            .and_then(|mut file| std::io::Read::read(&mut file, &mut head))
            .map_err(|_| Failure::new(format!("Source '{}' not readable", path.display())))?;
        Ok(match &head[..length] {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0xfd, b'7', b'z', b'X', b'Z', ..] => Self::Xz,
            [b'B', b'Z', b'h', ..] => Self::Bzip2,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Self::Zip,
            _ => Self::Plain,
        })
    }

    fn handler(self) -> &'static str {
        match self {
            Self::Plain => "TarArchive",
            Self::Gzip => "TgzArchive",
            Self::Xz => "TarXzArchive",
            Self::Bzip2 => "TarBzipArchive",
            Self::Zstd => "TarZstdArchive",
            Self::Zip => "ZipArchive",
        }
    }
}

impl Unarchive {
    /// Where the archive lies on the host.
    fn archive(&self, target: &mut Target) -> Result<PathBuf, Failure> {
        let shown = self.src.text();
        if let Some(mut content) = target.blob("src") {
            let path = target.temp_dir().join(http::temporary_name());
            target.remove_at_end(path.clone());
            target.write_from(&path, &mut content, false)?;
            return Ok(path);
        }
        if shown.contains("://") {
            return self.fetch(&shown, target);
        }
        let path = target.absolute(&self.src);
        if !path.exists() {
            return Err(Failure::new(if self.remote_src {
                format!("Source '{shown}' does not exist")
            } else {
                format!("Source '{shown}' failed to transfer")
            }));
        }
        Ok(path)
    }

    fn fetch(&self, address: &str, target: &mut Target) -> Result<PathBuf, Failure> {
        let request = http::Request { method: "GET".to_owned(), url: address.to_owned(), ..http::Request::default() };
        let options = http::Options { validate_certs: self.validate_certs, ..http::Options::default() };
        let failed = |why: String| Failure::new(format!("Failure downloading {address}, {why}"));
        let mut response =
            http::send(&request, &options, target.environment()).map_err(|error| failed(error.to_string()))?;
        if response.status != 200 {
            return Err(failed(format!("HTTP Error {}: {}", response.status, response.reason)));
        }
        let path = target.temp_dir().join(http::temporary_name());
        target.remove_at_end(path.clone());
        target.write_from(&path, &mut response.body, false)?;
        Ok(path)
    }
}

impl Job<'_> {
    /// Nothing may be unpacked outside of the folder.
    fn refuse_escapes(&self, files: &[String]) -> Result<(), Failure> {
        let leads_out = |name: &&String| Path::new(name).components().any(|part| part == Component::ParentDir);
        match files.iter().find(leads_out) {
            Some(name) => Err(Failure::new(format!(
                "Refusing to unpack '{}': the name '{name}' leads out of the destination",
                self.archive.display()
            ))),
            None => Ok(()),
        }
    }

    /// Owner and permissions of what was unpacked.
    fn converge_files(&self, files: &[String], target: &mut Target) -> Result<(), Failure> {
        let attributes = &self.options.attributes;
        if attributes.mode.is_none() && attributes.owner.is_none() && attributes.group.is_none() {
            return Ok(());
        }
        for name in files {
            let path = self.dest.join(name.trim_start_matches('/'));
            if path.symlink_metadata().is_ok() {
                target.converge_attributes(&path, attributes)?;
            }
        }
        Ok(())
    }

    fn no_handler(&self, program: &Path, why: &str) -> Failure {
        Failure::new(format!(
            "Failed to find handler for \"{}\". Make sure the required command to extract the file is installed.\nCommand \"{}\" could not handle archive: {why}",
            self.archive.display(),
            program.display()
        ))
    }
}

/// What the program said that unpacked.
fn described(words: &[String], finished: &Finished) -> Map {
    Map::from([
        ("cmd", Value::list(words.iter().map(|word| Value::text(word.as_str())))),
        ("rc", finished.code.into()),
        ("out", finished.stdout_text().into()),
        ("err", finished.stderr_text().into()),
    ])
}

/// Runs the program that unpacks.
fn run(job: &Job<'_>, words: &[String], target: &Target) -> Result<Map, Failure> {
    let finished = target.command(words).folder(&job.dest).in_english().run_or_fail()?;
    let unpacked = described(words, &finished);
    if finished.is_success() {
        return Ok(unpacked);
    }
    let archive = job.archive.display();
    let message = format!("failed to unpack {archive} to {}", job.dest.display());
    Err(Failure::new(message).with("extract_results", unpacked).with("dest", job.options.dest.text()))
}

fn file_failure(path: &Path) -> impl Fn(std::io::Error) -> Failure + '_ {
    move |error| errors::file_failure(&error, path)
}

#[cfg(test)]
mod tests;
