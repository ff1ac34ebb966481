//! ansible.builtin.cron: entries of a user's table of jobs, or of a file in `/etc/cron.d`. The marks
//! that it leaves are Ansible's own, so that both can look after the same table.

mod table;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::files::write::random_name;
use crate::runner::{Command, Failure, Module, Outcome, Run, Target, errors};

use table::Table;

pub static MODULE: Module = Module::of::<Cron>("ansible.builtin.cron", "Manage jobs that run at set times");

#[derive(Args)]
#[args(exclusive("insertafter", "insertbefore"))]
struct Cron {
    /// The entry's name, which stands in a comment over it; of a variable the name itself.
    name: String,
    /// Whose table.
    user: Option<String>,
    /// The command, or the variable's value.
    #[arg(alias = "value")]
    job: Option<String>,
    /// A file of its own in place of the user's table, below `/etc/cron.d` unless it is absolute.
    cron_file: Option<TargetPath>,
    /// Whether the entry is to be there.
    #[arg(default = "present", choices("absent", "present"))]
    state: String,
    /// Whether the old table is kept.
    #[arg(default = false)]
    backup: bool,
    /// The minutes.
    #[arg(default = "*")]
    minute: String,
    /// The hours.
    #[arg(default = "*")]
    hour: String,
    /// The days of the month.
    #[arg(default = "*", alias = "dom")]
    day: String,
    /// The months.
    #[arg(default = "*")]
    month: String,
    /// The days of the week.
    #[arg(default = "*", alias = "dow")]
    weekday: String,
    /// A time with a name.
    #[arg(choices("annually", "daily", "hourly", "monthly", "reboot", "weekly", "yearly"))]
    special_time: Option<String>,
    /// Whether the entry stands behind a `#`.
    #[arg(default = false)]
    disabled: bool,
    /// Whether it is a variable.
    #[arg(default = false)]
    env: bool,
    /// The variable after which a new one goes.
    insertafter: Option<String>,
    /// The variable before which a new one goes.
    insertbefore: Option<String>,
}

impl Run for Cron {
    fn run(self, target: &mut Target) -> Outcome {
        self.check()?;
        let job = self.job.clone().unwrap_or_default();
        if job.contains(['\r', '\n']) {
            target.warn("Job should not contain line breaks");
        }
        let file = self.cron_file.as_ref().map(|file| Path::new("/etc/cron.d").join(file));
        let before = match &file {
            Some(path) => target.read_text(&target.absolute(path))?.unwrap_or_default(),
            None => self.crontab(target)?,
        };
        let mut table = Table::parse(&before);
        let differs = self.edit(&mut table, &job)?;
        let after = table.text();
        let goes = file.is_some() && self.state == "absent" && differs && table.is_empty();
        let shown = file.as_ref().map_or_else(|| "crontab".to_owned(), |path| path.to_string_lossy().into_owned());
        let mut result = Map::from([("changed", Value::from(differs))]);
        if differs {
            let backup = self.store(file.as_deref(), &before, &after, goes, target)?;
            if let Some(backup) = backup {
                result.insert("backup_file", backup.to_string_lossy().into_owned());
            }
            if target.wants_diff() {
                let header = if goes { "/dev/null".to_owned() } else { shown.clone() };
                let diff = Map::from([
                    ("before", table::shown(&before)),
                    ("after", after),
                    ("before_header", shown),
                    ("after_header", header),
                ]);
                result.insert("diff", diff);
            }
        }
        if goes {
            if !target.wants_diff() {
                result.insert("diff", Map::new());
            }
            result.insert("state", "absent");
        } else {
            result.insert("jobs", Value::list(table.jobs().into_iter().map(Value::from)));
            result.insert("envs", Value::list(table.variables().into_iter().map(Value::from)));
        }
        if let Some(path) = &self.cron_file {
            result.insert("cron_file", path.text());
        }
        Ok(result)
    }
}

