//! Permissions as users write them: octal numbers, or symbols as `u=rwX,g+w`.

use crate::data::{Data, Value, python};

/// A mode to be applied to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModeSpec {
    Octal(u32),
    Symbolic(Vec<Clause>),
}

/// One `u=rw` of a symbolic mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Of `u`, `g`, `o`; empty where nobody was named, when the umask counts.
    users: Vec<char>,
    operations: Vec<(char, String)>,
}

const PERMISSIONS: u32 = 0o7777;

impl ModeSpec {
    /// From an option's value: a number is taken as it is, text is octal or symbolic.
    pub fn parse(value: &Value) -> Result<Option<Self>, String> {
        match &value.data {
            Data::Null => Ok(None),
            Data::Int(number) => Ok(Some(Self::Octal(*number as u32 & PERMISSIONS))),
            Data::Text(text) => Self::parse_text(text).map(Some),
            _ => Err(bad(&python::str(value))),
        }
    }

    pub fn parse_text(text: &str) -> Result<Self, String> {
        let digits = text.trim().strip_prefix("0o").unwrap_or(text.trim());
        if !digits.is_empty() && digits.chars().all(|character| ('0'..='7').contains(&character)) {
            if let Ok(number) = u32::from_str_radix(digits, 8) {
                return Ok(Self::Octal(number & PERMISSIONS));
            }
        }
        let clauses: Option<Vec<Clause>> = text.split(',').map(Clause::parse).collect();
        clauses.map(Self::Symbolic).ok_or_else(|| bad(text))
    }

    /// The permissions that a file of these permissions gets.
    pub fn apply(&self, current: u32, is_folder: bool, umask: u32) -> u32 {
        match self {
            Self::Octal(mode) => *mode,
            Self::Symbolic(clauses) => {
                clauses.iter().fold(current & PERMISSIONS, |mode, clause| clause.apply(mode, is_folder, umask))
            }
        }
    }
}

fn bad(text: &str) -> String {
    format!("bad symbolic permission for mode: {text}")
}

impl Clause {
    fn parse(text: &str) -> Option<Self> {
        let start = text.find(['+', '-', '='])?;
        let (users, mut rest) = text.split_at(start);
        if !users.chars().all(|user| "ugoa".contains(user)) {
            return None;
        }
        let users = if users.contains('a') { "ugo" } else { users };
        let mut operations = Vec::new();
        while let Some(operator) = rest.chars().next() {
            let end = rest[1..].find(['+', '-', '=']).map_or(rest.len(), |end| end + 1);
            let permissions = &rest[1..end];
            let is_copy = matches!(permissions, "u" | "g" | "o");
            if !is_copy && !permissions.chars().all(|permission| "rwxXst".contains(permission)) {
                return None;
            }
            operations.push((operator, permissions.to_owned()));
            rest = &rest[end..];
        }
        Some(Self { users: users.chars().collect(), operations })
    }

    fn apply(&self, mut mode: u32, is_folder: bool, umask: u32) -> u32 {
        let allowed = if self.users.is_empty() { PERMISSIONS & !umask } else { PERMISSIONS };
        let users: &[char] = if self.users.is_empty() { &['u', 'g', 'o'] } else { &self.users };
        for user in users {
            for (operator, permissions) in &self.operations {
                let bits = bits_of(*user, permissions, mode, is_folder) & (allowed | 0o7000);
                mode = match operator {
                    '+' => mode | bits,
                    '-' => mode & !bits,
                    _ => (mode & !mask_of(*user)) | bits,
                };
            }
        }
        mode
    }
}

fn shift_of(user: char) -> u32 {
    match user {
        'u' => 6,
        'g' => 3,
        _ => 0,
    }
}

/// All that belongs to a user class, its special bit included.
fn mask_of(user: char) -> u32 {
    match user {
        'u' => 0o4700,
        'g' => 0o2070,
        _ => 0o1007,
    }
}

fn bits_of(user: char, permissions: &str, mode: u32, is_folder: bool) -> u32 {
    let shift = shift_of(user);
    if let "u" | "g" | "o" = permissions {
        let from = permissions.chars().next().map_or(0, shift_of);
        return ((mode >> from) & 7) << shift;
    }
    permissions.chars().fold(0, |bits, permission| {
        bits | match (permission, user) {
            ('r', _) => 4 << shift,
            ('w', _) => 2 << shift,
            ('x', _) => 1 << shift,
            ('X', _) if is_folder || mode & 0o111 != 0 => 1 << shift,
            ('s', 'u') => 0o4000,
            ('s', 'g') => 0o2000,
            ('t', 'o') => 0o1000,
            _ => 0,
        }
    })
}

/// `0644`, `01777`: as results show permissions.
pub fn shown(mode: u32) -> String {
    format!("0{:03o}", mode & PERMISSIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        for (spec, current, is_folder, wanted) in [
            ("0644", 0, false, 0o644),
            ("755", 0, false, 0o755),
            ("0o600", 0, false, 0o600),
            ("u=rwx,g=rx,o=", 0o777, false, 0o750),
            ("u+x,g=u", 0o644, false, 0o774),
            ("a+X", 0o644, false, 0o644),
            ("a+X", 0o744, false, 0o755),
            ("a+X", 0o644, true, 0o755),
            ("+w", 0o444, false, 0o644),
            ("=rw", 0o777, false, 0o644),
            ("+t", 0o777, true, 0o1777),
            ("ug+s,o-rwx", 0o755, true, 0o6750),
            ("u=rw,u+x-r", 0o777, false, 0o377),
            ("g-s", 0o2755, true, 0o755),
            ("o=u-w", 0o750, false, 0o755),
        ] {
            let mode = ModeSpec::parse_text(spec).expect(spec).apply(current, is_folder, 0o022);
            assert_eq!(format!("{mode:o}"), format!("{wanted:o}"), "{spec} on {current:o}");
        }
    }

    #[test]
    fn bad_modes() {
        for spec in ["99999", "888", "u=q", "preserve", "u", "", "z+x", "u=ug"] {
            assert_eq!(ModeSpec::parse_text(spec), Err(bad(spec)), "{spec}");
        }
        assert_eq!(ModeSpec::parse(&Value::from(420)), Ok(Some(ModeSpec::Octal(0o644))));
    }
}
