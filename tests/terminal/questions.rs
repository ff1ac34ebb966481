//! Questions and their answers: what is asked, in which words, and what an answer leads to.

use muster::cli::demo::host::{DemoHost, start};

use super::Session;
use crate::conformance::program::Scratch;

/// What is waited for, and what is typed then.
type Step = (&'static str, &'static str);

/// Runs a tool at a terminal, answers, and compares what stands on the screen in the end.
fn check(files: &[(&str, &str)], words: &[&str], steps: &[Step], code: i32, expected: &str) {
    let mut session = Session::start(files, words, &[]);
    for (text, keys) in steps {
        session.expect(text).send(keys);
    }
    let folder = session.scratch.path().display().to_string();
    let end = session.finish();
    assert!(end.screen.unknown.is_empty(), "{:?} in {:?}", end.screen.unknown, end.output);
    let text = end.screen.text().replace(&folder, "@");
    assert_eq!(text.trim(), expected.trim(), "{:?} {}", words, end.output);
    assert_eq!(end.code, code, "{text}");
}

const PROMPTS: &str = "- hosts: all
  gather_facts: false
  vars_prompt:
    - {name: plain, prompt: Your name, private: false, default: nobody}
    - {name: secret, prompt: Your secret}
    - {name: twice, prompt: Twice, confirm: true}
    - {name: bare}
    - {name: told, prompt: not asked}
  tasks:
    - debug: msg='{{ plain }}/{{ secret }}/{{ twice }}/{{ bare }}/{{ told }}'
";

#[test]
fn a_play_asks_for_variables() {
    check(
        &[("site.yml", PROMPTS)],
        &["ansible-playbook", "-i", "a,", "-c", "local", "-e", "told=x", "site.yml"],
        &[
            ("name [nobody]: ", "bo\x7fb\n"),
            ("secret: ", "s3\n"),
            ("Twice: ", "a\n"),
            ("confirm Twice: ", "b\n"),
            ("Twice: ", "c\n"),
            ("confirm Twice: ", "c\n"),
            ("bare: ", "\n"),
        ],
        0,
        r#"
Your name [nobody]: bb
Your secret:
Twice:
confirm Twice:
***** VALUES ENTERED DO NOT MATCH ****
Twice:
confirm Twice:
bare:

PLAY [all] *********************************************************************

TASK [debug] *******************************************************************
ok: [a] => {
    "msg": "bb/s3/c//x"
}

PLAY RECAP *********************************************************************
a                          : ok=1    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
"#,
    );
    let words = ["ansible-playbook", "-i", "a,", "-c", "local", "site.yml"];
    let interrupted = "
Your name [nobody]: me
Your secret: [ERROR]: User interrupted execution
";
    check(&[("site.yml", PROMPTS)], &words, &[("]: ", "me\n"), ("secret: ", "\x03")], 99, interrupted);
}

#[test]
fn answers_are_templates_or_not_or_hashed() {
    let play = "- hosts: all
  gather_facts: false
  vars_prompt:
    - {name: a, prompt: A, private: false}
    - {name: b, prompt: B, private: false, unsafe: true}
    - {name: c, prompt: C, private: false, encrypt: sha512_crypt, salt: abcdefgh}
  tasks:
    - debug: msg='{{ a }}/{{ b }}/{{ c }}'
";
    let hash = "$6$rounds=656000$abcdefgh$pLncf7ljI4rnlGRtlaRLIaBXT8hoDhe5j.p3YfqrEPrlrDTn7qRk9ssGh4MFgYzW30TNcYrpyeSWhww63/Kel0";
    check(
        &[("site.yml", play)],
        &["ansible-playbook", "-i", "a,", "-c", "local", "site.yml"],
        &[("A: ", "{{ 1+1 }}\n"), ("B: ", "{{ 1+1 }}\n"), ("C: ", "pw\n")],
        0,
        &format!(
            r#"
A: {{{{ 1+1 }}}}
B: {{{{ 1+1 }}}}
C: pw

PLAY [all] *********************************************************************

TASK [debug] *******************************************************************
ok: [a] => {{
    "msg": "2/{{{{ 1+1 }}}}/{hash}"
}}

PLAY RECAP *********************************************************************
a                          : ok=1    changed=0    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
"#
        ),
    );
}

