//! `range`.

use std::rc::Rc;

use crate::data::{Data, Value};
use crate::template::{Arguments, Context, Native, Object, Result, TemplateError};

/// A template may not make longer ones.
const LONGEST: u128 = 100_000;

pub struct Range {
    start: i64,
    stop: i64,
    step: i64,
}

pub(super) fn range(arguments: &mut Arguments<'_>) -> Result<Object> {
    let parts = arguments.rest()?.iter().map(integer).collect::<Result<Vec<_>>>()?;
    let (start, stop, step) = match parts.as_slice() {
        [] => return Err("range expected at least 1 argument, got 0".into()),
        [stop] => (0, *stop, 1),
        [start, stop] => (*start, *stop, 1),
        [start, stop, step] => (*start, *stop, *step),
        more => return Err(format!("range expected at most 3 arguments, got {}", more.len()).into()),
    };
    if step == 0 {
        return Err("range() arg 3 must not be zero".into());
    }
    let range = Range { start, stop, step };
    if range.count() > LONGEST {
        return Err(format!("Range too big. The sandbox blocks ranges larger than MAX_RANGE ({LONGEST}).").into());
    }
    Ok(Object::native(range))
}

fn integer(value: &Value) -> Result<i64> {
    match &value.data {
        Data::Int(number) => Ok(*number),
        Data::Bool(flag) => Ok(i64::from(*flag)),
        Data::Big(_) => Err("Python int too large to convert to C ssize_t".into()),
        _ => Err(TemplateError::failure(format!("'{}' object cannot be interpreted as an integer", value.type_name()))),
    }
}

impl Range {
    /// The part between two places, which is a range too.
    pub fn slice(&self, start: Option<i64>, stop: Option<i64>, step: Option<i64>) -> Result<Object> {
        let count = self.count() as i64;
        let step = step.unwrap_or(1);
        if step == 0 {
            return Err("slice step cannot be zero".into());
        }
        let (lowest, highest) = if step > 0 { (0, count) } else { (-1, count - 1) };
        let clamp = |bound: i64| if bound < 0 { bound.saturating_add(count) } else { bound }.clamp(lowest, highest);
        let start = start.map_or(if step > 0 { lowest } else { highest }, clamp);
        let stop = stop.map_or(if step > 0 { highest } else { lowest }, clamp);
        Ok(Object::native(Range { start: self.at(start), stop: self.at(stop), step: self.step.saturating_mul(step) }))
    }

    fn count(&self) -> u128 {
        let distance = i128::from(self.stop) - i128::from(self.start);
        let step = i128::from(self.step);
        if distance.signum() == step.signum() { distance.unsigned_abs().div_ceil(step.unsigned_abs()) } else { 0 }
    }

    fn at(&self, place: i64) -> i64 {
        self.start + place * self.step
    }
}

impl Native for Range {
    fn type_name(&self) -> &'static str {
        "range"
    }

    fn attribute(self: Rc<Self>, name: &str, _context: &Context) -> Option<Result<Object>> {
        let number = match name {
            "start" => self.start,
            "stop" => self.stop,
            "step" => self.step,
            _ => return None,
        };
        Some(Ok(number.into()))
    }

    fn item(self: Rc<Self>, key: &Object, _context: &Context) -> Option<Result<Object>> {
        let Object::Value(Value { data: Data::Int(place), .. }) = key else { return None };
        let count = self.count() as i64;
        let place = if *place < 0 { place + count } else { *place };
        (0..count).contains(&place).then(|| Ok(self.at(place).into()))
    }

    fn items(&self) -> Option<Result<Vec<Object>>> {
        Some(Ok((0..self.count() as i64).map(|place| self.at(place).into()).collect()))
    }

    fn length(&self) -> Option<usize> {
        usize::try_from(self.count()).ok()
    }

    fn is_comparable(&self) -> bool {
        true
    }

    fn text(&self) -> String {
        match self.step {
            1 => format!("range({}, {})", self.start, self.stop),
            step => format!("range({}, {}, {step})", self.start, self.stop),
        }
    }
}
