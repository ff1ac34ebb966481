//! Password hashes as `crypt(3)` writes them: MD5, SHA-256, SHA-512 and bcrypt.

use md5::{Digest, Md5};
use sha_crypt::Params;

use crate::template::{Result, TemplateError, World};

/// The alphabet of the hashes, six bits each.
const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// That of bcrypt has another order.
const BCRYPT_ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Md5,
    Bcrypt,
    Sha256,
    Sha512,
}

/// What the caller wants to be so; the rest is chosen.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub salt: Option<String>,
    pub salt_size: Option<i64>,
    pub rounds: Option<i64>,
    pub ident: Option<String>,
}

impl Method {
    /// By Ansible's short names and by those of the hashes.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "md5" | "md5_crypt" => Self::Md5,
            "blowfish" | "bcrypt" => Self::Bcrypt,
            "sha256" | "sha256_crypt" => Self::Sha256,
            "sha512" | "sha512_crypt" => Self::Sha512,
            _ => return None,
        })
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5_crypt",
            Self::Bcrypt => "bcrypt",
            Self::Sha256 => "sha256_crypt",
            Self::Sha512 => "sha512_crypt",
        }
    }

    /// How long a salt is that nobody asked for.
    pub fn salt_size(self) -> usize {
        match self {
            Self::Md5 => 8,
            Self::Bcrypt => 22,
            Self::Sha256 | Self::Sha512 => 16,
        }
    }

    fn alphabet(self) -> &'static [u8; 64] {
        if self == Self::Bcrypt { BCRYPT_ALPHABET } else { ALPHABET }
    }

    /// The default rounds, the fewest and the most.
    fn rounds(self) -> (i64, i64, i64) {
        match self {
            Self::Md5 => (0, 0, 0),
            Self::Bcrypt => (12, 4, 31),
            Self::Sha256 => (535_000, 1000, 999_999_999),
            Self::Sha512 => (656_000, 1000, 999_999_999),
        }
    }
}

/// The hash of a password, with all that is needed to check it.
pub fn hash(password: &str, method: Method, options: &Options, world: &dyn World) -> Result<String> {
    let rounds = checked_rounds(method, options.rounds)?;
    let salt = match options.salt.as_deref().filter(|salt| !salt.is_empty()) {
        Some(salt) => checked_salt(method, salt)?,
        None => random_salt(method, options.salt_size, world)?,
    };
    let password = password.as_bytes();
    match method {
        Method::Md5 => Ok(format!("$1${salt}${}", md5_crypt(password, salt.as_bytes()))),
        Method::Sha256 => {
            let digest = sha_crypt::sha256_crypt(password, salt.as_bytes(), params(rounds)?);
            Ok(format!("$5${}{salt}${}", rounds_part(rounds), encode(&digest, &sha256_groups())))
        }
        Method::Sha512 => {
            let digest = sha_crypt::sha512_crypt(password, salt.as_bytes(), params(rounds)?);
            Ok(format!("$6${}{salt}${}", rounds_part(rounds), encode(&digest, &sha512_groups())))
        }
        Method::Bcrypt => bcrypt_hash(password, &salt, rounds, options.ident.as_deref()),
    }
}

fn refused(message: String) -> TemplateError {
    TemplateError::failure(format!("Could not hash the secret: {message}"))
}

fn checked_rounds(method: Method, rounds: Option<i64>) -> Result<i64> {
    let (default, fewest, most) = method.rounds();
    let name = method.name();
    match rounds {
        None => Ok(default),
        Some(_) if method == Method::Md5 => {
            Err("MinimalHandler.using() got an unexpected keyword argument 'rounds'".into())
        }
        Some(rounds) if rounds < fewest => {
            Err(refused(format!("{name}: min_desired_rounds ({rounds}) is too low, must be at least {fewest}")))
        }
        Some(rounds) if rounds > most => {
            Err(refused(format!("{name}: min_desired_rounds ({rounds}) is too large, cannot be more than {most}")))
        }
        Some(rounds) => Ok(rounds),
    }
}

fn checked_salt(method: Method, salt: &str) -> Result<String> {
    let name = method.name();
    let most = method.salt_size();
    if method == Method::Bcrypt {
        return repaired_salt(salt);
    }
    if !salt.bytes().all(|byte| ALPHABET.contains(&byte)) {
        return Err(refused(format!("invalid characters in {name} salt")));
    }
    if salt.len() > most {
        return Err(refused(format!("salt too large ({name} requires <= {most} chars)")));
    }
    Ok(salt.to_owned())
}

/// A salt of bcrypt has 128 bits: the last character has four too many, which are cleared.
fn repaired_salt(salt: &str) -> Result<String> {
    let values: Option<Vec<u8>> =
        salt.bytes().map(|byte| BCRYPT_ALPHABET.iter().position(|known| *known == byte).map(|at| at as u8)).collect();
    let Some(values) = values else { return Err("substring not found".into()) };
    if values.len() % 4 == 1 {
        return Err("source length must != 1 mod 4".into());
    }
    if values.len() != 22 {
        let relation = if values.len() < 22 { "small" } else { "large" };
        return Err(refused(format!("salt too {relation} (bcrypt requires exactly 22 chars)")));
    }
    let last = BCRYPT_ALPHABET[usize::from(values[21] & 0b11_0000)];
    Ok(format!("{}{}", &salt[..21], char::from(last)))
}

