//! Modules that are there as Python: known by name, so that only a host that reaches one fails.

use std::path::PathBuf;

use super::shared::Shared;

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
    ("docker_container", "community.docker.docker_container"),
    ("docker_container_info", "community.docker.docker_container_info"),
    ("docker_image", "community.docker.docker_image"),
    ("docker_image_info", "community.docker.docker_image_info"),
    ("docker_network", "community.docker.docker_network"),
    ("docker_volume", "community.docker.docker_volume"),
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
