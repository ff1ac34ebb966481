//! Memory and swap.

use std::collections::HashMap;

use super::read;
use crate::data::Map;

pub fn collect() -> Map {
    read("/proc/meminfo").map(|text| parse(&text)).unwrap_or_default()
}

fn parse(text: &str) -> Map {
    let mut megabytes: HashMap<&str, i64> = HashMap::new();
    for line in text.lines() {
        let Some((name, rest)) = line.split_once(':') else { continue };
        let number = rest.split_whitespace().next().and_then(|number| number.parse::<i64>().ok());
        megabytes.insert(name, number.unwrap_or(0) / 1024);
    }
    let get = |name: &str| megabytes.get(name).copied();
    let (Some(total), Some(free)) = (get("MemTotal"), get("MemFree")) else { return Map::new() };
    let (swap_total, swap_free) = (get("SwapTotal").unwrap_or(0), get("SwapFree").unwrap_or(0));
    let mut facts = Map::from([
        ("memtotal_mb", total),
        ("memfree_mb", free),
        ("swaptotal_mb", swap_total),
        ("swapfree_mb", swap_free),
    ]);
    let real = Map::from([("total", total), ("used", total - free), ("free", free)]);
    let cache = get("Cached").unwrap_or(0) + get("Buffers").unwrap_or(0);
    let without_cache = Map::from([("free", free + cache), ("used", total - free - cache)]);
    let swap = Map::from([
        ("total", swap_total),
        ("free", swap_free),
        ("used", swap_total - swap_free),
        ("cached", get("SwapCached").unwrap_or(0)),
    ]);
    facts.insert("memory_mb", Map::from([("real", real), ("nocache", without_cache), ("swap", swap)]));
    facts
}

#[cfg(test)]
mod tests {
    use crate::data::Value;

    #[test]
    fn numbers_are_megabytes() {
        let text = "MemTotal: 2048000 kB\nMemFree: 1024000 kB\nBuffers: 102400 kB\nCached: 204800 kB\nSwapTotal: 4096 kB\nSwapFree: 2048 kB\n";
        let facts = super::parse(text);
        assert_eq!(facts.get("memtotal_mb"), Some(&Value::from(2000)));
        let memory = facts.get("memory_mb").expect("always");
        assert_eq!(memory.get("nocache").and_then(|part| part.get("free")), Some(&Value::from(1300)));
        assert_eq!(memory.get("swap").and_then(|part| part.get("used")), Some(&Value::from(2)));
    }
}
