//! Addresses of network cards.

use crate::data::python;

/// The 48 or 64 bits of a card's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardware {
    pub bits: u64,
    width: u8,
}

/// How one is written: in words of so many bits.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    word: u8,
    separator: &'static str,
    padded: bool,
    upper: bool,
}

impl Style {
    pub const BARE: Self = Self { word: 48, separator: "", padded: true, upper: true };
    pub const CISCO: Self = Self { word: 16, separator: ".", padded: true, upper: false };
    pub const LINUX: Self = Self { word: 8, separator: ":", padded: true, upper: false };
    pub const POSTGRES: Self = Self { word: 24, separator: ":", padded: true, upper: false };
    pub const UNIX: Self = Self { word: 8, separator: ":", padded: false, upper: false };
    pub const WINDOWS: Self = Self { word: 8, separator: "-", padded: true, upper: true };
}

/// The ways in which one may be written: separators, number of words, digits of a word.
const FORMS: [(u8, &str, usize, usize, usize); 12] = [
    (48, ":", 6, 1, 2),
    (48, "-", 6, 1, 2),
    (48, ":", 3, 1, 4),
    (48, "-", 3, 1, 4),
    (48, ".", 3, 1, 4),
    (48, "-", 2, 5, 6),
    (48, ":", 2, 5, 6),
    (64, ":", 8, 1, 2),
    (64, "-", 8, 1, 2),
    (64, ":", 4, 1, 4),
    (64, "-", 4, 1, 4),
    (64, ".", 4, 1, 4),
];

impl Hardware {
    pub fn parse(text: &str) -> Option<Self> {
        Self::of_width(text, 48).or_else(|| Self::of_width(text, 64))
    }

    fn of_width(text: &str, width: u8) -> Option<Self> {
        Self::written(text, width).or_else(|| Self::number(&python::parse_int(text)?, width))
    }

    fn written(text: &str, width: u8) -> Option<Self> {
        let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        // One digit too few is a leading zero left out, in short addresses.
        let whole = usize::from(width) / 4;
        if (text.len() == whole || (width == 48 && text.len() == whole - 1)) && is_hex(text) {
            return Some(Self { bits: u64::from_str_radix(text, 16).ok()?, width });
        }
        let (_, separator, count, ..) = FORMS.iter().find(|(form, separator, count, least, most)| {
            let words: Vec<&str> = text.split(separator).collect();
            let fits = |word: &&str| (*least..=*most).contains(&word.len()) && is_hex(word);
            *form == width && words.len() == *count && words.iter().all(fits)
        })?;
        let word_bits = usize::from(width) / count;
        let bits = text
            .split(separator)
            .try_fold(0_u64, |bits, word| Some(bits << word_bits | u64::from_str_radix(word, 16).ok()?))?;
        Some(Self { bits, width })
    }

    /// A number, where it fits.
    fn number(number: &num_bigint::BigInt, width: u8) -> Option<Self> {
        let bits = u64::try_from(number).ok()?;
        (width == 64 || bits < 1 << 48).then_some(Self { bits, width })
    }

    /// In a style for 48 bits; `None` where there are more.
    pub fn styled(self, style: Style) -> Option<String> {
        if self.bits >= 1 << 48 {
            return None;
        }
        let count = 48 / style.word;
        let digits = usize::from(style.word / 4);
        let words = (0..count).map(|place| {
            let word = self.bits >> (48 - style.word * (place + 1)) & ((1 << style.word) - 1);
            let width = if style.padded { digits } else { 1 };
            if style.upper { format!("{word:0width$X}") } else { format!("{word:0width$x}") }
        });
        Some(words.collect::<Vec<_>>().join(style.separator))
    }

    pub const fn is_long(self) -> bool {
        self.width == 64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, style, expected) in [
            ("1a2b.3c4d.5e6f", Style::LINUX, Some("1a:2b:3c:4d:5e:6f")),
            ("1a:2b:3c:4d:5e:6f", Style::BARE, Some("1A2B3C4D5E6F")),
            ("0:1:2:3:4:5", Style::CISCO, Some("0001.0203.0405")),
            ("00-01-02-03-04-05", Style::UNIX, Some("0:1:2:3:4:5")),
            ("1a2b3c4d5e6f", Style::POSTGRES, Some("1a2b3c:4d5e6f")),
            ("42", Style::WINDOWS, Some("00-00-00-00-00-2A")),
            ("1:2:3:4:5:6:7:8", Style::UNIX, None),
        ] {
            let hardware = Hardware::parse(text).expect("an address");
            assert_eq!(hardware.styled(style).as_deref(), expected, "{text}");
        }
        for text in ["nomac", "1a:2b", "1a:2b:3c:4d:5e:6g", "", "-1"] {
            assert_eq!(Hardware::parse(text), None, "{text}");
        }
    }
}
