//! Filters of community.general that write numbers as short texts and back, by the algorithm of Hashids.

use crate::data::{Data, Value, python};
use crate::template::{Arguments, Filter, Result, TemplateError};

const COLLECTION: &str = "community.general";

pub const FILTERS: &[Filter] = &[
    Filter::plain("hashids_encode", hashids_encode, "Writes numbers as a short text.").of(COLLECTION),
    Filter::plain("hashids_decode", hashids_decode, "Reads numbers from such a text.").of(COLLECTION),
];

const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890";
const SEPARATORS: &str = "cfhistuCFHISTU";
const FEWEST: usize = 16;

/// The characters of one code: those of numbers, between numbers, and around all.
struct Code {
    salt: Vec<char>,
    alphabet: Vec<char>,
    separators: Vec<char>,
    guards: Vec<char>,
    shortest: usize,
}

impl Code {
    fn new(salt: &str, shortest: usize, alphabet: &str) -> Result<Self> {
        let salt: Vec<char> = salt.chars().collect();
        let mut unique: Vec<char> = Vec::new();
        for character in alphabet.chars() {
            if !unique.contains(&character) {
                unique.push(character);
            }
        }
        if unique.len() < FEWEST {
            return Err(format!("Alphabet must contain at least {FEWEST} unique characters.").into());
        }
        let mut separators: Vec<char> = SEPARATORS.chars().filter(|c| unique.contains(c)).collect();
        let mut alphabet: Vec<char> = unique.into_iter().filter(|c| !separators.contains(c)).collect();
        shuffle(&mut separators, &salt);
        // For seven characters of numbers there are two separators, and for twelve one guard.
        let wanted = match (alphabet.len() * 2).div_ceil(7) {
            1 => 2,
            wanted => wanted,
        };
        if separators.len() < wanted {
            let missing = wanted - separators.len();
            separators.extend(alphabet.drain(..missing));
        }
        shuffle(&mut alphabet, &salt);
        let count = alphabet.len().div_ceil(12);
        let source = if alphabet.len() < 3 { &mut separators } else { &mut alphabet };
        let guards = source.drain(..count).collect();
        Ok(Self { salt, alphabet, separators, guards, shortest })
    }

    /// The alphabet for the next number.
    fn next(&self, alphabet: &mut [char], lottery: char) {
        let salt: Vec<char> =
            std::iter::once(lottery).chain(self.salt.iter().copied()).chain(alphabet.iter().copied()).collect();
        let length = alphabet.len();
        shuffle(alphabet, &salt[..length]);
    }

    fn encode(&self, numbers: &[u64]) -> String {
        let sum: u64 = numbers.iter().zip(100_u64..).map(|(number, place)| number % place).sum();
        let mut alphabet = self.alphabet.clone();
        let lottery = alphabet[(sum % alphabet.len() as u64) as usize];
        let mut text = vec![lottery];
        for (place, number) in numbers.iter().enumerate() {
            self.next(&mut alphabet, lottery);
            let digits = written(*number, &alphabet);
            let first = digits.first().map_or(0, |first| u64::from(u32::from(*first)));
            text.extend(digits);
            let divisor = first + place as u64;
            let separator = number % divisor.max(1) % self.separators.len() as u64;
            text.push(self.separators[separator as usize]);
        }
        text.pop();
        self.lengthen(&mut text, sum, &mut alphabet);
        text.into_iter().collect()
    }

    fn lengthen(&self, text: &mut Vec<char>, sum: u64, alphabet: &mut [char]) {
        let guard = |character: char| {
            let place = (sum + u64::from(u32::from(character))) % self.guards.len() as u64;
            self.guards[place as usize]
        };
        if text.len() < self.shortest {
            text.insert(0, guard(text[0]));
        }
        if text.len() < self.shortest {
            text.push(guard(text.get(2).copied().unwrap_or('\0')));
        }
        let half = alphabet.len() / 2;
        while text.len() < self.shortest {
            let salt = alphabet.to_vec();
            shuffle(alphabet, &salt);
            let mut longer = alphabet[half..].to_vec();
            longer.append(text);
            longer.extend(&alphabet[..half]);
            let excess = longer.len().saturating_sub(self.shortest);
            let from = excess / 2;
            let to = if excess > 0 { from + self.shortest } else { longer.len() };
            *text = longer[from..to].to_vec();
        }
    }

