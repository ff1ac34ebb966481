//! The live line: it tells how far a task is, and leaves nothing behind.

use super::Session;

const SLOW: &str = "- hosts: all
  gather_facts: false
  tasks:
    - {name: quick, debug: {msg: hello}, run_once: true}
    - name: slow
      command: 'sleep {{ time }}'
    - {name: over, debug: {msg: good bye}, run_once: true}
";

const HOSTS: &str = "a time=0.1\nb time=3\nc time=3.2\n";

const RESULT: &str = r#"
PLAY [all] *********************************************************************

TASK [quick] *******************************************************************
ok: [a] => {
    "msg": "hello"
}

TASK [slow] ********************************************************************
changed: [a]
changed: [b]
changed: [c]

TASK [over] ********************************************************************
ok: [a] => {
    "msg": "good bye"
}

PLAY RECAP *********************************************************************
a                          : ok=3    changed=1    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
b                          : ok=1    changed=1    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
c                          : ok=1    changed=1    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
"#;

fn session(variables: &[(&str, &str)]) -> Session {
    let words = ["ansible-playbook", "-i", "hosts", "-c", "local", "site.yml"];
    Session::start(&[("site.yml", SLOW), ("hosts", HOSTS)], &words, variables)
}

#[test]
fn it_tells_how_far_a_task_is_and_leaves_nothing_behind() {
    for colours in [&[][..], &[("NO_COLOR", "1")]] {
        let mut session = session(colours);
        session.expect("slow  1/3 hosts, 2s: b 2s, c 2s");
        let last = session.look().last();
        assert!(last.starts_with("slow  1/3 hosts, 2s"), "the cursor stands in {last:?}");
        let end = session.finish();
        assert!(end.screen.unknown.is_empty(), "{:?} in {:?}", end.screen.unknown, end.output);
        assert_eq!(end.screen.text().trim(), RESULT.trim(), "{:?}", end.output);
        assert_eq!(end.code, 0);
        assert_eq!(end.output.contains("\x1b[0;32m"), colours.is_empty(), "colours are another matter");
    }
}

#[test]
fn it_can_be_left_out() {
    for variable in [("MUSTER_LIVE", "0"), ("TERM", "dumb")] {
        let end = session(&[variable]).finish();
        assert_eq!(end.screen.text().trim(), RESULT.trim());
        assert!(!end.output.contains("1/3 hosts") && !end.output.contains("\x1b[K"), "{variable:?} {:?}", end.output);
    }
}
