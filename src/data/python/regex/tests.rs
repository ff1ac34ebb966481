//! What Python's `re` gives for the same expressions.

use super::*;

fn found(pattern: &str, text: &str) -> Vec<String> {
    let pattern = Pattern::new(pattern, Flags::default()).expect("a good pattern");
    let found = pattern.find_all(text, usize::MAX).expect("it ends");
    found.iter().map(|one| one.group(0).unwrap_or_default().to_owned()).collect()
}

#[test]
fn finds() {
    for (pattern, text, expected) in [
        (r"\d+", "ab12cd34", &["12", "34"][..]),
        ("a*", "aaa", &["aaa", ""]),
        ("", "ab", &["", "", ""]),
        ("|a", "a", &["", "a", ""]),
        ("a*?", "aa", &["", "a", "", "a", ""]),
        (r"line$", "line\n", &["line"]),
        (r"line\Z", "line\n", &[]),
        ("(?m)^.", "a\nb", &["a", "b"]),
        ("(?s)a.b", "a\nb", &["a\nb"]),
        (r"(?<=build )\d+", "build 77", &["77"]),
        (r"(\w)\1", "abccd", &["cc"]),
        ("(?P<q>['\"])x(?P=q)", "'x' \"x'", &["'x'"]),
        ("[]a]+", "]a", &["]a"]),
        ("[a[b&&c-]+", "a[&-", &["a[&-"]),
        ("o{2}", "foo", &["oo"]),
        ("a{,2}", "aaa", &["aa", "a", ""]),
        ("x{a}", "x{a}", &["x{a}"]),
        ("(?x) a  # one\n b", "ab", &["ab"]),
        ("(a)?(?(1)b|c)", "ab c", &["ab", "c"]),
        ("a++b", "aaab", &["aaab"]),
        ("(?>a+)ab", "aaab", &[]),
        ("(?i:A)b", "ab aB", &["ab"]),
        (r"\x41\u0042\103", "ABC", &["ABC"]),
        (r"(?a)\w+", "blå", &["bl"]),
        (r"\bå", "å", &["å"]),
        ("(?#note)a", "a", &["a"]),
        (r"[\d-]+", "1-2", &["1-2"]),
        (r"\s", "\u{1c}", &["\u{1c}"]),
        ("a|b|", "b", &["b", ""]),
    ] {
        assert_eq!(found(pattern, text), expected, "{pattern}");
    }
}

#[test]
fn refuses() {
    for (pattern, expected) in [
        ("(", "missing ), unterminated subpattern at position 0"),
        ("a)", "unbalanced parenthesis at position 1"),
        ("*a", "nothing to repeat at position 0"),
        ("a**", "multiple repeat at position 2"),
        ("[a", "unterminated character set at position 0"),
        (r"\q", r"bad escape \q at position 0"),
        (r"(a)\2", "invalid group reference 2 at position 4"),
        ("[z-a]", "bad character range z-a at position 1"),
        ("a(?i)", "global flags not at the start of the expression at position 1"),
        ("(?<x>a)", "unknown extension ?<x at position 1"),
        ("a{3,2}", "min repeat greater than max repeat at position 2"),
        ("(?P<a>x)(?P<a>y)", "redefinition of group name 'a' as group 2; was group 1 at position 12"),
        ("(?<=a+)b", "look-behind requires fixed-width pattern"),
        ("^*", "nothing to repeat at position 1"),
        ("\n(", "missing ), unterminated subpattern at position 1 (line 2, column 1)"),
        ("x\\", "bad escape (end of pattern) at position 1"),
    ] {
        let error = Pattern::new(pattern, Flags::default()).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some(expected), "{pattern}");
    }
}

#[test]
fn replaces() {
    for (pattern, template, text, expected) in [
        ("", "-", "abc", "-a-b-c-"),
        (r"^(\w+?)(\d+)\.(.*)$", r"\2-\1 in \3", "node01.lab", "01-node in lab"),
        ("(?P<x>o)", r"<\g<x>\g<0>>", "foo", "f<oo><oo>"),
        ("(a)(x)?", r"[\2]", "ab", "[]b"),
        ("b", r"\n\\\.", "abc", "a\n\\\\.c"),
        ("x*", "-", "axb", "-a--b-"),
    ] {
        let pattern = Pattern::new(pattern, Flags::default()).expect("a good pattern");
        let replacement = Replacement::new(template, &pattern).expect("a good template");
        assert_eq!(pattern.replace(&replacement, text, usize::MAX).expect("it ends").0, expected, "{template}");
    }
}

#[test]
fn refuses_templates() {
    let pattern = Pattern::new("(a)", Flags::default()).expect("a good pattern");
    for (template, expected) in [
        (r"\2", "invalid group reference 2 at position 1"),
        (r"\q", r"bad escape \q at position 0"),
        (r"\g<y>", "unknown group name 'y'"),
        (r"\g<y", "missing >, unterminated name at position 3"),
    ] {
        let error = Replacement::new(template, &pattern).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some(expected), "{template}");
    }
}
