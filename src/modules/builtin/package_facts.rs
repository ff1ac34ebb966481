//! ansible.builtin.package_facts: the packages of the host.

use crate::args::Args;
use crate::data::{Map, Value};
use crate::runner::dpkg::Packages;
use crate::runner::{Failure, Module, Outcome, Run, Target};

pub static MODULE: Module = Module::of::<PackageFacts>("ansible.builtin.package_facts", "Tell the packages of a host");

#[derive(Args)]
struct PackageFacts {
    /// The managers whose packages are told; `auto` for those that are there.
    #[arg(
        default = ["auto"],
        choices(
            "apk", "apt", "auto", "dnf", "dnf5", "openbsd_pkg", "pacman", "pkg", "pkg5", "pkg_info", "pkgng",
            "portage", "rpm", "yum", "zypper"
        )
    )]
    manager: Vec<String>,
    /// Whether the first manager that is there is enough.
    #[arg(default = "first", choices("all", "first"))]
    strategy: String,
}

/// One package's fields.
type Found = Vec<(String, Map)>;

/// The managers in the order in which they are looked for.
const MANAGERS: [&str; 4] = ["apk", "apt", "pacman", "rpm"];

impl Run for PackageFacts {
    fn run(self, target: &mut Target) -> Outcome {
        let is_auto = self.manager.iter().any(|name| name == "auto");
        let named = self.manager.iter().map(|name| match name.as_str() {
            "dnf" | "dnf5" | "yum" | "zypper" => "rpm",
            name => name,
        });
        let wanted: Vec<&str> = if is_auto { MANAGERS.to_vec() } else { named.collect() };
        let mut all = Map::new();
        let mut found = 0;
        for manager in wanted {
            let packages = match list(manager, target) {
                Ok(Some(packages)) => packages,
                Ok(None) => continue,
                Err(failure) => {
                    target.warn(format!(
                        "Requested package manager {manager} was not usable by this module: {}",
                        failure.message
                    ));
                    continue;
                }
            };
            found += 1;
            for (name, fields) in packages {
                let mut same = all.get(&name).and_then(Value::as_items).unwrap_or_default().to_vec();
                same.push(fields.into());
                all.insert(name, same);
            }
            if self.strategy == "first" {
                break;
            }
        }
        if found == 0 {
            let message = format!(
                "Could not detect a supported package manager from the following list: {:?}, or the required Python library is not installed. Check warnings for details.",
                self.manager
            );
            return Err(message.replace('"', "'").into());
        }
        Ok(Map::from([("ansible_facts", Map::from([("packages", all)]))]))
    }
}

/// Nothing where the manager is not there.
fn list(manager: &str, target: &Target) -> Result<Option<Found>, Failure> {
    match manager {
        "apt" => Ok(target.find_program("dpkg").map(|_| from_dpkg())),
        "rpm" => from_rpm(target),
        "apk" => from_apk(target),
        "pacman" => from_pacman(target),
        other => Err(Failure::new(format!("{other} is for systems other than this build's"))),
    }
}

