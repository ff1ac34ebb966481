//! ansible.builtin.pip: packages of Python.

use std::path::{Path, PathBuf};

use crate::args::{Args, TargetPath};
use crate::data::{Map, Value};
use crate::runner::process::quoted;
use crate::runner::{Failure, Finished, Module, Outcome, Run, Target, words};

pub static MODULE: Module = Module::of::<Pip>("ansible.builtin.pip", "Manage packages of Python");

#[derive(Args)]
#[args(
    required_one_of("name", "requirements"),
    exclusive("name", "requirements"),
    exclusive("executable", "virtualenv")
)]
struct Pip {
    /// The packages, each with a version if wished: `name==1.0`.
    name: Option<Vec<String>>,
    /// The version of a single package.
    version: Option<String>,
    /// A file that lists packages.
    requirements: Option<String>,
    /// An environment of its own, which is made if need be.
    virtualenv: Option<TargetPath>,
    /// Whether a new environment sees the system's packages.
    #[arg(default = false)]
    virtualenv_site_packages: bool,
    /// The program that makes environments.
    #[arg(default = "virtualenv", kind = "path")]
    virtualenv_command: String,
    /// The Python of a new environment.
    virtualenv_python: Option<String>,
    /// The state to bring packages to.
    #[arg(default = "present", choices("absent", "forcereinstall", "latest", "present"))]
    state: String,
    /// More options of pip.
    extra_args: Option<String>,
    /// Whether a package is run from its source.
    #[arg(default = false)]
    editable: bool,
    /// The folder to work in.
    chdir: Option<TargetPath>,
    /// Which pip.
    executable: Option<TargetPath>,
    /// The umask of what is written.
    umask: Option<String>,
    /// Whether the system's own packages may be touched.
    #[arg(default = false)]
    break_system_packages: bool,
}

impl Run for Pip {
    fn run(self, target: &mut Target) -> Outcome {
        let names = self.packages()?;
        let mut said = String::new();
        if let Some(env) = self.virtualenv.as_ref().map(|env| target.absolute(env)) {
            if !env.join("bin/activate").exists() {
                if target.is_check() {
                    target.mark_changed();
                    return Ok(Map::new());
                }
                said = self.make_environment(&env, target)?.stdout_text();
            }
        }
        let pip = self.program(target)?;
        if target.is_check() {
            return self.check(&pip, &names, target);
        }
        let mut words: Vec<String> = pip.clone();
        words.extend(self.action().iter().map(|word| (*word).to_owned()));
        if self.break_system_packages {
            words.push("--break-system-packages".to_owned());
        }
        if let Some(extra) = &self.extra_args {
            words.extend(words::split(extra)?);
        }
        if let Some(file) = &self.requirements {
            words.extend(["-r".to_owned(), file.clone()]);
        }
        for name in &names {
            let is_source = self.editable
                && self.state != "absent"
                && !words.iter().any(|word| word == "-e" || word == "--editable");
            if is_source {
                words.push("-e".to_owned());
            }
            words.push(name.clone());
        }
        let before = if self.requirements.is_some() || self.lists_changes() {
            self.freeze(&pip, target)?
        } else {
            String::new()
        };
        let finished = self.command(&words, target)?;
        let is_missing = self.state == "absent" && finished.stderr_text().contains("not installed");
        if !finished.is_success() && !is_missing {
            let message = format!("stdout: {}\n:stderr: {}", finished.stdout_text(), finished.stderr_text());
            return Err(Failure::new(message).with("cmd", list(&words)));
        }
        let stdout = finished.stdout_text();
        let changed = match self.state.as_str() {
            "absent" => stdout.contains("Successfully uninstalled"),
            _ if self.lists_changes() => {
                self.freeze(&pip, target)? != before || stdout.contains("Successfully installed")
            }
            _ => {
                stdout.contains("Successfully installed")
                    || self.requirements.is_some() && self.freeze(&pip, target)? != before
            }
        };
        if changed || !said.is_empty() {
            target.mark_changed();
        }
        Ok(Map::from([
            ("cmd", list(&words)),
            ("name", self.name.as_ref().map_or(Value::NULL, |names| list(names))),
            ("version", self.version.clone().into()),
            ("state", self.state.as_str().into()),
            ("requirements", self.requirements.clone().into()),
            ("virtualenv", self.virtualenv.as_ref().map(TargetPath::text).into()),
            ("stdout", (said + &stdout).into()),
            ("stderr", finished.stderr_text().into()),
        ]))
    }
}

