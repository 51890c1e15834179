//! The link: frames in and out, and which of its hosts has which address.
//!
//! ```text
//! byte  0          6          12        14
//!       +----------+----------+---------+------------------------+
//!       | to (6)   | from (6) | type(2) | packet                 |    IEEE 802.3-2022 section 3.1.1
//!       +----------+----------+---------+------------------------+
//! ```

mod arp;
mod frames;
mod ndp;
mod neighbors;
mod outgoing;
pub(crate) mod routes;

use alloc::collections::VecDeque;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytes::{Bytes, BytesMut};
use sarab_device::{Mac, Offloads};
use smoltcp::{
    time::Instant,
    wire::{EthernetAddress, EthernetFrame, EthernetProtocol},
};

use self::{
    frames::{Frames, LONG_SLAB_BYTES, SLAB_BYTES},
    neighbors::{Claim, Neighbors},
    outgoing::Outgoing,
    routes::{Next, Routes},
};
use crate::outbound::Outbound;

/// Bytes before the packet of a frame.
pub(crate) const HEADER_BYTES: usize = 14;

/// The link as one host sees it.
pub(crate) struct Ethernet {
    mac: Mac,
    frames: Frames,
    neighbors: Neighbors,
    /// The addresses of the host.
    pub(crate) routes: Routes,
    /// Frames for the card.
    pub(crate) outgoing: Outgoing,
    /// Packets of the host to itself, first to last.
    pub(crate) looped: VecDeque<Bytes>,
}

impl Ethernet {
    pub(crate) fn new(mac: Mac, offloads: Offloads, routes: Routes) -> Self {
        let is_long = offloads.frame_bytes_max > 0;
        Self {
            mac,
            frames: Frames::new(if is_long { LONG_SLAB_BYTES } else { SLAB_BYTES }),
            neighbors: Neighbors::default(),
            routes,
            outgoing: Outgoing::default(),
            looped: VecDeque::new(),
        }
    }

    /// Takes a frame from the card; returns the packet in it that is for the layers above.
    pub(crate) fn receive(&mut self, frame: &Bytes, now: Instant) -> Option<Bytes> {
        let view = EthernetFrame::new_checked(&frame[..]).ok()?;
        let to = view.dst_addr();
        if to != EthernetAddress(self.mac.0) && to.is_unicast() {
            return None;
        }
        let packet = frame.slice(HEADER_BYTES..);
        match view.ethertype() {
            EthernetProtocol::Arp => {
                self.receive_arp(&packet, now);
                None
            }
            EthernetProtocol::Ipv4 => self.is_plausible(&packet).then_some(packet),
            EthernetProtocol::Ipv6 => {
                let is_above = self.is_plausible(&packet) && !self.receive_ndp(&packet, now);
                is_above.then_some(packet)
            }
            EthernetProtocol::Unknown(_) => None,
        }
    }

    /// Tells whether a packet can have come over the link: not one of ours, nor of a loopback
    /// (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3).
    fn is_plausible(&self, packet: &[u8]) -> bool {
        let Some((source, destination)) = ends(packet) else { return false };
        !self.routes.is_own(source) && !source.is_loopback() && !destination.is_loopback()
    }

    /// Returns memory for a frame whose packet has `size` bytes.
    pub(crate) fn frame(&mut self, size: usize) -> BytesMut {
        self.frames.take(HEADER_BYTES + size)
    }

    /// Sends the packet that stands in the frame behind the room for its header.
    pub(crate) fn route(&mut self, outbound: Outbound, now: Instant) {
        let Some((_, destination)) = ends(&outbound.frame[HEADER_BYTES..]) else { return };
        let protocol = match destination {
            IpAddr::V4(_) => EthernetProtocol::Ipv4,
            IpAddr::V6(_) => EthernetProtocol::Ipv6,
        };
        match self.routes.next(destination) {
            Next::Own => {
                self.looped.push_back(outbound.frame.freeze().slice(HEADER_BYTES..));
            }
            Next::Group(mac) => self.send(outbound, mac, protocol),
            Next::Neighbor(neighbor) => match self.neighbors.find(neighbor) {
                Some(mac) => self.send(outbound, mac, protocol),
                None => {
                    if self.neighbors.hold(neighbor, outbound, now) {
                        self.ask(neighbor);
                    }
                }
            },
            Next::Nowhere => {}
        }
    }

    /// Asks the neighbors again that have not answered.
    pub(crate) fn expire(&mut self, now: Instant) {
        while let Some(neighbor) = self.neighbors.take_due(now) {
            self.ask(neighbor);
        }
    }

    /// Returns when [`Ethernet::expire`] is worth calling next.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.neighbors.deadline()
    }

    fn ask(&mut self, neighbor: IpAddr) {
        match neighbor {
            IpAddr::V4(neighbor) => self.ask_arp(neighbor),
            IpAddr::V6(neighbor) => self.ask_ndp(neighbor),
        }
    }

    fn learn(&mut self, neighbor: IpAddr, mac: Mac, claim: Claim, now: Instant) {
        let protocol = match neighbor {
            IpAddr::V4(_) => EthernetProtocol::Ipv4,
            IpAddr::V6(_) => EthernetProtocol::Ipv6,
        };
        for outbound in self.neighbors.learn(neighbor, mac, claim, now) {
            self.send(outbound, mac, protocol);
        }
    }

    /// Writes the header of the frame and hands it to the card.
    fn send(&mut self, mut outbound: Outbound, to: Mac, protocol: EthernetProtocol) {
        let mut header = EthernetFrame::new_unchecked(&mut outbound.frame[..]);
        header.set_dst_addr(EthernetAddress(to.0));
        header.set_src_addr(EthernetAddress(self.mac.0));
        header.set_ethertype(protocol);
        self.outgoing.push(outbound.into_packet());
    }
}

/// Returns where a packet comes from and goes to (RFC 791 section 3.1, RFC 8200 section 3).
fn ends(packet: &[u8]) -> Option<(IpAddr, IpAddr)> {
    match packet.first()? >> 4 {
        4 => {
            let source: [u8; 4] = packet.get(12..16)?.try_into().ok()?;
            let destination: [u8; 4] = packet.get(16..20)?.try_into().ok()?;
            Some((Ipv4Addr::from(source).into(), Ipv4Addr::from(destination).into()))
        }
        6 => {
            let source: [u8; 16] = packet.get(8..24)?.try_into().ok()?;
            let destination: [u8; 16] = packet.get(24..40)?.try_into().ok()?;
            Some((Ipv6Addr::from(source).into(), Ipv6Addr::from(destination).into()))
        }
        _ => None,
    }
}
