//! json_query: asks data by JMESPath. Written for our values, as the crate for it computes in floats
//! and converts all data on the way in and out.

mod evaluate;
mod functions;
mod lexer;
mod parser;

use crate::data::{Value, python};
use crate::template::{Arguments, Filter, Result, TemplateError};

pub const FILTERS: &[Filter] = &[Filter::plain("json_query", json_query, "Asks data by JMESPath.")
    .of("community.general")
    .also(&[".json_query", "ansible.builtin.json_query"])];

fn json_query(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let expression = args.required("expr")?;
    let expression = python::str(&expression);
    let refuse =
        |message: String| TemplateError::failure(format!("JMESPathError in json_query filter plugin:\n{message}"));
    let node = parser::parse(&expression).map_err(refuse)?;
    evaluate::evaluate(&node, input).map_err(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::json;
    use crate::diagnostic::Origin;

    const DATA: &str = r#"{"a": [{"n": "x", "v": 1}, {"n": "y", "v": 2.5}], "s": "abc", "t": true, "z": null,
        "num": 5, "e": [], "o": {"k": 1, "j": [1, [2]]}}"#;

    fn ask(expression: &str) -> std::result::Result<String, String> {
        let data = json::parse(DATA, &Origin::none()).expect("good JSON");
        let found = evaluate::evaluate(&parser::parse(expression)?, &data)?;
        Ok(json::dumps(&found, &json::Style::compact()))
    }

    #[test]
    fn answers() {
        for (expression, expected) in [
            ("a[?v>`1`].n", r#"["y"]"#),
            ("a[*].v | sum(@)", "3.5"),
            ("avg(e)", "null"),
            ("length(o)", "2"),
            ("sort_by(a,&v)[0].n", r#""x""#),
            ("to_string(o)", r#""{\"k\":1,\"j\":[1,[2]]}""#),
            ("map(&q,a)", "[null,null]"),
            ("o.j[][]", "[1,2]"),
            ("o.*", "[1,[1,[2]]]"),
            ("a[::-1].n", r#"["y","x"]"#),
            ("a[?!(n=='x')].n", r#"["y"]"#),
            ("z || 'd'", r#""d""#),
            ("{a:s,b:num}", r#"{"a":"abc","b":5}"#),
            ("t == `1`", "false"),
            ("num == `5.0`", "true"),
            ("'it\\'s'", r#""it's""#),
            ("`[1,2]`", "[1,2]"),
            ("`word`", r#""word""#),
            ("a[*] | [0].n", r#""x""#),
            ("a[*].[n,v]", r#"[["x",1],["y",2.5]]"#),
            ("s[0]", "null"),
            ("o.\"k\"", "1"),
            ("max_by(a,&n).n", r#""y""#),
            ("a[?ends_with(n, 'x') && v == `1`].n | [0]", r#""x""#),
        ] {
            assert_eq!(ask(expression).as_deref(), Ok(expected), "{expression}");
        }
    }

    #[test]
    fn refusals() {
        for (expression, expected) in [
            ("a[", "Incomplete expression"),
            ("foo(s)", "Unknown function: foo()"),
            ("'x", "Unclosed ' delimiter"),
            ("length(num)", "In function length(), invalid type for value: 5"),
            ("length()", "Expected 1 argument for function length(), received 0"),
            ("foo-bar", "Unknown token '-'"),
            ("a[::0]", "slice step cannot be zero"),
            ("12", "invalid token"),
        ] {
            let message = ask(expression).expect_err("a bad expression");
            assert!(message.contains(expected), "{expression}: {message}");
        }
    }
}