impl Pip {
    fn lists_changes(&self) -> bool {
        self.name.iter().flatten().any(|name| name.contains("://") || name.starts_with("git+"))
    }

    /// Names with their versions, as pip takes them. An item that begins with a comparison belongs to the one before.
    fn packages(&self) -> Result<Vec<String>, Failure> {
        let mut names: Vec<String> = Vec::new();
        for item in self.name.iter().flatten().map(|item| item.trim()) {
            let continues = item.starts_with(['<', '>', '=', '!', '~']) && !names.is_empty();
            match names.last_mut().filter(|_| continues) {
                Some(last) => last.push_str(&format!(",{item}")),
                None => names.push(item.to_owned()),
            }
        }
        let Some(version) = &self.version else { return Ok(names) };
        if self.state == "latest" {
            return Err("version is incompatible with state=latest".into());
        }
        let [name] = names.as_slice() else {
            return Err("'version' argument is ambiguous when installing multiple package distributions. Please specify version restrictions next to each package in 'name' argument.".into());
        };
        if name.contains(['=', '<', '>']) {
            return Err("The 'version' argument conflicts with any version specifier provided along with a package name. Please keep the version specifier, but remove the 'version' argument.".into());
        }
        let is_comparison = version.starts_with(['<', '>', '=', '!', '~']);
        Ok(vec![if is_comparison { format!("{name}{version}") } else { format!("{name}=={version}") }])
    }

