//! Asks the kernel for addresses and routes, as the program `ip` does.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};

const GET_ADDRESS: u16 = 22;
const GET_ROUTE: u16 = 26;
const REQUEST: u16 = 1;
const DUMP: u16 = 0x300;
const DONE: u16 = 3;
const ERROR: u16 = 2;
const HEADER: usize = 16;

const LOCAL_TABLE: u8 = 255;
const LOCAL_ROUTE: u8 = 2;

pub const IPV4: u8 = 2;
pub const IPV6: u8 = 10;

/// An address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub interface: u32,
    pub prefix: u8,
    pub scope: u8,
    pub is_secondary: bool,
    pub address: IpAddr,
    pub broadcast: Option<IpAddr>,
    pub label: Option<String>,
}

/// How the kernel would reach an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub interface: u32,
    pub gateway: Option<IpAddr>,
    pub source: Option<IpAddr>,
}

/// All addresses of a family.
pub fn addresses(family: u8) -> io::Result<Vec<Address>> {
    let messages = ask(GET_ADDRESS, REQUEST | DUMP, &[family, 0, 0, 0, 0, 0, 0, 0])?;
    Ok(messages.iter().filter_map(|body| parse_address(body)).collect())
}

/// The networks that are this machine itself.
pub fn local_networks(family: u8) -> io::Result<Vec<(IpAddr, u8)>> {
    let messages = ask(GET_ROUTE, REQUEST | DUMP, &[family, 0, 0, 0, LOCAL_TABLE, 0, 0, 0, 0, 0, 0, 0])?;
    let network = |body: &Vec<u8>| {
        if body.first() != Some(&family) || body.get(4) != Some(&LOCAL_TABLE) || body.get(7) != Some(&LOCAL_ROUTE) {
            return None;
        }
        let (_, address) = attributes(body.get(12..)?).find(|(kind, _)| *kind == 1)?;
        Some((ip(address)?, *body.get(1)?))
    };
    Ok(messages.iter().filter_map(network).collect())
}

/// The route to an address; `None` where there is none.
pub fn route_to(destination: IpAddr) -> Option<Route> {
    let (family, bytes) = match destination {
        IpAddr::V4(address) => (IPV4, address.octets().to_vec()),
        IpAddr::V6(address) => (IPV6, address.octets().to_vec()),
    };
    let mut body = vec![family, (bytes.len() * 8) as u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    body.extend(((bytes.len() + 4) as u16).to_ne_bytes());
    body.extend(1_u16.to_ne_bytes());
    body.extend(bytes);
    let messages = ask(GET_ROUTE, REQUEST, &body).ok()?;
    let message = messages.first()?;
    let mut route = Route { interface: 0, gateway: None, source: None };
    for (kind, value) in attributes(message.get(12..)?) {
        match kind {
            4 => route.interface = u32::from_ne_bytes(value.get(..4)?.try_into().ok()?),
            5 => route.gateway = ip(value),
            7 => route.source = ip(value),
            _ => {}
        }
    }
    (route.interface != 0).then_some(route)
}

fn parse_address(body: &[u8]) -> Option<Address> {
    let [_, prefix, flags, scope, ..] = *body else { return None };
    let interface = u32::from_ne_bytes(body.get(4..8)?.try_into().ok()?);
    let (mut local, mut address, mut broadcast, mut label) = (None, None, None, None);
    for (kind, value) in attributes(body.get(8..)?) {
        match kind {
            1 => address = ip(value),
            2 => local = ip(value),
            3 => label = Some(String::from_utf8_lossy(value).trim_end_matches('\0').to_owned()),
            4 => broadcast = ip(value),
            _ => {}
        }
    }
    let address = local.or(address)?;
    Some(Address { interface, prefix, scope, is_secondary: flags & 1 != 0, address, broadcast, label })
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into()),
        16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into()),
        _ => None,
    }
}

/// Kind and value of the attributes behind a message's fixed part.
fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?) as usize;
        let kind = u16::from_ne_bytes(bytes.get(2..4)?.try_into().ok()?);
        let value = bytes.get(4..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind & 0x3fff, value))
    })
}

/// Sends a request and gathers the bodies of the answers.
fn ask(kind: u16, flags: u16, body: &[u8]) -> io::Result<Vec<Vec<u8>>> {
    // No protocol is that of routes and addresses.
    let socket: OwnedFd = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    let mut message = Vec::with_capacity(HEADER + body.len());
    message.extend(((HEADER + body.len()) as u32).to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    message.extend([0; 8]);
    message.extend(body);
    send(&socket, &message, SendFlags::empty())?;
    let mut bodies = Vec::new();
    let mut buffer = vec![0_u8; 32 * 1024];
    loop {
        let (length, _) = recv(&socket, &mut buffer[..], RecvFlags::empty())?;
        let mut rest = &buffer[..length];
        while rest.len() >= HEADER {
            let length = u32::from_ne_bytes([rest[0], rest[1], rest[2], rest[3]]) as usize;
            let kind = u16::from_ne_bytes([rest[4], rest[5]]);
            let message = rest.get(HEADER..length).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
            match kind {
                DONE => return Ok(bodies),
                ERROR => {
                    let number = message.get(..4).and_then(|bytes| bytes.try_into().ok()).map_or(0, i32::from_ne_bytes);
                    return Err(io::Error::from_raw_os_error(-number));
                }
                _ => bodies.push(message.to_vec()),
            }
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        if flags & DUMP == 0 {
            return Ok(bodies);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_there() {
        let addresses = addresses(IPV4).expect("the kernel answers");
        assert!(addresses.iter().any(|address| address.address == IpAddr::V4(Ipv4Addr::LOCALHOST)), "{addresses:?}");
        let networks = local_networks(IPV4).expect("the kernel answers");
        assert!(networks.contains(&(IpAddr::V4(Ipv4Addr::LOCALHOST), 32)), "{networks:?}");
        let route = route_to(IpAddr::V4(Ipv4Addr::LOCALHOST)).expect("always");
        assert_eq!(route.gateway, None);
    }
}
