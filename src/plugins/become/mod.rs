//! The ways to become another user. A new one is a file here and its line in `ALL`.

pub mod doas;
pub mod su;
pub mod sudo;

use crate::transport::BecomeMethod;

/// Every become method of this build.
pub const ALL: &[&BecomeMethod] = &[&sudo::METHOD, &su::METHOD, &doas::METHOD];

/// A method by name.
pub fn find(name: &str) -> Option<&'static BecomeMethod> {
    let short = ["ansible.builtin.", "community.general."].iter().find_map(|prefix| name.strip_prefix(prefix));
    ALL.iter().copied().find(|method| method.declaration.name == short.unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Map;

    fn check(method: &str, options: Map, expected: &[&str]) {
        let method = find(method).expect("there is such a method");
        let become_as = (method.prepare)(&options);
        assert_eq!(become_as.argv, expected);
    }

    #[test]
    fn options_become_a_command() {
        check("sudo", Map::new(), &["sudo", "-u", "root", "/bin/sh", "-c", "{}"]);
        let flags = Map::from([("become_flags", "-H -S -n"), ("become_user", "web")]);
        check("ansible.builtin.sudo", flags, &["sudo", "-H", "-S", "-n", "-u", "web", "/bin/sh", "-c", "{}"]);
        check("su", Map::from([("become_user", "web")]), &["su", "web", "-c", "{}"]);
        check("su", Map::from([("become_flags", "- -s /bin/sh")]), &["su", "-", "-s", "/bin/sh", "root", "-c", "{}"]);
        let doas = Map::from([("become_exe", "/opt/doas"), ("become_user", "web")]);
        check("community.general.doas", doas, &["/opt/doas", "-n", "-u", "web", "/bin/sh", "-c", "{}"]);
    }

    #[test]
    fn a_password_lets_the_method_ask() {
        let options = Map::from([("become_flags", "-H -S -n"), ("become_pass", "secret")]);
        check("sudo", options, &["sudo", "-H", "-S", "-p", sudo::PROMPT, "-u", "root", "/bin/sh", "-c", "{}"]);
        let options = Map::from([("become_flags", "-nHS --non-interactive"), ("become_pass", "secret")]);
        check("sudo", options, &["sudo", "-HS", "-p", sudo::PROMPT, "-u", "root", "/bin/sh", "-c", "{}"]);
        check("doas", Map::from([("become_pass", "s")]), &["doas", "-u", "root", "/bin/sh", "-c", "{}"]);
    }
}