    fn action(&self) -> &'static [&'static str] {
        match self.state.as_str() {
            "absent" => &["uninstall", "-y"],
            "latest" => &["install", "-U"],
            "forcereinstall" => &["install", "-U", "--force-reinstall"],
            _ => &["install"],
        }
    }

    fn umask(&self) -> Result<Option<u32>, Failure> {
        self.umask
            .as_deref()
            .map(|umask| u32::from_str_radix(umask, 8).map_err(|_| Failure::new("umask must be an octal integer")))
            .transpose()
    }

    fn command(&self, words: &[String], target: &Target) -> Result<Finished, Failure> {
        let mut command = target.command(words).in_english().umask(self.umask()?);
        if let Some(folder) = &self.chdir {
            command = command.folder(target.absolute(folder));
        }
        command.run_or_fail()
    }

    fn make_environment(&self, env: &Path, target: &mut Target) -> Result<Finished, Failure> {
        let mut words = words::split(&self.virtualenv_command)?;
        let Some(program) = words.first().cloned() else { return Err("virtualenv_command is empty".into()) };
        words[0] = match target.find_program(&program) {
            Some(path) => path.to_string_lossy().into_owned(),
            // Without virtualenv, Python's own module does the same.
            None if self.virtualenv_command == "virtualenv" => {
                let python = self.virtualenv_python.as_deref().unwrap_or("python3");
                words.extend(["-m".to_owned(), "venv".to_owned()]);
                target.required_program(python)?.to_string_lossy().into_owned()
            }
            None => return Err(target.required_program(&program).err().unwrap_or_default()),
        };
        if self.virtualenv_site_packages {
            words.push("--system-site-packages".to_owned());
        }
        let is_venv = words.iter().any(|word| word == "venv" || word.ends_with("pyvenv"));
        if let Some(python) = self.virtualenv_python.as_ref().filter(|_| !is_venv) {
            words.push(format!("-p{python}"));
        }
        words.push(env.to_string_lossy().into_owned());
        target.mark_changed();
        let finished = self.command(&words, target)?;
        if finished.is_success() {
            return Ok(finished);
        }
        let message = format!("stdout: {}\n:stderr: {}", finished.stdout_text(), finished.stderr_text());
        Err(Failure::new(message).with("cmd", words.join(" ")))
    }

    /// The words that start pip.
    fn program(&self, target: &Target) -> Result<Vec<String>, Failure> {
        let text = |path: PathBuf| vec![path.to_string_lossy().into_owned()];
        if let Some(own) = &self.executable {
            if own.is_absolute() {
                return Ok(vec![own.text()]);
            }
            return target.required_program(&own.text()).map(text);
        }
        if let Some(env) = self.virtualenv.as_ref().map(|env| target.absolute(env)) {
            let found = ["pip3", "pip"].iter().map(|name| env.join("bin").join(name)).find(|path| path.exists());
            return found.map(text).ok_or_else(|| {
                Failure::new(format!(
                    "Unable to find pip in the virtualenv, {}, under any of these names: pip3, pip. Make sure pip is present in the virtualenv.",
                    env.display()
                ))
            });
        }
        if let Some(path) = ["pip3", "pip"].iter().find_map(|name| target.find_program(name)) {
            return Ok(text(path));
        }
        if let Some(python) = target.find_program("python3") {
            let asked = target.command([&python]).arg("-m").arg("pip").arg("--version").run_or_fail()?;
            if asked.is_success() {
                return Ok(vec![python.to_string_lossy().into_owned(), "-m".to_owned(), "pip".to_owned()]);
            }
        }
        Err("Unable to find any of pip3, pip to use.  pip needs to be installed.".into())
    }

    fn freeze(&self, pip: &[String], target: &Target) -> Result<String, Failure> {
        let mut words = pip.to_vec();
        words.extend(["list".to_owned(), "--format=freeze".to_owned()]);
        Ok(self.command(&words, target)?.stdout_text())
    }

    /// What would be done, as far as the list of packages tells.
    fn check(&self, pip: &[String], names: &[String], target: &mut Target) -> Outcome {
        if self.extra_args.is_some()
            || self.requirements.is_some()
            || self.state == "latest"
            || self.state == "forcereinstall"
            || names.is_empty()
        {
            target.mark_changed();
            return Ok(Map::new());
        }
        let listed = self.freeze(pip, target)?;
        let versions: Vec<(String, &str)> = listed
            .lines()
            .filter_map(|line| line.split_once("=="))
            .map(|(name, version)| (normal(name), version))
            .collect();
        let mut words = pip.to_vec();
        words.extend(["list".to_owned(), "--format=freeze".to_owned()]);
        let is_right = |wish: &String| {
            let end = wish.find(['=', '<', '>', '!', '~', '[', ' ', ';']).unwrap_or(wish.len());
            let own = normal(&wish[..end]);
            let found = versions.iter().find(|(name, _)| *name == own).map(|(_, version)| *version);
            let fits = |version: &str| satisfies(version, wish[end..].split(']').next_back().unwrap_or_default());
            if self.state == "absent" { found.is_none() } else { found.is_some_and(fits) }
        };
        if !names.iter().all(is_right) {
            target.mark_changed();
        }
        let shown: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        Ok(Map::from([("cmd", Value::from(shown.join(" "))), ("stdout", listed.into()), ("stderr", "".into())]))
    }
}

fn list(words: &[String]) -> Value {
    Value::list(words.iter().map(|word| Value::text(word.as_str())))
}

/// A name as it is compared: no difference between cases and between `-`, `_` and `.`.
fn normal(name: &str) -> String {
    name.trim().to_lowercase().replace(['_', '.'], "-")
}

