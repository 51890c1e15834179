//! Finding the card of an IPv6 address (RFC 4861 section 7.2).

use core::net::{IpAddr, Ipv6Addr};

use sarab_device::Mac;
use smoltcp::{
    phy::ChecksumCapabilities,
    time::Instant,
    wire::{
        EthernetAddress, EthernetProtocol, Icmpv6Message, Icmpv6Packet, Icmpv6Repr, IpProtocol,
        Ipv6Packet, Ipv6Repr, NdiscNeighborFlags, NdiscRepr, RawHardwareAddress,
    },
};

use super::{Ethernet, HEADER_BYTES, neighbors::Claim, routes};

/// What every message of the protocol carries, so that none comes from beyond the link.
const HOP_LIMIT: u8 = 255;

/// All hosts on the link (RFC 4291 section 2.7.1).
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

impl Ethernet {
    /// Handles `packet` if it is about neighbors; tells whether it was.
    pub(super) fn receive_ndp(&mut self, packet: &[u8], now: Instant) -> bool {
        let Ok(packet) = Ipv6Packet::new_checked(packet) else { return false };
        if packet.next_header() != IpProtocol::Icmpv6 {
            return false;
        }
        let Ok(icmp) = Icmpv6Packet::new_checked(packet.payload()) else { return false };
        let is_ours = matches!(
            icmp.msg_type(),
            Icmpv6Message::NeighborSolicit | Icmpv6Message::NeighborAdvert
        );
        let is_valid = packet.hop_limit() == HOP_LIMIT && icmp.msg_code() == 0;
        if is_ours && is_valid {
            let (source, destination) = (packet.src_addr(), packet.dst_addr());
            let checks = ChecksumCapabilities::default();
            if let Ok(Icmpv6Repr::Ndisc(message)) =
                Icmpv6Repr::parse(&source, &destination, &icmp, &checks)
            {
                self.receive_message(source, destination, &message, now);
            }
        }
        is_ours
    }

    fn receive_message(
        &mut self,
        source: Ipv6Addr,
        destination: Ipv6Addr,
        message: &NdiscRepr<'_>,
        now: Instant,
    ) {
        match *message {
            NdiscRepr::NeighborSolicit { target_addr, lladdr } => {
                self.receive_solicit(source, target_addr, lladdr, now);
            }
            NdiscRepr::NeighborAdvert { flags, target_addr, lladdr: Some(lladdr) } => {
                let is_to_all = destination.is_multicast();
                if is_to_all && flags.contains(NdiscNeighborFlags::SOLICITED) {
                    return; // RFC 4861 section 7.1.2
                }
                let overrides = flags.contains(NdiscNeighborFlags::OVERRIDE);
                let claim = if overrides { Claim::Updates } else { Claim::Completes };
                if let Some(mac) = self.card(lladdr) {
                    self.learn(target_addr.into(), mac, claim, now);
                }
            }
            _ => {}
        }
    }

    fn receive_solicit(
        &mut self,
        source: Ipv6Addr,
        target: Ipv6Addr,
        lladdr: Option<RawHardwareAddress>,
        now: Instant,
    ) {
        if !self.routes.is_own(target.into()) || target.is_loopback() {
            return;
        }
        if source.is_unspecified() {
            // Somebody is about to take our address (RFC 4862 section 5.4.3): everybody hears.
            let flags = NdiscNeighborFlags::OVERRIDE;
            self.advertise(flags, target, ALL_NODES, routes::group(ALL_NODES));
            return;
        }
        let Some(mac) = lladdr.and_then(|lladdr| self.card(lladdr)) else { return };
        if self.routes.next(source.into()) != super::Next::Neighbor(source.into()) {
            return;
        }
        self.learn(source.into(), mac, Claim::Introduces, now);
        let flags = NdiscNeighborFlags::OVERRIDE | NdiscNeighborFlags::SOLICITED;
        self.advertise(flags, target, source, mac);
    }

    /// Asks the hosts that may have `target` whether they have it.
    pub(super) fn ask_ndp(&mut self, target: Ipv6Addr) {
        let Some(IpAddr::V6(own)) = self.routes.source(target.into()) else { return };
        let group = routes::solicited(target);
        let message =
            NdiscRepr::NeighborSolicit { target_addr: target, lladdr: Some(self.lladdr()) };
        self.send_ndp(message, own, group, routes::group(group));
    }

    fn advertise(&mut self, flags: NdiscNeighborFlags, own: Ipv6Addr, to: Ipv6Addr, mac: Mac) {
        let lladdr = Some(self.lladdr());
        let message = NdiscRepr::NeighborAdvert { flags, target_addr: own, lladdr };
        self.send_ndp(message, own, to, mac);
    }

    fn lladdr(&self) -> RawHardwareAddress {
        EthernetAddress(self.mac.0).into()
    }

    /// Returns the card of a message, if it is one card and not ours.
    fn card(&self, lladdr: RawHardwareAddress) -> Option<Mac> {
        // An option has eight bytes, two of them its head, so six is all that Ethernet can have.
        let octets: [u8; 6] = lladdr.as_bytes().get(..6)?.try_into().ok()?;
        (EthernetAddress(octets).is_unicast() && octets != self.mac.0).then_some(Mac(octets))
    }

    fn send_ndp(&mut self, message: NdiscRepr<'_>, own: Ipv6Addr, to: Ipv6Addr, mac: Mac) {
        let message = Icmpv6Repr::Ndisc(message);
        let header = Ipv6Repr {
            src_addr: own,
            dst_addr: to,
            next_header: IpProtocol::Icmpv6,
            payload_len: message.buffer_len(),
            hop_limit: HOP_LIMIT,
        };
        let mut frame = self.frame(header.buffer_len() + message.buffer_len());
        let mut packet = Ipv6Packet::new_unchecked(&mut frame[HEADER_BYTES..]);
        header.emit(&mut packet);
        let mut icmp = Icmpv6Packet::new_unchecked(packet.payload_mut());
        message.emit(&own, &to, &mut icmp, &ChecksumCapabilities::default());
        self.send(frame.into(), mac, EthernetProtocol::Ipv6);
    }
}
