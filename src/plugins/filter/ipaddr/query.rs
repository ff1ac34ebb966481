//! The questions that can be asked about an address or network.

use num_bigint::BigInt;

use super::{NO, Subject, numbered};
use crate::data::{Value, python};
use crate::template::tools::net::{Address, Family, Network, is_global, is_link_local, is_loopback, is_multicast};
use crate::template::{Result, TemplateError};

pub fn answer(subject: &Subject, query: &str) -> Result<Value> {
    let network = subject.network;
    let single = network.is_single();
    // Networks of one or two addresses have hosts only.
    let is_host = subject.address() != network.first() || network_broadcast(network).is_none();
    let shown_if = |condition: bool| Ok(if condition { subject.shown.as_str().into() } else { Value::NULL });
    let text_if = |condition: bool, text: String| Ok(if condition { text.into() } else { Value::NULL });
    match query {
        "" => Ok(whole(subject)),
        "6to4" => Ok(six_to_four(subject).map_or_else(NO, Value::from)),
        "address" | "ip" => {
            let known = single || is_host || subject.family() == Family::V6;
            text_if(known, subject.address().to_string())
        }
        "address/prefix" | "gateway" | "gw" | "host/prefix" | "hostnet" | "router" => {
            let broadcast = network_broadcast(network);
            let can_be_host = single
                || broadcast.is_none()
                || (subject.address() != network.first() && Some(subject.address()) != broadcast);
            Ok(if can_be_host { network.to_string().into() } else { NO() })
        }
        "bool" => Ok(true.into()),
        "broadcast" => Ok(network_broadcast(network).map(|address| address.to_string()).into()),
        "cidr" => Ok(network.to_string().into()),
        "host" => text_if(single || is_host, network.to_string()),
        "hostmask" | "wildcard" => Ok(network.hostmask().to_string().into()),
        "int" => {
            let number = BigInt::from(subject.address().bits);
            Ok(if subject.is_network { format!("{number}/{}", network.prefix).into() } else { Value::big(number) })
        }
        "ip/prefix" => text_if(!single && is_host, network.to_string()),
        "ip_netmask" => text_if(!single && is_host, format!("{} {}", subject.address(), network.netmask())),
        "ipv4" => Ok(as_v4(subject).map_or_else(NO, Value::from)),
        "ipv6" => Ok(as_v6(subject).into()),
        "link-local" => shown_if(is_link_local(subject.address())),
        "lo" | "loopback" => shown_if(is_loopback(subject.address())),
        "multicast" => shown_if(is_multicast(subject.address())),
        "net" => text_if(!single && subject.address() == network.first(), network.to_string()),
        "netmask" => Ok(network.netmask().to_string().into()),
        "network" | "network_id" => Ok(network.first().to_string().into()),
        "network/prefix" | "subnet" => Ok(network.cidr().to_string().into()),
        "network_netmask" => Ok(format!("{} {}", network.first(), network.netmask()).into()),
        "network_wildcard" => Ok(format!("{} {}", network.first(), network.hostmask()).into()),
        "prefix" => Ok(network.prefix.into()),
        "private" => shown_if(!is_global(subject.address())),
        "public" => shown_if(is_public(subject.address())),
        "revdns" => Ok(subject.address().reverse_name().into()),
        "size" => Ok(Value::big(BigInt::from(network.size()))),
        "size_usable" => Ok(usable_size(network)),
        "type" => Ok(if !single && subject.address() == network.first() { "network" } else { "address" }.into()),
        "unicast" => shown_if(!is_multicast(subject.address())),
        "version" => Ok(subject.family().number().into()),
        "wrap" => Ok(wrapped(subject).into()),
        "first_usable" => Ok(usable(subject)?.map(|(first, _)| unversioned(first)).into()),
        "last_usable" => Ok(usable(subject)?.map(|(_, last)| unversioned(last)).into()),
        "range_usable" => {
            let range = usable(subject)?;
            Ok(range.map(|(first, last)| format!("{}-{}", unversioned(first), unversioned(last))).into())
        }
        "next_usable" => beside(subject, 1),
        "previous_usable" => beside(subject, -1),
        "peer" => peer(subject).map(Value::from),
        other => by_place_or_network(subject, other),
    }
}

/// Those of version 6 with one or two addresses have none either.
fn network_broadcast(network: Network) -> Option<Address> {
    (network.family().width() - network.prefix > 1).then(|| network.last())
}

/// As it came: an address without its bits.
fn whole(subject: &Subject) -> Value {
    if subject.is_network { subject.network.to_string().into() } else { subject.address().to_string().into() }
}

