//! Tests on addresses and networks.

use crate::data::{Data, Value, python};
use crate::template::tools::iterate::items_of;
use crate::template::tools::net::{Address, Family, Network, is_loopback, is_multicast, is_private, is_reserved};
use crate::template::{Arguments, Result, Test};

const COLLECTION: &str = "ansible.utils";

pub const TESTS: &[Test] = &[
    Test::plain("ip", ip, "Whether it is an address or network.").of(COLLECTION),
    Test::plain("ip_address", ip_address, "Whether it is an address.").of(COLLECTION),
    Test::plain("ipv4", ipv4, "Whether it is an address or network of version 4.").of(COLLECTION),
    Test::plain("ipv6", ipv6, "Whether it is an address or network of version 6.").of(COLLECTION),
    Test::plain("ipv4_address", ipv4_address, "Whether it is an address of version 4.").of(COLLECTION),
    Test::plain("ipv6_address", ipv6_address, "Whether it is an address of version 6.").of(COLLECTION),
    Test::plain("ipv4_netmask", ipv4_netmask, "Whether it masks networks of version 4.").of(COLLECTION),
    Test::plain("ipv4_hostmask", ipv4_hostmask, "Whether it masks hosts of version 4.").of(COLLECTION),
    Test::plain("ipv6_ipv4_mapped", ipv6_ipv4_mapped, "Whether it stands for an address of version 4.").of(COLLECTION),
    Test::plain("ipv6_sixtofour", ipv6_sixtofour, "Whether it is an address of 6to4.").of(COLLECTION),
    Test::plain("ipv6_teredo", ipv6_teredo, "Whether it is an address of Teredo.").of(COLLECTION),
    Test::plain("loopback", loopback, "Whether it is the machine itself.").of(COLLECTION),
    Test::plain("mac", mac, "Whether it is the address of a network card.").of(COLLECTION),
    Test::plain("multicast", multicast, "Whether it is for many receivers.").of(COLLECTION),
    Test::plain("private", private, "Whether it is for private networks.").of(COLLECTION),
    Test::plain("public", public, "Whether the Internet can reach it.").of(COLLECTION),
    Test::plain("reserved", reserved, "Whether it is set aside.").of(COLLECTION),
    Test::plain("unspecified", unspecified, "Whether it is the address that means none.").of(COLLECTION),
    Test::plain("in_network", in_network, "Whether it is in a network.").of(COLLECTION),
    Test::plain("subnet_of", in_network, "Whether it is in a network.").of(COLLECTION),
    Test::plain("supernet_of", supernet_of, "Whether it holds a network.").of(COLLECTION),
    Test::plain("in_any_network", in_any_network, "Whether it is in one or more of these networks.").of(COLLECTION),
    Test::plain("in_one_network", in_one_network, "Whether it is in exactly one of these networks.").of(COLLECTION),
];

fn address_of(value: &Value) -> Option<Address> {
    let text = python::str(value);
    match text.split_once('%') {
        // An address may name the interface that it is meant for.
        Some((address, zone)) if !zone.is_empty() && !zone.contains('%') => {
            Address::parse(address).filter(|address| address.family == Family::V6)
        }
        _ => Address::parse(&text),
    }
}

/// A network by its first address; a mask of hosts or networks only for version 4.
fn network_of(value: &Value) -> Option<Network> {
    let text = python::str(value);
    let Some((_, bits)) = text.split_once('/') else { return address_of(value).map(Address::alone) };
    let network = Network::parse(&text)?;
    let is_number = bits.bytes().all(|byte| byte.is_ascii_digit());
    (network.address == network.first() && (is_number || network.family() == Family::V4)).then_some(network)
}

fn network_is(value: &Value, family: Family) -> bool {
    network_of(value).is_some_and(|network| network.family() == family)
}

fn address_is(value: &Value, question: fn(Address) -> bool) -> bool {
    address_of(value).is_some_and(question)
}