#[test]
fn passwords_are_asked_for() {
    let shown = r#"
SSH password:
BECOME password[defaults to SSH password]:
a | SUCCESS => {
    "msg": "Hello world!"
}
"#;
    let words = ["ansible", "a", "-kK", "-i", "a,", "-c", "local", "-m", "debug"];
    check(&[], &words, &[("SSH password: ", "one\n"), ("password]: ", "\n")], 0, shown);
    let shown = r#"
BECOME password:
Vault password:
a | SUCCESS => {
    "msg": "Hello world!"
}
"#;
    let words = ["ansible", "a", "-K", "-J", "-i", "a,", "-c", "local", "-m", "debug"];
    check(&[], &words, &[("BECOME password: ", "one\n"), ("Vault password: ", "two\n")], 0, shown);
    let words = ["ansible", "a", "-K", "-i", "a,", "-c", "local", "-m", "debug"];
    let shown = "BECOME password: [ERROR]: User interrupted execution";
    check(&[], &words, &[("BECOME password: ", "on\x03")], 99, shown);
    let shown = "BECOME password: a | SUCCESS => {\n    \"msg\": \"Hello world!\"\n}";
    check(&[], &words, &[("BECOME password: ", "\x04")], 0, shown);
}

#[test]
fn passwords_come_from_files_and_programs() {
    let words =
        |file: &'static str| ["ansible", "a", "--become-pass-file", file, "-i", "a,", "-c", "local", "-m", "debug"];
    let files = [("there", "pw\n"), ("empty", "\n")];
    let ok = "a | SUCCESS => {\n    \"msg\": \"Hello world!\"\n}";
    check(&files, &words("there"), &[], 0, ok);
    check(&files, &words("nowhere"), &[], 1, "[ERROR]: The password file @/nowhere was not found");
    check(&files, &words("empty"), &[], 1, "[ERROR]: Empty password was provided from file (@/empty)");
    check(&files, &words("/usr/bin/true"), &[], 1, "[ERROR]: Empty password was provided from file (/usr/bin/true)");
    check(
        &files,
        &words("/usr/bin/false"),
        &[],
        1,
        "[ERROR]: The password script /usr/bin/false returned an error (rc=1):",
    );
}

#[test]
fn a_play_goes_step_by_step() {
    let play = "- hosts: all
  gather_facts: false
  tasks:
    - {name: first, debug: {msg: 1}}
    - {name: second, debug: {msg: 2}}
    - {name: third, command: 'true', notify: after}
    - {name: fourth, debug: {msg: 4}}
  handlers:
    - {name: after, debug: {msg: handled}}
";
    let steps = [("first", "n\n"), ("second", "Y\n"), ("third", "yes\n"), ("fourth", "\n"), ("after (N)", "c\n")];
    check(
        &[("site.yml", play)],
        &["ansible-playbook", "--step", "-i", "a,", "-c", "local", "site.yml"],
        &steps.map(|(name, keys)| (name, keys)),
        0,
        r#"
PLAY [all] *********************************************************************
Perform task: TASK: first (N)o/(y)es/(c)ontinue: n

Perform task: TASK: first (N)o/(y)es/(c)ontinue: *******************************
Perform task: TASK: second (N)o/(y)es/(c)ontinue: Y

Perform task: TASK: second (N)o/(y)es/(c)ontinue: ******************************

TASK [second] ******************************************************************
ok: [a] => {
    "msg": 2
}
Perform task: TASK: third (N)o/(y)es/(c)ontinue: yes

Perform task: TASK: third (N)o/(y)es/(c)ontinue: *******************************

TASK [third] *******************************************************************
changed: [a]
Perform task: TASK: fourth (N)o/(y)es/(c)ontinue:

Perform task: TASK: fourth (N)o/(y)es/(c)ontinue: ******************************
Perform task: HANDLER: after (N)o/(y)es/(c)ontinue: c

Perform task: HANDLER: after (N)o/(y)es/(c)ontinue: ****************************

RUNNING HANDLER [after] ********************************************************
ok: [a] => {
    "msg": "handled"
}

PLAY RECAP *********************************************************************
a                          : ok=3    changed=1    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
"#,
    );
}

const PAUSES: &str = "- hosts: all
  gather_facts: false
  tasks:
    - name: stop here
      pause:
      register: answer
    - debug: var=answer.user_input
    - pause: prompt='Say it'
      register: answer
    - debug: var=answer.user_input
    - pause: prompt=Hush echo=false
      register: answer
    - debug: var=answer.user_input
    - pause: seconds=1
    - pause: seconds=1 prompt='wait for it'
    - pause: seconds=300
    - pause:
    - debug: msg=never
