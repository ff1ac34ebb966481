//! Dumps as PyYAML writes them, and what must hold for any value and any bytes.

use proptest::prelude::*;

use super::*;
use crate::data::{Data, Map, Trust, Value, python};
use crate::diagnostic::Origin;

fn read(text: &str) -> Value {
    load_document(text, &Origin::none(), Trust::Plain, &mut Vec::new()).expect("the case is YAML")
}

fn check(text: &str, style: &Style, expected: &str) {
    assert_eq!(dump(&read(text), style), expected);
}

#[test]
fn layouts() {
    let text = "{b: [1, {c: d}], a: {x: 'yes', y: null}, e: []}";
    check(text, &Style::default(), "a:\n  x: 'yes'\n  y: null\nb:\n- 1\n- c: d\ne: []\n");
    let leaves = Style { flow: Flow::Leaves, ..Style::default() };
    check(text, &leaves, "a: {x: 'yes', y: null}\nb:\n- 1\n- {c: d}\ne: []\n");
    let wide = Style { indent: 4, sort_keys: false, ..Style::default() };
    check(text, &wide, "b:\n- 1\n-   c: d\na:\n    x: 'yes'\n    y: null\ne: []\n");
    check("text", &Style::default(), "text\n");
}

#[test]
fn texts() {
    let unicode = Style { allow_unicode: true, ..Style::default() };
    check(
        r#"["a\nb\n", "é", "😀", " x", "a: b"]"#,
        &unicode,
        "- 'a\n\n  b\n\n  '\n- é\n- \"\\U0001F600\"\n- ' x'\n- 'a: b'\n",
    );
    let block = Style { multi_line: MultiLine::Block, ..Style::default() };
    check(r#"["a\nb\n", "c"]"#, &block, "- |\n  a\n  b\n- c\n");
    let lossy = Style { multi_line: MultiLine::LossyBlock, ..Style::default() };
    check(r#"["a \n\tb\n\n"]"#, &lossy, "- |-\n  a\n          b\n");
}

#[test]
fn repeated_collections_are_named() {
    check(
        "{a: &x [1], b: *x, c: &y {k: *x}, d: *y}",
        &Style::default(),
        "a: &id001\n- 1\nb: *id001\nc: &id002\n  k: *id001\nd: *id002\n",
    );
}

#[test]
fn tags() {
    check("!!set {b, a}", &Style::default(), "!!set\na: null\nb: null\n");
    check("!!binary aGVsbG8=", &Style::default(), "!!binary |\n  aGVsbG8=\n");
    check(
        "!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\n",
        &Style::default(),
        "!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  3132\n",
    );
}

#[test]
fn several_documents() {
    let values = load_all("a\n---\n- b\n", &Origin::none(), Trust::Plain, &mut Vec::new()).expect("the case is YAML");
    assert_eq!(python::repr(&values.into()), "['a', ['b']]");
}

#[test]
fn nesting_without_end_is_refused() {
    for text in ["[".repeat(100_000), "- ".repeat(100_000), "{a: ".repeat(100_000)] {
        assert!(load(&text, &Origin::none(), Trust::Plain, &mut Vec::new()).is_err());
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::NULL),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("NaN is not equal to itself", |number| !number.is_nan()).prop_map(Value::from),
        "[ -~éあ😀\n\t]{0,20}".prop_map(Value::from),
        "[yn0-9:.+_-]{0,8}".prop_map(Value::from),
        proptest::collection::vec(any::<u8>(), 0..9).prop_map(|bytes| Data::Bytes(bytes.into()).into()),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec(("[a-z ]{0,5}", inner), 0..5)
                .prop_map(|entries| entries.into_iter().collect::<Map>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_dumped_reads_back(value in any_value(), flow in 0..3_usize, width in 0..60, unicode: bool) {
        let flow = [Flow::Never, Flow::Always, Flow::Leaves][flow];
        let style = Style { flow, width, allow_unicode: unicode, ..Style::default() };
        let text = dump(&value, &style);
        let back = load_document(&text, &Origin::none(), Trust::Plain, &mut Vec::new());
        prop_assert_eq!(back.map_err(|error| format!("{error}: {text}")), Ok(value));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = load_bytes(&bytes, &Origin::none(), Trust::Plain, &mut Vec::new());
    }

    #[test]
    fn any_marks_are_read_or_refused(text in "[-:?,\\[\\]{}#&*!|>'\"%@`<=~ab1 \n\r\té\\\\]{0,40}") {
        let _ = load(&text, &Origin::none(), Trust::Plain, &mut Vec::new());
        let _ = load_all(&text, &Origin::none(), Trust::Plain, &mut Vec::new());
    }
}
