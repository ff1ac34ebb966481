//! Modules that are there as files. Programs of their own (shell scripts, binaries) are carried over
//! and run; those in Python are known by name, so that only a host that reaches one fails.

use std::path::{Path, PathBuf};

use crate::data::{Map, Value};
use crate::project::vars::magic::REFERENCE_VERSION;
use crate::wire::Job;

use super::action::{ActionCall, ActionError};
use super::content::Content;
use super::shared::Shared;

/// The module of the runner that runs programs.
const EXECUTABLE: &str = "muster.builtin.executable";

/// What a file of a module turns out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Python,
    /// Text without a first line that names an interpreter.
    Nameless,
    /// A program, and the word for how it is told its arguments.
    Program(&'static str),
}

/// Runs a module from a file.
pub async fn run(call: &mut ActionCall<'_>, name: &str, path: &Path, job: Option<Job>) -> Result<Map, ActionError> {
    let bytes = call.shared.reader.bytes(path)?;
    let style = match kind(&bytes) {
        Kind::Program(style) => style,
        Kind::Nameless => return Err(ActionError::new(format!("module ({name}) is missing interpreter line"))),
        Kind::Python => {
            return Err(ActionError::new(format!(
                "The module {name} is written in Python ({}), and muster runs no Python modules.",
                path.display()
            )));
        }
    };
    let Some(module) = call.shared.modules.get(EXECUTABLE) else {
        return Err(ActionError::new("This build runs no modules that are programs."));
    };
    let args = Map::from([
        ("name", Value::from(path.file_name().unwrap_or_default().to_string_lossy().into_owned())),
        ("style", style.into()),
        ("options", std::mem::take(&mut call.args).into()),
        ("control", control(call, name).into()),
    ]);
    let content = Content::bytes("program", bytes);
    let blobs = vec![content.blob.clone()];
    let mut result = super::call::run_module(call, module, args, blobs, content.source(), job).await?;
    // What the runner was told is no concern of the user's.
    let own = result
        .get("invocation")
        .and_then(|said| said.get("module_args"))
        .is_some_and(|args| args.get("control").is_some());
    if own {
        result.remove("invocation");
    }
    // Such a program needs no Python, so none was looked for.
    if let Some(mut facts) = result.get("ansible_facts").and_then(Value::as_map).cloned() {
        facts.remove("discovered_interpreter_python");
        match facts.is_empty() {
            true => result.remove("ansible_facts"),
            false => result.insert("ansible_facts", facts),
        };
    }
    if result.contains_key("module_stdout") {
        result.remove(super::call::MODULE_FAILED);
    }
    Ok(result)
}

/// What every module is told beside its options.
fn control(call: &ActionCall<'_>, name: &str) -> Map {
    let settings = &call.shared.settings;
    let special = settings.selinux_special_fs().into_iter().map(Value::from);
    Map::from([
        ("_ansible_check_mode", Value::from(call.conduct.check)),
        ("_ansible_no_log", call.conduct.no_log.into()),
        ("_ansible_debug", false.into()),
        ("_ansible_diff", call.conduct.diff.into()),
        ("_ansible_verbosity", call.shared.options.verbosity.into()),
        ("_ansible_version", REFERENCE_VERSION.into()),
        ("_ansible_module_name", name.into()),
        ("_ansible_syslog_facility", "LOG_USER".into()),
        ("_ansible_selinux_special_fs", Value::list(special)),
        ("_ansible_socket", Value::NULL),
        ("_ansible_shell_executable", "/bin/sh".into()),
        ("_ansible_keep_remote_files", false.into()),
        ("_ansible_remote_tmp", "~/.ansible/tmp".into()),
        ("_ansible_ignore_unknown_opts", false.into()),
        ("_ansible_target_log_info", Value::NULL),
        ("_ansible_tracebacks_for", Value::list([])),
    ])
}

fn kind(bytes: &[u8]) -> Kind {
    let holds = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    if first.starts_with("#!") && first.contains("python") || holds("ansible.module_utils.") {
        Kind::Python
    } else if std::str::from_utf8(bytes).is_err() || bytes.contains(&0) {
        Kind::Program("json")
    } else if !first.starts_with("#!") {
        Kind::Nameless
    } else if holds("<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>") {
        Kind::Program("inside")
    } else if holds("WANT_JSON") {
        Kind::Program("json")
    } else {
        Kind::Program("words")
    }
}

/// A module file beside the playbook (`library/`) or in the configured folders.
pub fn beside(shared: &Shared, name: &str) -> Option<PathBuf> {
    let mut folders = vec![shared.options.base_dir.join("library")];
    folders.extend(shared.settings.module_path());
    let mut role_folders = vec![shared.options.base_dir.join("roles")];
    role_folders.extend(shared.settings.roles_path());
    for entries in role_folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()) {
        folders.extend(entries.filter_map(|entry| Some(entry.ok()?.path().join("library"))));
    }
    folders.into_iter().find_map(|folder| {
        ["py", "sh", "ps1", ""].into_iter().find_map(|extension| {
            let file = if extension.is_empty() { name.to_owned() } else { format!("{name}.{extension}") };
            let path = folder.join(file);
            path.is_file().then_some(path)
        })
    })
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
    use super::{Kind, kind};

    #[test]
    fn files_of_modules_are_told_apart() {
        let cases: &[(&[u8], Kind)] = &[
            (b"#!/bin/sh\n. $1\n", Kind::Program("words")),
            (b"#!/bin/bash\n# WANT_JSON\n", Kind::Program("json")),
            (b"#!/bin/sh\ncat <<X\n<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>\nX\n", Kind::Program("inside")),
            (b"\x7fELF\x02\x01\x00", Kind::Program("json")),
            (b"echo x\n", Kind::Nameless),
            (b"#!/usr/bin/python3\nprint()\n", Kind::Python),
            (b"#!/usr/bin/env python\n", Kind::Python),
            (b"from ansible.module_utils.basic import AnsibleModule\n", Kind::Python),
        ];
        for (bytes, expected) in cases {
            assert_eq!(kind(bytes), *expected, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
