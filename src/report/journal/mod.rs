//! Journals of runs: a folder with one file a run, to which each host's steps are added as they begin
//! and end. `runs` reads them, `resume` goes on from them.

pub mod format;
pub mod reader;
mod recorder;
mod value;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};

use crate::data::Environment;
use crate::data::vault::seal::Seal;
use crate::data::vault::{self, Vault};
use crate::diagnostic::Diagnostic;
use format::{Header, Record, SealMark};
use reader::Journal;
pub use recorder::Recorder;

/// How many runs are kept.
const KEEP: usize = 50;
/// How long runs are kept, in milliseconds.
const KEEP_FOR: i64 = 30 * 24 * 3600 * 1000;
/// What is sealed to know the password again.
const PROBE: &[u8] = b"muster";

/// What a run is, when it begins.
pub struct NewRun<'a> {
    pub program: &'a str,
    pub words: &'a [String],
    pub playbooks: &'a [PathBuf],
    pub vault: &'a Vault,
    pub environment: &'a Environment,
}

/// Begins a journal. What stands in the way costs a warning, not the run.
pub fn begin(folder: &Path, run: &NewRun<'_>) -> Result<Recorder, String> {
    let failed =
        |error: io::Error| format!("The run is not recorded, so it cannot be resumed: {}: {error}", folder.display());
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    prune(folder, run.environment.clock.now().as_millisecond());
    let mut dice = [0; 2];
    run.environment.dice.fill(&mut dice);
    let id = format!("{}-{:02x}{:02x}", run.environment.now().strftime("%Y%m%d-%H%M%S"), dice[0], dice[1]);
    let path = path_of(folder, &id);
    let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| failed(error.into()))?;
    let sealed = run.vault.secrets().first().map(|secret| {
        let mut salt = [0; vault::SALT_LENGTH];
        run.environment.dice.fill(&mut salt);
        let seal = Seal::new(&secret.password, &salt);
        let mut nonce = [0; vault::seal::NONCE_LENGTH];
        run.environment.dice.fill(&mut nonce);
        let probe = seal.seal(nonce, PROBE);
        (seal, SealMark { salt: salt.to_vec(), probe })
    });
    let (words, hidden) = without_secrets(run.words);
    let (seal, mark) = sealed.map_or((None, None), |(seal, mark)| (Some(seal), Some(mark)));
    let header = Header {
        id,
        started: run.environment.clock.now().as_millisecond(),
        program: run.program.to_owned(),
        words,
        hidden,
        folder: run.environment.working_directory.clone(),
        user: run.environment.user.clone(),
        playbooks: run.playbooks.iter().map(|path| (path.clone(), hash_of(path))).collect(),
        seal: mark,
    };
    let mut recorder = recorder(file, path, run.environment, seal);
    recorder.write_line(&header.to_line());
    match recorder.take_trouble() {
        Some(trouble) => Err(trouble),
        None => Ok(recorder),
    }
}

/// Goes on with a journal.
pub fn resume(path: &Path, journal: &Journal, run: &NewRun<'_>) -> Result<Recorder, Diagnostic> {
    let failed = |error: io::Error| Diagnostic::new(format!("{}: {error}", path.display()));
    let seal = match &journal.header.seal {
        None => None,
        Some(mark) => {
            let seals = run.vault.secrets().iter().map(|secret| Seal::new(&secret.password, &mark.salt));
            let fits = |seal: &Seal| seal.open(&mark.probe).as_deref() == Some(PROBE);
            Some(seals.into_iter().find(fits).ok_or_else(|| {
                Diagnostic::new("The journal is sealed with a vault password that is not among the given ones.")
            })?)
        }
    };
    let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Err(Diagnostic::new("The run is still going on."));
    }
    file.set_len(journal.whole).map_err(failed)?;
    let mut recorder = recorder(file, path.to_path_buf(), run.environment, seal);
    recorder.done = journal.done();
    let record = Record::Resumed { at: recorder.now() };
    recorder.write(&record);
    Ok(recorder)
}

fn recorder(file: File, path: PathBuf, environment: &Environment, seal: Option<Seal>) -> Recorder {
    Recorder {
        file: Some(file),
        path,
        environment: environment.clone(),
        seal,
        done: std::collections::HashMap::new(),
        trouble: None,
        plays: 0,
    }
}

/// The journal of a run.
pub fn path_of(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.jsonl"))
}

/// All runs that there are journals of, the oldest first.
pub fn ids(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let name = |entry: std::fs::DirEntry| entry.file_name().to_str()?.strip_suffix(".jsonl").map(str::to_owned);
    let mut ids: Vec<String> = entries.filter_map(name).collect();
    ids.sort_unstable();
    ids
}

/// Whether the run is going on right now.
pub fn is_running(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| flock(&file, FlockOperation::NonBlockingLockShared).is_err())
}

/// What a playbook's text hashes to; nothing for one that cannot be read.
pub fn hash_of(path: &Path) -> String {
    std::fs::read(path).map(|bytes| data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))).unwrap_or_default()
}

/// Old journals go, but none of a run that is going on.
fn prune(folder: &Path, now: i64) {
    let ids = ids(folder);
    let too_many = ids.len().saturating_sub(KEEP - 1);
    for (number, id) in ids.iter().enumerate() {
        let path = path_of(folder, id);
        let modified = std::fs::metadata(&path).and_then(|data| data.modified()).ok();
        let age = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let is_old = age.is_some_and(|age| i64::try_from(age.as_millis()).is_ok_and(|then| now - then > KEEP_FOR));
        if (number < too_many || is_old) && !is_running(&path) {
            // Another run may have been quicker.
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// Extra variables that look as if they held a secret are left out; whether there were any.
fn without_secrets(words: &[String]) -> (Vec<String>, bool) {
    const SIGNS: [&str; 5] = ["pass", "secret", "token", "key", "credential"];
    let tells = |text: &str| {
        let text = text.trim_start().to_lowercase();
        !text.starts_with('@') && SIGNS.iter().any(|sign| text.contains(sign))
    };
    let (mut kept, mut hidden) = (Vec::new(), false);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if word == "-e" || word == "--extra-vars" {
            match rest.next() {
                Some(value) if tells(value) => hidden = true,
                value => kept.extend([Some(word), value].into_iter().flatten().cloned()),
            }
        } else if let Some(value) = word.strip_prefix("--extra-vars=").or_else(|| word.strip_prefix("-e"))
            && tells(value)
        {
            hidden = true;
        } else {
            kept.push(word.clone());
        }
    }
    (kept, hidden)
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    fn check(words: &str, kept: &str, hidden: bool) {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        assert_eq!(without_secrets(&words), (kept.split(' ').map(str::to_owned).collect(), hidden), "{words:?}");
    }

    #[test]
    fn extra_variables_with_secrets_are_left_out() {
        check("site.yml -e a=1 -v", "site.yml -e a=1 -v", false);
        check("-e db_password=x site.yml -eTOKEN=1 --extra-vars={api_key:1}", "site.yml", true);
        check("--extra-vars {secret:1} site.yml -e @secrets.yml", "site.yml -e @secrets.yml", true);
        check("site.yml -e", "site.yml -e", false);
    }
}
