//! Modules that are files: programs of their own run on the target as they are. What is written
//! against Ansible's Python library is known by name, so that only a host that reaches it fails.

use std::path::{Path, PathBuf};

use super::action::{ActionCall, ActionError};
use super::content::Content;
use super::shared::Shared;
use crate::data::{Map, Value, python};
use crate::diagnostic::Diagnostic;
use crate::runner::foreign::BLOB;

/// Endings of files beside modules that are none.
const NO_MODULES: &[&str] = &["pyc", "pyo", "swp", "bak", "rpm", "md", "txt", "rst", "yaml", "yml", "ini", "json"];

/// A module file beside the playbook (`library/`) or in the configured folders.
pub fn beside(shared: &Shared, name: &str) -> Option<PathBuf> {
    let mut folders = vec![shared.options.base_dir.join("library")];
    folders.extend(shared.settings.module_path());
    let mut role_folders = vec![shared.options.base_dir.join("roles")];
    role_folders.extend(shared.settings.roles_path());
    for entries in role_folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()) {
        folders.extend(entries.filter_map(|entry| Some(entry.ok()?.path().join("library"))));
    }
    folders.into_iter().find_map(|folder| in_folder(&folder, name))
}

fn in_folder(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = ["py", ""]
        .into_iter()
        .map(|end| folder.join(if end.is_empty() { name.into() } else { format!("{name}.{end}") }));
    if let Some(found) = plain.into_iter().find(|path| path.is_file()) {
        return Some(found);
    }
    let entries = std::fs::read_dir(folder).ok()?;
    let is_named = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        path.file_stem().is_some_and(|stem| stem == name) && !NO_MODULES.contains(&ending) && path.is_file()
    };
    entries.filter_map(|entry| Some(entry.ok()?.path())).find(is_named)
}

/// How a module file is run.
#[derive(Debug, PartialEq, Eq)]
pub enum Style {
    /// Against Ansible's Python or PowerShell library, which is not here.
    Library,
    /// A script with its first line, or a compiled program; with its arguments as JSON or as words.
    Program { first_line: Option<String>, json: bool },
}

/// Looks at a module's content.
pub fn style_of(content: &[u8]) -> Style {
    let head = &content[..content.len().min(1024)];
    if head.contains(&0) {
        return Style::Program { first_line: None, json: true };
    }
    let text = String::from_utf8_lossy(content);
    let imports = |line: &str| {
        let line = line.trim_start();
        line.contains("module_utils") && (line.starts_with("from ") || line.starts_with("import "))
    };
    let marks = ["#<<INCLUDE_ANSIBLE_MODULE_COMMON>>", "#!powershell", "#AnsibleRequires"];
    if text.lines().any(imports) || marks.iter().any(|mark| text.contains(mark)) {
        return Style::Library;
    }
    let first_line = text.lines().next().and_then(|line| line.strip_prefix("#!")).map(|line| line.trim().to_owned());
    Style::Program { first_line, json: text.contains("WANT_JSON") || text.contains(JSON_PLACE) }
}

/// Where a module wants its arguments as a JSON text inside of its own.
const JSON_PLACE: &str = "<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>";

/// Runs a module file on the host.
pub async fn run(
    call: &ActionCall<'_>,
    name: &str,
    path: &Path,
    args: Map,
    job: Option<crate::wire::Job>,
) -> Result<Map, ActionError> {
    let content = call.shared.reader.bytes(path)?;
    let Style::Program { first_line, json } = style_of(&content) else {
        return Err(ActionError::new(format!(
            "The module {name} is written in Python ({}), and muster runs no Python modules.",
            path.display()
        )));
    };
    let is_program = content.iter().take(1024).any(|byte| *byte == 0);
    let short = super::call::short(name);
    if first_line.is_none() && !is_program {
        return Err(ActionError::new(format!("module ({short}) is missing interpreter line")));
    }
    let (interpreter, args) = (interpreter(call, first_line)?, with_internals(call, short, args));
    let content = if json { filled(content, &args) } else { content };
    let mut sent =
        Map::from([("name", Value::from(short)), ("json", Value::from(json)), ("arguments", Value::from(args))]);
    if let Some(interpreter) = interpreter {
        sent.insert("interpreter", interpreter);
    }
    let content = Content::bytes(BLOB, content);
    super::call::run_foreign(call, sent, vec![content.blob], job).await
}

fn filled(content: Vec<u8>, args: &Map) -> Vec<u8> {
    match String::from_utf8(content) {
        Ok(text) => {
            let json = crate::data::json::dumps(&args.clone().into(), &crate::data::json::Style::default());
            text.replace(&format!("\"{JSON_PLACE}\""), &crate::data::json::quoted(&json, true))
                .replace(JSON_PLACE, &json)
                .into_bytes()
        }
        Err(error) => error.into_bytes(),
    }
}

