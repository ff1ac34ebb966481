//! What the file of passwords says of a user.

/// One line of `/etc/shadow`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub password: String,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub warn: Option<i64>,
    pub inactive: Option<i64>,
    /// The day on which the account ends, counted from 1970.
    pub expires: Option<i64>,
}

/// The entry of a user, where this user may read it.
pub fn of(name: &str) -> Option<Entry> {
    parse(&std::fs::read_to_string("/etc/shadow").ok()?, name)
}

fn parse(text: &str, name: &str) -> Option<Entry> {
    let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
    let fields: Vec<&str> = line.split(':').collect();
    let number = |index: usize| fields.get(index).and_then(|field| field.parse().ok());
    Some(Entry {
        password: fields.get(1).copied().unwrap_or_default().to_owned(),
        min: number(3),
        max: number(4),
        warn: number(5),
        inactive: number(6),
        expires: number(7),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let entry = parse("a:*:1:0:9::::\nann:$6$x$y:19000:1:90:7::20000:\n", "ann");
        let wanted = Entry {
            password: "$6$x$y".to_owned(),
            min: Some(1),
            max: Some(90),
            warn: Some(7),
            inactive: None,
            expires: Some(20000),
        };
        assert_eq!(entry, Some(wanted));
        assert_eq!(parse("a:*:", "ann"), None);
    }
}
