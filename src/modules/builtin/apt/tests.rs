//! What apt-get is told. The programs are stood in for; the packages are those of the machine, of
//! which only `dpkg` itself and some that nobody has are named.

use super::MODULE;
use crate::runner::testing::Scratch;

const POLICY: &str = "case \"$1\" in\npkgnames) printf 'sl-one\\nsl-two\\n';;\n*) for name; do case $name in\nsl*) printf \"$name:\\n  Installed: (none)\\n  Candidate: 5.02\\n  Version table:\\n     5.02 500\\n        500 http://x\\n\";;\ndpkg) printf 'dpkg:\\n  Installed: 1\\n  Candidate: 999\\n  Version table:\\n     999 500\\n';;\nesac; done;;\nesac";

fn machine() -> Scratch {
    let scratch = Scratch::new();
    scratch.program("apt-cache", POLICY);
    scratch.program(
        "apt-get",
        "echo 'Reading state information...'; echo 'The following NEW packages will be installed:'; echo '0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.'; echo tail",
    );
    scratch
}

#[test]
fn apt_get_is_told() {
    const OPTIONS: &str =
        "-y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=60";
    /// Arguments, the result, what apt-get is told after the usual options.
    const ROWS: &[(&str, &str, Option<&str>)] = &[
        (r#"{"name": "dpkg"}"#, r#"{"changed": false, "cache_updated": false, "stdout": null}"#, None),
        (r#"{"name": "sl"}"#, r#"{"changed": true, "diff": {}, "stderr": ""}"#, Some(" install sl")),
        (r#"{"name": ["sl", "dpkg"]}"#, r#"{"changed": true}"#, Some(" install sl")),
        (r#"{"name": "dpkg", "state": "latest"}"#, r#"{"changed": true}"#, Some(" install dpkg")),
        (r#"{"name": "sl=5.*"}"#, r#"{"changed": true}"#, Some(" install sl=5.02")),
        (
            r#"{"name": "sl=6"}"#,
            r#"{"failed": true, "msg": "no available installation candidate for sl=6", "cache_updated": false}"#,
            None,
        ),
        (r#"{"name": "sl-*"}"#, r#"{"changed": true}"#, Some(" install sl-one sl-two")),
        (
            r#"{"name": "none"}"#,
            r#"{"failed": true, "msg": "No package matching 'none' is available", "cache_updated": null}"#,
            None,
        ),
        (r#"{"name": "sl", "only_upgrade": true}"#, r#"{"changed": false}"#, None),
        (
            r#"{"name": "sl", "install_recommends": false, "default_release": "sid"}"#,
            r#"{"changed": true}"#,
            Some(" -t sid -o APT::Install-Recommends=no install sl"),
        ),
        (r#"{"name": "sl", "state": "absent"}"#, r#"{"changed": false, "cache_updated": null}"#, None),
        (r#"{"name": "dpkg", "state": "absent", "purge": true}"#, r#"{"changed": true}"#, Some(" --purge remove dpkg")),
        (r#"{"upgrade": "dist"}"#, r#"{"changed": true}"#, Some(" dist-upgrade")),
        (r#"{"autoremove": true}"#, r#"{"changed": false}"#, Some(" autoremove")),
        (
            r#"{"deb": "@/none.deb"}"#,
            r#"{"failed": true, "msg": "Unable to install package: E:Could not open file @/none.deb - open (2: No such file or directory)"}"#,
            None,
        ),
        (r#"{"name": "sl", "deb": "x"}"#, r#"{"failed": true}"#, None),
    ];
    for (args, result, told) in ROWS {
        let scratch = machine();
        scratch.assert_result(&scratch.call(&MODULE, args, ""), result);
        let wanted = told.map(|told| format!("apt-get {OPTIONS}{told}"));
        assert_eq!(told_of(&scratch), wanted, "{args}");
        scratch.call(&MODULE, args, "check");
        let simulated = told_of(&scratch).is_none_or(|told| told.contains(" --simulate "));
        assert!(simulated, "in check mode: {args}");
    }
}

fn told_of(scratch: &Scratch) -> Option<String> {
    scratch.calls().lines().find(|line| line.starts_with("apt-get ")).map(str::to_owned)
}

#[test]
fn the_diff_is_what_apt_get_prepares() {
    let scratch = machine();
    let reply = scratch.call(&MODULE, r#"{"name": "sl"}"#, "diff");
    scratch.assert_result(
        &reply,
        r#"{"diff": {"prepared": "The following NEW packages will be installed:\n0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded."}}"#,
    );
}
