//! Addresses of networks: reading, writing and computing with them, for filters and tests.

mod hardware;
mod merge;
mod special;

use std::fmt;

use num_bigint::BigUint;

pub use hardware::{Hardware, Style};
pub use merge::{merged, spanning};
pub use special::{is_global, is_link_local, is_loopback, is_multicast, is_private, is_reserved};

use crate::data::python;

/// The two kinds of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    V4,
    V6,
}

impl Family {
    /// How many bits an address has.
    pub const fn width(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    pub const fn number(self) -> i64 {
        match self {
            Self::V4 => 4,
            Self::V6 => 6,
        }
    }

    /// The highest address.
    pub const fn highest(self) -> u128 {
        match self {
            Self::V4 => u32::MAX as u128,
            Self::V6 => u128::MAX,
        }
    }
}

/// One address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    pub family: Family,
    pub bits: u128,
}

/// An address and how many bits of it name its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    pub address: Address,
    pub prefix: u8,
}

impl Address {
    pub const fn new(family: Family, bits: u128) -> Self {
        Self { family, bits }
    }

    /// Reads an address as it is strictly written.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse::<std::net::Ipv4Addr>() {
            return Some(Self::new(Family::V4, u128::from(u32::from(address))));
        }
        text.parse::<std::net::Ipv6Addr>().ok().map(|address| Self::new(Family::V6, u128::from(address)))
    }

    /// The address that far away, where there is one.
    pub fn moved(self, steps: i128) -> Option<Self> {
        let bits = self.bits.checked_add_signed(steps)?;
        (bits <= self.family.highest()).then_some(Self::new(self.family, bits))
    }

    /// The network that holds only this address.
    pub const fn alone(self) -> Network {
        Network { address: self, prefix: self.family.width() }
    }

    /// The bits that are set from the left, where no other is.
    pub fn netmask_bits(self) -> Option<u8> {
        let inverted = !self.bits & self.family.highest();
        hole_free(inverted).then(|| self.family.width() - (128 - inverted.leading_zeros()) as u8)
    }

    /// The bits that are not set from the left, where all others are.
    pub fn hostmask_bits(self) -> Option<u8> {
        hole_free(self.bits).then(|| self.family.width() - (128 - self.bits.leading_zeros()) as u8)
    }

    fn words(self) -> [u16; 8] {
        std::array::from_fn(|place| (self.bits >> (112 - 16 * place)) as u16)
    }

    /// The name that asks the domain name system for this address.
    pub fn reverse_name(self) -> String {
        match self.family {
            Family::V4 => {
                let [a, b, c, d] = (self.bits as u32).to_be_bytes();
                format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
            }
            Family::V6 => {
                let digits = format!("{:032x}", self.bits);
                let reversed: Vec<String> = digits.chars().rev().map(String::from).collect();
                format!("{}.ip6.arpa.", reversed.join("."))
            }
        }
    }

    /// All words and digits of an address, nothing left out.
    pub fn expanded(self) -> String {
        match self.family {
            Family::V4 => self.to_string(),
            Family::V6 => self.words().map(|word| format!("{word:04x}")).join(":"),
        }
    }
}

/// Whether all set bits are at the right end.
fn hole_free(bits: u128) -> bool {
    bits & bits.wrapping_add(1) == 0
}

/// As the C library writes it: the end of some addresses as one of version 4.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shortened(true))
    }
}

impl Address {
    /// As short as it can be, in words of one kind.
    pub fn compressed(self) -> String {
        self.shortened(false)
    }

    /// The longest run of two or more zero words becomes `::`.
    fn shortened(self, may_be_dotted: bool) -> String {
        if self.family == Family::V4 {
            return std::net::Ipv4Addr::from(self.bits as u32).to_string();
        }
        let words = self.words();
        let (mut start, mut length) = (0, 0);
        let mut place = 0;
        while place < words.len() {
            let run = words[place..].iter().take_while(|word| **word == 0).count();
            if run > length {
                (start, length) = (place, run);
            }
            place += run.max(1);
        }
        let dotted = may_be_dotted && start == 0 && (length == 6 || (length == 5 && words[5] == 0xffff));
        let shown = if dotted { 6 } else { 8 };
        let mut out = String::new();
        let mut place = 0;
        while place < shown {
            if length > 1 && place == start {
                out.push_str("::");
                place += length;
                continue;
            }
            if !out.is_empty() && !out.ends_with(':') {
                out.push(':');
            }
            out.push_str(&format!("{:x}", words[place]));
            place += 1;
        }
        if dotted {
            if !out.ends_with(':') {
                out.push(':');
            }
            out.push_str(&std::net::Ipv4Addr::from(self.bits as u32).to_string());
        }
        out
    }
}

