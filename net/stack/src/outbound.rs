//! Frames that are made here, and what of them is left to the card.

use core::net::IpAddr;

use bytes::BytesMut;
use sarab_device::{Checksum, IpVersion, Packet, Segmentation};
use smoltcp::wire::{IpAddress, IpProtocol, TcpPacket, checksum};

use crate::{ethernet::HEADER_BYTES, packet::Segment};

/// The place of the checksum in the header of TCP (RFC 9293 section 3.1).
const CHECKSUM_AT: u16 = 16;

/// A frame, and what of it is left to the card.
pub(crate) struct Outbound {
    pub(crate) frame: BytesMut,
    checksum: Checksum,
    segmentation: Option<Segmentation>,
}

impl Outbound {
    /// Leaves the checksum of the `segment` that `frame` carries to the card, and if it is longer
    /// than fits into a packet of `mtu` or than the `mss` of the peer, the cutting.
    pub(crate) fn unfinished(
        mut frame: BytesMut,
        segment: Segment,
        mtu: usize,
        mss: Option<u16>,
    ) -> Self {
        // smoltcp puts no options between the two headers.
        let (version, ip_bytes) = match segment.source.ip() {
            IpAddr::V4(_) => (IpVersion::V4, 20),
            IpAddr::V6(_) => (IpVersion::V6, 40),
        };
        let start = HEADER_BYTES + ip_bytes;
        let tcp_bytes = open(&mut frame[start..], segment);
        let header_bytes = start + tcp_bytes;
        let room = (mtu - ip_bytes).min(usize::from(mss.unwrap_or(u16::MAX)) + 20);
        // Options take from what both ends can bear (RFC 6691 section 2).
        let segment_bytes = room.saturating_sub(tcp_bytes).max(1);
        let is_long = mss.is_some() && frame.len() - header_bytes > segment_bytes;
        let segmentation = is_long.then(|| Segmentation {
            version,
            header_bytes: place(header_bytes),
            segment_bytes: place(segment_bytes),
        });
        let checksum = Checksum::Partial { start: place(start), offset: CHECKSUM_AT };
        Self { frame, checksum, segmentation }
    }

    pub(crate) fn into_packet(self) -> Packet {
        let Self { frame, checksum, segmentation } = self;
        Packet { frame: frame.freeze(), checksum, segmentation }
    }
}

/// A frame of which nothing is left.
impl From<BytesMut> for Outbound {
    fn from(frame: BytesMut) -> Self {
        Self { frame, checksum: Checksum::Complete, segmentation: None }
    }
}

/// Puts the sum over the pseudo-header where the checksum belongs; returns the bytes of the header.
fn open(tcp: &mut [u8], segment: Segment) -> usize {
    let (source, target) = (segment.source.ip(), segment.target.ip());
    let size = u32::try_from(tcp.len()).unwrap_or(u32::MAX);
    let sum = checksum::pseudo_header(
        &IpAddress::from(source),
        &IpAddress::from(target),
        IpProtocol::Tcp,
        size,
    );
    let mut view = TcpPacket::new_unchecked(tcp);
    view.set_checksum(sum);
    usize::from(view.header_len())
}

/// Returns a place or a size in a packet, which has no more bytes than that.
fn place(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}
