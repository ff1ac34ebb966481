//! Filters that count and write addresses in other forms.

use super::word;
use crate::args::Kind;
use crate::data::{Data, Value};
use crate::template::tools::declared::{Parameter, bind, bound};
use crate::template::tools::net::{Address, Family, Network};
use crate::template::{Arguments, Result, TemplateError};

fn not_an_address(text: &str) -> TemplateError {
    TemplateError::failure(format!("You must pass a valid IP address; {text} is invalid"))
}

fn address(text: &str) -> Result<Address> {
    Address::parse(text).ok_or_else(|| not_an_address(text))
}

pub fn ip4_hex(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = bind(input, args, &[Parameter::required("arg", Kind::Str), Parameter::optional("delimiter", Kind::Str)])?;
    let text = word(bound(&map, "arg"));
    let address = address(&text)?;
    if address.family == Family::V6 {
        return Err(format!("invalid literal for int() with base 10: '{text}'").into());
    }
    let bytes = (address.bits as u32).to_be_bytes().map(|byte| format!("{byte:02x}"));
    Ok(bytes.join(&word(bound(&map, "delimiter"))).into())
}

/// The first bits of an address, or the last where the number is negative.
pub fn ipcut(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = bind(input, args, &[Parameter::required("value", Kind::Str), Parameter::required("amount", Kind::Int)])?;
    let address = address(&word(bound(&map, "value")))?;
    let amount = bound(&map, "amount").as_int().unwrap_or_default();
    let width = address.family.width();
    let bits = format!("{:0width$b}", address.bits, width = usize::from(width));
    let count = usize::try_from(amount.unsigned_abs()).unwrap_or(usize::MAX).min(bits.len());
    let cut = if amount < 0 { &bits[bits.len() - count..] } else { &bits[..count] };
    let (size, separator) = if address.family == Family::V4 { (8, ".") } else { (16, ":") };
    let words = cut.as_bytes().chunks(size).map(|chunk| {
        let number = chunk.iter().fold(0_u32, |number, bit| number << 1 | u32::from(*bit == b'1'));
        if size == 8 { number.to_string() } else { format!("{number:x}") }
    });
    Ok(words.collect::<Vec<_>>().join(separator).into())
}

pub fn ipv6form(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let format = Parameter::optional("format", Kind::Str).one_of(&["compress", "expand", "x509"]);
    let map = bind(input, args, &[Parameter::required("value", Kind::Str), format])?;
    let address = address(&word(bound(&map, "value")))?;
    Ok(match (bound(&map, "format").as_str(), address.family) {
        (Some("compress"), _) => address.compressed(),
        (Some("expand"), _) => address.expanded(),
        (Some("x509"), Family::V6) => {
            let words = address.expanded();
            words.split(':').map(|word| word.trim_start_matches('0')).map(zero_if_empty).collect::<Vec<_>>().join(":")
        }
        (Some(_), _) => return Err(not_an_address(&address.to_string())),
        (None, _) => return Err("You must pass valid format; None is not a valid format".into()),
    }
    .into())
}

fn zero_if_empty(word: &str) -> &str {
    if word.is_empty() { "0" } else { word }
}

pub fn ipmath(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = bind(input, args, &[Parameter::required("value", Kind::Str), Parameter::required("amount", Kind::Int)])?;
    let text = word(bound(&map, "value"));
    let address = match text.contains('/') {
        true => Network::parse(&text).map(|network| network.address),
        false => Address::parse(&text),
    };
    let address = address.ok_or_else(|| not_an_address(&text))?;
    let steps = match &bound(&map, "amount").data {
        Data::Int(steps) => Some(i128::from(*steps)),
        Data::Bool(steps) => Some(i128::from(*steps)),
        Data::Big(steps) => i128::try_from(&**steps).ok(),
        _ => None,
    };
    let moved = steps.and_then(|steps| address.moved(steps));
    Ok(moved.ok_or("result outside valid IP address boundary!")?.to_string().into())
}
