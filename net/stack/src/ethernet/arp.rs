//! Finding the card of an IPv4 address (RFC 826).

use core::net::{IpAddr, Ipv4Addr};

use sarab_device::Mac;
use smoltcp::{
    time::Instant,
    wire::{ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetProtocol},
};

use super::{Ethernet, neighbors::Claim};

impl Ethernet {
    /// Answers a request for an own address, and learns from what others say of theirs.
    pub(super) fn receive_arp(&mut self, payload: &[u8], now: Instant) {
        let Ok(packet) = ArpPacket::new_checked(payload) else { return };
        let Ok(ArpRepr::EthernetIpv4 {
            operation,
            source_hardware_addr,
            source_protocol_addr: sender,
            target_protocol_addr: target,
            ..
        }) = ArpRepr::parse(&packet)
        else {
            return;
        };
        let mac = Mac(source_hardware_addr.0);
        if !source_hardware_addr.is_unicast() || mac == self.mac {
            return;
        }
        let is_for_us = self.routes.is_own(target.into()) && !target.is_loopback();
        if self.is_neighbor(sender) {
            // RFC 826, "Packet Reception": known senders are updated, new ones only if they ask us.
            let claim = if is_for_us { Claim::Introduces } else { Claim::Updates };
            self.learn(sender.into(), mac, claim, now);
        }
        if is_for_us && operation == ArpOperation::Request {
            self.send_arp(ArpOperation::Reply, target, mac, sender);
        }
    }

    /// Asks all hosts on the link who has `target`.
    pub(super) fn ask_arp(&mut self, target: Ipv4Addr) {
        if let Some(IpAddr::V4(own)) = self.routes.source(target.into()) {
            self.send_arp(ArpOperation::Request, own, Mac::BROADCAST, target);
        }
    }

    /// Tells whether a host on the link can have the address, other than this one.
    fn is_neighbor(&self, address: Ipv4Addr) -> bool {
        self.routes.next(address.into()) == super::Next::Neighbor(address.into())
    }

    fn send_arp(&mut self, operation: ArpOperation, own: Ipv4Addr, to: Mac, target: Ipv4Addr) {
        // The request leaves the address it asks for open (RFC 826, "Packet Generation").
        let asked = if to == Mac::BROADCAST { Mac([0; 6]) } else { to };
        let message = ArpRepr::EthernetIpv4 {
            operation,
            source_hardware_addr: EthernetAddress(self.mac.0),
            source_protocol_addr: own,
            target_hardware_addr: EthernetAddress(asked.0),
            target_protocol_addr: target,
        };
        let mut frame = self.frame(message.buffer_len());
        message.emit(&mut ArpPacket::new_unchecked(&mut frame[super::HEADER_BYTES..]));
        self.send(frame.into(), to, EthernetProtocol::Arp);
    }
}
