//! What a stack is started with.

use core::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use sarab_device::{Mac, Net};
use sarab_key::{Ipv4Prefix, Ipv6Prefix};

use crate::StartError;

/// The addresses and limits of a stack.
///
/// Besides these addresses every host has its loopback addresses and one IPv6 address of the link
/// alone, made of the card's (RFC 4291 section 2.5.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The IPv4 address and the length of its network.
    pub ipv4: Option<Ipv4Prefix>,
    /// Where IPv4 packets go that leave the network.
    pub ipv4_gateway: Option<Ipv4Addr>,
    /// The IPv6 address and the length of its network.
    pub ipv6: Option<Ipv6Prefix>,
    /// Where IPv6 packets go that leave the network.
    pub ipv6_gateway: Option<Ipv6Addr>,
    /// Bytes of a connection that wait to be read; at most 1 GiB.
    pub receive_buffer_bytes: usize,
    /// Bytes of a connection that wait to be acknowledged.
    pub send_buffer_bytes: usize,
    /// Connections of one port that wait to be accepted, half-open ones among them.
    pub backlog: usize,
    /// How long an attempt to connect may take.
    pub connect_timeout: Duration,
    /// How long a peer may leave bytes unacknowledged (RFC 9293 section 3.8.3, RFC 5482).
    pub user_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            ipv4: None,
            ipv4_gateway: None,
            ipv6: None,
            ipv6_gateway: None,
            receive_buffer_bytes: 64 * 1024,
            send_buffer_bytes: 64 * 1024,
            backlog: 256,
            connect_timeout: Duration::from_secs(30),
            user_timeout: Duration::from_mins(5),
        }
    }
}

impl Config {
    /// Checks that a stack can work with these on the card `net`.
    pub(crate) fn check(&self, net: &impl Net) -> Result<(), StartError> {
        let Mac([first, ..]) = net.mac();
        if first & 1 != 0 {
            return Err(StartError::NotAnAddress(net.mac()));
        }
        if net.mtu() < MTU_LEAST {
            return Err(StartError::MtuTooSmall { mtu: net.mtu() });
        }
        self.check_addresses()?;
        let is_roomy = [self.receive_buffer_bytes, self.send_buffer_bytes, self.backlog]
            .iter()
            .all(|&size| (1..=1 << 30).contains(&size));
        if is_roomy { Ok(()) } else { Err(StartError::LimitsTooSmall) }
    }

    fn check_addresses(&self) -> Result<(), StartError> {
        if let Some(prefix) = self.ipv4
            && !is_ipv4_host(prefix)
        {
            return Err(StartError::NotAHost(prefix.address().into()));
        }
        if let Some(prefix) = self.ipv6
            && !is_ipv6_host(prefix.address())
        {
            return Err(StartError::NotAHost(prefix.address().into()));
        }
        if let Some(gateway) = self.ipv4_gateway
            && !self.ipv4.is_some_and(|prefix| prefix.contains(gateway))
        {
            return Err(StartError::GatewayElsewhere(IpAddr::V4(gateway)));
        }
        if let Some(gateway) = self.ipv6_gateway
            && !gateway.is_unicast_link_local()
            && !self.ipv6.is_some_and(|prefix| prefix.contains(gateway))
        {
            return Err(StartError::GatewayElsewhere(IpAddr::V6(gateway)));
        }
        Ok(())
    }
}

/// The fewest bytes that a link carries (RFC 8200 section 5).
const MTU_LEAST: usize = 1280;

/// Tells whether one host can have the address (RFC 1122 section 3.2.1.3).
fn is_ipv4_host(prefix: Ipv4Prefix) -> bool {
    let address = prefix.address();
    let is_of_many = address.is_unspecified() || address.is_multicast() || address.is_broadcast();
    // Networks of two addresses, or one, have none to spare for the broadcast (RFC 3021).
    let is_edge = prefix.length() < 31 && address == last(prefix);
    !is_of_many && !is_edge && !address.is_loopback()
}

/// The last address of a network, which is its broadcast address (RFC 919 section 7).
pub(crate) fn last(prefix: Ipv4Prefix) -> Ipv4Addr {
    let hosts = u32::MAX.checked_shr(u32::from(prefix.length())).unwrap_or(0);
    Ipv4Addr::from_bits(prefix.network().to_bits() | hosts)
}

/// Returns the gateway that `given` means in the network of `own`.
pub(crate) fn gateway(own: Ipv4Prefix, given: Option<Ipv4Addr>) -> Option<Ipv4Addr> {
    let first = Ipv4Addr::from_bits(own.network().to_bits() | 1);
    let has_first = own.length() < 31 && first != own.address();
    match given {
        Some(given) => Some(given).filter(|given| !given.is_unspecified()),
        None => Some(first).filter(|_| has_first),
    }
}

fn is_ipv6_host(address: Ipv6Addr) -> bool {
    !address.is_unspecified() && !address.is_multicast() && !address.is_loopback()
}

#[cfg(test)]
mod tests {
    use sarab_key::Prefix;

    use super::*;

    #[test]
    fn the_gateway_is_the_first_address_unless_it_is_said() {
        let network = |address: [u8; 4], length| {
            Prefix::new(Ipv4Addr::from(address), length).expect("a length up to 32")
        };
        let first = Some(Ipv4Addr::new(10, 0, 0, 1));
        assert_eq!(gateway(network([10, 0, 0, 2], 24), None), first);
        assert_eq!(gateway(network([10, 0, 0, 1], 24), None), None);
        assert_eq!(gateway(network([10, 0, 0, 2], 31), None), None);
        assert_eq!(gateway(network([10, 0, 0, 2], 24), Some(Ipv4Addr::UNSPECIFIED)), None);
        let given = Some(Ipv4Addr::new(10, 0, 0, 254));
        assert_eq!(gateway(network([10, 0, 0, 2], 24), given), given);
    }
}
