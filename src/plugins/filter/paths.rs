//! Filters on paths as text: taking apart, joining, expanding.

use std::path::Path;

use crate::data::{Data, Value};
use crate::template::tools::{glob, paths};
use crate::template::{Arguments, Filter, Result, TemplateError};

pub const FILTERS: &[Filter] = &[
    Filter::plain("basename", base_name, "Gives the last part of a path."),
    Filter::plain("dirname", dir_name, "Gives the folder of a path."),
    Filter::plain("path_join", path_join, "Joins the parts of a path."),
    Filter::plain("splitext", split_extension, "Splits a path before its extension."),
    Filter::plain("expanduser", expand_user, "Puts the home in the place of a leading tilde."),
    Filter::plain("expandvars", expand_variables, "Puts the values of environment variables into a path."),
    Filter::plain("realpath", real_path, "Follows all symbolic links of a path."),
    Filter::plain("relpath", relative_path, "Gives the way from a folder to a path."),
    Filter::plain("normpath", normal_path, "Drops what is superfluous in a path."),
    Filter::plain("commonpath", common_path, "Gives the folder that all paths lie in."),
    Filter::plain("win_basename", windows_base_name, "Gives the last part of a Windows path."),
    Filter::plain("win_dirname", windows_dir_name, "Gives the folder of a Windows path."),
    Filter::plain("win_splitdrive", windows_split_drive, "Splits a Windows path behind its drive."),
    Filter::plain("fileglob", file_glob, "Lists the files on the controller that fit a pattern."),
];

/// The text of a path, or the words with which Python refuses it.
fn path_of(value: &Value) -> Result<&str> {
    value.as_str().ok_or_else(|| {
        let kind = value.type_name();
        TemplateError::failure(format!("expected str, bytes or os.PathLike object, not {kind}"))
    })
}

fn base_name(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    Ok(paths::base_name(path_of(input)?).into())
}

fn dir_name(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    Ok(paths::dir_name(path_of(input)?).into())
}

fn path_join(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    let parts = match &input.data {
        Data::Text(text) => vec![text.as_str()],
        Data::List(items) | Data::Tuple(items) => items
            .iter()
            .map(|item| {
                let kind = item.type_name();
                item.as_str().ok_or_else(|| {
                    TemplateError::failure(format!(
                        "join() argument must be str, bytes, or os.PathLike object, not '{kind}'"
                    ))
                })
            })
            .collect::<Result<_>>()?,
        _ => return Err(format!("|path_join expects string or sequence, got {} instead.", input.type_name()).into()),
    };
    if parts.is_empty() {
        return Err("join() missing 1 required positional argument: 'a'".into());
    }
    Ok(paths::join(parts).into())
}

fn split_extension(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    let (name, extension) = paths::split_extension(path_of(input)?);
    Ok(Value::tuple([name.into(), extension.into()]))
}

fn expand_user(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    Ok(paths::expand_user(path_of(input)?, args.context().environment()).into())
}

fn expand_variables(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    Ok(paths::expand_variables(path_of(input)?, args.context().environment()).into())
}

fn real_path(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let path = paths::real(path_of(input)?, args.context().environment());
    Ok(path.to_string_lossy().into_owned().into())
}

fn relative_path(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let start = args.unless_null("start")?.unwrap_or_else(|| Value::from("."));
    let path = path_of(input)?;
    if path.is_empty() {
        return Err("no path specified".into());
    }
    let start = match path_of(&start)? {
        "" => ".",
        start => start,
    };
    Ok(paths::relative(path, start, args.context().environment()).into())
}

fn normal_path(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    Ok(paths::normalized(path_of(input)?).into())
}

fn common_path(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    let (Data::List(items) | Data::Tuple(items)) = &input.data else {
        return Err(format!("|commonpath expects sequence, got {} instead.", input.type_name()).into());
    };
    let parts = items.iter().map(path_of).collect::<Result<Vec<_>>>()?;
    Ok(paths::common(&parts)?.into())
}

fn windows_base_name(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    Ok(paths::windows_split(path_of(input)?).1.into())
}

fn windows_dir_name(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    Ok(paths::windows_split(path_of(input)?).0.into())
}

fn windows_split_drive(input: &Value, _: &mut Arguments<'_>) -> Result<Value> {
    let (drive, rest) = paths::windows_split_drive(path_of(input)?);
    Ok(Value::tuple([drive.into(), rest.into()]))
}

fn file_glob(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let folder: &Path = &args.context().environment().working_directory;
    let found = glob::glob(path_of(input)?, folder).into_iter().filter(|path| folder.join(path).is_file());
    Ok(Value::list(found.map(Value::from)))
}
