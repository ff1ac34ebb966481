//! Tests on text: regular expressions, addresses, truth.

use crate::args::coerce::boolean_word;
use crate::data::{Data, Value, python};
use crate::template::operators::truth;
use crate::template::tools::regex::{Anchor, Flags};
use crate::template::tools::url::Url;
use crate::template::{Arguments, Context, Object, Result, Test};

pub const TESTS: &[Test] = &[
    Test::plain("match", starts_with_match, "Whether a regular expression fits at the start."),
    Test::plain("search", search, "Whether a regular expression fits anywhere."),
    Test::plain("regex", regex, "Whether a regular expression fits, in a way to choose."),
    Test::plain("uri", uri, "Whether it can be read as an identifier of a resource."),
    Test::plain("url", url, "Whether it is an address of a place."),
    Test::plain("urn", urn, "Whether it is the name of a resource."),
    Test::raw("truthy", truthy, "Whether Python takes it for true."),
    Test::raw("falsy", falsy, "Whether Python takes it for false."),
];

fn fits(
    context: &Context,
    input: &Value,
    pattern: &Value,
    ignore_case: bool,
    multi_line: bool,
    anchor: Anchor,
) -> Result<bool> {
    let Some(pattern) = pattern.as_str() else {
        return Err("first argument must be string or compiled pattern".into());
    };
    let flags = Flags { ignore_case, multi_line, ..Flags::default() };
    Ok(context.pattern(pattern, flags, anchor)?.search(&python::str(input))?.is_some())
}

/// The expression and its flags.
fn options(args: &mut Arguments<'_>) -> Result<(Value, bool, bool)> {
    Ok((args.or("pattern", "")?, args.flag("ignorecase", false)?, args.flag("multiline", false)?))
}

fn starts_with_match(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    let (pattern, ignore_case, multi_line) = options(args)?;
    fits(args.context(), input, &pattern, ignore_case, multi_line, Anchor::Start)
}

fn search(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    let (pattern, ignore_case, multi_line) = options(args)?;
    fits(args.context(), input, &pattern, ignore_case, multi_line, Anchor::Anywhere)
}

fn regex(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    let (pattern, ignore_case, multi_line) = options(args)?;
    let kind = args.text("match_type", "search")?;
    let anchor = match &*kind {
        "search" => Anchor::Anywhere,
        "match" => Anchor::Start,
        "fullmatch" => Anchor::Whole,
        _ => return Err(format!("'{kind}' is no way to match: search, match, fullmatch").into()),
    };
    fits(args.context(), input, &pattern, ignore_case, multi_line, anchor)
}

/// The address in its parts, where it can be read and has one of the wanted schemes.
fn address(input: &Value, args: &mut Arguments<'_>) -> Result<Option<Url>> {
    let schemes = args.unless_null("schemes")?.filter(Value::is_truthy);
    let url = match &input.data {
        Data::Text(text) => match Url::split(text) {
            Ok(url) => url,
            Err(_) => return Ok(None),
        },
        Data::Null => Url::default(),
        _ => return Ok(None),
    };
    let is_wanted = match schemes.as_ref().map(|schemes| &schemes.data) {
        None => true,
        Some(Data::Text(text)) => text.contains(&url.scheme),
        Some(_) => {
            schemes.as_ref().and_then(Value::as_items).is_some_and(|items| items.contains(&Value::from(&*url.scheme)))
        }
    };
    Ok(Some(url).filter(|_| is_wanted))
}

fn uri(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(address(input, args)?.is_some())
}

fn url(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(address(input, args)?.is_some_and(|url| !url.netloc.is_empty() || url.scheme == "file"))
}

fn urn(input: &Value, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(address(input, args)?.is_some_and(|url| url.scheme == "urn"))
}

fn truthy(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    let words = args.flag("convert_bool", false)?;
    let input = input.usable()?;
    Ok(match input.as_str().filter(|_| words) {
        Some(text) => boolean_word(text.trim()).unwrap_or(!text.is_empty()),
        None => truth(&input)?,
    })
}

fn falsy(input: Object, args: &mut Arguments<'_>) -> Result<bool> {
    Ok(!truthy(input, args)?)
}