impl Cron {
    fn check(&self) -> Result<(), Failure> {
        let times = [&self.minute, &self.hour, &self.day, &self.month, &self.weekday];
        let has_times = times.iter().any(|time| *time != "*");
        if self.special_time.is_some() && has_times {
            return Err("You cannot combine special_time with any of the time or day/date parameters.".into());
        }
        if self.cron_file.is_some() && self.state == "present" && self.user.is_none() && !self.env {
            return Err("To use cron_file=... parameter you must specify user=... as well".into());
        }
        if self.state == "present" && self.job.is_none() {
            return Err("You must specify 'job' to install a new cron job or variable".into());
        }
        if (self.insertafter.is_some() || self.insertbefore.is_some()) && !self.env && self.state == "present" {
            return Err("Insertafter and insertbefore parameters are valid only with env=yes".into());
        }
        Ok(())
    }

    /// Brings the entry about; tells whether anything differed.
    fn edit(&self, table: &mut Table, job: &str) -> Result<bool, Failure> {
        let is_present = self.state == "present";
        if self.env {
            if self.name.contains(' ') {
                return Err("Invalid name for environment variable".into());
            }
            if !is_present {
                return Ok(table.remove_variable(&self.name));
            }
            let line = format!("{}=\"{job}\"", self.name);
            let place = match (&self.insertafter, &self.insertbefore) {
                (Some(name), _) => Some((name.as_str(), 1)),
                (None, Some(name)) => Some((name.as_str(), 0)),
                (None, None) => None,
            };
            return table.set_variable(&self.name, line, place);
        }
        if is_present { Ok(table.set_job(&self.name, &self.line(job))) } else { Ok(table.remove_job(&self.name)) }
    }

    fn line(&self, job: &str) -> String {
        let mark = if self.disabled { "#" } else { "" };
        let user = match (&self.cron_file, &self.user) {
            (Some(_), Some(user)) => format!("{user} "),
            _ => String::new(),
        };
        let job = job.trim_matches(['\r', '\n']);
        match &self.special_time {
            Some(time) => format!("{mark}@{time} {user}{job}"),
            None => {
                let Self { minute, hour, day, month, weekday, .. } = self;
                format!("{mark}{minute} {hour} {day} {month} {weekday} {user}{job}")
            }
        }
    }

