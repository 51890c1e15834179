//! From a packet to its header.

use sarab_device::{Checksum, IpVersion, Packet, Segmentation};

use crate::{GSO_ECN, GSO_TCPV4, GSO_TCPV6, HEADER_BYTES, NEEDS_CSUM};

/// The place of the flags in the header of TCP, and CWR among them (RFC 3168 section 6.1).
const FLAGS_AT: usize = 13;
const CWR: u8 = 0x80;

/// Returns the header of `packet`, which is to be sent.
///
/// That a checksum was verified is not said: it is for who receives (section 5.1.6.2).
#[must_use]
pub fn encode(packet: &Packet) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    let Checksum::Partial { start, offset } = packet.checksum else { return header };
    header[0] = NEEDS_CSUM;
    header[6..8].copy_from_slice(&start.to_le_bytes());
    header[8..10].copy_from_slice(&offset.to_le_bytes());
    if let Some(Segmentation { version, header_bytes, segment_bytes }) = packet.segmentation {
        header[1] = kind(version) | ecn(&packet.frame, start);
        header[2..4].copy_from_slice(&header_bytes.to_le_bytes());
        header[4..6].copy_from_slice(&segment_bytes.to_le_bytes());
    }
    header
}

fn kind(version: IpVersion) -> u8 {
    match version {
        IpVersion::V4 => GSO_TCPV4,
        IpVersion::V6 => GSO_TCPV6,
    }
}

fn ecn(frame: &[u8], tcp_start: u16) -> u8 {
    let flags = frame.get(usize::from(tcp_start) + FLAGS_AT);
    if flags.is_some_and(|flags| flags & CWR != 0) { GSO_ECN } else { 0 }
}
