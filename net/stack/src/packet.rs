//! Whose packet it is: the ports of TCP and UDP, found without the socket.

use alloc::collections::VecDeque;
use core::net::{IpAddr, SocketAddr};

use smoltcp::wire::{IpProtocol, Ipv4Packet, Ipv6ExtHeader, Ipv6Packet, TcpPacket, UdpPacket};

/// A packet, so far as one must know it to find its socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packet {
    /// A segment of TCP.
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
}

/// Which fragmented datagrams are on their way, and to which UDP port.
///
/// Only the first fragment names the port, and the datagram is complete with any of them.
#[derive(Default)]
pub(crate) struct Fragments(VecDeque<(Datagram, u16)>);

/// What the fragments of a datagram have in common (RFC 791 section 3.2).
#[derive(Clone, Copy, PartialEq, Eq)]
struct Datagram {
    source: IpAddr,
    destination: IpAddr,
    ident: u16,
}

/// Datagrams on their way at most; twice what can be reassembled at once.
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
        let datagram = Datagram { source, destination, ident: view.ident() };
        if view.next_header() != IpProtocol::Udp {
            return Self::Other;
        }
        if view.frag_offset() > 0 {
            return fragments.port(datagram).map_or(Self::Other, Self::Udp);
        }
        let Some(&[high, low]) = view.payload().get(2..4) else { return Self::Other };
        let port = u16::from_be_bytes([high, low]);
        fragments.add(datagram, port);
        Self::Udp(port)
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
        }
    }
}

impl Fragments {
    fn port(&self, datagram: Datagram) -> Option<u16> {
        self.0.iter().find(|(known, _)| *known == datagram).map(|&(_, port)| port)
    }

    fn add(&mut self, datagram: Datagram, port: u16) {
        self.0.retain(|(known, _)| *known != datagram);
        if self.0.len() == FRAGMENTED_MOST {
            self.0.pop_front();
        }
        self.0.push_back((datagram, port));
    }
}
