//! Addresses that the registries have set aside, by what they are for.

use super::{Address, Network};

/// Addresses that nobody on the Internet can reach, and inside of those the ones that one can.
const NOT_GLOBAL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "::/127",
    "::ffff:0:0/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "fc00::/7",
    "fe80::/10",
];
const GLOBAL_AFTER_ALL: &[&str] = &[
    "192.0.0.9/32",
    "192.0.0.10/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:20::/28",
    "2001:30::/28",
];

/// What the standard library of the reference's language calls private.
const PRIVATE: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/29",
    "192.0.0.170/31",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "::/127",
    "::ffff:0:0/96",
    "100::/64",
    "2001::/23",
    "2001:2::/48",
    "2001:db8::/32",
    "2001:10::/28",
    "fc00::/7",
    "fe80::/10",
];

const RESERVED: &[&str] = &[
    "240.0.0.0/4",
    "::/8",
    "100::/8",
    "200::/7",
    "400::/6",
    "800::/5",
    "1000::/4",
    "4000::/3",
    "6000::/3",
    "8000::/3",
    "a000::/3",
    "c000::/3",
    "e000::/4",
    "f000::/5",
    "f800::/6",
    "fe00::/9",
];

fn is_in(networks: &[&str], address: Address) -> bool {
    networks.iter().filter_map(|network| Network::parse(network)).any(|network| network.holds(address.alone()))
}

/// Whether the Internet can reach it.
pub fn is_global(address: Address) -> bool {
    !is_in(NOT_GLOBAL, address) || is_in(GLOBAL_AFTER_ALL, address)
}

pub fn is_private(address: Address) -> bool {
    is_in(PRIVATE, address)
}

pub fn is_reserved(address: Address) -> bool {
    is_in(RESERVED, address)
}

pub fn is_link_local(address: Address) -> bool {
    is_in(&["169.254.0.0/16", "fe80::/10"], address)
}

pub fn is_loopback(address: Address) -> bool {
    is_in(&["127.0.0.0/8", "::1/128"], address)
}

pub fn is_multicast(address: Address) -> bool {
    is_in(&["224.0.0.0/4", "ff00::/8"], address)
}
