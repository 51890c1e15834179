//! Whose packet it is: the ports of TCP and UDP, found without the socket.

use alloc::collections::VecDeque;
use core::net::{IpAddr, SocketAddr};

use smoltcp::wire::{
    IpProtocol, Ipv4Packet, Ipv6ExtHeader, Ipv6Packet, TcpOption, TcpPacket, UdpPacket,
};

/// A packet, so far as one must know it to find its socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packet {
    /// A segment of TCP, or a fragment of one.
    Tcp(Segment),
    /// A datagram of UDP to this port, or a fragment of one.
    Udp(u16),
    /// Something else, or nothing whole.
    Other,
}

/// The head of a TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Where it comes from.
    pub(crate) source: SocketAddr,
    /// Where it goes to.
    pub(crate) target: SocketAddr,
    /// Whether it asks for a new connection: SYN without ACK or RST.
    pub(crate) opens: bool,
    /// The sequence number of its first byte.
    pub(crate) start: u32,
    /// The sequence number after its last byte, SYN and FIN counted (RFC 9293 section 3.4).
    pub(crate) end: u32,
    /// The most bytes that its sender takes at once, if it has a SYN.
    pub(crate) mss: Option<u16>,
}

/// What a host takes at once that does not say (RFC 9293 section 3.7.1), and the least that anybody
/// is believed to take.
const MSS_DEFAULT: u16 = 536;
const MSS_LEAST: u16 = 48;

/// Which packets are on their way in fragments, and whose they are.
///
/// Only the first fragment names the ports, and the packet is complete with any of them.
#[derive(Default)]
pub(crate) struct Fragments(VecDeque<(Fragmented, Packet)>);

/// What the fragments of a packet have in common (RFC 791 section 3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
struct Fragmented {
    source: IpAddr,
    destination: IpAddr,
    protocol: IpProtocol,
    ident: u16,
}

/// Packets on their way at most; twice what can be reassembled at once.
const FRAGMENTED_MOST: usize = 16;

impl Packet {
    /// Finds out whose packet it is.
    pub(crate) fn parse(packet: &[u8], fragments: &mut Fragments) -> Self {
        match packet.first().map(|first| first >> 4) {
            Some(4) => Self::parse_ipv4(packet, fragments),
            Some(6) => Self::parse_ipv6(packet).unwrap_or(Self::Other),
            _ => Self::Other,
        }
    }

    fn parse_ipv4(packet: &[u8], fragments: &mut Fragments) -> Self {
        let Ok(view) = Ipv4Packet::new_checked(packet) else { return Self::Other };
        let (source, destination) = (view.src_addr().into(), view.dst_addr().into());
        if !view.more_frags() && view.frag_offset() == 0 {
            return Self::parse_payload(view.next_header(), source, destination, view.payload());
        }
        let (protocol, ident) = (view.next_header(), view.ident());
        let fragmented = Fragmented { source, destination, protocol, ident };
        if view.frag_offset() > 0 {
            return fragments.find(fragmented);
        }
        let packet = Self::parse_beginning(protocol, source, destination, view.payload());
        fragments.add(fragmented, packet);
        packet
    }

    fn parse_ipv6(packet: &[u8]) -> Option<Self> {
        let view = Ipv6Packet::new_checked(packet).ok()?;
        let (mut protocol, mut payload) = (view.next_header(), view.payload());
        if protocol == IpProtocol::HopByHop {
            let options = Ipv6ExtHeader::new_checked(payload).ok()?;
            protocol = options.next_header();
            // RFC 8200 section 4.3: units of eight bytes, the first not counted.
            payload = payload.get(usize::from(options.header_len()) * 8 + 8..)?;
        }
        let (source, destination) = (view.src_addr().into(), view.dst_addr().into());
        Some(Self::parse_payload(protocol, source, destination, payload))
    }

    /// Reads the head of a payload whose end is in other packets.
    fn parse_beginning(
        protocol: IpProtocol,
        source: IpAddr,
        destination: IpAddr,
        payload: &[u8],
    ) -> Self {
        match (protocol, payload) {
            (IpProtocol::Udp, &[_, _, high, low, ..]) => Self::Udp(u16::from_be_bytes([high, low])),
            (IpProtocol::Tcp, _) => Self::parse_payload(protocol, source, destination, payload),
            _ => Self::Other,
        }
    }

