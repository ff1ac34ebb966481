//! The order in which a Python set gives its items back. It is that of a hash table, which for
//! numbers is the same in every run; other items stay in the order in which they came.

use crate::data::{Data, Value};

/// How many neighbours are tried before the table is jumped through.
const NEIGHBOURS: usize = 9;
const PERTURB_SHIFT: u32 = 5;
/// The prime that Python's numbers are hashed by.
const MODULUS: u64 = (1 << 61) - 1;

/// A set of hashable values, iterated as CPython 3.11 does.
#[derive(Clone)]
pub struct HashSet {
    table: Vec<Slot>,
    used: usize,
    filled: usize,
}

#[derive(Clone)]
enum Slot {
    Free,
    /// Something was here; a search goes on behind it.
    Left,
    Used(u64, Value),
}

/// Where a value is, or where it would go.
enum Place {
    Found(usize),
    Free { place: usize, left: Option<usize> },
}

impl HashSet {
    pub fn new() -> Self {
        Self { table: vec![Slot::Free; 8], used: 0, filled: 0 }
    }

    pub fn from_items(items: &[Value]) -> Self {
        let mut set = Self::new();
        for item in items {
            set.add(item.clone());
        }
        set
    }

    pub fn len(&self) -> usize {
        self.used
    }

    pub fn iter(&self) -> impl Iterator<Item = &Value> {
        self.table.iter().filter_map(|slot| match slot {
            Slot::Used(_, value) => Some(value),
            Slot::Free | Slot::Left => None,
        })
    }

    pub fn contains(&self, value: &Value) -> bool {
        matches!(self.find(hash(value), value), Place::Found(_))
    }

    pub fn add(&mut self, value: Value) {
        let hash = hash(&value);
        let Place::Free { place, left } = self.find(hash, &value) else { return };
        self.used += 1;
        if let Some(left) = left {
            self.table[left] = Slot::Used(hash, value);
            return;
        }
        self.table[place] = Slot::Used(hash, value);
        self.filled += 1;
        if self.filled * 5 >= (self.table.len() - 1) * 3 {
            self.resize(if self.used > 50_000 { self.used * 2 } else { self.used * 4 });
        }
    }

    /// Takes a value out; tells whether it was there.
    pub fn discard(&mut self, value: &Value) -> bool {
        let Place::Found(place) = self.find(hash(value), value) else { return false };
        self.table[place] = Slot::Left;
        self.used -= 1;
        true
    }

    /// `left | right`.
    pub fn union(&self, other: &Self) -> Self {
        let mut result = self.copied();
        result.merge(other);
        result
    }

    /// `left & right`.
    pub fn intersection(&self, other: &Self) -> Self {
        let (walked, asked) = if other.len() > self.len() { (self, other) } else { (other, self) };
        let mut result = Self::new();
        for value in walked.iter().filter(|value| asked.contains(value)) {
            result.add(value.clone());
        }
        result
    }

    /// `left - right`.
    pub fn difference(&self, other: &Self) -> Vec<Value> {
        let remains = |value: &&Value| !other.contains(value);
        if self.len() >> 2 > other.len() {
            return self.copied().iter().filter(remains).cloned().collect();
        }
        let mut result = Self::new();
        for value in self.iter().filter(remains) {
            result.add(value.clone());
        }
        result.iter().cloned().collect()
    }

    /// `left ^ right`.
    pub fn symmetric_difference(&self, other: &Self) -> Self {
        let mut result = other.copied();
        for value in self.iter() {
            if !result.discard(value) {
                result.add(value.clone());
            }
        }
        result
    }

    /// A copy made item by item, as `set(other)` does, which may have another size of table.
    fn copied(&self) -> Self {
        let mut result = Self::new();
        result.merge(self);
        result
    }

    fn merge(&mut self, other: &Self) {
        if (self.filled + other.used) * 5 >= (self.table.len() - 1) * 3 {
            self.resize((self.used + other.used) * 2);
        }
        if self.filled == 0 && self.table.len() == other.table.len() && other.filled == other.used {
            *self = other.clone();
            return;
        }
        for value in other.iter() {
            self.add(value.clone());
        }
    }

