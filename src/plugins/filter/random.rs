//! Filters that throw dice, with a seed those of Python.

use crate::data::{Data, Value};
use crate::template::tools::iterate::{items_of, to_int};
use crate::template::tools::mersenne::Random;
use crate::template::{Arguments, Filter, Object, Result};

pub const FILTERS: &[Filter] = &[
    Filter::plain("random", random, "Gives a random item, or a random number below the input."),
    Filter::raw("shuffle", shuffle, "Gives a list in random order."),
];

fn random(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let start = args.unless_null("start")?;
    let step = args.unless_null("step")?;
    let seed = args.optional("seed")?;
    let world = args.context().world().clone();
    let mut random = Random::new(seed.as_ref(), &*world)?;
    if let Data::Int(_) | Data::Bool(_) = input.data {
        let bound = |value: Option<&Value>, default: i128| -> Result<i128> {
            match value.map(|value| &value.data) {
                None => Ok(default),
                Some(Data::Int(_) | Data::Bool(_)) => Ok(i128::from(value.map_or(Ok(0), to_int)?)),
                Some(_) => {
                    let kind = value.map_or("", Value::type_name);
                    Err(format!("'{kind}' object cannot be interpreted as an integer").into())
                }
            }
        };
        let (start, step) = (bound(start.as_ref(), 0)?, bound(step.as_ref(), 1)?);
        let number = random.range(start, i128::from(to_int(input)?), step)?;
        return Ok(i64::try_from(number).map_or(Value::NULL, Value::from));
    }
    if !matches!(input.data, Data::List(_) | Data::Tuple(_) | Data::Text(_) | Data::Map(_) | Data::Set(_)) {
        return Err("random can only be used on sequences and integers".into());
    }
    if [start, step].iter().flatten().any(Value::is_truthy) {
        return Err("start and step can only be used with integer values".into());
    }
    let items = match &input.data {
        Data::Map(_) => return Err("0".into()),
        Data::Set(_) => return Err("'set' object is not subscriptable".into()),
        _ => items_of(input)?,
    };
    Ok(items[random.choose(items.len())?].clone())
}

fn shuffle(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let seed = args.optional("seed")?;
    let input = input.usable()?;
    // What cannot be shuffled is given back as it is.
    let Ok(mut items) = crate::template::tools::iterate::usable_items(&input) else { return Ok(input) };
    let world = args.context().world().clone();
    let Ok(mut random) = Random::new(seed.as_ref().filter(|seed| seed.is_truthy()), &*world) else { return Ok(input) };
    random.shuffle(&mut items);
    Ok(Object::list(items))
}
