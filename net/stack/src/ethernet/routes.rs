//! Whose address it is, and where a packet goes next.

use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sarab_device::Mac;
use sarab_key::{Ipv4Prefix, Ipv6Prefix};

use crate::{Config, config};

/// The addresses of a host with one card, and its two default routes.
pub(crate) struct Routes {
    ipv4: Option<Ipv4Prefix>,
    ipv4_gateway: Option<Ipv4Addr>,
    ipv6: Option<Ipv6Prefix>,
    ipv6_gateway: Option<Ipv6Addr>,
    link_local: Ipv6Addr,
}

/// Where a packet goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Back to the host itself.
    Own,
    /// To all cards of a group.
    Group(Mac),
    /// To the host on the link with this address.
    Neighbor(IpAddr),
    /// There is no way.
    Nowhere,
}

impl Routes {
    pub(crate) fn new(config: &Config, mac: Mac) -> Self {
        let &Config { ipv4, ipv4_gateway, ipv6, ipv6_gateway, .. } = config;
        Self { ipv4, ipv4_gateway, ipv6, ipv6_gateway, link_local: link_local(mac) }
    }

    /// Returns the addresses that others can reach, with the lengths of their networks.
    pub(crate) fn addresses(&self) -> Vec<(IpAddr, u8)> {
        let ipv4 = self.ipv4.map(|prefix| (prefix.address().into(), prefix.length()));
        let ipv6 = self.ipv6.map(|prefix| (prefix.address().into(), prefix.length()));
        let link_local = Some((self.link_local.into(), 64)).filter(|&this| Some(this) != ipv6);
        [ipv4, ipv6, link_local].into_iter().flatten().collect()
    }

    /// Tells whether the host has this address, loopback addresses included.
    pub(crate) fn is_own(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => {
                address == Ipv4Addr::LOCALHOST
                    || self.ipv4.is_some_and(|own| own.address() == address)
            }
            IpAddr::V6(address) => {
                address == Ipv6Addr::LOCALHOST
                    || address == self.link_local
                    || self.ipv6.is_some_and(|own| own.address() == address)
            }
        }
    }

    /// Returns where a packet to `destination` goes next.
    pub(crate) fn next(&self, destination: IpAddr) -> Next {
        if self.is_own(destination) {
            return Next::Own;
        }
        match destination {
            IpAddr::V4(destination) => self.next_ipv4(destination),
            IpAddr::V6(destination) => self.next_ipv6(destination),
        }
    }

    fn next_ipv4(&self, destination: Ipv4Addr) -> Next {
        let Some(own) = self.ipv4 else { return Next::Nowhere };
        let is_broadcast = own.length() < 31 && destination == config::last(own);
        if destination.is_broadcast() || is_broadcast {
            return Next::Group(Mac::BROADCAST);
        }
        if destination.is_multicast() {
            // RFC 1112 section 6.4.
            let [_, b, c, d] = destination.octets();
            return Next::Group(Mac([0x01, 0x00, 0x5e, b & 0x7f, c, d]));
        }
        if destination.is_loopback() || destination.is_unspecified() {
            return Next::Nowhere;
        }
        let router = if own.contains(destination) { Some(destination) } else { self.ipv4_gateway };
        router.map_or(Next::Nowhere, |router| Next::Neighbor(router.into()))
    }

    fn next_ipv6(&self, destination: Ipv6Addr) -> Next {
        if destination.is_multicast() {
            return Next::Group(group(destination));
        }
        if destination.is_loopback() || destination.is_unspecified() {
            return Next::Nowhere;
        }
        let is_on_link = destination.is_unicast_link_local()
            || self.ipv6.is_some_and(|own| own.contains(destination));
        let router = if is_on_link { Some(destination) } else { self.ipv6_gateway };
        router.map_or(Next::Nowhere, |router| Next::Neighbor(router.into()))
    }

    /// Returns the address that the host talks to `remote` with, or `None` if it cannot.
    ///
    /// It is the address of the smallest scope that reaches (RFC 6724 section 5, rules 1 and 2).
    pub(crate) fn source(&self, remote: IpAddr) -> Option<IpAddr> {
        if self.is_own(remote) {
            return Some(remote);
        }
        if self.next(remote) == Next::Nowhere {
            return None;
        }
        match remote {
            IpAddr::V4(_) => self.ipv4.map(|own| own.address().into()),
            IpAddr::V6(remote) => {
                let is_of_link = remote.is_unicast_link_local() || remote.is_multicast();
                if is_of_link {
                    return Some(self.link_local.into());
                }
                self.ipv6.map(|own| own.address().into())
            }
        }
    }
}

/// Returns the address of the link alone that a card's address makes (RFC 4291 appendix A).
fn link_local(Mac(mac): Mac) -> Ipv6Addr {
    let mut octets = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe, 0, 0, 0];
    octets[8..11].copy_from_slice(&mac[..3]);
    octets[8] ^= 2;
    octets[13..].copy_from_slice(&mac[3..]);
    Ipv6Addr::from(octets)
}

/// Returns the card addresses that a group of IPv6 hosts listens to (RFC 2464 section 7).
pub(crate) fn group(address: Ipv6Addr) -> Mac {
    let [.., c, d, e, f] = address.octets();
    Mac([0x33, 0x33, c, d, e, f])
}

/// Returns the group that asks for `address` go to (RFC 4291 section 2.7.1).
pub(crate) fn solicited(address: Ipv6Addr) -> Ipv6Addr {
    let [.., d, e, f] = address.octets();
    Ipv6Addr::from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, d, e, f])
}
