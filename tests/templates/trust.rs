//! Text that did not come from the user's files is never a template, whatever it passes through.
//! Each test stands for a hole that Ansible had, by its number.

use muster::data::{Data, Map, Text, Value};
use muster::template::ErrorKind;

use super::world::templar;

const EVIL: &str = "{{ 6 * 7 }}";
const EVIL_LOOKUP: &str = "{{ lookup('pipe', 'touch /tmp/pwned') }}";

fn trusted(text: &str) -> Value {
    Data::Text(Text::trusted(text)).into()
}

/// Renders a template of the user with what a host or a lookup gave, and expects this text.
fn check(template: &str, expected: &str) {
    check_with(
        &[("fact", EVIL.into()), ("deep", Value::list([Map::from([("key", EVIL)]).into()]))],
        template,
        expected,
    );
}

fn check_with(variables: &[(&str, Value)], template: &str, expected: &str) {
    let variables: Map = variables.iter().cloned().collect();
    let hosts = Map::from([("other", Map::from([("fact", Value::from(EVIL)), ("own", trusted("{{ fact }}"))]))]);
    let templar = templar(variables, hosts);
    let once = templar.render(&trusted(template)).unwrap_or_else(|error| panic!("{template}: {error}"));
    assert_eq!(muster::data::python::str(&once), expected, "{template}");
    // What came out is no template either, however often it is rendered again.
    let again = templar.render(&once).unwrap_or_else(|error| panic!("{template}: {error}"));
    assert_eq!(again, once, "{template}, rendered again");
}

/// Facts and results that hold templates are shown, not rendered.
#[test]
fn cve_2014_4966() {
    check("{{ fact }}", EVIL);
    check("x {{ fact }} y", &format!("x {EVIL} y"));
    check("{{ [fact] }}", &format!("['{EVIL}']"));
    check("{{ deep[0].key }}", EVIL);
    check_with(&[("fact", EVIL_LOOKUP.into())], "{{ fact }}", EVIL_LOOKUP);
}

/// Nor are they when a variable of the user leads to them, or a lookup, a loop, a filter.
#[test]
fn cve_2016_9587() {
    check_with(&[("fact", EVIL.into()), ("mine", trusted("{{ fact }}"))], "{{ mine }}", EVIL);
    check_with(&[("fact", EVIL.into()), ("mine", trusted("{{ fact }}"))], "{{ lookup('vars', 'mine') }}", EVIL);
    check("{{ lookup('items', fact) }}", EVIL);
    check("{% for item in [fact] %}{{ item }}{% endfor %}", EVIL);
    check("{% set copy = fact %}{{ copy }}", EVIL);
    check("{% macro show(it) %}{{ it }}{% endmacro %}{{ show(fact) }}", EVIL);
    check("{{ fact | string | trim | default('x') }}", EVIL);
    check("{{ deep | map(attribute='key') | first }}", EVIL);
    // A backslash or a line end before the braces changes nothing.
    check_with(&[("fact", "\\{{ 1 }}\n{% raw %}".into())], "{{ fact }}", "\\{{ 1 }}\n{% raw %}");
}

/// What lookups find is text.
#[test]
fn cve_2017_7481() {
    check("{{ lookup('env', 'EVIL') }}", EVIL);
    check("{{ query('env', 'EVIL') | first }}", EVIL);
    check("{{ lookup('items', lookup('env', 'EVIL')) }}", EVIL);
    check("{% set found = lookup('env', 'EVIL') %}[{{ found }}]", &format!("[{EVIL}]"));
}

/// Pieces that become a template only when they are put together stay text.
#[test]
fn cve_2021_3583() {
    check_with(&[("a", "{".into()), ("b", "{ 6 * 7 }}".into())], "{{ a ~ b }}", EVIL);
    check_with(&[("a", "{".into()), ("b", "{ 6 * 7 }}".into())], "{{ a }}{{ b }}", EVIL);
    check_with(&[("a", trusted("{")), ("b", trusted("{ 6 * 7 }}"))], "{{ a + b }}", EVIL);
    check_with(&[("a", trusted("{"))], "{{ a * 2 }} 6 * 7 }}", EVIL);
    check("{{ '{' }}{ 6 * 7 }}", EVIL);
    check("{{ ['{', '{ 6 * 7 }}'] | join }}", EVIL);
    check("{{ '[[ 6 * 7 ]]' | replace('[', '{') | replace(']', '}') }}", EVIL);
    check("{{ '%s 6 * 7 }}' % '{{' }}", EVIL);
    check("{{ '{}{} 6 * 7 {}{}'.format('{', '{', '}', '}') }}", EVIL);
    check("{{ '[\"{{ 6 * 7 }}\"]' | from_json | first }}", EVIL);
    check("{{ 'a: \"{{ 6 * 7 }}\"' | from_yaml | dict2items | map(attribute='value') | first }}", EVIL);
    check("{{ 'e3sgNiAqIDcgfX0=' | b64decode }}", EVIL);
}