    fn decode(&self, text: &str) -> Option<Vec<u64>> {
        let characters: Vec<char> = text.chars().collect();
        let parts: Vec<&[char]> = characters.split(|c| self.guards.contains(c)).collect();
        let inner = if (2..=3).contains(&parts.len()) { parts[1] } else { parts[0] };
        let (lottery, rest) = inner.split_first()?;
        let mut alphabet = self.alphabet.clone();
        let mut numbers = Vec::new();
        for part in rest.split(|c| self.separators.contains(c)) {
            self.next(&mut alphabet, *lottery);
            let digits = part.iter().try_fold(0_u64, |number, character| {
                let digit = alphabet.iter().position(|known| known == character)? as u64;
                number.checked_mul(alphabet.len() as u64)?.checked_add(digit)
            });
            numbers.push(digits?);
        }
        (self.encode(&numbers) == text).then_some(numbers)
    }
}

/// The same characters in an order that the salt decides.
fn shuffle(characters: &mut [char], salt: &[char]) {
    if salt.is_empty() {
        return;
    }
    let mut sum = 0_usize;
    for (step, place) in (1..characters.len()).rev().enumerate() {
        let index = step % salt.len();
        let code = u32::from(salt[index]) as usize;
        sum += code;
        characters.swap(place, (code + index + sum) % place);
    }
}

/// A number in the digits of an alphabet.
fn written(mut number: u64, alphabet: &[char]) -> Vec<char> {
    let base = alphabet.len() as u64;
    let mut digits = Vec::new();
    loop {
        digits.insert(0, alphabet[(number % base) as usize]);
        number /= base;
        if number == 0 {
            return digits;
        }
    }
}

fn code(args: &mut Arguments<'_>, has_length: bool) -> Result<Code> {
    let text = |value: Option<Value>| value.filter(|value| !value.is_null()).map(|value| python::str(&value));
    let salt = text(args.optional("salt")?).unwrap_or_default();
    let shortest = if has_length { args.unless_null("min_length")? } else { None };
    let alphabet = text(args.optional("alphabet")?).unwrap_or_else(|| ALPHABET.to_owned());
    let shortest = shortest.and_then(|length| usize::try_from(length.as_int()?).ok()).unwrap_or(0);
    Code::new(&salt, shortest.min(10_000), &alphabet)
}

fn hashids_encode(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let code = code(args, true)?;
    let items = match &input.data {
        Data::List(items) | Data::Tuple(items) => items.as_ref().clone(),
        Data::Text(text) => text.chars().map(|character| Value::from(character.to_string())).collect(),
        Data::Null | Data::Bool(_) | Data::Float(_) | Data::Map(_) => {
            let kind = input.type_name();
            return Err(TemplateError::failure(format!(
                "Data to encode must by a integer or list of integers, not <class '{kind}'>"
            )));
        }
        _ => vec![input.clone()],
    };
    let numbers: Option<Vec<u64>> =
        items.iter().map(|item| item.as_int().and_then(|number| u64::try_from(number).ok())).collect();
    // What is no number has no text.
    let numbers = numbers.filter(|numbers| !numbers.is_empty());
    Ok(numbers.map_or_else(|| Value::from(""), |numbers| code.encode(&numbers).into()))
}

fn hashids_decode(input: &Value, args: &mut Arguments<'_>) -> Result<Value> {
    let code = code(args, false)?;
    let numbers = input.as_str().and_then(|text| code.decode(text)).unwrap_or_default();
    Ok(Value::list(numbers.into_iter().map(Value::from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        for (salt, shortest, numbers, expected) in [
            ("", 0, vec![1, 2, 3], "o2fXhV"),
            ("", 0, vec![12345], "j0gW"),
            ("s", 0, vec![1, 2, 3], "jVSbs3"),
            ("s", 10, vec![12345], "9Jgqo5O6em"),
            ("", 8, vec![5], "openRe7A"),
        ] {
            let code = Code::new(salt, shortest, ALPHABET).expect("a good alphabet");
            assert_eq!(code.encode(&numbers), expected, "{numbers:?}");
            assert_eq!(code.decode(expected), Some(numbers));
        }
    }
}
