//! The whole way from a declaration to filled structs and messages.

use super::check::check;
use super::coerce::expand_paths;
use super::{Args, Choice, Kind, Spec, TargetPath};
use crate::data::json::{self, Style};
use crate::data::{Map, Value};
use crate::diagnostic::Origin;

#[derive(Debug, PartialEq, Choice, Clone, Copy)]
enum State {
    Present,
    VeryAbsent,
    #[choice("no")]
    Nothing,
}

#[derive(Debug, PartialEq, Args)]
#[args(required_if(p = "x", "q"), required_by(p, "weight"))]
struct Part {
    p: Option<String>,
    q: Option<i64>,
    weight: Option<f64>,
}

/// Options shared by several.
#[derive(Debug, PartialEq, Args)]
struct Shared {
    mode: Option<Value>,
}

#[derive(Debug, PartialEq, Args)]
#[args(
    exclusive("content", "parts"),
    required_together("count", "verbose"),
    required_if(state = "very_absent", any("count", "type"))
)]
struct Example {
    /// Where it is.
    ///
    /// More of it,
    /// on two lines.
    #[arg(alias = "dest", alias = "name")]
    path: TargetPath,
    #[arg(default = "present")]
    state: State,
    #[arg(no_log)]
    content: Option<String>,
    count: Option<u32>,
    verbose: Option<bool>,
    r#type: Option<Vec<String>>,
    #[arg(choices("a", "b"))]
    letters: Option<Vec<String>>,
    parts: Option<Vec<Part>>,
    #[arg(default = ["x", "y"], elements = "path")]
    paths: Vec<String>,
    #[arg(flatten)]
    shared: Shared,
}

fn map(text: &str) -> Map {
    let value = json::parse(text, &Origin::none()).expect("the case is JSON");
    value.as_map().expect("the case is a mapping").clone()
}

fn errors(text: &str) -> Vec<String> {
    let checked = check(&Spec::from(Example::SPEC), &map(text));
    checked.errors.into_iter().map(|error| error.message).collect()
}

#[test]
fn a_declaration_says_it_all() {
    let path = Example::SPEC.find("dest").expect("an alias finds its option");
    assert_eq!((path.name, path.kind, path.required), ("path", Kind::Path, true));
    assert_eq!(path.doc, "Where it is.\nMore of it, on two lines.");
    let state = Example::SPEC.find("state").expect("declared");
    assert_eq!((state.kind, state.choices, state.required), (Kind::Str, &["present", "very_absent", "no"][..], false));
    let parts = Example::SPEC.find("parts").expect("declared");
    assert_eq!((parts.kind, parts.elements, parts.suboptions.is_some()), (Kind::List, Some(Kind::Dict), true));
    assert_eq!(Example::SPEC.find("type").map(|option| option.elements), Some(Some(Kind::Str)));
    assert_eq!(Example::SPEC.find("mode").map(|option| option.kind), Some(Kind::Raw));
    assert_eq!(State::VeryAbsent.as_str(), "very_absent");
}

#[test]
fn checked_arguments_fill_the_struct() {
    let args = map(r#"{"name": "~/a", "state": false, "type": "a,b", "parts": ["p=x q=5 weight=2"], "mode": 420}"#);
    let mut checked = check(&Spec::from(Example::SPEC), &args);
    assert_eq!(checked.errors, []);
    expand_paths(Example::SPEC, &mut checked.args, &|path| path.replace('~', "/home"));
    let example = Example::from_checked(&mut checked.args).expect("the check passed");
    let wanted = Example {
        path: TargetPath::new("/home/a"),
        state: State::Nothing,
        content: None,
        count: None,
        verbose: None,
        r#type: Some(vec!["a".into(), "b".into()]),
        letters: None,
        parts: Some(vec![Part { p: Some("x".into()), q: Some(5), weight: Some(2.0) }]),
        paths: vec!["x".into(), "y".into()],
        shared: Shared { mode: Some(420.into()) },
    };
    assert_eq!(example, wanted);
}

#[test]
fn messages() {
    let supported = "content, count, letters, mode, parts, path, paths, state, type, verbose (dest, name)";
    let cases: &[(&str, &[&str])] = &[
        ("{}", &["missing required arguments: path"]),
        (r#"{"path": "a", "zz": 1}"#, &[&format!("zz. Supported parameters include: {supported}.")]),
        (r#"{"path": "a", "state": "x"}"#, &["value of state must be one of: present, very_absent, no, got: x"]),
        (r#"{"path": "a", "letters": "a,c"}"#, &["value of letters must be one or more of: a, b. Got no match for: c"]),
        (r#"{"path": "a", "content": 1, "parts": []}"#, &["parameters are mutually exclusive: content|parts"]),
        (r#"{"path": "a", "count": 1}"#, &["parameters are required together: count, verbose"]),
        (
            r#"{"path": "a", "state": "very_absent"}"#,
            &["state is very_absent but any of the following are missing: count, type"],
        ),
        (
            r#"{"path": "a", "parts": [{"p": "x"}, {"q": "z"}, 5, {"bad": 1}]}"#,
            &[
                "Elements value for option 'parts' is of type int and we were unable to convert to dict: \
                 <class 'int'> cannot be converted to a dict",
                "p is x but all of the following are missing: q found in parts",
                "missing parameter(s) required by 'p': weight found in parts",
                "argument 'q' is of type str found in 'parts'. and we were unable to convert to int: \
                 \"'z'\" cannot be converted to an int",
                "parts.bad. Supported parameters include: p, q, weight.",
            ],
        ),
    ];
    for (args, wanted) in cases {
        assert_eq!(&errors(args), wanted, "{args}");
    }
}

#[test]
fn secrets_warnings_and_hints() {
    let spec = Spec::from(Example::SPEC);
    let checked = check(&spec, &map(r#"{"path": "a", "dest": "b", "content": "hush"}"#));
    assert_eq!(checked.secrets.into_iter().collect::<Vec<_>>(), ["hush"]);
    assert_eq!(checked.warnings, ["Both option path and its alias dest are set."]);
    assert_eq!(super::check::meant(&spec, "stat"), Some("state"));
    assert_eq!(super::check::meant(&spec, "quite_other"), None);
}

#[test]
fn a_role_declares_the_same_way() {
    let options = map(
        r#"{"a": {"type": "int", "required": true}, "b": {"type": "dict", "options": {"c": {"choices": [1, 2], "type": "int"}},
            "mutually_exclusive": [["c", "d"]]}, "e": null}"#,
    );
    let spec = Spec::from_map(&options, None).expect("the declaration makes sense");
    let checked = check(&spec, &map(r#"{"a": "x", "b": {"c": 3}, "e": 5}"#));
    let messages: Vec<_> = checked.errors.iter().map(|error| error.message.as_str()).collect();
    let wanted = [
        "argument 'a' is of type str and we were unable to convert to int: \"'x'\" cannot be converted to an int",
        "value of c must be one of: 1, 2, got: 3 found in b",
    ];
    assert_eq!(messages, wanted);
    assert_eq!(json::dumps(checked.args.get("e").expect("given"), &Style::default()), "\"5\"");
}
