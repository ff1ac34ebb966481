//! Filters that build lists of lists, and take them apart.

use crate::data::{Data, Value};
use crate::template::tools::iterate::{as_float, usable_items};
use crate::template::{Arguments, Filter, Object, Result};

pub const FILTERS: &[Filter] = &[
    Filter::raw("flatten", flatten, "Puts the items of lists in a list into one list."),
    Filter::raw("zip", zip, "Pairs the items of lists, up to the shortest."),
    Filter::raw("zip_longest", zip_longest, "Pairs the items of lists, up to the longest."),
    Filter::raw("product", product, "Gives every way to take one item of each list."),
    Filter::raw("permutations", permutations, "Gives every order of (so many) items."),
    Filter::raw("combinations", combinations, "Gives every choice of so many items."),
];

fn flatten(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let levels = args.unless_null("levels")?;
    let skip_nulls = args.flag("skip_nulls", true)?;
    let mut flat = Vec::new();
    flatten_into(&input.usable()?, levels.as_ref(), skip_nulls, &mut flat)?;
    Ok(Object::list(flat))
}

fn flatten_into(list: &Object, levels: Option<&Value>, skip_nulls: bool, flat: &mut Vec<Object>) -> Result<()> {
    for item in usable_items(list)? {
        let is_null = item.is_null() || item.as_str().is_some_and(|text| text == "None" || text == "null");
        if skip_nulls && is_null {
            continue;
        }
        let is_sequence = match &item {
            Object::List(_) | Object::Tuple(_) => true,
            Object::Native(native) => native.items().is_some() && native.length().is_some(),
            _ => false,
        };
        if !is_sequence {
            flat.push(item);
            continue;
        }
        match levels {
            None => flatten_into(&item, None, skip_nulls, flat)?,
            Some(levels) => match as_float(levels) {
                Some(left) if left >= 1.0 => {
                    flatten_into(&item, Some(&Value::from(left.trunc() as i64 - 1)), skip_nulls, flat)?;
                }
                Some(_) => flat.push(item),
                None => {
                    let kind = levels.type_name();
                    return Err(format!("'>=' not supported between instances of '{kind}' and 'int'").into());
                }
            },
        }
    }
    Ok(())
}

/// The input and all further lists.
fn columns(input: Object, args: &mut Arguments<'_>) -> Result<Vec<Vec<Object>>> {
    std::iter::once(input).chain(args.rest_objects()).map(|list| usable_items(&list.resolved())).collect()
}

fn zip(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let strict = args.keyword("strict")?.is_some_and(|strict| strict.is_truthy());
    if let Some((name, _)) = args.keyword_objects().first() {
        return Err(format!("'{name}' is an invalid keyword argument for zip()").into());
    }
    let columns = columns(input, args)?;
    let shortest = columns.iter().map(Vec::len).min().unwrap_or_default();
    if strict && let Some(place) = columns.iter().position(|column| column.len() != columns[0].len()) {
        let relation = if columns[place].len() < columns[0].len() { "shorter" } else { "longer" };
        let others = if place == 1 { "argument 1".to_owned() } else { format!("arguments 1-{place}") };
        return Err(format!("zip() argument {} is {relation} than {others}", place + 1).into());
    }
    let row = |place: usize| Object::tuple(columns.iter().map(|column| column[place].clone()).collect::<Vec<_>>());
    Ok(Object::list((0..shortest).map(row).collect()))
}

fn zip_longest(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let fill = args.keyword_object("fillvalue").unwrap_or(Object::NULL);
    if !args.keyword_objects().is_empty() {
        return Err("zip_longest() got an unexpected keyword argument".into());
    }
    let columns = columns(input, args)?;
    let longest = columns.iter().map(Vec::len).max().unwrap_or_default();
    let row = |place: usize| {
        let cells = columns.iter().map(|column| column.get(place).unwrap_or(&fill).clone());
        Object::tuple(cells.collect::<Vec<_>>())
    };
    Ok(Object::list((0..longest).map(row).collect()))
}

/// How large a result may become before it is refused rather than filling the memory.
const MOST_ROWS: usize = 50_000_000;

fn product(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let repeat = count(args.keyword("repeat")?.as_ref(), "repeat argument cannot be negative")?.unwrap_or(1);
    if let Some((name, _)) = args.keyword_objects().first() {
        return Err(format!("'{name}' is an invalid keyword argument for product()").into());
    }
    let columns = columns(input, args)?;
    let mut rows: Vec<Vec<Object>> = vec![Vec::new()];
    for _ in 0..repeat {
        for column in &columns {
            if rows.len().saturating_mul(column.len()) > MOST_ROWS {
                return Err("product() gives more items than fit into memory".into());
            }
            rows = rows
                .iter()
                .flat_map(|row| column.iter().map(move |cell| row.iter().cloned().chain([cell.clone()]).collect()))
                .collect();
        }
    }
    Ok(Object::list(rows.into_iter().map(Object::tuple).collect()))
}

fn count(value: Option<&Value>, negative: &str) -> Result<Option<usize>> {
    match value.map(|value| &value.data) {
        None => Ok(None),
        Some(Data::Int(number)) => match usize::try_from(*number) {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(negative.into()),
        },
        Some(Data::Bool(flag)) => Ok(Some(usize::from(*flag))),
        Some(_) => {
            let kind = value.map_or("", Value::type_name);
            Err(format!("'{kind}' object cannot be interpreted as an integer").into())
        }
    }
}

fn permutations(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let length = args.unless_null("r")?;
    if length.as_ref().is_some_and(|length| !matches!(length.data, Data::Int(_) | Data::Bool(_))) {
        return Err("Expected int as r".into());
    }
    let length = count(length.as_ref(), "r must be non-negative")?;
    let items = usable_items(&input.usable()?)?;
    let length = length.unwrap_or(items.len());
    let mut rows = Vec::new();
    choose(&items, length, true, &mut Vec::new(), &mut rows)?;
    Ok(Object::list(rows))
}

fn combinations(input: Object, args: &mut Arguments<'_>) -> Result<Object> {
    let Some(length) = args.optional("r")? else {
        return Err("combinations() missing required argument 'r' (pos 2)".into());
    };
    let length = count(Some(&length), "r must be non-negative")?.unwrap_or_default();
    let items = usable_items(&input.usable()?)?;
    let mut rows = Vec::new();
    choose(&items, length, false, &mut Vec::new(), &mut rows)?;
    Ok(Object::list(rows))
}

/// All choices of so many places, in the order of the places; with `any_order` every order of each.
fn choose(
    items: &[Object],
    length: usize,
    any_order: bool,
    chosen: &mut Vec<usize>,
    rows: &mut Vec<Object>,
) -> Result<()> {
    if chosen.len() == length {
        if rows.len() >= MOST_ROWS {
            return Err("more items than fit into memory".into());
        }
        rows.push(Object::tuple(chosen.iter().map(|place| items[*place].clone()).collect::<Vec<_>>()));
        return Ok(());
    }
    let start = if any_order { 0 } else { chosen.last().map_or(0, |last| last + 1) };
    for place in start..items.len() {
        if any_order && chosen.contains(&place) {
            continue;
        }
        chosen.push(place);
        choose(items, length, any_order, chosen, rows)?;
        chosen.pop();
    }
    Ok(())
}
