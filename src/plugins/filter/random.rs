//! Filters that throw dice, with a seed those of Python.

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::data::{Data, Value};
use crate::template::tools::iterate::{items_of, to_int, usable_items};
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
    if let Data::Int(_) | Data::Bool(_) | Data::Big(_) = input.data {
        // A bound that is false in any way is none.
        let bound = |value: Option<&Value>, default: i128| -> Result<i128> {
            value.filter(|value| value.is_truthy()).map_or(Ok(default), |value| to_int(value).map(i128::from))
        };
        let (start, step) = (bound(start.as_ref(), 0)?, bound(step.as_ref(), 1)?);
        let stop = match &input.data {
            Data::Big(number) => number.to_i128().ok_or("number too large to choose below it")?,
            _ => i128::from(to_int(input)?),
        };
        return Ok(Value::big(BigInt::from(random.range(start, stop, step)?)));
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
    let Ok(mut items) = usable_items(&input) else { return Ok(input) };
    let world = args.context().world().clone();
    let Ok(mut random) = Random::new(seed.as_ref(), &*world) else { return Ok(input) };
    random.shuffle(&mut items);
    Ok(Object::list(items))
}
