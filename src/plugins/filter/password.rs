//! password_hash: hashes a password as login programs keep it.

use crate::data::{Data, Value, python};
use crate::template::tools::crypt::{Method, Options, hash};
use crate::template::tools::iterate::to_int;
use crate::template::{Arguments, Filter, Result};

pub const FILTERS: &[Filter] =
    &[Filter::plain("password_hash", password_hash, "Hashes a password as login programs keep it.")];

fn password_hash(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let kind = args.or("hashtype", "sha512")?;
    let salt = args.unless_null("salt")?;
    let salt_size = args.unless_null("salt_size")?;
    let rounds = args.unless_null("rounds")?;
    let ident = args.unless_null("ident")?;
    let kind_shown = python::str(&kind);
    let Some(method) = Method::named(&kind_shown) else {
        return Err(format!(
            "{kind_shown} is not in the list of supported passlib algorithms: md5, blowfish, sha256, sha512"
        )
        .into());
    };
    let whole = |value: Option<&Value>, name: &str| match value {
        Some(Value { data: Data::Float(_), .. }) => Err(format!("{name} must be integer, not float").into()),
        other => other.map(to_int).transpose(),
    };
    if let Some(kind) = salt_size.as_ref().map(Value::type_name).filter(|kind| *kind != "int" && *kind != "bool") {
        return Err(format!("salt_size must be int, not {kind}").into());
    }
    let options = Options {
        salt: salt.map(|salt| python::str(&salt)),
        salt_size: whole(salt_size.as_ref(), "salt_size")?,
        rounds: whole(rounds.as_ref(), "min_desired_rounds")?,
        ident: ident.map(|ident| python::str(&ident)),
    };
    let Some(password) = input.as_str() else {
        let kind = if input.is_null() { "None" } else { input.type_name() };
        return Err(format!("secret must be unicode or bytes, not {kind}").into());
    };
    Ok(hash(password, method, &options, &**args.context().world())?.into())
}
