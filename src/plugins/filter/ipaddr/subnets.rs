//! Filters that divide networks, put them together and ask what is in them.

use num_bigint::BigInt;

use super::{Subject, network, word};
use crate::args::Kind;
use crate::data::{Data, Value, python};
use crate::template::tools::declared::{Parameter, bind, bound};
use crate::template::tools::net::{Address, Network, merged, spanning};
use crate::template::{Arguments, Result, TemplateError};

pub fn ipsubnet(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let parameters = [
        Parameter::optional("value", Kind::Str),
        Parameter::optional("query", Kind::Str),
        Parameter::optional("index", Kind::Int),
    ];
    let map = bind(input, args, &parameters)?;
    let Some(subject) = Subject::read(bound(&map, "value"), None) else { return Ok(false.into()) };
    let whole = subject.network.cidr();
    let query = word(bound(&map, "query"));
    let index = bound(&map, "index").as_int();
    if query.is_empty() {
        return Ok(whole.to_string().into());
    }
    if query.bytes().all(|byte| byte.is_ascii_digit()) {
        let Some(bits) = query.parse::<u8>().ok().filter(|bits| *bits <= whole.family().width()) else {
            return Ok(false.into());
        };
        return if whole.is_single() { around(whole, bits, index) } else { part(whole, bits, index) };
    }
    let outer = Network::parse(&query).ok_or_else(|| {
        TemplateError::failure(format!("You must pass a valid subnet or IP address; {query} is invalid"))
    })?;
    if !outer.holds(whole) {
        return Err(format!("{whole} is not in the subnet {}", outer.cidr()).into());
    }
    let steps = BigInt::from(whole.first().bits - outer.first().bits);
    let place: BigInt = steps / BigInt::from(whole.size()) + 1;
    Ok(place.to_string().into())
}

/// The networks around an address, from the one with so many bits to the smallest.
fn around(address: Network, bits: u8, index: Option<i64>) -> Result<Value> {
    let width = i64::from(address.family().width());
    let count = width - i64::from(bits);
    let index = index.unwrap_or(0);
    if index > width / 2 || index < -count {
        return Ok(false.into());
    }
    let index = if index < 0 { index + count } else { index };
    if index >= count {
        return Err("list index out of range".into());
    }
    Ok(Network::new(address.address, bits + index as u8).cidr().to_string().into())
}

/// A part of so many bits, or how many there are.
fn part(whole: Network, bits: u8, index: Option<i64>) -> Result<Value> {
    let Some(more) = bits.checked_sub(whole.prefix) else {
        return match index {
            Some(0) => Ok(Network::new(whole.first(), bits).to_string().into()),
            Some(_) => Ok(false.into()),
            None => Err(format!("Requested subnet size of {bits} is invalid").into()),
        };
    };
    let count = BigInt::from(1) << more;
    let Some(index) = index else { return Ok(count.to_string().into()) };
    let index = if index < 0 { BigInt::from(index) + &count } else { BigInt::from(index) };
    let Some(index) = (index < count).then(|| u128::try_from(index).ok()).flatten() else {
        return Ok(false.into());
    };
    let step = index.checked_shl(u32::from(whole.family().width() - bits)).unwrap_or(0);
    let first = Address::new(whole.family(), whole.first().bits + step);
    Ok(Network::new(first, bits).to_string().into())
}

pub fn cidr_merge(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = bind(input, args, &[Parameter::required("value", Kind::Raw), Parameter::optional("action", Kind::Str)])?;
    let items = match &input.data {
        Data::List(items) | Data::Tuple(items) => items.as_ref().clone(),
        _ => vec![input.clone()],
    };
    let action = bound(&map, "action").as_str().unwrap_or("merge").to_owned();
    let read = |item: &Value| {
        network(&python::str(item))
            .map_err(|error| TemplateError::failure(format!("cidr_merge: error in netaddr:\n{}", error.message())))
    };
    match action.as_str() {
        "merge" => {
            let networks = items.iter().map(read).collect::<Result<Vec<_>>>()?;
            Ok(Value::list(merged(&networks).iter().map(|network| Value::from(network.to_string()))))
        }
        "span" => {
            let networks = items.iter().map(read).collect::<Result<Vec<_>>>()?;
            match networks.as_slice() {
                [] => Ok(Value::NULL),
                [one] => Ok(one.to_string().into()),
                _ => {
                    let span = spanning(&networks)
                        .ok_or("cidr_merge: error in netaddr:\nIP sequence cannot contain both IPv4 and IPv6!")?;
                    Ok(span.to_string().into())
                }
            }
        }
        _ => Err(format!("cidr_merge: invalid action '{action}'").into()),
    }
}

/// A network from its first to its last address, as numbers. As in the reference: one of two ends at the
/// address that it was written with, and what is no address counts as zero.
fn bounds(value: &Value) -> (u128, u128) {
    let Some(subject) = Subject::read(value, None) else { return (0, 0) };
    let network = subject.network;
    let has_more = network.family().width() - network.prefix > 1;
    (network.first().bits, if has_more { network.last() } else { subject.address() }.bits)
}

fn usable_bounds(value: &Value) -> (u128, u128) {
    let Some(subject) = Subject::read(value, None) else { return (0, 0) };
    let (first, last) = super::usable::hosts(subject.network);
    (first.bits, last.bits)
}

fn within(outer: (u128, u128), inner: (u128, u128)) -> bool {
    let range = outer.0..=outer.1;
    range.contains(&inner.0) && range.contains(&inner.1)
}

const PAIR: [Parameter; 2] = [Parameter::required("value", Kind::Str), Parameter::required("test", Kind::Str)];

pub fn network_in_network(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = bind(input, args, &PAIR)?;
    Ok(within(bounds(bound(&map, "value")), bounds(bound(&map, "test"))).into())
}

pub fn network_in_usable(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = bind(input, args, &PAIR)?;
    Ok(within(usable_bounds(bound(&map, "value")), bounds(bound(&map, "test"))).into())
}

pub fn reduce_on_network(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map =
        bind(input, args, &[Parameter::required("value", Kind::List), Parameter::required("network", Kind::Str)])?;
    let outer = bounds(bound(&map, "network"));
    let items = bound(&map, "value").as_items().unwrap_or_default();
    let texts = items.iter().map(|item| Value::text(python::str(item)));
    Ok(Value::list(texts.filter(|text| within(outer, bounds(text)))))
}
