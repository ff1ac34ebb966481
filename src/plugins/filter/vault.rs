//! Filters that encrypt and decrypt with a password of their own.

use std::sync::Arc;

use crate::data::vault::{self, SALT_LENGTH, Secret, Vault};
use crate::data::{Data, Text, Trust, Value, Vaulted, python};
use crate::diagnostic::Origin;
use crate::template::{Arguments, Filter, Result, TemplateError};

pub const FILTERS: &[Filter] = &[
    Filter::plain("vault", encrypt, "Encrypts a text into a vault envelope."),
    Filter::plain("unvault", decrypt, "Decrypts a vault envelope."),
];

/// The label of envelopes that nobody gave another.
const LABEL: &str = "filter_default";

fn label(args: &mut Arguments<'_>) -> Result<Option<String>> {
    let mut label = args.optional("vault_id")?.unwrap_or_else(|| LABEL.into());
    if let Some(old) = args.keyword("vaultid")?.filter(|old| !old.is_null()) {
        let message = "Use of undocumented `vaultid`.";
        args.context().world().deprecated(message, "2.20", &Origin::none());
        label = old;
    }
    Ok(Some(python::str(&label)).filter(|_| label.is_truthy()))
}

fn encrypt(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let secret = args.required("secret")?;
    let salt = args.unless_null("salt")?;
    let label = label(args)?;
    let wrap = args.flag("wrap_object", false)?;
    let Some(secret) = secret.as_str() else {
        let kind = secret.type_name();
        return Err(format!("Secret passed is required to be a string, instead we got <class '{kind}'>.").into());
    };
    let plain = match &input.data {
        Data::Text(text) => text.as_bytes().to_vec(),
        Data::Bytes(bytes) => bytes.to_vec(),
        _ => {
            let kind = input.type_name();
            return Err(format!("Can only vault strings, instead we got <class '{kind}'>.").into());
        }
    };
    let salt = match salt {
        Some(salt) => python::str(&salt).into_bytes(),
        None => {
            let mut salt = vec![0_u8; SALT_LENGTH];
            args.context().world().fill_random(&mut salt);
            salt
        }
    };
    let envelope = vault::encrypt(&plain, secret.as_bytes(), label.as_deref(), &salt);
    let envelope = envelope.map_err(|error| TemplateError::failure(format!("Unable to encrypt: {error}")))?;
    if wrap {
        // Dumps show the envelope, everything else (as in the reference) the secret.
        let vaulted = Arc::new(Vaulted { ciphertext: envelope.into() });
        return Ok(Text::decrypted(secret, Trust::Plain, vaulted).into());
    }
    Ok(envelope.into())
}

fn decrypt(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let secret = args.required("secret")?;
    label(args)?;
    let Some(secret) = secret.as_str() else {
        let kind = secret.type_name();
        return Err(format!("Secret passed is required to be as string, instead we got <class '{kind}'>.").into());
    };
    let envelope = match &input.data {
        Data::Text(text) => text.as_bytes().to_vec(),
        Data::Bytes(bytes) => bytes.to_vec(),
        Data::Vaulted(vaulted) => vaulted.ciphertext.as_bytes().to_vec(),
        _ => {
            let kind = input.type_name();
            return Err(format!("Vault should be in the form of a string, instead we got <class '{kind}'>.").into());
        }
    };
    if !vault::is_vaulted(&envelope) {
        return Ok(input.clone());
    }
    let opened = Vault::new([Secret::new(vault::DEFAULT_ID, secret.as_bytes())]).open(&envelope);
    let opened = opened.map_err(|error| TemplateError::failure(format!("Unable to decrypt: {error}")))?;
    Ok(String::from_utf8_lossy(&opened.bytes).into_owned().into())
}
