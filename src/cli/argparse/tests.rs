//! Command lines and what becomes of them.

use super::{Action, Arity, Declaration, Outcome, Positional, explain_briefly, flag, parse};

fn declaration() -> Declaration {
    Declaration {
        program: "tool".to_owned(),
        about: "About.",
        epilog: "",
        flags: vec![
            flag(&["-h", "--help"], "help", "Help.").action(Action::Help),
            flag(&["-v", "--verbose"], "verbosity", "Say more.").action(Action::Count),
            flag(&["-C", "--check"], "check", "Check."),
            flag(&["-f", "--forks"], "forks", "Forks.").number(),
            flag(&["-i", "--inventory", "--inventory-file"], "inventory", "Inventory.").appended(),
            flag(&["--format"], "format", "Format.").one_of(&["json", "yaml"]),
            flag(&["-k", "--ask"], "ask", "Ask.").excludes("password"),
            flag(&["--password-file"], "file", "File.").takes().excludes("password"),
            flag(&["-s", "--sudo"], "sudo", "").hidden(),
        ],
        sections: Vec::new(),
        positional: Some(Positional { name: "book", arity: Arity::Several, help: "Books." }),
        actions: Vec::new(),
        is_action: false,
    }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(|word| word.replace('_', " ")).collect()
}

fn check(line: &str, expected: &str) {
    let shown = match parse(&declaration(), &words(line), 80) {
        Ok(Outcome::Help(_)) => "help".to_owned(),
        Ok(Outcome::Version) => "version".to_owned(),
        Ok(Outcome::Run(parsed)) => format!(
            "{:?} v{} C{} f{:?} i{:?} s{}",
            parsed.positionals(),
            parsed.count("verbosity"),
            u8::from(parsed.is_set("check")),
            parsed.number("forks"),
            parsed.texts("inventory"),
            u8::from(parsed.is_set("sudo"))
        ),
        Err(refusal) => refusal.sentence,
    };
    assert_eq!(shown, expected, "{line}");
}

#[test]
fn options_in_every_spelling() {
    check("a b", r#"["a", "b"] v0 C0 fNone i[] s0"#);
    check("-vvv a", r#"["a"] v3 C0 fNone i[] s0"#);
    check("-vCf5 a", r#"["a"] v1 C1 fSome(5) i[] s0"#);
    check("--che --forks=7 a", r#"["a"] v0 C1 fSome(7) i[] s0"#);
    check("-i x -iy --inventory-f z a", r#"["a"] v0 C0 fNone i["x", "y", "z"] s0"#);
    check("-f 1 -f 2 a", r#"["a"] v0 C0 fSome(2) i[] s0"#);
    check("-C -- -a", r#"["-a"] v0 C1 fNone i[] s0"#);
    check("-i -x_y a", r#"["a"] v0 C0 fNone i["-x y"] s0"#);
    check("-f -3 a", r#"["a"] v0 C0 fSome(-3) i[] s0"#);
    check("-s a", r#"["a"] v0 C0 fNone i[] s1"#);
    check("-h --nonsense", "help");
}

#[test]
fn refusals_in_argparse_words() {
    check("", "the following arguments are required: book");
    check("a -C b", "unrecognized arguments: b");
    check("a --nonsense", "unrecognized arguments: --nonsense");
    check("--inv x a", "ambiguous option: --inv could match --inventory, --inventory-file");
    check("--f x a", "ambiguous option: --f could match --forks, --format");
    check("a -f", "argument -f/--forks: expected one argument");
    check("-i -C a", "argument -i/--inventory/--inventory-file: expected one argument");
    check("-f x a", "argument -f/--forks: invalid tag_value value: 'x'");
    check("--format x a", "argument --format: invalid choice: 'x' (choose from 'json', 'yaml')");
    check("-Cz a", "argument -C/--check: ignored explicit argument 'z'");
    check("--check=1 a", "argument -C/--check: ignored explicit argument '1'");
    check("-k --password-file f a", "argument --password-file: not allowed with argument -k/--ask");
    check("--password-file f -k a", "argument -k/--ask: not allowed with argument --password-file");
}

#[test]
fn usage_is_wrapped() {
    let refusal = super::Refusal { program: "tool".to_owned(), sentence: "no".to_owned() };
    let expected = "\
usage: tool [-h] [-v] [-C] [-f FORKS]
            [-i INVENTORY]
            [--format {json,yaml}]
            [-k | --password-file FILE]
            book [book ...]
tool: error: no
";
    assert_eq!(explain_briefly(&declaration(), &refusal, 42), expected);
}