";

#[test]
fn a_pause_waits_for_keys() {
    check(
        &[("site.yml", PAUSES)],
        &["ansible-playbook", "-i", "a,", "-c", "local", "site.yml"],
        &[
            ("to interrupt:", "hi\n"),
            ("Say it:", "yes é\n"),
            ("hidden):", "quiet\n"),
            ("for 300 seconds", "x\n\x03"),
            ("to abort", "xC"),
            ("to interrupt:", "zz\x03"),
            ("to abort", "a"),
        ],
        2,
        r#"
PLAY [all] *********************************************************************

TASK [stop here] ***************************************************************
[stop here]
Press enter to continue, Ctrl+C to interrupt:
ok: [a]

TASK [debug] *******************************************************************
ok: [a] => {
    "answer.user_input": "hi"
}

TASK [pause] *******************************************************************
[pause]
Say it:
ok: [a]

TASK [debug] *******************************************************************
ok: [a] => {
    "answer.user_input": "yes é"
}

TASK [pause] *******************************************************************
[pause]
Hush (output is hidden):
ok: [a]

TASK [debug] *******************************************************************
ok: [a] => {
    "answer.user_input": "quiet"
}

TASK [pause] *******************************************************************
Pausing for 1 seconds
(ctrl+C then 'C' = continue early, ctrl+C then 'A' = abort)
ok: [a]

TASK [pause] *******************************************************************
Pausing for 1 seconds
(ctrl+C then 'C' = continue early, ctrl+C then 'A' = abort)
[pause]
wait for it:
ok: [a]

TASK [pause] *******************************************************************
Pausing for 300 seconds
(ctrl+C then 'C' = continue early, ctrl+C then 'A' = abort)
Press 'C' to continue the play or 'A' to abort
ok: [a]

TASK [pause] *******************************************************************
[pause]
Press enter to continue, Ctrl+C to interrupt:
Press 'C' to continue the play or 'A' to abort
[ERROR]: Task failed: user requested abort!

Task failed.
Origin: @/site.yml:17:7

15     - pause: seconds=1 prompt='wait for it'
16     - pause: seconds=300
17     - pause:
         ^ column 7

<<< caused by >>>

user requested abort!

fatal: [a]: FAILED! => {"changed": false, "msg": "Task failed: user requested abort!"}

PLAY RECAP *********************************************************************
a                          : ok=9    changed=0    unreachable=0    failed=1    skipped=0    rescued=0    ignored=0
"#,
    );
}

/// Two hosts at once ask whether they are known: one after the other, with the password of `-k` for
/// both, and what else is told waits until the answer.
#[test]
fn hosts_are_asked_about_one_after_the_other() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("threads can be started");
    let home = Scratch::new(0o755);
    let host = |name: &str| {
        let home = home.path().join(name);
        std::fs::create_dir_all(&home).expect("the folder is ours");
        let variables = vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
        DemoHost { home, variables, password: Some("secret".to_owned()), ..DemoHost::default() }
    };
    let hosts = ["a", "b"].map(|name| runtime.block_on(start(host(name))).expect("a port is free"));
    let lines: Vec<String> = ["a", "b"]
        .iter()
        .zip(&hosts)
        .map(|(name, host)| format!("{name} ansible_host=127.0.0.1 ansible_port={}\n", host.port))
        .collect();
    let words = ["ansible", "all", "-k", "-i", "hosts", "-m", "ping"];
    let mut session = Session::start(&[("hosts", &lines.concat())], &words, &[("MUSTER_KEEP_CONNECTIONS", "0")]);
    session.expect("SSH password: ").send("secret\n");
    for _ in 0..2 {
        session.expect("continue connecting (yes/no/[fingerprint])? ");
        std::thread::sleep(std::time::Duration::from_millis(700));
        let last = session.look().last();
        assert!(last.ends_with("(yes/no/[fingerprint])?"), "nothing is written over the question: {last}");
        session.send("yes\n");
    }
    let end = session.finish();
    let text = end.screen.text();
    assert_eq!(end.code, 0, "{text}");
    assert_eq!(text.matches("| SUCCESS => {").count(), 2, "{text}");
    assert_eq!(text.matches("continue connecting (yes/no/[fingerprint])? yes").count(), 2, "{text}");
    assert!(end.screen.unknown.is_empty(), "{:?}", end.output);
}