/// A number names the address at this place, a network asks whether it holds the subject.
fn by_place_or_network(subject: &Subject, query: &str) -> Result<Value> {
    let is_number = !query.is_empty() && query.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number && let Some(outer) = Network::parse(query) {
        return Ok(if outer.holds(subject.network) { subject.shown.as_str().into() } else { Value::NULL });
    }
    if python::parse_float(query).is_none() {
        return Err(format!("ipaddr: unknown filter type: {query}").into());
    }
    if subject.network.is_single() {
        return Ok(whole(subject));
    }
    let place = python::parse_int(query).and_then(|place| at(subject.network, &place));
    Ok(place.map_or_else(NO, |address| format!("{address}/{}", subject.network.prefix).into()))
}

/// The address at a place, counted from the end where it is negative.
pub fn at(network: Network, place: &BigInt) -> Option<Address> {
    let size = BigInt::from(network.size());
    let place = if place.sign() == num_bigint::Sign::Minus { place + &size } else { place.clone() };
    let steps = (place < size).then(|| u128::try_from(place).ok()).flatten()?;
    Some(Address::new(network.family(), network.first().bits + steps))
}

fn six_to_four(subject: &Subject) -> Option<String> {
    let network = subject.network;
    let is_host = network.is_single() || subject.address() != network.first();
    match subject.family() {
        Family::V4 => {
            let bits = subject.address().bits as u32;
            let [a, b, c, d] = bits.to_be_bytes();
            let fits = is_host && (!is_global(subject.address()) || is_public(subject.address()));
            fits.then(|| format!("2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1/48"))
        }
        Family::V6 => (is_host && subject.address().bits >> 112 == 0x2002).then(|| subject.shown.clone()),
    }
}

/// Addresses of version 6 that stand for one of version 4 become that.
fn as_v4(subject: &Subject) -> Option<String> {
    if subject.family() == Family::V4 {
        return Some(subject.shown.clone());
    }
    let bits = subject.address().bits;
    let stands_for = bits >> 32 == 0xffff || bits >> 32 == 0;
    let prefix = subject.network.prefix.checked_sub(96)?;
    stands_for.then(|| Network::new(Address::new(Family::V4, bits & 0xffff_ffff), prefix).to_string())
}

fn as_v6(subject: &Subject) -> String {
    match subject.family() {
        Family::V6 => subject.shown.clone(),
        Family::V4 => {
            let mapped = Address::new(Family::V6, 0xffff << 32 | subject.address().bits);
            Network::new(mapped, subject.network.prefix + 96).to_string()
        }
    }
}

fn wrapped(subject: &Subject) -> String {
    match (subject.family(), subject.is_network) {
        (Family::V4, _) => subject.shown.clone(),
        (Family::V6, false) => format!("[{}]", subject.address()),
        (Family::V6, true) => format!("[{}]/{}", subject.address(), subject.network.prefix),
    }
}

/// Whether anybody in the world may have it. Masks are no addresses.
fn is_public(address: Address) -> bool {
    is_global(address)
        && !is_multicast(address)
        && !is_loopback(address)
        && address.netmask_bits().is_none()
        && address.hostmask_bits().is_none()
}

fn usable_size(network: Network) -> Value {
    let size = BigInt::from(network.size());
    match network.family().width() - network.prefix {
        0 => Value::from(0),
        1 => Value::from(2),
        _ => Value::big(size - 2),
    }
}

/// The first and last address that hosts can have.
fn usable(subject: &Subject) -> Result<Option<(Address, Address)>> {
    if !subject.is_network {
        return Err("Not a network address".into());
    }
    let network = subject.network;
    let inner = |address: Address, steps| address.moved(steps).unwrap_or(address);
    Ok(match network.family().width() - network.prefix {
        0 => None,
        1 => Some((network.first(), network.last())),
        _ => Some((inner(network.first(), 1), inner(network.last(), -1))),
    })
}

/// As the reference reads numbers back: low ones are of version 4.
fn unversioned(address: Address) -> String {
    numbered(&BigInt::from(address.bits), None).map_or_else(|| address.to_string(), |address| address.to_string())
}

/// The neighbour of an address, where hosts can have it.
fn beside(subject: &Subject, step: i128) -> Result<Value> {
    let Some((first, last)) = usable(subject)? else { return Ok(Value::NULL) };
    let bits = subject.address().bits;
    let Some(next) = bits.checked_add_signed(step) else {
        let number = BigInt::from(bits) + step;
        return Err(TemplateError::failure(format!("failed to detect a valid IP address from {number}")));
    };
    let is_usable = (first.bits..=last.bits).contains(&next);
    Ok(is_usable.then(|| unversioned(Address::new(subject.family(), next))).into())
}

/// The other end of a connection between two.
fn peer(subject: &Subject) -> Result<String> {
    if !subject.is_network {
        return Err("Not a network address".into());
    }
    let (network, address) = (subject.network, subject.address());
    let place = address.bits - network.first().bits;
    let other = match (network.family().width() - network.prefix, place) {
        (1, place) => 1 - place,
        (2, 1 | 2) => 3 - place,
        (2, _) => return Err("Not a point-to-point network".into()),
        _ => return Err("Not a point-to-point network".into()),
    };
    Ok(unversioned(Address::new(subject.family(), network.first().bits + other)))
}