    fn resize(&mut self, at_least: usize) {
        let mut size = 8;
        while size <= at_least {
            size <<= 1;
        }
        let old = std::mem::replace(&mut self.table, vec![Slot::Free; size]);
        self.filled = self.used;
        for slot in old {
            let Slot::Used(hash, value) = slot else { continue };
            if let Place::Free { place, .. } = self.find(hash, &value) {
                self.table[place] = Slot::Used(hash, value);
            }
        }
    }

    fn find(&self, hash: u64, value: &Value) -> Place {
        let mask = self.table.len() - 1;
        let mut perturb = hash;
        let mut place = hash as usize & mask;
        let mut left = None;
        loop {
            let neighbours = if place + NEIGHBOURS <= mask { NEIGHBOURS } else { 0 };
            for candidate in place..=place + neighbours {
                match &self.table[candidate] {
                    Slot::Free => return Place::Free { place: candidate, left },
                    Slot::Left => left = Some(candidate),
                    Slot::Used(known, other) if *known == hash && other == value => return Place::Found(candidate),
                    Slot::Used(..) => {}
                }
            }
            perturb >>= PERTURB_SHIFT;
            place = place.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize) & mask;
        }
    }
}

impl Default for HashSet {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether Python's order of these in a set is the same in every run.
pub fn is_repeatable(items: &[Value]) -> bool {
    items.iter().all(|item| matches!(item.data, Data::Bool(_) | Data::Int(_) | Data::Big(_) | Data::Float(_)))
}

fn hash(value: &Value) -> u64 {
    match &value.data {
        Data::Bool(flag) => u64::from(*flag),
        Data::Int(number) => hash_integer(u128::from(number.unsigned_abs()), *number < 0),
        Data::Float(number) => hash_float(*number),
        Data::Big(number) => {
            let rest: num_bigint::BigUint = number.magnitude() % MODULUS;
            let rest = rest.to_u64_digits().first().copied().unwrap_or(0);
            hash_integer(u128::from(rest), number.sign() == num_bigint::Sign::Minus)
        }
        _ => 0,
    }
}

fn hash_integer(magnitude: u128, negative: bool) -> u64 {
    signed((magnitude % u128::from(MODULUS)) as u64, negative)
}

fn signed(rest: u64, negative: bool) -> u64 {
    if !negative {
        return rest;
    }
    match rest.wrapping_neg() {
        u64::MAX => u64::MAX - 1,
        other => other,
    }
}

/// `hash(number)` as two's complement: equal to that of the integer where it is a whole number.
pub fn hash_float(number: f64) -> u64 {
    if !number.is_finite() {
        return if number.is_nan() { 0 } else { signed(314_159, number < 0.0) };
    }
    let bits = number.abs().to_bits();
    let (mut mantissa, mut exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
    if exponent == 0 {
        exponent = 1;
    } else {
        mantissa |= 1 << 52;
    }
    exponent -= 1075;
    // Multiplying by a power of two is a rotation, as the modulus is a power of two less one.
    let turn = exponent.rem_euclid(61) as u32;
    let rest = u128::from(mantissa % MODULUS) << turn;
    signed((rest % u128::from(MODULUS)) as u64, number < 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integers(numbers: &[i64]) -> Vec<Value> {
        numbers.iter().copied().map(Value::from).collect()
    }

    fn check(numbers: &[i64], expected: &[i64]) {
        let set = HashSet::from_items(&integers(numbers));
        assert_eq!(set.iter().cloned().collect::<Vec<_>>(), integers(expected));
    }

    #[test]
    fn order_is_that_of_the_table() {
        // python3 -c 'print(list({...}))'
        check(&[3, 1, 2], &[1, 2, 3]);
        check(&[8, 0, 16, 1], &[8, 0, 16, 1]);
        check(&[100, 5, 33, 64, 7], &[64, 33, 100, 5, 7]);
        check(&[-1, -2, 3], &[3, -1, -2]);
    }

    #[test]
    fn hashes_of_floats() {
        assert_eq!(hash_float(1.5), 1_152_921_504_606_846_977);
        assert_eq!(hash_float(-2.0), (-2_i64) as u64);
        assert_eq!(hash_float(0.1), 230_584_300_921_369_408);
    }
}