fn from_dpkg() -> Found {
    let origin = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let origin = if origin.contains("ID=ubuntu") { "Ubuntu" } else { "Debian" };
    let packages = Packages::read();
    let told = packages.all.iter().filter(|package| package.is_installed()).map(|package| {
        let fields = Map::from([
            ("name", Value::from(package.name.as_str())),
            ("version", package.version.as_str().into()),
            ("arch", package.architecture.as_str().into()),
            ("category", package.section.as_str().into()),
            ("origin", origin.into()),
            ("source", "apt".into()),
        ]);
        (package.name.clone(), fields)
    });
    let mut found: Found = told.collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

fn said(words: &[&str], target: &Target) -> Result<Option<String>, Failure> {
    let Some(program) = target.find_program(words[0]) else { return Ok(None) };
    let command = target.command([program]).in_english();
    let finished = words[1..].iter().fold(command, |command, word| command.arg(word)).run_successfully()?;
    Ok(Some(finished.stdout_text()))
}

fn from_rpm(target: &Target) -> Result<Option<Found>, Failure> {
    let format = "%{NAME}\\t%{VERSION}\\t%{RELEASE}\\t%{EPOCHNUM}\\t%{EPOCH}\\t%{ARCH}\\n";
    let Some(text) = said(&["rpm", "-qa", "--queryformat", format], target)? else { return Ok(None) };
    let package = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, version, release, _, epoch, arch] = fields[..] else { return None };
        let epoch = epoch.parse::<i64>().map_or(Value::NULL, Value::from);
        let arch = if arch == "(none)" { Value::NULL } else { arch.into() };
        let fields = Map::from([
            ("name", Value::from(name)),
            ("version", version.into()),
            ("release", release.into()),
            ("epoch", epoch),
            ("arch", arch),
            ("source", "rpm".into()),
        ]);
        Some((name.to_owned(), fields))
    };
    Ok(Some(text.lines().filter_map(package).collect()))
}

fn from_apk(target: &Target) -> Result<Option<Found>, Failure> {
    let Some(text) = said(&["apk", "info", "-v"], target)? else { return Ok(None) };
    let package = |line: &str| {
        let (rest, release) = line.trim().rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        let fields = Map::from([
            ("name", Value::from(name)),
            ("version", version.into()),
            ("release", release.into()),
            ("source", "apk".into()),
        ]);
        Some((name.to_owned(), fields))
    };
    Ok(Some(text.lines().filter_map(package).collect()))
}

fn from_pacman(target: &Target) -> Result<Option<Found>, Failure> {
    let Some(text) = said(&["pacman", "-Qi"], target)? else { return Ok(None) };
    let package = |paragraph: &str| {
        let get = |key: &str| {
            paragraph
                .lines()
                .find_map(|line| line.split_once(':').filter(|(own, _)| own.trim() == key))
                .map(|(_, value)| value.trim().to_owned())
        };
        let name = get("Name")?;
        let fields = Map::from([
            ("name", Value::from(name.as_str())),
            ("version", get("Version").into()),
            ("arch", get("Architecture").into()),
            ("source", "pacman".into()),
        ]);
        Some((name, fields))
    };
    Ok(Some(text.split("\n\n").filter_map(package).collect()))
}

#[cfg(test)]
mod tests {
    use super::MODULE;
    use crate::data::Value;
    use crate::runner::testing::Scratch;

    #[test]
    fn packages_of_managers() {
        let scratch = Scratch::new();
        scratch
            .program("rpm", "printf 'bash\\t5.1\\t2.el9\\t0\\t(none)\\tx86_64\\nbash\\t5.0\\t1\\t3\\t3\\tx86_64\\n'");
        scratch.program("apk", "echo musl-utils-1.2.4-r2");
        for (manager, name, wanted) in [
            (
                "dnf",
                "bash",
                r#"[{"name": "bash", "version": "5.1", "release": "2.el9", "epoch": null, "arch": "x86_64", "source": "rpm"}, {"name": "bash", "version": "5.0", "release": "1", "epoch": 3, "arch": "x86_64", "source": "rpm"}]"#,
            ),
            ("apk", "musl-utils", r#"[{"name": "musl-utils", "version": "1.2.4", "release": "r2", "source": "apk"}]"#),
        ] {
            let reply = scratch.call(&MODULE, &format!(r#"{{"manager": "{manager}"}}"#), "check");
            let facts = reply.result.get("ansible_facts").and_then(|facts| facts.get("packages"));
            assert_eq!(facts.and_then(|all| all.get(name)), Some(&crate::runner::testing::parse(wanted)), "{manager}");
        }
        let reply = scratch.call(&MODULE, r#"{"manager": "pacman"}"#, "");
        assert_eq!(reply.result.get("failed"), Some(&Value::from(true)));
    }
}
