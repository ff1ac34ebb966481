//! CPython's `random.Random`: the Mersenne Twister with its ways to seed, choose and shuffle, so that
//! a seed gives the same numbers here as there.

use sha2::{Digest, Sha512};

use crate::data::{Data, Value};
use crate::template::{Result, World};

const SIZE: usize = 624;
const MIDDLE: usize = 397;

/// A source of numbers: repeatable after a seed, or dice nobody can guess.
pub enum Random<'a> {
    Seeded(Box<Twister>),
    System(&'a dyn World),
}

impl<'a> Random<'a> {
    /// `Random(seed)`; without a seed the dice of the system.
    pub fn new(seed: Option<&Value>, world: &'a dyn World) -> Result<Self> {
        match seed {
            Some(seed) if !seed.is_null() => Ok(Self::Seeded(Box::new(Twister::from_value(seed)?))),
            _ => Ok(Self::System(world)),
        }
    }

    fn bits(&mut self, count: u32) -> u128 {
        match self {
            Self::Seeded(twister) => twister.bits(count),
            Self::System(world) => {
                let mut bytes = [0_u8; 16];
                world.fill_random(&mut bytes);
                u128::from_le_bytes(bytes) & low_bits(count)
            }
        }
    }

    /// A number from zero to below the limit, all equally likely. The limit is not zero.
    pub fn below(&mut self, limit: u128) -> u128 {
        let width = 128 - limit.leading_zeros();
        loop {
            let number = self.bits(width);
            if number < limit {
                return number;
            }
        }
    }

    /// `randrange(start, stop, step)`.
    pub fn range(&mut self, start: i128, stop: i128, step: i128) -> Result<i128> {
        let width = stop - start;
        let count = match step {
            0 => return Err("zero step for randrange()".into()),
            1.. => (width + step - 1).div_euclid(step),
            _ => (-width - step - 1).div_euclid(-step),
        };
        if count <= 0 {
            return Err(format!("empty range for randrange() ({start}, {stop}, {width})").into());
        }
        Ok(start + step * self.below(count.unsigned_abs()) as i128)
    }

    /// `choice(items)`, as an index.
    pub fn choose(&mut self, length: usize) -> Result<usize> {
        if length == 0 {
            return Err("Cannot choose from an empty sequence".into());
        }
        Ok(self.below(length as u128) as usize)
    }

    /// `shuffle(items)`.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index as u128 + 1) as usize);
        }
    }
}

/// The generator's state.
pub struct Twister {
    state: [u32; SIZE],
    next: usize,
}

impl Twister {
    /// `seed(value)`: whole numbers by their absolute value, texts by their characters and a hash.
    fn from_value(seed: &Value) -> Result<Self> {
        match &seed.data {
            Data::Bool(flag) => Ok(Self::from_words(&[u32::from(*flag)])),
            Data::Int(number) => {
                let number = number.unsigned_abs();
                Ok(Self::from_big_endian(&number.to_be_bytes()))
            }
            Data::Big(number) => Ok(Self::from_big_endian(&number.magnitude().to_bytes_be())),
            Data::Float(number) => Ok(Self::from_big_endian(&super::hash_order::hash_float(*number).to_be_bytes())),
            Data::Text(text) => Ok(Self::from_bytes(text.as_bytes())),
            Data::Bytes(bytes) => Ok(Self::from_bytes(bytes)),
            _ => Err("The only supported seed types are: None,\nint, float, str, bytes, and bytearray.".into()),
        }
    }

    fn from_bytes(bytes: &[u8]) -> Self {
        let mut number = bytes.to_vec();
        number.extend_from_slice(&Sha512::digest(bytes));
        Self::from_big_endian(&number)
    }

    fn from_big_endian(number: &[u8]) -> Self {
        let mut words: Vec<u32> = number
            .rchunks(4)
            .map(|chunk| chunk.iter().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte)))
            .collect();
        while words.len() > 1 && words.last() == Some(&0) {
            words.pop();
        }
        Self::from_words(&words)
    }

    /// The algorithm's own way to spread a key of any length over the state.
    fn from_words(key: &[u32]) -> Self {
        let mut state = [0_u32; SIZE];
        state[0] = 19_650_218;
        for index in 1..SIZE {
            let before = state[index - 1];
            state[index] = 1_812_433_253_u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(index as u32);
        }
        let mut index = 1;
        let mut place = 0;
        for _ in 0..SIZE.max(key.len()) {
            let before = state[index - 1];
            state[index] = (state[index] ^ (before ^ (before >> 30)).wrapping_mul(1_664_525))
                .wrapping_add(key[place])
                .wrapping_add(place as u32);
            index = Self::following(index, &mut state);
            place = (place + 1) % key.len();
        }
        for _ in 0..SIZE - 1 {
            let before = state[index - 1];
            state[index] =
                (state[index] ^ (before ^ (before >> 30)).wrapping_mul(1_566_083_941)).wrapping_sub(index as u32);
            index = Self::following(index, &mut state);
        }
        state[0] = 0x8000_0000;
        Self { state, next: SIZE }
    }

    fn following(index: usize, state: &mut [u32; SIZE]) -> usize {
        if index + 1 < SIZE {
            return index + 1;
        }
        state[0] = state[SIZE - 1];
        1
    }

    fn word(&mut self) -> u32 {
        if self.next >= SIZE {
            for index in 0..SIZE {
                let mixed = (self.state[index] & 0x8000_0000) | (self.state[(index + 1) % SIZE] & 0x7fff_ffff);
                let twist = if mixed & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[index] = self.state[(index + MIDDLE) % SIZE] ^ (mixed >> 1) ^ twist;
            }
            self.next = 0;
        }
        let mut word = self.state[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    /// `getrandbits(count)`, up to 128.
    fn bits(&mut self, count: u32) -> u128 {
        let mut number = 0_u128;
        let mut done = 0;
        while done < count {
            let wanted = (count - done).min(32);
            number |= u128::from(self.word() >> (32 - wanted)) << done;
            done += wanted;
        }
        number
    }
}

fn low_bits(count: u32) -> u128 {
    if count >= 128 { u128::MAX } else { (1 << count) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seed: impl Into<Value>, limit: u128, expected: &[u128]) {
        let mut random = Random::Seeded(Box::new(Twister::from_value(&seed.into()).expect("a seed")));
        let numbers: Vec<u128> = expected.iter().map(|_| random.below(limit)).collect();
        assert_eq!(numbers, expected);
    }

    #[test]
    fn numbers_are_those_of_python() {
        // python3 -c 'import random; r = random.Random(SEED); print([r.randrange(LIMIT) for _ in "123"])'
        check(42_i64, 100, &[81, 14, 3]);
        check(0_i64, 1000, &[864, 394, 776]);
        check(-42_i64, 100, &[81, 14, 3]);
        check("seed", 1 << 40, &[129_442_737_918, 763_924_487_194, 1_066_381_388_514]);
        check(1.5, 100, &[70, 32, 18]);
    }
}