    fn program<'t>(&self, target: &'t Target) -> Result<Command<'t>, Failure> {
        let command = target.command([target.required_program("crontab")?]).in_english();
        Ok(match self.user.as_ref().filter(|user| **user != target.environment().user) {
            Some(user) => command.arg("-u").arg(user),
            None => command,
        })
    }

    fn crontab(&self, target: &Target) -> Result<String, Failure> {
        let finished = self.program(target)?.arg("-l").run_or_fail()?;
        // One that has no table says so by 1.
        match finished.code {
            0 => Ok(finished.stdout_text()),
            1 => Ok(String::new()),
            code => Err(Failure::new("Unable to read crontab").with("rc", code)),
        }
    }

    fn store(
        &self,
        file: Option<&Path>,
        before: &str,
        after: &str,
        goes: bool,
        target: &mut Target,
    ) -> Result<Option<PathBuf>, Failure> {
        let kept = target.effect(|target| {
            let mut kept = None;
            if self.backup {
                let path = target.temp_dir().join(format!("crontab{}", &random_name()[..8]));
                target.write_file(&path, before.as_bytes(), false)?;
                kept = Some(path);
            }
            match file {
                None => {
                    // A table without entries is told by an empty line: nothing to read means no standard input.
                    let text = if after.is_empty() { "\n" } else { after };
                    let finished = self.program(target)?.arg("-").stdin(text).run_or_fail()?;
                    if !finished.is_success() {
                        return Err(Failure::new(finished.stderr_text()));
                    }
                }
                Some(path) => {
                    let path = target.absolute(path);
                    let failed = |error: std::io::Error| errors::file_failure(&error, &path);
                    if goes {
                        std::fs::remove_file(&path).map_err(failed)?;
                    } else {
                        target.write_file(&path, after.as_bytes(), false)?;
                        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).map_err(failed)?;
                    }
                }
            }
            Ok(kept)
        })?;
        Ok(kept.flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::runner::testing::{Case, Scratch, check_cases};

    /// A `crontab` that keeps its table in a file.
    fn scratch(table: &str) -> Scratch {
        let scratch = Scratch::new();
        if !table.is_empty() {
            scratch.put("table", table);
        }
        let path = scratch.path("table");
        let path = path.display();
        let lines = format!(
            "for last; do :; done\ncase $last in -l) [ -f {path} ] || exit 1; cat {path};; -) sed -n 's/^< //p' {}/.calls > {path};; esac",
            scratch.folder.display()
        );
        scratch.program("crontab", &lines);
        scratch
    }

    #[test]
    fn tables() {
        /// Before, arguments, result, after.
        const ROWS: &[(&str, &str, &str, &str)] = &[
            (
                "",
                r#"{"name": "a job", "minute": "5", "hour": "2", "job": "ls > /dev/null"}"#,
                r#"{"changed": true, "jobs": ["a job"], "envs": []}"#,
                "#Ansible: a job\n5 2 * * * ls > /dev/null\n",
            ),
            (
                "#Ansible: a\n1 * * * * x\n#Ansible: b\n@daily y\n",
                r#"{"name": "a", "job": "z", "disabled": true}"#,
                r#"{"changed": true, "jobs": ["a", "b"]}"#,
                "#Ansible: a\n#* * * * * z\n#Ansible: b\n@daily y\n",
            ),
            (
                "X=1\n#Ansible: a\n1 * * * * x\n",
                r#"{"name": "a", "state": "absent"}"#,
                r#"{"changed": true, "jobs": [], "envs": ["X"]}"#,
                "X=1\n",
            ),
            (
                "* * * * * x\n",
                r#"{"name": "a", "job": "x"}"#,
                r#"{"changed": true, "jobs": ["a"]}"#,
                "#Ansible: a\n* * * * * x\n",
            ),
            (
                "#Ansible: a\n@daily x\n",
                r#"{"name": "P", "env": true, "job": "/b"}"#,
                r#"{"envs": ["P"]}"#,
                "P=\"/b\"\n#Ansible: a\n@daily x\n",
            ),
            (
                "P=\"/b\"\nQ=1\n",
                r#"{"name": "R", "env": true, "job": "r", "insertafter": "P"}"#,
                r#"{"envs": ["P", "R", "Q"]}"#,
                "P=\"/b\"\nR=\"r\"\nQ=1\n",
            ),
            (
                "P=\"/b\"\n",
                r#"{"name": "P", "env": true, "state": "absent"}"#,
                r#"{"changed": true, "envs": []}"#,
                "\n",
            ),
        ];
        for (before, args, result, after) in ROWS {
            let scratch = scratch(before);
            scratch.call(&MODULE, args, "check");
            let now = std::fs::read_to_string(scratch.path("table")).unwrap_or_default();
            assert_eq!(now, *before, "check mode changed it: {args}");
            scratch.calls();
            scratch.assert_result(&scratch.call(&MODULE, args, ""), result);
            assert_eq!(scratch.text("table"), *after, "{args}");
            scratch.assert_result(&scratch.call(&MODULE, args, ""), r#"{"changed": false}"#);
        }
    }

    #[test]
    fn files() {
        check_cases(
            &MODULE,
            &[
                Case::new(
                    &[],
                    r#"{"name": "f", "cron_file": "@/f", "user": "root", "job": "echo", "minute": "1"}"#,
                    r#"{"changed": true, "cron_file": "@/f", "jobs": ["f"]}"#,
                    &[("f", "#Ansible: f\n1 * * * * root echo\n")],
                ),
                Case::new(
                    &[("f", "#Ansible: f\n1 * * * * root echo\n")],
                    r#"{"name": "f", "cron_file": "@/f", "state": "absent"}"#,
                    r#"{"changed": true, "cron_file": "@/f", "state": "absent", "jobs": null}"#,
                    &[("f", "<absent>")],
                ),
                Case::new(
                    &[],
                    r#"{"name": "f", "cron_file": "@/f", "job": "echo"}"#,
                    r#"{"failed": true, "msg": "To use cron_file=... parameter you must specify user=... as well"}"#,
                    &[],
                ),
                Case::new(
                    &[],
                    r#"{"name": "f", "special_time": "reboot", "minute": "5", "job": "x"}"#,
                    r#"{"failed": true, "msg": "You cannot combine special_time with any of the time or day/date parameters."}"#,
                    &[],
                ),
                Case::new(
                    &[],
                    r#"{"name": "f"}"#,
                    r#"{"failed": true, "msg": "You must specify 'job' to install a new cron job or variable"}"#,
                    &[],
                ),
            ],
        );
    }
}
