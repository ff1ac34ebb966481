//! Text that means nothing ends in an error, never in a panic or an endless loop.

use muster::data::{Data, Map, Text, Value};
use muster::diagnostic::Origin;
use muster::template::{FileOptions, Templar};
use proptest::prelude::*;

use super::world::templar;

/// Pieces that templates are made of, so that chance finds more than syntax errors.
const PIECES: [&str; 96] = [
    "{{ ",
    " }}",
    "{% ",
    " %}",
    "{# ",
    " #}",
    "{%- ",
    " -%}",
    "{{- ",
    " -}}",
    "{%+ ",
    "if ",
    "elif ",
    "else ",
    "endif ",
    "for ",
    "in ",
    "endfor ",
    "recursive ",
    "set ",
    "endset ",
    "macro ",
    "endmacro ",
    "call ",
    "endcall ",
    "filter ",
    "endfilter ",
    "block ",
    "endblock ",
    "extends ",
    "include ",
    "import ",
    "from ",
    "as ",
    "with ",
    "endwith ",
    "raw ",
    "endraw ",
    "do ",
    "print ",
    "not ",
    "and ",
    "or ",
    "is ",
    "a",
    "b",
    "loop",
    "self",
    "super",
    "caller",
    "varargs",
    "range",
    "dict",
    "lookup",
    "nope",
    ".",
    "[",
    "]",
    "(",
    ")",
    "{",
    "}",
    ",",
    ":",
    "=",
    "|",
    "~",
    "+",
    "-",
    "*",
    "**",
    "/",
    "//",
    "%",
    "==",
    "!=",
    "<",
    ">",
    "'",
    "\"",
    "'x'",
    "\"y\\n\"",
    "1",
    "0",
    "-1",
    "1.5",
    "1e9",
    "99999999999999999999",
    "length",
    "default",
    "map",
    "join",
    "upper()",
    "items()",
    "\n",
    " ",
];

fn subject() -> Templar {
    let variables = Map::from([
        ("a", Value::list([1.into(), "two".into(), Value::NULL, Map::from([("k", 1.5)]).into()])),
        ("b", Data::Text(Text::trusted("{{ a[1] }}")).into()),
    ]);
    templar(variables, Map::from([("h", Map::from([("x", 1)]))]))
}

fn render_all_ways(templar: &Templar, text: &str) {
    let value: Value = Data::Text(Text::trusted(text)).into();
    // Any outcome is fine as long as there is one.
    let _ = templar.render(&value);
    let _ = templar.condition(&value);
    let _ = templar.file(text, &Origin::none(), &FileOptions::default());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn on_any_text(text in "\\PC{0,60}", before in any::<bool>()) {
        let text = if before { format!("{{{{ {text} }}}}") } else { format!("{{% {text}") };
        render_all_ways(&subject(), &text);
    }

    #[test]
    fn on_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        render_all_ways(&subject(), &format!("{{{{{}", String::from_utf8_lossy(&bytes)));
    }

    #[test]
    fn on_pieces_of_templates(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24)) {
        render_all_ways(&subject(), &pieces.concat());
    }

    #[test]
    fn on_pieces_of_expressions(pieces in prop::collection::vec(prop::sample::select(&PIECES[44..]), 1..10)) {
        render_all_ways(&subject(), &format!("{{{{ {} }}}}", pieces.concat()));
    }
}

/// Depth and length do not end the program.
#[test]
fn on_deep_nesting() {
    let templar = subject();
    let deep = 5_000;
    for text in [
        format!("{{{{ {}1{} }}}}", "(".repeat(deep), ")".repeat(deep)),
        format!("{{{{ {}1{} }}}}", "[".repeat(deep), "]".repeat(deep)),
        format!("{{{{ {}1 }}}}", "not ".repeat(deep)),
        format!("{{{{ {}1 }}}}", "-".repeat(deep)),
        format!("{{{{ 1{} }}}}", " + 1".repeat(deep)),
        format!("{{{{ 1{} }}}}", " ** 1".repeat(deep)),
        format!("{{{{ 'a'{} }}}}", " ~ 'a'".repeat(deep)),
        format!("{{{{ a{} }}}}", " | list".repeat(deep)),
        format!("{{{{ a{} }}}}", ".b".repeat(deep)),
        format!("{{{{ a{} }}}}", "()".repeat(deep)),
        format!("{{{{ 1{} }}}}", " if 1 else 2".repeat(deep)),
        format!("{{{{ 1{} }}}}", " == 1".repeat(deep)),
        "{% if 1 %}".repeat(deep),
        format!("{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}".repeat(deep)),
        "{% for x in a %}".repeat(500) + &"{% endfor %}".repeat(500),
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}".to_owned(),
        "{% for x in [[]] recursive %}{{ loop([[]]) }}{% endfor %}".to_owned(),
        "{{ 9 ** 9 ** 9 ** 9 }}".to_owned(),
        "{{ 'x' * 10 ** 12 }}".to_owned(),
        "{{ range(10 ** 12) | list }}".to_owned(),
        "{{ [a] * 10 ** 10 }}".to_owned(),
        "{% set l = [1] %}{% set _ = l.append(l) %}{{ l | length }}{{ l }}{{ l == l }}{{ l ~ '' }}".to_owned(),
        "{% set d = {} %}{% set _ = d.update({'d': d}) %}{{ d }}".to_owned(),
    ] {
        render_all_ways(&templar, &text);
    }
}

/// Variables that need each other end in an error that says so.
#[test]
fn on_circles_of_variables() {
    let template = |text: &str| Value::from(Data::Text(Text::trusted(text)));
    let variables = Map::from([
        ("self_made", template("{{ self_made }}")),
        ("one", template("{{ two }}")),
        ("two", template("{{ one }}")),
        ("list", Value::list([template("{{ list[0] }}")])),
    ]);
    let templar = templar(variables, Map::new());
    for name in ["self_made", "one", "list[0]", "list"] {
        let error = templar.render(&template(&format!("{{{{ {name} }}}}"))).expect_err("a circle has no value");
        assert!(error.to_string().contains("Recursive loop detected"), "{name}: {error}");
    }
}