fn ip(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(network_of(input).is_some())
}

fn ip_address(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(address_of(input).is_some())
}

fn ipv4(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(network_is(input, Family::V4))
}

fn ipv6(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(network_is(input, Family::V6))
}

fn ipv4_address(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(address_is(input, |address| address.family == Family::V4))
}

fn ipv6_address(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(address_is(input, |address| address.family == Family::V6))
}

/// The reference tries masks on a network of its own, which none with fewer bits fits.
const FEWEST_BITS: u8 = 7;

fn ipv4_netmask(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    let mask = address_of(input).filter(|address| address.family == Family::V4);
    Ok(mask.and_then(Address::netmask_bits).is_some_and(|bits| bits >= FEWEST_BITS))
}

fn ipv4_hostmask(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    let mask = address_of(input).filter(|address| address.family == Family::V4);
    Ok(mask.and_then(Address::hostmask_bits).is_some_and(|bits| (FEWEST_BITS..32).contains(&bits)))
}

fn mapped(address: Address) -> Option<Address> {
    (address.family == Family::V6 && address.bits >> 32 == 0xffff)
        .then_some(Address::new(Family::V4, address.bits & 0xffff_ffff))
}

fn ipv6_ipv4_mapped(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(address_is(input, |address| mapped(address).is_some()))
}

fn ipv6_sixtofour(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(address_is(input, |address| address.family == Family::V6 && address.bits >> 112 == 0x2002))
}

fn ipv6_teredo(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(address_is(input, |address| address.family == Family::V6 && address.bits >> 96 == 0x2001_0000))
}

fn loopback(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(address_is(input, is_loopback))
}

fn mac(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    let Some(text) = input.as_str() else {
        return Err("expected string or bytes-like object".into());
    };
    Ok(is_in_pairs(text) || is_in_quads(text))
}

/// Six pairs of digits, with or without a colon or hyphen between them.
fn is_in_pairs(text: &str) -> bool {
    let mut rest = text.as_bytes();
    for place in 0..6 {
        if place > 0 && matches!(rest.first(), Some(b':' | b'-')) {
            rest = &rest[1..];
        }
        match rest {
            [a, b, more @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => rest = more,
            _ => return false,
        }
    }
    rest.is_empty()
}

/// Three times four digits, as Cisco writes them.
fn is_in_quads(text: &str) -> bool {
    let words: Vec<&str> = text.split('.').collect();
    words.len() == 3 && words.iter().all(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn multicast(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(address_is(input, is_multicast))
}

fn private(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(address_is(input, |address| is_private(mapped(address).unwrap_or(address))))
}

fn public(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    let shared = Network::parse("100.64.0.0/10");
    Ok(address_of(input).is_some_and(|address| {
        let is_shared = shared.is_some_and(|shared| shared.holds(address.alone()));
        !is_shared && !is_private(mapped(address).unwrap_or(address))
    }))
}

fn reserved(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(address_is(input, is_reserved))
}

fn unspecified(input: &Value, _: &mut Arguments<'_>) -> Result<bool> {
    Ok(address_is(input, |address| address.bits == 0))
}

fn holds(outer: &Value, inner: &Value) -> bool {
    network_of(outer).zip(network_of(inner)).is_some_and(|(outer, inner)| outer.holds(inner))
}

fn in_network(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(holds(&args.required("network")?, input))
}

fn supernet_of(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(holds(input, &args.required("network")?))
}

/// In how many of the networks it is.
fn count_of(input: &Value, args: &mut Arguments<'_>) -> Result<usize> {
    let networks = args.required("networks")?;
    if matches!(networks.data, Data::Null) {
        return Err("'NoneType' object is not iterable".into());
    }
    Ok(items_of(&networks)?.iter().filter(|network| holds(network, input)).count())
}

fn in_any_network(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(count_of(input, args)? > 0)
}

fn in_one_network(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(count_of(input, args)? == 1)
}
