//! Networks put together: the fewest that hold the same addresses, the smallest that holds all.

use super::{Address, Family, Network};

/// The fewest networks that hold exactly the addresses of these, in order.
pub fn merged(networks: &[Network]) -> Vec<Network> {
    let mut networks = networks.to_vec();
    networks.sort_by_key(|network| (network.first(), network.last()));
    // A network that stays alone keeps the address that it was written with.
    let mut joined: Vec<(Address, Address, Option<Network>)> = Vec::new();
    for network in networks {
        let (first, last) = (network.first(), network.last());
        match joined.last_mut() {
            Some((_, end, alone)) if end.family == first.family && touches(*end, first) => {
                *end = (*end).max(last);
                *alone = None;
            }
            _ => joined.push((first, last, Some(network))),
        }
    }
    let parts =
        |(first, last, alone): (_, _, Option<Network>)| alone.map_or_else(|| split(first, last), |one| vec![one]);
    joined.into_iter().flat_map(parts).collect()
}

fn touches(end: Address, next: Address) -> bool {
    end.bits.checked_add(1).is_none_or(|after| next.bits <= after)
}

/// A range as networks.
fn split(first: Address, last: Address) -> Vec<Network> {
    let family = first.family;
    let mut networks = Vec::new();
    let mut next = first.bits;
    loop {
        let mut hosts = next.trailing_zeros().min(u32::from(family.width()));
        while hosts > 0 && next.saturating_add(mask(hosts)) > last.bits {
            hosts -= 1;
        }
        networks.push(Network::new(Address::new(family, next), family.width() - hosts as u8));
        match next.checked_add(mask(hosts)).and_then(|end| end.checked_add(1)) {
            Some(after) if after <= last.bits => next = after,
            _ => return networks,
        }
    }
}

const fn mask(bits: u32) -> u128 {
    if bits >= 128 { u128::MAX } else { (1 << bits) - 1 }
}

/// The smallest network that holds all of these; `None` where they are of two families.
pub fn spanning(networks: &[Network]) -> Option<Network> {
    let family: Family = networks.first()?.family();
    if networks.iter().any(|network| network.family() != family) {
        return None;
    }
    let first = networks.iter().map(|network| network.first()).min()?;
    // As the reference has it: the last network in order, which need not reach farthest.
    let last = networks.iter().max_by_key(|network| (network.first(), network.prefix))?.last();
    let differing = 128 - (first.bits ^ last.bits).leading_zeros();
    Some(Network::new(first, family.width() - differing as u8).cidr())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &str) -> Vec<Network> {
        texts.split_whitespace().map(|text| Network::parse(text).expect("a network")).collect()
    }

    #[test]
    fn merges_and_spans() {
        for (texts, expected, span) in [
            ("192.0.2.0/25 192.0.2.128/25", "192.0.2.0/24", "192.0.2.0/24"),
            ("192.0.2.1 192.0.2.6", "192.0.2.1/32 192.0.2.6/32", "192.0.2.0/29"),
            ("10.0.0.0/8 10.1.0.0/16 0.0.0.0/0", "0.0.0.0/0", "0.0.0.0/4"),
            ("192.0.2.1/24 192.0.3.7", "192.0.2.1/24 192.0.3.7/32", "192.0.2.0/23"),
            ("10.0.0.1 10.0.0.2 10.0.0.3", "10.0.0.1/32 10.0.0.2/31", "10.0.0.0/30"),
            ("::/0 2001:db8::1", "::/0", "::/2"),
        ] {
            let shown: Vec<String> = merged(&networks(texts)).iter().map(ToString::to_string).collect();
            assert_eq!(shown.join(" "), expected, "{texts}");
            assert_eq!(spanning(&networks(texts)).expect("one family").to_string(), span, "{texts}");
        }
    }
}
