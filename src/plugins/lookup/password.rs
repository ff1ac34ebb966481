//! password: gives a password from a file, and makes one where there is none.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::args::Kind;
use crate::data::{Value, python};
use crate::template::tools::crypt::{Method, Options, hash};
use crate::template::tools::mersenne::Random;
use crate::template::tools::options::{option, typed};
use crate::template::tools::paths;
use crate::template::{Arguments, Context, Lookup, Result, TemplateError};

pub const LOOKUPS: &[Lookup] =
    &[Lookup::plain("password", password, "Gives a password from a file, and makes one where there is none.")];

/// What a password shall be like.
#[derive(Clone, Debug)]
struct Wanted {
    path: String,
    length: i64,
    characters: Vec<String>,
    encrypt: Option<String>,
    ident: Option<String>,
    seed: Option<Value>,
}

fn password(terms: &[Value], args: &mut Arguments<'_>) -> Result<Vec<Value>> {
    let length = option(args, "length", Kind::Int)?.and_then(|length| length.as_int()).unwrap_or(20);
    let characters = option(args, "chars", Kind::List)?;
    let encrypt = option(args, "encrypt", Kind::Str)?.map(|method| python::str(&method));
    let ident = option(args, "ident", Kind::Str)?.map(|ident| python::str(&ident));
    let seed = option(args, "seed", Kind::Str)?;
    let characters = match characters.as_ref().and_then(Value::as_items) {
        Some(items) => items.iter().map(python::str).collect(),
        None => ["ascii_letters", "digits", ".,:-_"].map(str::to_owned).to_vec(),
    };
    let call = Wanted { path: String::new(), length, characters, encrypt, ident, seed };
    terms.iter().map(|term| one(&with_words(&call, term)?, args.context()).map(Value::from)).collect()
}

/// A path, and options behind it: `secrets/web length=12 chars=ascii_letters,digits`.
fn with_words(call: &Wanted, term: &Value) -> Result<Wanted> {
    let Some(text) = term.as_str() else {
        return Err(format!("'{}' object has no attribute 'split'", term.type_name()).into());
    };
    let mut wanted = call.clone();
    let words: Vec<&str> = text.split(' ').collect();
    let first_option = words.iter().position(|word| word.contains('=')).unwrap_or(words.len());
    wanted.path = words[..first_option].join(" ");
    let mut unknown = Vec::new();
    for word in words[first_option..].iter().filter(|word| !word.is_empty()) {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "length" => {
                let value = typed("password", "length", &Value::from(value), Kind::Int)?;
                wanted.length = value.as_int().unwrap_or_default();
            }
            "chars" => wanted.characters = character_words(value),
            "encrypt" => wanted.encrypt = Some(value.to_owned()),
            "ident" => wanted.ident = Some(value.to_owned()),
            "seed" => wanted.seed = Some(Value::from(value)),
            _ => unknown.push(name),
        }
    }
    if unknown.is_empty() {
        return Ok(wanted);
    }
    Err(format!("Unrecognized parameter(s) given to password lookup: {}", unknown.join(", ")).into())
}

/// Kinds of characters between commas; two commas stand for the comma itself.
fn character_words(text: &str) -> Vec<String> {
    let comma = text.contains(",,").then(|| ",".to_owned());
    let others = text.replace(",,", ",");
    comma.into_iter().chain(others.split(',').filter(|word| !word.is_empty()).map(str::to_owned)).collect()
}

/// The characters that a word stands for: one of Python's named sets, or those of the word.
fn candidates(words: &[String]) -> String {
    const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
    const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const DIGITS: &str = "0123456789";
    const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    const BLANKS: &str = " \t\n\r\u{b}\u{c}";
    let mut all = String::new();
    for word in words {
        let sets: &[&str] = match word.as_str() {
            "ascii_letters" => &[LOWER, UPPER],
            "ascii_lowercase" => &[LOWER],
            "ascii_uppercase" => &[UPPER],
            "digits" => &[DIGITS],
            "hexdigits" => &[DIGITS, "abcdefABCDEF"],
            "octdigits" => &["01234567"],
            "punctuation" => &[PUNCTUATION],
            "printable" => &[DIGITS, LOWER, UPPER, PUNCTUATION, BLANKS],
            "whitespace" => &[BLANKS],
            other => &[other],
        };
        all.extend(sets.iter().copied());
    }
    all.replace(['"', '\''], "")
}

fn random_text(wanted: &Wanted, context: &Context) -> Result<String> {
    let characters: Vec<char> = candidates(&wanted.characters).chars().collect();
    let world = context.world().clone();
    let mut random = Random::new(wanted.seed.as_ref(), &*world)?;
    (0..wanted.length).map(|_| random.choose(characters.len()).map(|place| characters[place])).collect()
}

