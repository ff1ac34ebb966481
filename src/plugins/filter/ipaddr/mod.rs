//! Filters that read addresses and networks, and answer questions about them.

mod hardware;
mod mask;
mod query;
mod subnets;
mod usable;

use num_bigint::BigInt;

use crate::args::Kind;
use crate::data::{Data, Value, python};
use crate::template::tools::declared::{Parameter, bind, bound};
use crate::template::tools::net::{Address, Family, Network};
use crate::template::{Arguments, Filter, Result, TemplateError};

pub const COLLECTION: &str = "ansible.utils";

/// The names under which older playbooks know these filters.
macro_rules! also {
    ($name:literal) => {
        &[concat!(".", $name), concat!("ansible.builtin.", $name), concat!("ansible.netcommon.", $name)]
    };
}

pub const FILTERS: &[Filter] = &[
    Filter::plain("ipaddr", ipaddr, "Answers a question about an address or network.")
        .of(COLLECTION)
        .also(also!("ipaddr")),
    Filter::plain("ipv4", ipv4, "As ipaddr, for addresses of version 4 only.").of(COLLECTION).also(also!("ipv4")),
    Filter::plain("ipv6", ipv6, "As ipaddr, for addresses of version 6 only.").of(COLLECTION).also(also!("ipv6")),
    Filter::plain("ipwrap", ipwrap, "Puts brackets around addresses of version 6.")
        .of(COLLECTION)
        .also(also!("ipwrap")),
    Filter::plain("hwaddr", hardware::hwaddr, "Reads the address of a network card and writes it in another style.")
        .of(COLLECTION)
        .also(also!("hwaddr")),
    Filter::plain("macaddr", hardware::macaddr, "Reads the address of a network card and writes it in another style.")
        .of(COLLECTION)
        .also(also!("macaddr")),
    Filter::plain("slaac", hardware::slaac, "Makes the address that a network card gives itself in a network.")
        .of(COLLECTION)
        .also(also!("slaac")),
    Filter::plain("ip4_hex", mask::ip4_hex, "Writes an address of version 4 in hexadecimal.")
        .of(COLLECTION)
        .also(also!("ip4_hex")),
    Filter::plain("ipcut", mask::ipcut, "Takes the first or last words of an address.").of(COLLECTION),
    Filter::plain("ipv6form", mask::ipv6form, "Writes an address of version 6 short or in full.").of(COLLECTION),
    Filter::plain("ipmath", mask::ipmath, "Counts forward or backward from an address.")
        .of(COLLECTION)
        .also(also!("ipmath")),
    Filter::plain("ipsubnet", subnets::ipsubnet, "Divides a network, or tells which part another one is.")
        .of(COLLECTION)
        .also(also!("ipsubnet")),
    Filter::plain("cidr_merge", subnets::cidr_merge, "Puts networks together.")
        .of(COLLECTION)
        .also(also!("cidr_merge")),
    Filter::plain("network_in_network", subnets::network_in_network, "Whether a network holds an address or network.")
        .of(COLLECTION)
        .also(also!("network_in_network")),
    Filter::plain("network_in_usable", subnets::network_in_usable, "Whether hosts of a network can have an address.")
        .of(COLLECTION)
        .also(also!("network_in_usable")),
    Filter::plain("reduce_on_network", subnets::reduce_on_network, "Keeps the addresses that are in a network.")
        .of(COLLECTION)
        .also(also!("reduce_on_network")),
    Filter::plain("nthhost", usable::nthhost, "The nth address of a network.").of(COLLECTION).also(also!("nthhost")),
    Filter::plain("next_nth_usable", usable::next_nth_usable, "The nth usable address after this one.")
        .of(COLLECTION)
        .also(also!("next_nth_usable")),
    Filter::plain("previous_nth_usable", usable::previous_nth_usable, "The nth usable address before this one.")
        .of(COLLECTION)
        .also(also!("previous_nth_usable")),
    Filter::plain("usable_range", usable::usable_range, "All addresses of a network.").of(COLLECTION),
];

/// What was asked about, and how it was written.
#[derive(Clone, Debug)]
struct Subject {
    network: Network,
    /// It had a number of bits behind it.
    is_network: bool,
    /// As it was written; a number as the network that it stands for.
    shown: String,
}

const NO: fn() -> Value = || Value::from(false);

