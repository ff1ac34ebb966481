//! Sizes and times as Docker writes them.

use crate::data::{Data, Map, Value, python};

/// `64M`, `1.5g`, `1024`: in bytes, by powers of 1024.
pub fn bytes(text: &str) -> Result<i64, String> {
    let trimmed = text.trim();
    let end = trimmed.find(|character: char| character.is_ascii_alphabetic()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(end);
    let number: f64 =
        number.trim().parse().map_err(|_| format!("human_to_bytes() can't interpret following string: {text}"))?;
    let unit = unit.trim().to_ascii_uppercase();
    let letter = unit.trim_end_matches("IB").trim_end_matches('B');
    let power = match letter {
        "" => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        "P" => 5,
        "E" => 6,
        _ => {
            return Err(format!(
                "human_to_bytes() failed to convert {text} (unit = {unit}). The suffix must be one of Y, Z, E, P, \
                 T, G, M, K, B"
            ));
        }
    };
    Ok((number * 1024_f64.powi(power)).round() as i64)
}

/// `1m30s`, `500ms`, or a number of seconds: in nanoseconds.
pub fn nanoseconds(value: &Value) -> Result<i64, String> {
    const SECOND: i64 = 1_000_000_000;
    let text = match &value.data {
        Data::Int(seconds) => return Ok(seconds * SECOND),
        Data::Float(seconds) => return Ok((seconds * SECOND as f64) as i64),
        _ => python::str(value),
    };
    if let Ok(seconds) = text.trim().parse::<i64>() {
        return Ok(seconds * SECOND);
    }
    let wrong = || format!("Invalid time duration - {text}");
    let mut total = 0;
    let mut rest = text.trim();
    while !rest.is_empty() {
        let digits = rest.find(|character: char| !character.is_ascii_digit()).ok_or_else(wrong)?;
        let number: i64 = rest[..digits].parse().map_err(|_| wrong())?;
        let (unit, length) = [("us", 1000), ("ms", 1_000_000), ("h", 3600 * SECOND), ("m", 60 * SECOND), ("s", SECOND)]
            .iter()
            .find(|(unit, _)| rest[digits..].starts_with(unit))
            .ok_or_else(wrong)?;
        total += number * length;
        rest = &rest[digits + unit.len()..];
    }
    Ok(total)
}

/// A health check in the engine's words. Nothing where no test is given and that means nothing.
pub fn health_check(options: &Map, cli_compatible: bool) -> Result<Option<Map>, String> {
    let get = |name: &str| options.get(name).filter(|value| !value.is_null());
    let test = get("test");
    if test.is_none() && !cli_compatible {
        return Ok(None);
    }
    let mut check = Map::new();
    if let Some(test) = test {
        let words = match test.as_items() {
            Some(items) => items.iter().map(python::str).collect(),
            None => vec!["CMD-SHELL".to_owned(), python::str(test)],
        };
        let is_none = words == ["NONE"];
        check.insert("Test", Value::list(words.into_iter().map(Value::from)));
        if is_none {
            return Ok(Some(check));
        }
    }
    let times = [
        ("interval", "Interval"),
        ("timeout", "Timeout"),
        ("start_period", "StartPeriod"),
        ("start_interval", "StartInterval"),
    ];
    for (name, key) in times {
        if let Some(value) = get(name) {
            check.insert(key, nanoseconds(value)?);
        }
    }
    if let Some(retries) = get("retries") {
        check.insert("Retries", retries.clone());
    }
    Ok(Some(check))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times() {
        assert_eq!(bytes("64M"), Ok(64 << 20));
        assert_eq!(bytes("1.5kb"), Ok(1536));
        assert_eq!(bytes("12"), Ok(12));
        assert!(bytes("x").is_err() && bytes("5Q").is_err());
        let time = |text: &str| nanoseconds(&Value::text(text));
        assert_eq!(time("1m30s"), Ok(90_000_000_000));
        assert_eq!(time("500ms"), Ok(500_000_000));
        assert_eq!(time("10"), Ok(10_000_000_000));
        assert_eq!(time("1x"), Err("Invalid time duration - 1x".to_owned()));
    }
}