/// The first line's program, or what variables say of a program of its name.
fn interpreter(call: &ActionCall<'_>, first_line: Option<String>) -> Result<Option<String>, Diagnostic> {
    let Some(line) = first_line else { return Ok(None) };
    let mut words = line.split_whitespace();
    let mut program = words.next().unwrap_or_default().to_owned();
    let mut rest: Vec<&str> = words.collect();
    let mut base = program.rsplit('/').next().unwrap_or_default().to_owned();
    if base == "env" && !rest.is_empty() {
        base = rest[0].to_owned();
        if !base.starts_with("python") {
            rest = line.split_whitespace().skip(1).collect();
        }
    }
    let is_python = base.starts_with("python");
    let name = if is_python { "python" } else { base.as_str() };
    let variable = call.templar.scope().variable(&format!("ansible_{name}_interpreter"));
    let told = match variable {
        Some(raw) => Some(python::str(&call.templar.render(&raw).map_err(Diagnostic::from)?)),
        None if is_python => Some(call.shared.settings.interpreter_python().to_owned()),
        None => None,
    };
    match told {
        Some(told) if is_python && told.starts_with("auto") => {
            let facts = call.templar.scope().variable("ansible_facts");
            let known = facts.and_then(|facts| facts.get("discovered_interpreter_python").map(python::str));
            return Ok(Some(known.unwrap_or_else(|| "python".to_owned())));
        }
        Some(told) => {
            program = told;
            if is_python {
                rest.clear();
            }
        }
        None => {}
    }
    Ok(Some(std::iter::once(program.as_str()).chain(rest).collect::<Vec<_>>().join(" ")))
}

/// What every module gets besides its options.
fn with_internals(call: &ActionCall<'_>, name: &str, args: Map) -> Map {
    let settings = &call.shared.settings;
    let mut all = args;
    let special = ["fuse", "nfs", "vboxsf", "ramfs", "9p", "vfat"];
    let internals = [
        ("_ansible_check_mode", Value::from(call.conduct.check)),
        ("_ansible_no_log", Value::from(call.conduct.no_log)),
        ("_ansible_debug", Value::from(false)),
        ("_ansible_diff", Value::from(call.conduct.diff)),
        ("_ansible_verbosity", Value::from(i64::from(call.shared.options.verbosity))),
        ("_ansible_version", Value::from(crate::project::vars::magic::REFERENCE_VERSION)),
        ("_ansible_module_name", Value::from(name)),
        ("_ansible_syslog_facility", Value::from("LOG_USER")),
        ("_ansible_selinux_special_fs", Value::list(special.map(Value::from))),
        ("_ansible_socket", Value::default()),
        ("_ansible_shell_executable", Value::from("/bin/sh")),
        ("_ansible_keep_remote_files", Value::from(false)),
        ("_ansible_remote_tmp", Value::from("~/.ansible/tmp")),
        ("_ansible_ignore_unknown_opts", Value::from(false)),
        ("_ansible_target_log_info", Value::default()),
        ("_ansible_tracebacks_for", Value::list([])),
        ("_ansible_no_target_syslog", Value::from(settings.no_target_syslog())),
    ];
    all.extend(internals.map(|(key, value)| (Value::text(key), value)));
    all
}

/// A module of an installed collection: `ns.col.name`.
pub fn in_collections(shared: &Shared, full: &str) -> Option<PathBuf> {
    let mut parts = full.splitn(3, '.');
    let (namespace, collection, name) = (parts.next()?, parts.next()?, parts.next()?);
    let below = PathBuf::from("ansible_collections").join(namespace).join(collection).join("plugins");
    let mut roots = vec![shared.options.base_dir.join("collections")];
    roots.extend(shared.settings.collections_paths());
    roots.into_iter().find_map(|root| {
        ["modules", "action"].into_iter().find_map(|folder| {
            let path = root.join(&below).join(folder).join(format!("{}.py", name.replace('.', "/")));
            path.is_file().then_some(path)
        })
    })
}

/// Where a short name of early Ansible leads today.
pub fn redirect(name: &str) -> Option<&'static str> {
    REDIRECTS.iter().find(|(old, _)| *old == name).map(|(_, full)| *full)
}