impl Subject {
    /// `None` where it is no address.
    fn read(value: &Value, version: Option<i64>) -> Option<Self> {
        let text = match &value.data {
            Data::Text(text) => text.to_string(),
            Data::Int(_) | Data::Big(_) => python::str(value),
            _ => return None,
        };
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let address = numbered(&text.parse().ok()?, version)?;
            let network = address.alone();
            return Some(Self { network, is_network: false, shown: network.to_string() });
        }
        if !matches!(value.data, Data::Text(_)) {
            return None;
        }
        let is_network = text.matches('/').count() == 1;
        if let Some(network) = Network::parse(&text) {
            return Some(Self { network, is_network, shown: text });
        }
        let (number, bits) = text.split_once('/')?;
        let (number, bits) = (python::parse_int(number)?, u8::try_from(python::parse_int(bits)?).ok()?);
        let of = |family: Family| {
            let address = Address::new(family, u128::try_from(&number).ok()?);
            (address.bits <= family.highest() && bits <= family.width()).then_some(Network::new(address, bits))
        };
        let network = of(Family::V4).or_else(|| of(Family::V6))?;
        Some(Self { network, is_network: true, shown: network.to_string() })
    }

    fn family(&self) -> Family {
        self.network.family()
    }

    fn address(&self) -> Address {
        self.network.address
    }
}

/// The address of a number: of version 4 where it fits and none was asked for.
fn numbered(number: &BigInt, version: Option<i64>) -> Option<Address> {
    let bits = u128::try_from(number).ok()?;
    let family = if version.unwrap_or(4) == 4 && bits <= Family::V4.highest() { Family::V4 } else { Family::V6 };
    Some(Address::new(family, bits))
}

const PARAMETERS: [Parameter; 4] = [
    Parameter::required("value", Kind::Raw),
    Parameter::optional("query", Kind::Str),
    Parameter::optional("version", Kind::Int),
    Parameter::optional("alias", Kind::Str),
];

fn ipaddr(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    check_type(input, "ipaddr", "value")?;
    let map = bind(input, args, &PARAMETERS)?;
    let version = bound(&map, "version").as_int().filter(|version| *version != 0);
    ask(input, &word(bound(&map, "query")), version)
}

fn ipv4(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    check_type(input, "ipv4", "value")?;
    let map = bind(input, args, &PARAMETERS[..2])?;
    ask(input, &word(bound(&map, "query")), Some(4))
}

fn ipv6(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    check_type(input, "ipv6", "value")?;
    let map = bind(input, args, &PARAMETERS[..2])?;
    ask(input, &word(bound(&map, "query")), Some(6))
}

/// Refuses what is neither text, list nor number.
fn check_type(input: &Value, filter: &str, parameter: &str) -> Result<()> {
    let fits = matches!(input.data, Data::Text(_) | Data::List(_) | Data::Int(_) | Data::Big(_) | Data::Bool(_));
    if fits {
        return Ok(());
    }
    let kind = input.type_name();
    Err(format!("Unrecognized type <<class '{kind}'>> for {filter} filter <{parameter}>").into())
}

fn word(value: &Value) -> String {
    if value.is_null() { String::new() } else { python::str(value) }
}

/// The answer to a question about a value, or about each value of a list.
fn ask(value: &Value, query: &str, version: Option<i64>) -> Result<Value> {
    if let Data::List(items) | Data::Tuple(items) = &value.data {
        let answers = items.iter().map(|item| ask(item, query, version)).collect::<Result<Vec<_>>>()?;
        return Ok(Value::list(answers.into_iter().filter(Value::is_truthy)));
    }
    if !value.is_truthy() || value.as_bool().is_some() {
        return Ok(NO());
    }
    let Some(subject) = Subject::read(value, version) else { return Ok(NO()) };
    if version.is_some_and(|version| version != subject.family().number()) {
        return Ok(NO());
    }
    query::answer(&subject, query)
}

/// Addresses of version 6 in brackets; what is no address stays as it is.
fn ipwrap(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    check_type(input, "ipwrap", "value")?;
    bind(input, args, &PARAMETERS[..2])?;
    let wrapped = |value: &Value| match ask(value, "wrap", None)? {
        answer if answer.is_truthy() => Ok(answer),
        _ => Ok(value.clone()),
    };
    match &input.data {
        Data::List(items) => Ok(Value::list(items.iter().map(wrapped).collect::<Result<Vec<_>>>()?)),
        Data::Int(_) | Data::Big(_) => Err("argument of type 'int' is not iterable".into()),
        _ => wrapped(input),
    }
}

/// The network that a text names, or the refusal of it.
fn network(text: &str) -> Result<Network> {
    Network::parse(text).ok_or_else(|| TemplateError::failure(format!("invalid IPNetwork {text}")))
}
