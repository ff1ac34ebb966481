//! Values as JSON and back, with nothing lost: what JSON has no word for is a mapping with the one
//! key `$`, which holds a word for the kind and the content.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value as Json, json};

use crate::data::{Data, Date, Map, Text, Trust, Value, Vaulted};

/// The key of what is no plain JSON.
const MARK: &str = "$";

pub fn to_json(value: &Value) -> Json {
    let all = |items: &[Value]| items.iter().map(to_json).collect::<Vec<_>>();
    match &value.data {
        Data::Null => Json::Null,
        Data::Bool(flag) => json!(flag),
        Data::Int(number) => json!(number),
        Data::Float(number) if number.is_finite() => json!(number),
        Data::Float(number) => marked("float", json!(number.to_string())),
        Data::Big(number) => marked("int", json!(number.to_string())),
        Data::Text(text) => text_to_json(text),
        Data::Bytes(bytes) => marked("bytes", json!(BASE64.encode(bytes))),
        Data::Date(Date::Day(day)) => marked("day", json!(day.to_string())),
        Data::Date(Date::Time(time)) => marked("time", json!(time.to_string())),
        Data::Date(Date::Moment(moment, offset)) => marked("moment", json!([moment.to_string(), offset])),
        Data::List(items) => Json::Array(all(items)),
        Data::Tuple(items) => marked("tuple", Json::Array(all(items))),
        Data::Set(items) => marked("set", Json::Array(items.iter().map(to_json).collect())),
        Data::Map(map) => map_to_json(map),
        Data::Vaulted(vaulted) => marked("vault", json!(&*vaulted.ciphertext)),
    }
}

/// Decrypted text goes back to where it came from.
fn text_to_json(text: &Text) -> Json {
    match (text.vaulted(), text.trust()) {
        (Some(vaulted), _) => marked("vault", json!(&*vaulted.ciphertext)),
        (None, Trust::Template) => marked("template", json!(text.as_str())),
        (None, Trust::Plain) => json!(text.as_str()),
    }
}

pub fn map_to_json(map: &Map) -> Json {
    let is_plain = |key: &Value| matches!(&key.data, Data::Text(text) if text.as_str() != MARK);
    if map.keys().all(is_plain) {
        let pairs = map.iter().map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), to_json(value)));
        return Json::Object(pairs.collect());
    }
    marked("map", Json::Array(map.iter().map(|(key, value)| json!([to_json(key), to_json(value)])).collect()))
}

fn marked(kind: &str, content: Json) -> Json {
    json!({ MARK: [kind, content] })
}

/// What nobody wrote becomes null.
pub fn from_json(json: &Json) -> Value {
    let all = |items: &Json| items.as_array().into_iter().flatten().map(from_json).collect::<Vec<_>>();
    match json {
        Json::Null => Value::NULL,
        Json::Bool(flag) => (*flag).into(),
        Json::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64().map_or(Value::NULL, Value::from),
        },
        Json::String(text) => Value::text(text.as_str()),
        Json::Array(_) => Value::list(all(json)),
        Json::Object(map) => match map.get(MARK).and_then(Json::as_array).map(Vec::as_slice) {
            Some([Json::String(kind), content]) => unmarked(kind, content, &all),
            _ => map_from_json(json).into(),
        },
    }
}

pub fn map_from_json(json: &Json) -> Map {
    match json {
        Json::Object(map) if !map.contains_key(MARK) => {
            map.iter().map(|(key, value)| (Value::text(key.as_str()), from_json(value))).collect()
        }
        _ => from_json(json).as_map().cloned().unwrap_or_default(),
    }
}

fn unmarked(kind: &str, content: &Json, all: &dyn Fn(&Json) -> Vec<Value>) -> Value {
    let text = content.as_str().unwrap_or_default();
    let or_null = |data: Option<Data>| data.map_or(Value::NULL, Value::from);
    match kind {
        "float" => text.parse::<f64>().map_or(Value::NULL, Value::from),
        "int" => text.parse().map_or(Value::NULL, Value::big),
        "bytes" => or_null(BASE64.decode(text).ok().map(|bytes| Data::Bytes(bytes.into()))),
        "template" => Data::Text(Text::trusted(text)).into(),
        "vault" => Data::Vaulted(Arc::new(Vaulted { ciphertext: text.into() })).into(),
        "day" => or_null(text.parse().ok().map(|day| Data::Date(Date::Day(day)))),
        "time" => or_null(text.parse().ok().map(|time| Data::Date(Date::Time(time)))),
        "moment" => {
            let moment = content.get(0).and_then(Json::as_str).and_then(|moment| moment.parse().ok());
            let offset = content.get(1).and_then(Json::as_i64).and_then(|offset| i32::try_from(offset).ok());
            or_null(moment.map(|moment| Data::Date(Date::Moment(moment, offset))))
        }
        "tuple" => Value::tuple(all(content)),
        "set" => Data::Set(Arc::new(all(content).into_iter().collect())).into(),
        "map" => {
            let pairs = content.as_array().into_iter().flatten();
            let pair = |pair: &Json| Some((from_json(pair.get(0)?), from_json(pair.get(1)?)));
            pairs.filter_map(pair).collect::<Map>().into()
        }
        _ => Value::NULL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &Value, json: &str) {
        assert_eq!(to_json(value).to_string(), json);
        let back = from_json(&serde_json::from_str(json).expect("it is JSON"));
        assert_eq!(&back, value, "{json}");
        assert_eq!(to_json(&back).to_string(), json, "trust and kind are kept");
    }

    #[test]
    fn values_come_back_as_they_were() {
        check(&Value::NULL, "null");
        check(&Value::from(1.0), "1.0");
        check(&Value::from(f64::INFINITY), r#"{"$":["float","inf"]}"#);
        check(
            &Value::big("123456789012345678901".parse().expect("digits")),
            r#"{"$":["int","123456789012345678901"]}"#,
        );
        check(&Value::list([Value::from(true), Value::text("é")]), r#"[true,"é"]"#);
        check(&Data::Text(Text::trusted("{{ x }}")).into(), r#"{"$":["template","{{ x }}"]}"#);
        check(&Value::tuple(vec![Value::from(1)]), r#"{"$":["tuple",[1]]}"#);
        check(&Map::from([("a", Value::from(1))]).into(), r#"{"a":1}"#);
        check(&Map::from([("$", Value::from(1))]).into(), r#"{"$":["map",[["$",1]]]}"#);
        check(&Data::Bytes(vec![0, 255].into()).into(), r#"{"$":["bytes","AP8="]}"#);
        let opened = Text::decrypted("secret", Trust::Plain, Arc::new(Vaulted { ciphertext: "$A".into() }));
        assert_eq!(to_json(&Data::Text(opened).into()).to_string(), r#"{"$":["vault","$A"]}"#);
    }
}
