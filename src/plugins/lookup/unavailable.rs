//! Lookups that playbooks know and this program does not have: they say so, and what to do instead.

use crate::template::{Arguments, Lookup, Object, Result};

const COLLECTION: &str = "community.general";

pub const LOOKUPS: &[Lookup] = &[
    Lookup::raw("dig", dig, "Is known, but asks no name servers.")
        .of(COLLECTION)
        .also(&[".dig", "ansible.builtin.dig"]),
    Lookup::raw("dnstxt", dig, "Is known, but asks no name servers.")
        .of(COLLECTION)
        .also(&[".dnstxt", "ansible.builtin.dnstxt"]),
    Lookup::raw("random_pet", words, "Is known, but has no list of words.").of(COLLECTION),
    Lookup::raw("random_words", words, "Is known, but has no list of words.").of(COLLECTION),
];

fn dig(_: Vec<Object>, args: &mut Arguments<'_>) -> Result<Vec<Object>> {
    args.keyword_objects();
    Err("Name servers are not asked from templates. Use the lookup 'pipe' with the program dig, or getent.".into())
}

fn words(_: Vec<Object>, args: &mut Arguments<'_>) -> Result<Vec<Object>> {
    args.keyword_objects();
    Err("There is no list of words. Use the lookup community.general.random_string.".into())
}
