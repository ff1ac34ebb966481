//! Asynchronous calls: a process of their own that outlives the runner, and a file with the result
//! in Ansible's format, so that either can ask about the other's jobs.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::files::write::random_name;
use super::{Failure, Registry, Site, errors, execute};
use crate::data::json::{self, Style};
use crate::data::{Environment, Map, Value};
use crate::wire::{self, Body, Call, Frame, Job, Reply};

/// The word after `muster runner` that makes the process a job.
pub const JOB_WORD: &str = "--job";

/// Starts a job and replies at once.
pub fn start(mut call: Call, job: &Job, site: &Site) -> Result<Reply, Failure> {
    let folder = folder_of(&job.dir, &site.environment);
    std::fs::create_dir_all(&folder).map_err(|error| {
        Failure::new(format!("could not create directory: {} - {}", folder.display(), errors::plain(&error)))
    })?;
    let file = folder.join(&job.id);
    let begun = state(&job.id, false);
    write(&file, &begun).map_err(|error| errors::file_failure(&error, &file))?;
    // Content cannot be asked for once the controller has gone on.
    for (index, blob) in call.blobs.iter_mut().enumerate() {
        if blob.content.is_none() {
            blob.content = Some(fetch(site, index as u32, blob.size)?);
        }
    }
    call.job = Some(Job { dir: folder.to_string_lossy().into_owned(), ..job.clone() });
    let child = std::process::Command::new("/proc/self/exe")
        .args(["runner", JOB_WORD])
        .env_clear()
        .envs(site.environment.variables.iter())
        .current_dir(&site.environment.working_directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn();
    let handed_over = child.and_then(|mut child| {
        let stdin = child.stdin.take();
        let frame = wire::encode(&Frame { route: 0, body: Body::Call(0, Box::new(call)) });
        // Reaped when it ends, if this runner lives that long.
        thread::spawn(move || child.wait());
        stdin.map_or(Ok(()), |mut stdin| stdin.write_all(&frame))
    });
    handed_over.map_err(|error| Failure::new(format!("The job cannot be started: {error}")))?;
    let mut result = begun;
    result.insert("changed", true);
    result.insert("results_file", file.to_string_lossy().into_owned());
    Ok(Reply { result, ..Reply::default() })
}

fn fetch(site: &Site, blob: u32, size: u64) -> Result<Vec<u8>, Failure> {
    let mut content = Vec::with_capacity(size as usize);
    while (content.len() as u64) < size {
        let piece = site.blobs.read(blob, content.len() as u64).map_err(|error| Failure::new(error.to_string()))?;
        if piece.is_empty() {
            break;
        }
        content.extend(piece);
    }
    Ok(content)
}

/// The life of a job's process: one call from its input, its result into the job file.
pub fn run(registry: &Registry, environment: Environment, mut input: impl Read) -> io::Result<()> {
    // A session of its own, so that the end of the login's does not reach it.
    let _ = rustix::process::setsid();
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let frame = wire::decode(bytes.get(4..).unwrap_or_default()).map_err(io::Error::other)?;
    let Body::Call(_, mut call) = frame.body else { return Err(io::Error::other("a job is a call")) };
    let Some(job) = call.job.take() else { return Err(io::Error::other("a job has a name")) };
    let file = Path::new(&job.dir).join(&job.id);
    let mut begun = state(&job.id, false);
    begun.insert("ansible_async_pid", std::process::id());
    write(&file, &begun)?;
    let site = Site::new(environment);
    let watch = watch(job.clone(), file.clone(), site.cancel.clone());
    let reply = execute(registry, *call, &site);
    // From here on the watch must not write.
    if watch.swap(true, std::sync::atomic::Ordering::SeqCst) {
        return Ok(());
    }
    let mut result = reply.result;
    result.insert("ansible_job_id", job.id.as_str());
    write(&file, &result)
}

/// Ends the job when its time is over. The flag says that somebody has had the last word.
fn watch(job: Job, file: PathBuf, cancel: super::cancel::Cancel) -> Arc<std::sync::atomic::AtomicBool> {
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let flag = Arc::clone(&done);
    if job.limit > 0 {
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(job.limit));
            if !flag.swap(true, std::sync::atomic::Ordering::SeqCst) {
                cancel.cancel();
                let mut result = state(&job.id, true);
                result.insert("failed", true);
                result.insert("changed", false);
                result.insert("msg", "Timeout exceeded");
                result.insert("child_pid", std::process::id());
                let _ = write(&file, &result);
                std::process::exit(1);
            }
        });
    }
    done
}

fn state(id: &str, finished: bool) -> Map {
    Map::from([
        ("started", Value::from(true)),
        ("finished", Value::from(finished)),
        ("ansible_job_id", Value::text(id)),
    ])
}

/// The folder of job files: `~` is the home of whoever runs the job.
pub fn folder_of(folder: &str, environment: &Environment) -> PathBuf {
    let folder = if folder.is_empty() { "~/.ansible_async" } else { folder };
    environment.absolute(&environment.expand_variables(folder))
}

/// Replaces the job file at once, so that no reader sees half of it.
fn write(file: &Path, result: &Map) -> io::Result<()> {
    let text = json::dumps(&result.clone().into(), &Style::default());
    let temporary =
        file.with_file_name(format!(".{}.{}", file.file_name().unwrap_or_default().to_string_lossy(), random_name()));
    let mut options = std::fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o600);
    options.open(&temporary)?.write_all(text.as_bytes())?;
    std::fs::rename(temporary, file)
}
