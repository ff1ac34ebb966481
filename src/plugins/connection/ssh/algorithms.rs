//! Lists of algorithms as ssh_config has them, applied to what the library knows.

use std::borrow::Cow;

use russh::keys::{Algorithm, HashAlg};
use russh::{Preferred, cipher, compression, kex, mac};

use super::config_line::pattern_list;
use super::host_config::Algorithms;

/// What is offered to a server, most wanted first.
pub fn preferred(
    algorithms: &Algorithms,
    compressed: bool,
    known: &[Algorithm],
    certificates: bool,
) -> Result<Preferred, String> {
    let base = Preferred::DEFAULT;
    let named = |name: &str| name.to_owned();
    let kexes: Vec<kex::Name> =
        chosen(algorithms.kex.as_deref(), &base.kex, kex::ALL_KEX_ALGORITHMS, |name| name.as_ref());
    let ciphers = chosen(algorithms.ciphers.as_deref(), &base.cipher, cipher::ALL_CIPHERS, |name| name.as_ref());
    let macs = chosen(algorithms.macs.as_deref(), &base.mac, mac::ALL_MAC_ALGORITHMS, |name| name.as_ref());
    // The library marks some features as key exchanges; they are no choice of the user's.
    let features = [
        kex::EXTENSION_SUPPORT_AS_CLIENT,
        kex::EXTENSION_SUPPORT_AS_SERVER,
        kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT,
        kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER,
    ];
    let mut kexes: Vec<_> = kexes.into_iter().filter(|name| !features.contains(name)).collect();
    for (list, what, written) in [
        (kexes.is_empty(), "KexAlgorithms", &algorithms.kex),
        (ciphers.is_empty(), "Ciphers", &algorithms.ciphers),
        (macs.is_empty(), "MACs", &algorithms.macs),
    ] {
        if list {
            return Err(format!("Bad {what} '{}'.", written.as_deref().map(named).unwrap_or_default()));
        }
    }
    kexes.extend(features);
    let key = host_keys(algorithms, &base.key, known);
    let host_key_certificates = if certificates { key.clone() } else { Vec::new() };
    let compression = match compressed {
        true => vec![compression::ZLIB_LEGACY, compression::ZLIB, compression::NONE],
        false => vec![compression::NONE],
    };
    Ok(Preferred {
        kex: Cow::Owned(kexes),
        key: Cow::Owned(key),
        host_key_certificates: Cow::Owned(host_key_certificates),
        cipher: Cow::Owned(ciphers),
        mac: Cow::Owned(macs),
        compression: Cow::Owned(compression),
    })
}

/// Host key algorithms: those of known keys first, so that a server with several keys shows the one
/// that can be checked.
fn host_keys(algorithms: &Algorithms, base: &[Algorithm], known: &[Algorithm]) -> Vec<Algorithm> {
    // SHA-1 signatures of RSA are offered only where the user asks for them.
    let default: Vec<Algorithm> =
        base.iter().filter(|algorithm| **algorithm != Algorithm::Rsa { hash: None }).cloned().collect();
    let all: Vec<&Algorithm> = base.iter().collect();
    let mut list = chosen(algorithms.host_keys.as_deref(), &default, &all, |algorithm| algorithm.as_str());
    if algorithms.host_keys.is_none() {
        let is_known = |algorithm: &Algorithm| {
            known.iter().any(|known| known == algorithm || (is_rsa(known) && is_rsa(algorithm)))
        };
        list.sort_by_key(|algorithm| !is_known(algorithm));
    }
    list
}

fn is_rsa(algorithm: &Algorithm) -> bool {
    matches!(algorithm, Algorithm::Rsa { .. })
}

/// Applies a list or a change of one (`+`, `-`, `^`) to the default. Unknown names are left out.
fn chosen<T: Clone + PartialEq>(written: Option<&str>, default: &[T], all: &[&T], name: impl Fn(&T) -> &str) -> Vec<T> {
    let Some(written) = written else { return default.to_vec() };
    let name = &name;
    let find = |list: &str| -> Vec<T> {
        let names = list.split(',').map(str::trim);
        names
            .flat_map(|wanted| all.iter().filter(move |item| pattern_list([wanted], name(item))))
            .map(|item| (*item).clone())
            .collect()
    };
    let without =
        |list: &[T], taken: &[T]| list.iter().filter(|item| !taken.contains(item)).cloned().collect::<Vec<T>>();
    match written.split_at_checked(1) {
        Some(("+", list)) => [default.to_vec(), without(&find(list), default)].concat(),
        Some(("-", list)) => without(default, &find(list)),
        Some(("^", list)) => {
            let first = find(list);
            let rest = without(default, &first);
            [first, rest].concat()
        }
        _ => find(written),
    }
}

/// Which signatures of an RSA key may be made, best first, out of what the server takes.
pub fn rsa_hashes(algorithms: &Algorithms, server: Option<Option<HashAlg>>) -> Vec<Option<HashAlg>> {
    let all = [Some(HashAlg::Sha512), Some(HashAlg::Sha256), None];
    let allowed = chosen(algorithms.public_keys.as_deref(), &all[..2], &all.each_ref(), rsa_name);
    match server {
        // It said what it takes.
        Some(best) => {
            allowed.into_iter().filter(|hash| *hash == best || (best.is_some() && hash.is_some())).take(1).collect()
        }
        None => allowed,
    }
}

fn rsa_name(hash: &Option<HashAlg>) -> &str {
    match hash {
        Some(HashAlg::Sha512) => "rsa-sha2-512",
        Some(HashAlg::Sha256) => "rsa-sha2-256",
        _ => "ssh-rsa",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: Option<&str>, expected: &[&str]) {
        let all = ["a", "b", "c", "d"];
        let default = ["a", "b"];
        assert_eq!(chosen(written, &default, &all.each_ref(), |name| name), expected, "{written:?}");
    }

    #[test]
    fn lists_replace_or_change_the_default() {
        check(None, &["a", "b"]);
        check(Some("c,a"), &["c", "a"]);
        check(Some("+c"), &["a", "b", "c"]);
        check(Some("-a"), &["b"]);
        check(Some("^d,b"), &["d", "b", "a"]);
        check(Some("unknown,d"), &["d"]);
        check(Some("+*"), &["a", "b", "c", "d"]);
    }

    #[test]
    fn known_keys_come_first() {
        let algorithms = Algorithms::default();
        let preferred = preferred(&algorithms, false, &[Algorithm::Rsa { hash: None }], false).expect("fine");
        assert_eq!(preferred.key.first(), Some(&Algorithm::Rsa { hash: Some(HashAlg::Sha512) }));
        assert!(!preferred.key.contains(&Algorithm::Rsa { hash: None }));
        let algorithms = Algorithms { kex: Some("nonsense".into()), ..Algorithms::default() };
        assert_eq!(
            super::preferred(&algorithms, false, &[], false).err().as_deref(),
            Some("Bad KexAlgorithms 'nonsense'.")
        );
    }

    #[test]
    fn sha1_signatures_are_a_choice() {
        let old = Algorithms { public_keys: Some("+ssh-rsa".into()), ..Algorithms::default() };
        let (sha512, sha256) = (Some(HashAlg::Sha512), Some(HashAlg::Sha256));
        assert_eq!(rsa_hashes(&Algorithms::default(), None), [sha512, sha256]);
        assert_eq!(rsa_hashes(&Algorithms::default(), Some(None)), []);
        assert_eq!(rsa_hashes(&old, Some(None)), [None]);
        assert_eq!(rsa_hashes(&old, Some(sha512)), [sha512]);
    }
}
