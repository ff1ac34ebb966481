//! The text form: a header, and lines of hexadecimal digits of hexadecimal digits.

use super::Error;

pub const MARK: &[u8] = b"$ANSIBLE_VAULT";
const CIPHER: &str = "AES256";
const LINE_WIDTH: usize = 80;

/// The header's meaning, and the lines below it.
pub struct Envelope<'a> {
    /// Only the format 1.2 has one.
    pub label: Option<&'a str>,
    pub body: &'a [u8],
}

/// Salt, checksum and ciphertext.
pub struct Sealed {
    pub salt: Vec<u8>,
    pub checksum: Vec<u8>,
    pub ciphertext: Vec<u8>,
}

impl<'a> Envelope<'a> {
    /// Only the cipher is looked at; a version that is not known reads as the first.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
        let header = std::str::from_utf8(&bytes[..end]).map_err(|_| Error::NotVaulted)?;
        let fields: Vec<&str> = header.split(';').map(str::trim).collect();
        let (Some(version), Some(cipher)) = (fields.get(1), fields.get(2)) else { return Err(Error::Header) };
        if *cipher != CIPHER {
            return Err(Error::UnknownCipher((*cipher).to_owned()));
        }
        let label = fields.get(3).filter(|_| *version == "1.2").copied();
        Ok(Self { label, body: &bytes[end..] })
    }
}

impl Sealed {
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        let digits: Vec<u8> = body.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
        let inner = unhexlify(&digits)?;
        let parts: Vec<&[u8]> = inner.splitn(3, |byte| *byte == b'\n').collect();
        match parts[..] {
            [salt, checksum, ciphertext] => {
                Ok(Self { salt: unhexlify(salt)?, checksum: unhexlify(checksum)?, ciphertext: unhexlify(ciphertext)? })
            }
            _ => Err(Error::Parts(parts.len())),
        }
    }
}

/// The whole envelope, with a line break at its end.
pub fn write(sealed: &Sealed, label: Option<&str>) -> String {
    let inner = [&sealed.salt, &sealed.checksum, &sealed.ciphertext].map(|part| hexlify(part)).join("\n");
    let mut text = match label {
        Some(label) => format!("$ANSIBLE_VAULT;1.2;{CIPHER};{label}\n"),
        None => format!("$ANSIBLE_VAULT;1.1;{CIPHER}\n"),
    };
    for line in hexlify(inner.as_bytes()).as_bytes().chunks(LINE_WIDTH) {
        text.extend(line.iter().map(|digit| char::from(*digit)));
        text.push('\n');
    }
    text
}

fn hexlify(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn unhexlify(digits: &[u8]) -> Result<Vec<u8>, Error> {
    if digits.len() % 2 == 1 {
        return Err(Error::NotHexadecimal("Odd-length string"));
    }
    let value = |digit: u8| char::from(digit).to_digit(16).map(|value| value as u8);
    let byte = |pair: &[u8]| Some(value(pair[0])? << 4 | value(pair[1])?);
    let bytes: Option<Vec<u8>> = digits.chunks_exact(2).map(byte).collect();
    bytes.ok_or(Error::NotHexadecimal("Non-hexadecimal digit found"))
}