/// Names that moved out of ansible-core into collections, as far as this build has their modules.
const REDIRECTS: &[(&str, &str)] = &[
    ("acl", "ansible.posix.acl"),
    ("alternatives", "community.general.alternatives"),
    ("apk", "community.general.apk"),
    ("archive", "community.general.archive"),
    ("at", "ansible.posix.at"),
    ("authorized_key", "ansible.posix.authorized_key"),
    ("capabilities", "community.general.capabilities"),
    ("current_container_facts", "community.docker.current_container_facts"),
    ("docker_config", "community.docker.docker_config"),
    ("docker_container", "community.docker.docker_container"),
    ("docker_container_copy_into", "community.docker.docker_container_copy_into"),
    ("docker_container_exec", "community.docker.docker_container_exec"),
    ("docker_container_info", "community.docker.docker_container_info"),
    ("docker_host_info", "community.docker.docker_host_info"),
    ("docker_image", "community.docker.docker_image"),
    ("docker_image_build", "community.docker.docker_image_build"),
    ("docker_image_export", "community.docker.docker_image_export"),
    ("docker_image_info", "community.docker.docker_image_info"),
    ("docker_image_load", "community.docker.docker_image_load"),
    ("docker_image_pull", "community.docker.docker_image_pull"),
    ("docker_image_push", "community.docker.docker_image_push"),
    ("docker_image_remove", "community.docker.docker_image_remove"),
    ("docker_image_tag", "community.docker.docker_image_tag"),
    ("docker_login", "community.docker.docker_login"),
    ("docker_network", "community.docker.docker_network"),
    ("docker_network_info", "community.docker.docker_network_info"),
    ("docker_node", "community.docker.docker_node"),
    ("docker_node_info", "community.docker.docker_node_info"),
    ("docker_prune", "community.docker.docker_prune"),
    ("docker_secret", "community.docker.docker_secret"),
    ("docker_stack", "community.docker.docker_stack"),
    ("docker_stack_info", "community.docker.docker_stack_info"),
    ("docker_stack_task_info", "community.docker.docker_stack_task_info"),
    ("docker_swarm", "community.docker.docker_swarm"),
    ("docker_swarm_info", "community.docker.docker_swarm_info"),
    ("docker_swarm_service", "community.docker.docker_swarm_service"),
    ("docker_swarm_service_info", "community.docker.docker_swarm_service_info"),
    ("docker_volume", "community.docker.docker_volume"),
    ("docker_volume_info", "community.docker.docker_volume_info"),
    ("docker_compose_v2", "community.docker.docker_compose_v2"),
    ("alluxio_fuse", "muster.cluster.alluxio_fuse"),
    ("fuse_mount", "muster.cluster.fuse_mount"),
    ("weave", "muster.cluster.weave"),
    ("filesystem", "community.general.filesystem"),
    ("firewalld", "ansible.posix.firewalld"),
    ("htpasswd", "community.general.htpasswd"),
    ("ini_file", "community.general.ini_file"),
    ("locale_gen", "community.general.locale_gen"),
    ("lvg", "community.general.lvg"),
    ("lvol", "community.general.lvol"),
    ("modprobe", "community.general.modprobe"),
    ("mount", "ansible.posix.mount"),
    ("npm", "community.general.npm"),
    ("openssh_keypair", "community.crypto.openssh_keypair"),
    ("openssl_certificate", "community.crypto.x509_certificate"),
    ("openssl_csr", "community.crypto.openssl_csr"),
    ("openssl_pkcs12", "community.crypto.openssl_pkcs12"),
    ("openssl_privatekey", "community.crypto.openssl_privatekey"),
    ("pacman", "community.general.pacman"),
    ("pam_limits", "community.general.pam_limits"),
    ("parted", "community.general.parted"),
    ("patch", "ansible.posix.patch"),
    ("postgresql_db", "community.postgresql.postgresql_db"),
    ("postgresql_user", "community.postgresql.postgresql_user"),
    ("seboolean", "ansible.posix.seboolean"),
    ("selinux", "ansible.posix.selinux"),
    ("synchronize", "ansible.posix.synchronize"),
    ("sysctl", "ansible.posix.sysctl"),
    ("timezone", "community.general.timezone"),
    ("ufw", "community.general.ufw"),
    ("xml", "community.general.xml"),
    ("zypper", "community.general.zypper"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content: &str, expected: Style) {
        assert_eq!(style_of(content.as_bytes()), expected, "{content}");
    }

    fn program(first_line: Option<&str>, json: bool) -> Style {
        Style::Program { first_line: first_line.map(str::to_owned), json }
    }

    #[test]
    fn a_modules_content_tells_how_it_runs() {
        check("#!/bin/sh\necho '{}'\n", program(Some("/bin/sh"), false));
        check("#!/usr/bin/perl -w\n# WANT_JSON\n", program(Some("/usr/bin/perl -w"), true));
        check("\u{7f}ELF\0\0", program(None, true));
        check("echo\n", program(None, false));
        check("#!/usr/bin/python\nfrom ansible.module_utils.basic import AnsibleModule\n", Style::Library);
        check("#!/usr/bin/python\nimport json\n", program(Some("/usr/bin/python"), false));
    }
}
