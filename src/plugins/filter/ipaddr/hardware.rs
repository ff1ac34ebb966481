//! Filters on the addresses of network cards.

use super::{Subject, check_type, word};
use crate::args::Kind;
use crate::data::{Data, Value, python};
use crate::template::tools::declared::{Parameter, bind, bound};
use crate::template::tools::net::{Address, Family, Hardware, Style};
use crate::template::{Arguments, Result, TemplateError};

const PARAMETERS: [Parameter; 3] = [
    Parameter::required("value", Kind::Str),
    Parameter::optional("query", Kind::Str),
    Parameter::optional("alias", Kind::Str),
];

pub fn hwaddr(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    styled("hwaddr", input, args)
}

pub fn macaddr(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    styled("macaddr", input, args)
}

fn styled(filter: &str, input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let map = bind(input, args, &PARAMETERS)?;
    let text = word(bound(&map, "value"));
    let query = word(bound(&map, "query"));
    let Some(hardware) = Hardware::parse(&text) else {
        return match query.as_str() {
            "" | "bool" => Ok(Value::NULL),
            _ => Err(format!("{filter}: not a hardware address: {text}").into()),
        };
    };
    let style = match query.as_str() {
        "" => return Ok(text.into()),
        "bool" => return Ok(true.into()),
        "int" => return Ok(hardware.bits.into()),
        "bare" => Style::BARE,
        "cisco" => Style::CISCO,
        "eui48" | "win" => Style::WINDOWS,
        "linux" => Style::LINUX,
        "pgsql" | "postgresql" | "psql" => Style::POSTGRES,
        "unix" => Style::UNIX,
        _ => return Err(format!("{filter}: unknown filter type: {query}").into()),
    };
    let styled = hardware.styled(style);
    Ok(styled.ok_or_else(|| TemplateError::failure(format!("{filter}: {text} has more than 48 bits")))?.into())
}

/// The address that a card gives itself: that of the network, and its own with one bit turned.
pub fn slaac(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    check_type(input, "slaac", "value").or_else(|error| if input.is_null() { Ok(()) } else { Err(error) })?;
    let map = bind(&nothing_as_text(input), args, &[PARAMETERS[0], PARAMETERS[1]])?;
    let query = word(bound(&map, "query"));
    let Some(subject) = Subject::read(bound(&map, "value"), None) else { return Ok(false.into()) };
    let Some(hardware) = Hardware::parse(&query).filter(|_| subject.family() == Family::V6) else {
        return Ok(false.into());
    };
    const LOCAL: u64 = 1 << 57;
    let identifier = if hardware.is_long() {
        hardware.bits
    } else {
        (hardware.bits >> 24) << 40 | 0xff_fe00_0000 | hardware.bits & 0xff_ffff
    };
    let address = subject.network.first().bits.wrapping_add(u128::from(identifier ^ LOCAL));
    Ok(Address::new(Family::V6, address).to_string().into())
}

fn nothing_as_text(input: &Value) -> Value {
    match input.data {
        Data::Null => Value::text(""),
        Data::List(_) => python::str(input).into(),
        _ => input.clone(),
    }
}