    fn parse_payload(
        protocol: IpProtocol,
        source: IpAddr,
        destination: IpAddr,
        payload: &[u8],
    ) -> Self {
        match protocol {
            IpProtocol::Tcp => TcpPacket::new_checked(payload)
                .map_or(Self::Other, |view| Self::Tcp(Segment::new(source, destination, &view))),
            IpProtocol::Udp => UdpPacket::new_checked(payload)
                .map_or(Self::Other, |view| Self::Udp(view.dst_port())),
            _ => Self::Other,
        }
    }
}

/// Tells whether `packet` is a part of one (RFC 791 section 3.1). Of IPv6 no parts are taken.
pub(crate) fn is_fragment(packet: &[u8]) -> bool {
    match packet {
        [first, _, _, _, _, _, high, low, ..] if first >> 4 == 4 => high & 0x3f != 0 || *low != 0,
        _ => false,
    }
}

impl Segment {
    /// Reads the head of the segment that `packet` carries whole.
    pub(crate) fn parse(packet: &[u8]) -> Option<Self> {
        match Packet::parse(packet, &mut Fragments::default()) {
            Packet::Tcp(segment) => Some(segment),
            Packet::Udp(_) | Packet::Other => None,
        }
    }

    fn new(source: IpAddr, destination: IpAddr, view: &TcpPacket<&[u8]>) -> Self {
        let start = view.seq_number().0.cast_unsigned();
        let length = u32::try_from(view.segment_len()).unwrap_or(0);
        Self {
            source: SocketAddr::new(source, view.src_port()),
            target: SocketAddr::new(destination, view.dst_port()),
            opens: view.syn() && !view.ack() && !view.rst(),
            start,
            end: start.wrapping_add(length),
            mss: view.syn().then(|| mss(view.options())),
        }
    }
}

/// Returns the maximum segment size among the options of a SYN, as smoltcp understands it.
fn mss(mut options: &[u8]) -> u16 {
    let mut mss = MSS_DEFAULT;
    while let Ok((rest, option)) = TcpOption::parse(options) {
        match option {
            TcpOption::EndOfList => break,
            TcpOption::MaxSegmentSize(size @ 1..) => mss = size.max(MSS_LEAST),
            _ => {}
        }
        options = rest;
    }
    mss
}

impl Fragments {
    fn find(&self, fragmented: Fragmented) -> Packet {
        let found = self.0.iter().find(|(known, _)| *known == fragmented);
        found.map_or(Packet::Other, |&(_, packet)| packet)
    }

    fn add(&mut self, fragmented: Fragmented, packet: Packet) {
        self.0.retain(|(known, _)| *known != fragmented);
        if self.0.len() == FRAGMENTED_MOST {
            self.0.pop_front();
        }
        self.0.push_back((fragmented, packet));
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn a_segment_size_is_read_among_other_options() {
        assert_eq!(mss(&[]), 536);
        assert_eq!(mss(&[2, 4, 5, 0xb4]), 1460);
        assert_eq!(mss(&[1, 1, 4, 2, 2, 4, 5, 0xb4, 3, 3, 7, 0]), 1460);
        assert_eq!(mss(&[0, 2, 4, 5, 0xb4]), 536);
    }

    #[test]
    fn no_segment_size_is_nothing_and_none_is_next_to_nothing() {
        assert_eq!(mss(&[2, 4, 0, 0]), 536);
        assert_eq!(mss(&[2, 4, 0, 1]), 48);
        assert_eq!(mss(&[2, 4, 0xff, 0xff]), u16::MAX);
    }

    #[test]
    fn hostile_options_end_the_search() {
        for kind in 0..=u8::MAX {
            for size in 0..=u8::MAX {
                for count in 0..12 {
                    let options: Vec<u8> = [kind, size].into_iter().cycle().take(count).collect();
                    assert!(mss(&options) >= 48);
                }
            }
        }
    }
}
