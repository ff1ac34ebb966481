//! ansible.builtin.async_status, the target's half: reads what a job has left, or removes it.

use crate::args::{Args, Choice};
use crate::data::{Map, Value, json};
use crate::diagnostic::Origin;
use crate::runner::{Failure, Module, Outcome, Run, Target, errors, job};

pub static MODULE: Module =
    Module::of::<AsyncStatus>("ansible.builtin.async_status", "Tell how an asynchronous task is doing");

#[derive(Args)]
struct AsyncStatus {
    /// The job.
    #[arg(required)]
    jid: String,
    /// Look at it, or remove what it left.
    #[arg(default = "status")]
    mode: Mode,
    /// For the action: the folder of jobs.
    #[arg(name = "_async_dir", default = "~/.ansible_async")]
    folder: String,
}

#[derive(Choice, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Status,
    Cleanup,
}

impl Run for AsyncStatus {
    fn run(self, target: &mut Target) -> Outcome {
        // A name is not a path: nobody may read or remove other files by it.
        if self.jid.contains('/') {
            return Err(Failure::new(format!("invalid job id: {}", self.jid)));
        }
        let file = job::folder_of(&self.folder, target.environment()).join(&self.jid);
        let about = |result: &mut Map| {
            result.insert("ansible_job_id", self.jid.as_str());
            result.insert("results_file", file.to_string_lossy().into_owned());
        };
        if !file.exists() {
            let mut failure = Failure::new("could not find job");
            about(&mut failure.details);
            failure.details.insert("started", true);
            failure.details.insert("finished", true);
            failure.details.insert("stdout", "");
            failure.details.insert("stderr", "");
            return Err(failure);
        }
        if self.mode == Mode::Cleanup {
            std::fs::remove_file(&file).map_err(|error| errors::file_failure(&error, &file))?;
            let mut result = Map::from([("erased", file.to_string_lossy().into_owned())]);
            about(&mut result);
            return Ok(result);
        }
        let text = std::fs::read_to_string(&file).map_err(|error| errors::file_failure(&error, &file))?;
        let parsed = json::parse(&text, &Origin::none());
        let Some(mut result) = parsed.ok().and_then(|value| value.as_map().cloned()) else {
            let mut result = Map::from([("started", true), ("finished", text.is_empty())]);
            about(&mut result);
            // An empty file is a job that is just being started.
            if text.is_empty() {
                result.insert("finished", false);
                return Ok(result);
            }
            let message = format!("Could not parse job output: {text}");
            return Err(Failure { details: result, ..Failure::new(message) });
        };
        about(&mut result);
        result.remove("ansible_async_pid");
        if !result.contains_key("started") {
            result.insert("finished", true);
            result.insert("started", true);
        }
        if !result.contains_key("finished") {
            result.insert("finished", Value::from(false));
        }
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::Scratch;

    #[test]
    fn a_job_is_read_and_removed() {
        let scratch = Scratch::new();
        scratch.put("jobs/j1", r#"{"rc": 0, "changed": true, "finished": 1, "started": 1}"#);
        let folder = scratch.path("jobs");
        let args = |more: &str| format!(r#"{{"jid": "j1", "_async_dir": "{}"{more}}}"#, folder.display());
        let reply = scratch.call(&MODULE, &args(""), "");
        scratch.assert_result(&reply, r#"{"rc": 0, "changed": true, "ansible_job_id": "j1"}"#);
        scratch.call(&MODULE, &args(r#", "mode": "cleanup""#), "");
        let reply = scratch.call(&MODULE, &args(""), "");
        scratch.assert_result(&reply, r#"{"failed": true, "msg": "could not find job"}"#);
    }

    #[test]
    fn a_path_is_no_job() {
        let scratch = Scratch::new();
        let reply = scratch.call(&MODULE, r#"{"jid": "../../etc/passwd"}"#, "");
        scratch.assert_result(&reply, r#"{"failed": true}"#);
    }
}
