//! Playbooks as text in, trees or the first mistake out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{ActionName, LoadWorld, Loading, load_playbook};
use crate::data::{Trust, Value, yaml};
use crate::diagnostic::{Diagnostic, Kind, Origin, Warning};
use crate::project::playbook::{Keyword, Node, Scope};

/// Files in memory; a template stays as it is.
struct Files(BTreeMap<PathBuf, &'static str>);

impl LoadWorld for Files {
    fn document(&self, path: &Path) -> Result<Value, Diagnostic> {
        let text = self.0.get(path).ok_or_else(|| Diagnostic::new("Unable to retrieve file contents."))?;
        yaml::load(text, &Origin::file(path), Trust::Template, &mut Vec::new())
    }
    fn exists(&self, path: &Path) -> bool {
        self.0.keys().any(|file| file.starts_with(path))
    }
    fn is_dir(&self, path: &Path) -> bool {
        self.exists(path) && !self.0.contains_key(path)
    }
    fn entries(&self, path: &Path) -> Vec<PathBuf> {
        self.0.keys().filter(|file| file.parent() == Some(path)).cloned().collect()
    }
    fn absolute(&self, base: &Path, path: &str) -> PathBuf {
        base.join(path)
    }
    fn action(&self, name: &str, _collections: &[String]) -> Option<ActionName> {
        let name = name.strip_prefix("ansible.builtin.").unwrap_or(name);
        let known = ["debug", "command", "include_tasks", "import_tasks", "import_role", "include_role", "meta"];
        known.contains(&name).then(|| ActionName {
            name: format!("ansible.builtin.{name}"),
            free_form: ["command", "meta", "include_tasks", "import_tasks"].contains(&name),
        })
    }
    fn has_lookup(&self, name: &str) -> bool {
        name == "items"
    }
    fn render(&self, value: &Value, _scope: Option<&Scope>) -> Result<Value, Diagnostic> {
        Ok(value.clone())
    }
    fn roles_path(&self) -> &[PathBuf] {
        &[]
    }
    fn collection_role(&self, _name: &str, _collections: &[String]) -> Option<(String, PathBuf)> {
        None
    }
    fn collection_playbook(&self, _name: &str) -> Option<PathBuf> {
        None
    }
    fn rejects_unknown_keywords(&self) -> bool {
        true
    }
    fn warn(&self, _warning: Warning) {}
    fn verbose(&self, _level: u8, _message: String) {}
}

fn files(files: &[(&'static str, &'static str)]) -> Files {
    Files(files.iter().map(|(path, text)| (Path::new("/p").join(path), *text)).collect())
}

/// The tree of the first play in one line: names of actions, blocks in brackets.
fn tree(nodes: &[Node]) -> String {
    let parts: Vec<_> = nodes
        .iter()
        .map(|node| match node {
            Node::Task(task) => task.action.name.clone(),
            Node::Block(block) => {
                format!("[{}|{}|{}]", tree(&block.block), tree(&block.rescue), tree(&block.always))
            }
        })
        .collect();
    parts.join(" ")
}

fn check(world: &Files, expected: &str) {
    let loading = Loading::new(world, PathBuf::from("/p"));
    let playbook = load_playbook(&loading, Path::new("/p/site.yml")).expect("it loads");
    let play = playbook.plays.first().expect("it has a play");
    let roles: String =
        play.roles.iter().flat_map(|body| super::nodes_of_role(body)).map(|node| tree(&[node])).collect();
    assert_eq!(format!("{roles} / {} / {}", tree(&play.tasks), tree(&play.handlers)), expected);
}

fn check_mistake(world: &Files, kind: Kind, expected: &str) {
    let loading = Loading::new(world, PathBuf::from("/p"));
    let mistake = load_playbook(&loading, Path::new("/p/site.yml")).expect_err("it is wrong");
    assert_eq!((mistake.kind, format!("{} @ {}", mistake.joined(), mistake.origin)), (kind, expected.to_owned()));
}

#[test]
fn blocks_imports_and_roles_become_one_tree() {
    let world = files(&[
        (
            "site.yml",
            "- hosts: all\n  roles: [r]\n  tasks:\n    - block:\n        - debug: msg=a\n      rescue:\n        - command: ls\n    - import_tasks: more.yml\n      when: x\n  handlers:\n    - name: h\n      debug: msg=h\n",
        ),
        ("more.yml", "- debug: msg=b\n- block:\n  - debug: msg=c\n"),
        ("roles/r/tasks/main.yml", "- debug: msg=r\n"),
        ("roles/r/meta/main.yml", "dependencies: [d]\n"),
        ("roles/d/tasks/main.yml", "- command: d\n"),
        ("roles/d/handlers/main.yml", "- debug: msg=dh\n"),
    ]);
    check(&world, "[command||][debug||] / [debug|command|] [debug [debug||]||] / debug debug");
}

#[test]
fn a_task_inherits_along_its_scopes() {
    let world = files(&[(
        "site.yml",
        "- hosts: all\n  become: true\n  tags: [p]\n  tasks:\n    - block:\n        - debug: msg=a\n          tags: t\n      tags: [b]\n      become: false\n      when: one\n",
    )]);
    let loading = Loading::new(&world, PathBuf::from("/p"));
    let playbook = load_playbook(&loading, Path::new("/p/site.yml")).expect("it loads");
    let Some(Node::Block(block)) = playbook.plays[0].tasks.first() else { panic!("a block") };
    let Some(Node::Task(task)) = block.block.first() else { panic!("a task") };
    assert_eq!(task.scope.find(Keyword::Become).map(|(value, _)| value.as_bool()), Some(Some(false)));
    assert_eq!(task.scope.gather(Keyword::Tags).len(), 3);
    assert_eq!(task.scope.gather(Keyword::When), [&Value::text("one")]);
    assert_eq!(task.scope.own(Keyword::When), None);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let one = |text: &'static str| files(&[("site.yml", text)]);
    check_mistake(
        &one("- hosts: all\n  flavour: x\n"),
        Kind::Parse,
        "'flavour' is not a valid attribute for a Play @ /p/site.yml:2:3",
    );
    check_mistake(
        &one("- tasks: []\n"),
        Kind::Parse,
        "The field 'hosts' is required but was not set. @ /p/site.yml:1:3",
    );
    check_mistake(&one("[]"), Kind::Parse, "A playbook must contain at least one play: /p/site.yml @ <unknown>");
    check_mistake(
        &one("- hosts: all\n  tasks:\n    - debug: msg=x\n      loop_control: x\n"),
        Kind::Parse,
        "the `loop_control` value must be specified as a dictionary and cannot be a variable itself (though it can contain variables) @ /p/site.yml:4:21",
    );
    check_mistake(
        &one("- hosts: all\n  tasks:\n    - include_tasks: x.yml\n      become: true\n"),
        Kind::Parse,
        "'become' is not a valid attribute for a TaskInclude @ /p/site.yml:3:7",
    );
    check_mistake(
        &one("- hosts: all\n  tasks:\n    - meta: end_role\n"),
        Kind::Parse,
        "Cannot execute 'end_role' from outside of a role @ <unknown>",
    );
    check_mistake(
        &one("- hosts: all\n  roles: [gone]\n"),
        Kind::General,
        "the role 'gone' was not found in /p/roles:/p @ /p/site.yml:2:11",
    );
}

#[test]
fn a_cycle_of_roles_is_shown_with_its_path() {
    let world = files(&[
        ("site.yml", "- hosts: all\n  roles: [a]\n"),
        ("roles/a/meta/main.yml", "dependencies: [b]\n"),
        ("roles/b/meta/main.yml", "dependencies: [a]\n"),
    ]);
    let loading = Loading::new(&world, PathBuf::from("/p"));
    let mistake = load_playbook(&loading, Path::new("/p/site.yml")).expect_err("it is a cycle");
    assert!(mistake.message.starts_with("A recursion loop was detected"), "{mistake}");
    assert_eq!(mistake.notes.len(), 2, "{mistake:?}");
}

#[test]
fn all_mistakes_can_be_gathered() {
    let world = files(&[(
        "site.yml",
        "- hosts: all\n  tasks:\n    - nonsense: 1\n    - debug: msg=x\n    - debug: msg=x\n      wish: 1\n- hosts: all\n  shade: 1\n",
    )]);
    let loading = Loading::new(&world, PathBuf::from("/p")).gathering();
    let playbook = load_playbook(&loading, Path::new("/p/site.yml")).expect("mistakes are kept");
    assert_eq!(playbook.plays.len(), 1);
    assert_eq!(loading.into_mistakes().len(), 3);
}