/// Whether a version fits comparisons with commas between them.
fn satisfies(version: &str, comparisons: &str) -> bool {
    comparisons.split(',').map(str::trim).filter(|comparison| !comparison.is_empty()).all(|comparison| {
        let end = comparison.find(|character: char| !"=<>!~".contains(character)).unwrap_or(comparison.len());
        let (operator, wanted) = (&comparison[..end], comparison[end..].trim());
        let order = parts(version).cmp(&parts(wanted));
        match operator {
            "==" | "===" | "=" if wanted.ends_with(".*") => version.starts_with(wanted.trim_end_matches('*')),
            "==" | "===" | "=" => order.is_eq(),
            "!=" => order.is_ne(),
            ">=" => order.is_ge(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            "<" => order.is_lt(),
            "~=" => order.is_ge() && wanted.rsplit_once('.').is_some_and(|(start, _)| version.starts_with(start)),
            _ => false,
        }
    })
}

/// The numbers of a version, without zeros at its end.
fn parts(version: &str) -> Vec<u64> {
    let mut numbers: Vec<u64> =
        version.split(|character: char| !character.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::{MODULE, satisfies};
    use crate::runner::testing::Scratch;

    fn scratch() -> Scratch {
        let scratch = Scratch::new();
        scratch.program(
            "pip3",
            "case \"$*\" in list*) echo 'Six_X==1.15.0';; *nosuch*) echo no >&2; exit 1;; uninstall*) echo 'Successfully uninstalled x';; *six-x*) echo 'Requirement already satisfied';; *) echo 'Successfully installed x';; esac",
        );
        scratch
    }

    #[test]
    fn pip_is_called() {
        /// Arguments, result, result of a check, the last call.
        const ROWS: &[(&str, &str, &str, &str)] = &[
            (
                r#"{"name": "new"}"#,
                r#"{"changed": true, "name": ["new"], "version": null, "virtualenv": null}"#,
                r#"{"changed": true}"#,
                "pip3 install new",
            ),
            (r#"{"name": "six-x"}"#, r#"{"changed": false}"#, r#"{"changed": false}"#, "pip3 install six-x"),
            (
                r#"{"name": "six-x", "version": "1.16"}"#,
                r#"{"changed": false, "version": "1.16"}"#,
                r#"{"changed": true}"#,
                "pip3 install six-x==1.16",
            ),
            (
                r#"{"name": ["new>1", "<3", "b"]}"#,
                r#"{"changed": true}"#,
                r#"{"changed": true}"#,
                "pip3 install new>1,<3 b",
            ),
            (
                r#"{"name": "six-x", "state": "absent"}"#,
                r#"{"changed": true}"#,
                r#"{"changed": true}"#,
                "pip3 uninstall -y six-x",
            ),
            (
                r#"{"name": "new", "state": "latest", "extra_args": "--user --index 'a b'", "break_system_packages": true}"#,
                r#"{"changed": true, "state": "latest"}"#,
                r#"{"changed": true}"#,
                "pip3 install -U --break-system-packages --user --index a b new",
            ),
            (
                r#"{"name": "nosuch"}"#,
                r#"{"failed": true, "msg": "stdout: \n:stderr: no\n"}"#,
                r#"{"changed": true}"#,
                "pip3 install nosuch",
            ),
        ];
        for (args, result, checked, call) in ROWS {
            let scratch = scratch();
            scratch.assert_result(&scratch.call(&MODULE, args, "check"), checked);
            assert!(!scratch.calls().contains("install"), "in check mode: {args}");
            scratch.assert_result(&scratch.call(&MODULE, args, ""), result);
            assert_eq!(scratch.calls().lines().last(), Some(*call), "{args}");
        }
    }

    #[test]
    fn what_makes_no_sense() {
        for (args, start) in [
            (r#"{"name": ["a", "b"], "version": "1"}"#, "'version' argument is ambiguous"),
            (r#"{"name": "a==1", "version": "1"}"#, "The 'version' argument conflicts"),
            (r#"{"name": "a", "version": "1", "state": "latest"}"#, "version is incompatible"),
            ("{}", "one of the following is required: name, requirements"),
        ] {
            let reply = scratch().call(&MODULE, args, "");
            let message = reply.result.get("msg").map(crate::data::python::str).unwrap_or_default();
            assert!(message.starts_with(start), "{message}");
        }
    }

    #[test]
    fn versions() {
        for (version, comparisons, wanted) in [
            ("1.15.0", "==1.15", true),
            ("1.15.0", ">=1.2,<2", true),
            ("1.15.0", "==1.1.*", false),
            ("1.15.3", "~=1.15.1", true),
            ("2.0", "~=1.4", false),
            ("1.0", "!=1.0", false),
            ("1.0", "", true),
        ] {
            assert_eq!(satisfies(version, comparisons), wanted, "{version} {comparisons}");
        }
    }
}
