//! Lookups that find and read files of the controller.

use std::path::{Path, PathBuf};

use crate::args::Kind;
use crate::data::{Data, Value, python};
use crate::diagnostic::Origin;
use crate::template::tools::{charset, glob, options, paths};
use crate::template::{Arguments, Context, Lookup, Result, TemplateError};

pub const LOOKUPS: &[Lookup] = &[
    Lookup::plain("file", file, "Reads files."),
    Lookup::plain("unvault", unvault, "Reads files, decrypted where they are vaulted."),
    Lookup::plain("fileglob", file_glob, "Lists the files that fit a pattern."),
    Lookup::plain("first_found", first_found, "Gives the first file of several that is there."),
];

fn read(context: &Context, path: &Path) -> Result<Vec<u8>> {
    if path.is_dir() {
        let shown = path.display();
        return Err(format!(
            "An error occurred while trying to read the file '{shown}': [Errno 21] Is a directory: '{shown}'"
        )
        .into());
    }
    context.world().read_file(path)
}

fn file(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let lstrip = options::flag(args, "lstrip", false)?;
    let rstrip = options::flag(args, "rstrip", true)?;
    let context = args.context();
    terms
        .iter()
        .map(|term| {
            let refuse = |reason: String| {
                TemplateError::failure(format!("Unable to access the file {}: {reason}", python::repr(term)))
            };
            let Some(path) = options::find_file(context, "files", term)? else {
                return Err(refuse("File not found. Use -vvvvv to see paths searched.".to_owned()));
            };
            let bytes = read(context, &path).map_err(|error| refuse(error.to_string()))?;
            let mut text = match String::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => {
                    let message = format!(
                        "File '{}' could not be decoded as 'utf-8'. Invalid content has been escaped.",
                        path.display()
                    );
                    context.world().deprecated(&message, "2.23", &Origin::none());
                    charset::decode_utf8_lossy(error.as_bytes())
                }
            };
            if lstrip {
                text = text.trim_start().to_owned();
            }
            if rstrip {
                text.truncate(text.trim_end().len());
            }
            Ok(text.into())
        })
        .collect()
}

fn unvault(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let context = args.context();
    terms
        .iter()
        .map(|term| match options::find_file(context, "files", term)? {
            Some(path) => Ok(charset::decode_utf8_lossy(&read(context, &path)?).into()),
            None => Err(format!("Unable to find file matching \"{}\"", python::str(term)).into()),
        })
        .collect()
}

fn file_glob(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let context = args.context();
    let working_directory = &context.environment().working_directory;
    let mut found = Vec::new();
    for term in terms {
        let Some(pattern) = term.as_str() else {
            let kind = term.type_name();
            return Err(format!("expected str, bytes or os.PathLike object, not {kind}").into());
        };
        let pattern = paths::expand_user(pattern, context.environment());
        let name = paths::base_name(&pattern);
        let folders: Vec<PathBuf> = if name == pattern {
            context.world().search_folders().iter().flat_map(|folder| [folder.join("files"), folder.clone()]).collect()
        } else {
            options::find_file(context, "files", &Value::from(paths::dir_name(&pattern)))?.into_iter().collect()
        };
        for folder in folders {
            let folder = folder.to_string_lossy();
            let mut files = glob::glob(&paths::join([&*folder, name]), working_directory);
            files.retain(|path| working_directory.join(path).is_file());
            if !files.is_empty() {
                found.extend(files.into_iter().map(Value::from));
                break;
            }
        }
    }
    Ok(found)
}

/// What `first_found` searches for.
#[derive(Default)]
struct Search {
    names: Vec<String>,
    skip: bool,
}

/// `files` and `paths` of a term or of the call.
struct Places {
    files: Option<Value>,
    paths: Option<Value>,
}

fn first_found(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let places = Places { files: args.keyword("files")?, paths: args.keyword("paths")? };
    let mut search = Search { skip: options::flag(args, "skip", false)?, ..Search::default() };
    // The module of a looped task looks below a folder of its own, as `templates`.
    let folder = options::text(args, "_subdir", "files")?;
    let context = args.context();
    if terms.is_empty() {
        search.add_places(&places, &Places { files: None, paths: None }, context);
    }
    for term in terms {
        search.add(term, &places, context)?;
    }
    for name in &search.names {
        if let Some(path) = options::find_file(context, &folder, &Value::from(name.as_str()))? {
            return Ok(vec![path.to_string_lossy().into_owned().into()]);
        }
    }
    if search.skip {
        return Ok(Vec::new());
    }
    Err("No file was found when using first_found.".into())
}

impl Search {
    fn add(&mut self, term: &Value, places: &Places, context: &Context) -> Result<()> {
        match &term.data {
            Data::Map(map) => {
                let own = Places { files: map.get("files").cloned(), paths: map.get("paths").cloned() };
                if let Some(skip) = map.get("skip") {
                    self.skip = options::typed("first_found", "skip", skip, Kind::Bool)?.is_truthy();
                }
                self.add_places(&own, places, context);
            }
            Data::Text(_) => {
                let files = split(term, &[',', ';'], "files", context);
                // Paths that were given beside the terms count for them too.
                self.add_joined(files, &places.path_list(context));
            }
            Data::List(items) | Data::Tuple(items) => {
                for item in items.iter() {
                    self.add(item, places, context)?;
                }
            }
            _ => {
                let kind = term.type_name();
                return Err(format!("Invalid term supplied. A string, dict or list is required, not '{kind}').").into());
            }
        }
        Ok(())
    }

    fn add_places(&mut self, own: &Places, outer: &Places, context: &Context) {
        let files = own.files.as_ref().or(outer.files.as_ref());
        let files = files.map(|files| split(files, &[',', ';'], "files", context)).unwrap_or_default();
        let paths = if own.paths.is_some() { own.path_list(context) } else { outer.path_list(context) };
        self.add_joined(files, &paths);
    }

    fn add_joined(&mut self, files: Vec<String>, folders: &[String]) {
        if folders.is_empty() {
            self.names.extend(files);
            return;
        }
        for folder in folders {
            self.names.extend(files.iter().map(|file| paths::join([&**folder, &**file])));
        }
    }
}

impl Places {
    fn path_list(&self, context: &Context) -> Vec<String> {
        self.paths.as_ref().map(|paths| split(paths, &[',', ':', ';'], "paths", context)).unwrap_or_default()
    }
}

/// A list of names; a text is split, which the reference calls deprecated.
fn split(value: &Value, separators: &[char], option: &str, context: &Context) -> Vec<String> {
    match &value.data {
        Data::Text(text) => {
            if text.contains(separators) {
                let message = format!("Automatic splitting of the \"{option}\" option is deprecated.\n{text}");
                context.world().deprecated(&message, "2.23", &value.origin);
            }
            text.split(separators).map(str::to_owned).collect()
        }
        Data::List(items) | Data::Tuple(items) => {
            items.iter().flat_map(|item| split(item, separators, option, context)).collect()
        }
        _ => vec![python::str(value)],
    }
}
