//! Frames to send.

use alloc::{vec, vec::Vec};

use bytes::Bytes;
use sarab_device::{Checksum, IpVersion, Packet, Segmentation};

/// A frame of no known protocol.
pub(super) fn plain(size: usize) -> Bytes {
    let mut frame: Vec<u8> = (0..size).map(|at| at as u8).collect();
    frame[..6].copy_from_slice(&[0, 0x16, 0x3e, 0, 0, 1]);
    frame[12..14].copy_from_slice(&[0x88, 0xb5]);
    frame.into()
}

fn sum(data: &[u8]) -> u16 {
    let mut sum: u32 = data
        .chunks(2)
        .map(|it| u32::from(it[0]) << 8 | u32::from(it.get(1).copied().unwrap_or(0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

fn pseudo(addresses: &[u8], protocol: u8, size: usize) -> u16 {
    sum(&[addresses, &[0, protocol], &(size as u16).to_be_bytes()].concat())
}

fn ipv4(protocol: u8, transport: &[u8]) -> Vec<u8> {
    let mut frame = plain(14).to_vec();
    frame[12..].copy_from_slice(&[0x08, 0x00]);
    let mut head = vec![0x45, 0, 0, 0, 0, 7, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1];
    head[2..4].copy_from_slice(&(20 + transport.len() as u16).to_be_bytes());
    let checksum = !sum(&head);
    head[10..12].copy_from_slice(&checksum.to_be_bytes());
    frame.extend(head);
    frame.extend(transport);
    frame
}

fn ipv6(protocol: u8, transport: &[u8]) -> Vec<u8> {
    let mut frame = plain(14).to_vec();
    frame[12..].copy_from_slice(&[0x86, 0xdd]);
    let mut head = vec![0x60, 0, 0, 0, 0, 0, protocol, 64];
    head[4..6].copy_from_slice(&(transport.len() as u16).to_be_bytes());
    head.extend((0..32).map(|at| at * 7));
    frame.extend(head);
    frame.extend(transport);
    frame
}

fn payload(size: usize) -> impl Iterator<Item = u8> {
    (0..size).map(|at| (at / 251 + at) as u8)
}

fn udp(size: usize) -> Vec<u8> {
    let mut datagram = vec![3, 253, 3, 254, 0, 0, 0, 0];
    datagram[4..6].copy_from_slice(&(8 + size as u16).to_be_bytes());
    datagram.extend(payload(size));
    datagram
}

fn tcp(size: usize) -> Vec<u8> {
    // Sequence number 1000, FIN, PSH and ACK.
    let mut segment = vec![3, 253, 3, 254, 0, 0, 3, 0xe8, 0, 0, 0, 1, 0x50, 0x19, 1, 0];
    segment.extend([0; 4]);
    segment.extend(payload(size));
    segment
}

fn open(mut frame: Vec<u8>, start: u16, offset: u16, protocol: u8) -> Packet {
    let addresses = if start == 34 { 26..34 } else { 22..54 };
    let (at, size) = (usize::from(start + offset), frame.len() - usize::from(start));
    let pseudo = pseudo(&frame[addresses], protocol, size);
    frame[at..at + 2].copy_from_slice(&pseudo.to_be_bytes());
    let checksum = Checksum::Partial { start, offset };
    Packet { frame: frame.into(), checksum, segmentation: None }
}

pub(super) fn datagram4(size: usize) -> Packet {
    open(ipv4(17, &udp(size)), 34, 6, 17)
}

pub(super) fn datagram6(size: usize) -> Packet {
    open(ipv6(17, &udp(size)), 54, 6, 17)
}

pub(super) fn segment4(size: usize, segment_bytes: Option<u16>) -> Packet {
    let segmentation = segment_bytes.map(|segment_bytes| Segmentation {
        version: IpVersion::V4,
        header_bytes: 54,
        segment_bytes,
    });
    Packet { segmentation, ..open(ipv4(6, &tcp(size)), 34, 16, 6) }
}

pub(super) fn segment6(size: usize, segment_bytes: Option<u16>) -> Packet {
    let segmentation = segment_bytes.map(|segment_bytes| Segmentation {
        version: IpVersion::V6,
        header_bytes: 74,
        segment_bytes,
    });
    Packet { segmentation, ..open(ipv6(6, &tcp(size)), 54, 16, 6) }
}

/// What a segment says.
pub(super) struct Got {
    pub(super) sequence: u32,
    pub(super) flags: u8,
    pub(super) ident: u16,
    pub(super) payload: Vec<u8>,
}

/// Takes a finished segment apart; all its sizes and checksums must be sound.
pub(super) fn sound(frame: &[u8], version: IpVersion) -> Got {
    let (start, addresses) = match version {
        IpVersion::V4 => (34, 26..34),
        IpVersion::V6 => (54, 22..54),
    };
    let size = frame.len() - start;
    let said = match version {
        IpVersion::V4 => {
            assert_eq!(sum(&frame[14..34]), 0xffff, "the checksum of IPv4");
            usize::from(u16::from_be_bytes([frame[16], frame[17]])) - 20
        }
        IpVersion::V6 => usize::from(u16::from_be_bytes([frame[18], frame[19]])),
    };
    assert_eq!(said, size);
    let pseudo = pseudo(&frame[addresses], 6, size).to_be_bytes();
    assert_eq!(sum(&[&pseudo, &frame[start..]].concat()), 0xffff, "the checksum of TCP");
    Got {
        sequence: u32::from_be_bytes(frame[start + 4..][..4].try_into().unwrap()),
        flags: frame[start + 13],
        ident: u16::from_be_bytes([frame[18], frame[19]]),
        payload: frame[start + 20..].to_vec(),
    }
}
