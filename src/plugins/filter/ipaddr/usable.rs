//! Filters that walk the addresses of a network.

use num_bigint::BigInt;

use super::query::at;
use super::{Subject, word};
use crate::args::Kind;
use crate::data::{Data, Map, Value, python};
use crate::template::tools::declared::{Parameter, bind, bound};
use crate::template::tools::net::{Address, Network};
use crate::template::{Arguments, Result};

/// The first and last address that hosts can have.
pub fn hosts(network: Network) -> (Address, Address) {
    let has_more = network.family().width() - network.prefix > 1;
    let inner = |address: Address, step| address.moved(step).unwrap_or(address);
    if has_more { (inner(network.first(), 1), inner(network.last(), -1)) } else { (network.first(), network.last()) }
}

pub fn nthhost(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = bind(input, args, &[Parameter::required("value", Kind::Str), Parameter::optional("query", Kind::Str)])?;
    let Some(subject) = Subject::read(bound(&map, "value"), None) else { return Ok(false.into()) };
    let Some(place) = python::parse_int(&word(bound(&map, "query"))) else { return Ok(false.into()) };
    let size = BigInt::from(subject.network.size());
    if place >= size {
        return Ok(false.into());
    }
    Ok(at(subject.network, &place).ok_or("index out range for address range size!")?.to_string().into())
}

pub fn next_nth_usable(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    walk(input, args, 1)
}

pub fn previous_nth_usable(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    walk(input, args, -1)
}

fn walk(input: &Value, args: &mut Arguments<'_>, direction: i128) -> Result<Value> {
    let map = bind(input, args, &[Parameter::required("value", Kind::Str), Parameter::optional("offset", Kind::Int)])?;
    let Some(subject) = Subject::read(bound(&map, "value"), None) else { return Ok(false.into()) };
    let offset = match &bound(&map, "offset").data {
        Data::Int(offset) => i128::from(*offset),
        Data::Big(_) => return Ok(Value::NULL),
        _ => return Err("Must pass in an integer".into()),
    };
    if subject.network.is_single() {
        return Ok(Value::NULL);
    }
    let (first, last) = hosts(subject.network);
    let found = subject.address().moved(direction * offset);
    if found.is_none() && direction * offset < 0 {
        return Err("failed to detect a valid IP address from a negative number".into());
    }
    Ok(found.filter(|found| (first..=last).contains(found)).map(|found| found.to_string()).into())
}

/// More addresses than this are not listed.
const MOST_LISTED: u32 = 1 << 20;

pub fn usable_range(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = bind(input, args, &[Parameter::required("ip", Kind::Str)])?;
    let text = word(bound(&map, "ip"));
    let fail = |why: String| format!("Error while using plugin 'usable_range': {why}");
    let network =
        Network::parse(&text).ok_or_else(|| fail(format!("'{text}' does not appear to be an IPv4 or IPv6 network")))?;
    if network.address != network.first() {
        return Err(fail(format!("{text} has host bits set")).into());
    }
    let count = u32::try_from(network.size()).ok().filter(|count| *count <= MOST_LISTED);
    let count = count.ok_or_else(|| fail(format!("{text} has more addresses than can be listed")))?;
    let addresses = (0..count).filter_map(|step| network.first().moved(i128::from(step)));
    let addresses = Value::list(addresses.map(|address| Value::from(address.to_string())));
    Ok(Map::from([("usable_ips", addresses), ("number_of_ips", Value::from(count))]).into())
}