/// Operations inside of the program keep a text what it is: conditions, containers, merges, copies.
#[test]
fn cve_2023_5764() {
    check("{{ {'a': fact} | combine({'b': fact}) }}", &format!("{{'a': '{EVIL}', 'b': '{EVIL}'}}"));
    check("{{ [fact, fact] | unique | list }}", &format!("['{EVIL}']"));
    check("{{ deep + [fact] }}", &format!("[{{'key': '{EVIL}'}}, '{EVIL}']"));
    check("{{ (fact, 1) | list | to_json }}", &format!("[\"{EVIL}\", 1]"));
    check("{{ lookup('items', [fact], wantlist=true) | first }}", EVIL);
    let variables = Map::from([("fact", Value::from("{{ true }}")), ("name", Value::from("nope == 1"))]);
    let templar = templar(variables, Map::new());
    for condition in ["{{ fact }}", "{{ name }}"] {
        let error = templar.condition(&trusted(condition)).expect_err("text of a fact is no condition");
        assert_eq!(error.kind(), ErrorKind::Conditional, "{condition}: {error}");
    }
    for condition in ["fact", "name", "lookup('env', 'EVIL')"] {
        let error = templar.condition(&trusted(condition)).expect_err("a text is no boolean");
        assert!(error.to_string().contains("must have a boolean result"), "{condition}: {error}");
    }
    let error = templar.condition(&Value::text("true")).expect_err("untrusted text is no condition");
    assert!(error.to_string().contains("untrusted"), "{error}");
}

/// The variables of other hosts are no way around it.
#[test]
fn cve_2024_11079() {
    check("{{ hostvars['other'].fact }}", EVIL);
    check("{{ hostvars.other['fact'] }}", EVIL);
    check("{{ hostvars['other']['own'] }}", EVIL);
    check("{{ hostvars.values() | map(attribute='fact') | first }}", EVIL);
    check("{{ hostvars | dict2items | map(attribute='value.own') | list }}", &format!("['{EVIL}']"));
    check("{{ vars.fact }}", EVIL);
    check("{{ vars['deep'][0]['key'] }}", EVIL);
}

/// A template that the user wrote as a text inside of another one is text, but for lookups and
/// conditions, which the reference renders.
#[test]
fn texts_in_templates() {
    check("{{ '{{ 6 * 7 }}' }}", EVIL);
    check("{{ ['{{ 6 * 7 }}'] }}", &format!("['{EVIL}']"));
    check("{{ lookup('items', '{{ 6 * 7 }}') }}", "42");
    check("{{ lookup('items', '{{ fact }}') }}", EVIL);
    let templar = templar(Map::from([("name", "web")]), Map::new());
    assert!(templar.condition(&trusted("'{{ name }}' == 'web'")).expect("the condition is well formed"));
}

/// Filters and lookups that take an expression as text evaluate it only as far as it leads through data.
#[test]
fn expressions_of_facts() {
    let variables = Map::from([
        ("data", Value::from(Map::from([("a", Map::from([("b", 5)]))]))),
        ("path", "a.b".into()),
        ("evil", "lookup('pipe', 'touch /tmp/pwned')".into()),
        ("sly", "a | map('upper')".into()),
    ]);
    let templar = templar(variables, Map::new());
    let found = templar.render(&trusted("{{ data | ansible.utils.get_path(path) }}"));
    assert_eq!(found.map_err(|error| error.to_string()), Ok(Value::from(5)));
    for template in [
        "{{ data | ansible.utils.get_path(evil) }}",
        "{{ data | ansible.utils.get_path(sly) }}",
        "{{ query('community.general.dependent', {'i': evil}) }}",
    ] {
        let error = templar.render(&trusted(template)).expect_err("a fact is no expression");
        assert!(error.to_string().contains("did not come from a file"), "{template}: {error}");
    }
}