impl Network {
    /// Reads `address`, `address/bits` or `address/mask`, where the mask may also be one of hosts.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address = Address::parse(address)?;
        let Some(prefix) = prefix else { return Some(address.alone()) };
        let bits = match python::parse_int(prefix) {
            Some(bits) => u8::try_from(bits).ok()?,
            None => {
                let mask = Address::parse(prefix).filter(|mask| mask.family == address.family)?;
                mask.netmask_bits().or_else(|| mask.hostmask_bits())?
            }
        };
        (bits <= address.family.width()).then_some(Self { address, prefix: bits })
    }

    pub const fn new(address: Address, prefix: u8) -> Self {
        Self { address, prefix }
    }

    pub const fn family(self) -> Family {
        self.address.family
    }

    /// The bits that hosts differ in, all set.
    pub const fn host_bits(self) -> u128 {
        let hosts = self.address.family.width() - self.prefix;
        if hosts >= 128 { u128::MAX } else { (1 << hosts) - 1 }
    }

    pub const fn first(self) -> Address {
        Address::new(self.address.family, self.address.bits & !self.host_bits())
    }

    pub const fn last(self) -> Address {
        Address::new(self.address.family, self.address.bits | self.host_bits())
    }

    pub const fn netmask(self) -> Address {
        Address::new(self.address.family, self.address.family.highest() & !self.host_bits())
    }

    pub const fn hostmask(self) -> Address {
        Address::new(self.address.family, self.host_bits())
    }

    /// The address of all hosts; networks of one or two have none.
    pub fn broadcast(self) -> Option<Address> {
        let has_none = self.family() == Family::V4 && self.family().width() - self.prefix <= 1;
        (!has_none).then(|| self.last())
    }

    /// The same network by its first address.
    pub const fn cidr(self) -> Self {
        Self { address: self.first(), prefix: self.prefix }
    }

    /// How many addresses there are.
    pub fn size(self) -> BigUint {
        BigUint::from(self.host_bits()) + 1_u8
    }

    pub const fn is_single(self) -> bool {
        self.prefix == self.address.family.width()
    }

    pub fn holds(self, other: Self) -> bool {
        self.family() == other.family() && self.first() <= other.first() && other.last() <= self.last()
    }

    pub fn overlaps(self, other: Self) -> bool {
        self.holds(other) || other.holds(self)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_addresses_as_the_c_library_does() {
        for (text, expected) in [
            ("2001:0db8:0:0:0:0:0:1", "2001:db8::1"),
            ("::c", "::c"),
            ("::", "::"),
            ("::1:2", "::0.1.0.2"),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
            ("1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0"),
            ("1:0:0:2:3:0:0:0", "1:0:0:2:3::"),
            ("fe80:0:0:1:2:3:4:5", "fe80::1:2:3:4:5"),
            ("192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(Address::parse(text).map(|address| address.to_string()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn reads_networks() {
        for (text, expected) in [
            ("192.0.2.1/255.255.255.0", Some("192.0.2.1/24")),
            ("192.0.2.1/0.0.0.255", Some("192.0.2.1/24")),
            ("192.0.2.1", Some("192.0.2.1/32")),
            ("2001:db8::/ffff:ffff::", Some("2001:db8::/32")),
            ("192.0.2.1/33", None),
            ("192.0.2.1/255.0.255.0", None),
            ("192.0.2.01", None),
            ("192.0.2", None),
            ("192.0.2.1/24/1", None),
        ] {
            assert_eq!(Network::parse(text).map(|network| network.to_string()).as_deref(), expected, "{text}");
        }
    }
}