fn random_salt(method: Method, size: Option<i64>, world: &dyn World) -> Result<String> {
    let name = method.name();
    let most = method.salt_size();
    let size = size.unwrap_or(most as i64);
    let fewest = if method == Method::Bcrypt { 22 } else { 0 };
    if size < fewest {
        return Err(refused(format!("{name}: salt_size ({size}) below min_salt_size ({fewest})")));
    }
    if size > most as i64 {
        return Err(refused(format!("{name}: salt_size ({size}) above max_salt_size ({most})")));
    }
    let mut bytes = vec![0_u8; size as usize];
    world.fill_random(&mut bytes);
    let mut salt: String = bytes.iter().map(|byte| char::from(method.alphabet()[usize::from(byte & 63)])).collect();
    if method == Method::Bcrypt {
        salt = repaired_salt(&salt)?;
    }
    Ok(salt)
}

fn params(rounds: i64) -> Result<Params> {
    let rounds = u32::try_from(rounds).unwrap_or(u32::MAX);
    Params::new(rounds).map_err(|error| refused(error.to_string()))
}

/// 5000 rounds are not mentioned.
fn rounds_part(rounds: i64) -> String {
    if rounds == 5000 { String::new() } else { format!("rounds={rounds}$") }
}

/// The bytes in groups of up to three, from the least significant six bits on.
fn encode(digest: &[u8], groups: &[(Vec<usize>, usize)]) -> String {
    let mut text = String::new();
    for (places, length) in groups {
        let mut bits = places.iter().fold(0_u32, |bits, place| (bits << 8) | u32::from(digest[*place]));
        for _ in 0..*length {
            text.push(char::from(ALPHABET[(bits & 63) as usize]));
            bits >>= 6;
        }
    }
    text
}

/// The orders in which the bytes of a digest are written, which the formats prescribe: each group
/// is the one before turned, and one further.
fn sha256_groups() -> Vec<(Vec<usize>, usize)> {
    let mut groups = Vec::new();
    let mut triple = [0, 10, 20];
    for _ in 0..10 {
        groups.push((triple.to_vec(), 4));
        triple = [triple[2] + 1, triple[0] + 1, triple[1] + 1];
    }
    groups.push((vec![31, 30], 3));
    groups
}

fn sha512_groups() -> Vec<(Vec<usize>, usize)> {
    let mut groups = Vec::new();
    let mut triple = [0, 21, 42];
    for _ in 0..21 {
        groups.push((triple.to_vec(), 4));
        triple = [triple[1] + 1, triple[2] + 1, triple[0] + 1];
    }
    groups.push((vec![63], 2));
    groups
}

/// FreeBSD's MD5 crypt: a thousand rounds of mixing, no more.
fn md5_crypt(password: &[u8], salt: &[u8]) -> String {
    let inner = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut outer = Md5::new().chain_update(password).chain_update(b"$1$").chain_update(salt);
    for start in (0..password.len()).step_by(16) {
        outer.update(&inner[..16.min(password.len() - start)]);
    }
    let mut length = password.len();
    while length > 0 {
        outer.update(if length & 1 == 1 { b"\0" } else { password.get(..1).unwrap_or(b"\0") });
        length >>= 1;
    }
    let mut digest = outer.finalize();
    for round in 0..1000 {
        let mut mixer = Md5::new();
        mixer.update(if round & 1 == 1 { password } else { &digest });
        if round % 3 != 0 {
            mixer.update(salt);
        }
        if round % 7 != 0 {
            mixer.update(password);
        }
        mixer.update(if round & 1 == 1 { &digest[..] } else { password });
        digest = mixer.finalize();
    }
    let triples = [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]];
    let mut groups: Vec<(Vec<usize>, usize)> = triples.iter().map(|triple| (triple.to_vec(), 4)).collect();
    groups.push((vec![11], 2));
    encode(&digest, &groups)
}

fn bcrypt_hash(password: &[u8], salt: &str, rounds: i64, ident: Option<&str>) -> Result<String> {
    let ident = ident.unwrap_or("2b").trim_matches('$');
    let mut key = password.to_vec();
    match ident {
        "2a" | "2b" | "2y" => key.push(0),
        // The first version did not count the end of the text; the key repeats without it.
        "2" => key = password.iter().copied().cycle().take(if password.is_empty() { 0 } else { 72 }).collect(),
        _ => {
            let shown = crate::data::python::text_repr(ident);
            return Err(refused(format!("invalid ident: {shown}")));
        }
    }
    key.truncate(72);
    let mut raw = [0_u8; 16];
    raw.copy_from_slice(&decode_bcrypt(salt)[..16]);
    let digest = bcrypt::bcrypt(rounds as u32, raw, &key);
    Ok(format!("${ident}${rounds:02}${salt}{}", encode_bcrypt(&digest[..23])))
}

/// Base64 with bcrypt's alphabet, most significant bits first and without padding.
fn encode_bcrypt(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| (bits << 8) | u32::from(chunk.get(at).copied().unwrap_or(0)));
        for place in 0..=chunk.len() {
            text.push(char::from(BCRYPT_ALPHABET[(bits >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

fn decode_bcrypt(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let value = BCRYPT_ALPHABET.iter().position(|known| *known == byte).unwrap_or(0);
        bits = (bits << 6) | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}