/// What a file holds: the password, and what its hash was made with.
#[derive(Default)]
struct Kept {
    password: String,
    salt: Option<String>,
    ident: Option<String>,
}

fn parse(content: &str) -> Kept {
    let mut kept = Kept { password: content.trim_end().to_owned(), ..Kept::default() };
    if let Some((password, ident)) = kept.password.rsplit_once(" ident=") {
        (kept.ident, kept.password) = (Some(ident.to_owned()), password.to_owned());
    }
    if let Some((password, salt)) = kept.password.rsplit_once(" salt=") {
        (kept.salt, kept.password) = (Some(salt.to_owned()), password.to_owned());
    }
    kept
}

fn one(wanted: &Wanted, context: &Context) -> Result<String> {
    let relative = paths::expand_user(&wanted.path, context.environment());
    let path = context.world().playbook_folder().join(relative);
    let is_kept = path != Path::new("/dev/null");
    let failed = |error: std::io::Error| TemplateError::failure(format!("{error}: '{}'", path.display()));
    let (mut kept, mut changed) = match fs::read(&path) {
        Ok(bytes) if is_kept => (parse(&String::from_utf8_lossy(&bytes)), false),
        Ok(_) => (Kept { password: random_text(wanted, context)?, ..Kept::default() }, true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            (Kept { password: random_text(wanted, context)?, ..Kept::default() }, true)
        }
        Err(error) => return Err(failed(error)),
    };
    let method = wanted.encrypt.as_deref().map(method).transpose()?;
    if let Some(method) = method {
        if kept.salt.is_none() {
            kept.salt = Some(random_salt(method.salt_size(), context));
            changed = true;
        }
        if kept.ident.is_none() && method == Method::Bcrypt {
            kept.ident = Some(wanted.ident.clone().unwrap_or_else(|| "2b".to_owned()));
            changed = true;
        }
        if let (Some(asked), Some(known)) = (&wanted.ident, &kept.ident)
            && asked != known
        {
            return Err(
                format!("The ident parameter provided ({asked}) does not match the stored one ({known}).").into()
            );
        }
    }
    if changed && is_kept {
        write(&path, &kept).map_err(failed)?;
    }
    let Some(method) = method else { return Ok(kept.password) };
    let options = Options { salt: kept.salt, ident: kept.ident, ..Options::default() };
    hash(&kept.password, method, &options, &**context.world())
}

fn method(name: &str) -> Result<Method> {
    Method::named(name).ok_or_else(|| {
        TemplateError::failure(format!("Installed passlib version 1.7.4 does not support the '{name}' algorithm."))
    })
}

fn random_salt(length: usize, context: &Context) -> String {
    const CHARACTERS: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./";
    let mut bytes = vec![0_u8; length];
    context.world().fill_random(&mut bytes);
    bytes.iter().map(|byte| char::from(CHARACTERS[usize::from(byte & 63)])).collect()
}

/// Writes the file, for its owner alone, in folders of the same kind.
fn write(path: &Path, kept: &Kept) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut content = kept.password.clone();
    for (name, value) in [("salt", &kept.salt), ("ident", &kept.ident)] {
        if let Some(value) = value {
            content.push_str(&format!(" {name}={value}"));
        }
    }
    content.push('\n');
    // Beside it first, so that another run never reads half a password.
    let beside = PathBuf::from(format!("{}.{}", path.display(), std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(content.as_bytes())?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files() {
        for (content, password, salt, ident) in [
            ("plain\n", "plain", None, None),
            ("a b salt=xy\n", "a b", Some("xy"), None),
            ("pw salt=xy ident=2b", "pw", Some("xy"), Some("2b")),
        ] {
            let kept = parse(content);
            assert_eq!((kept.password.as_str(), kept.salt.as_deref(), kept.ident.as_deref()), (password, salt, ident));
        }
    }

    #[test]
    fn characters() {
        assert_eq!(candidates(&character_words("digits,x,,")), ",0123456789x");
        assert_eq!(candidates(&["punctuation".to_owned()]).len(), 30);
    }

    #[test]
    fn words() {
        let call =
            Wanted { path: String::new(), length: 20, characters: Vec::new(), encrypt: None, ident: None, seed: None };
        let wanted = with_words(&call, &Value::from("a b/c length=3 seed=x")).expect("good words");
        assert_eq!((wanted.path.as_str(), wanted.length), ("a b/c", 3));
        assert!(with_words(&call, &Value::from("a nosuch=3")).is_err());
        assert!(matches!(wanted.seed, Some(Value { data: crate::data::Data::Text(_), .. })));
    }
}
