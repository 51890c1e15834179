//! Headers there and back, and headers that nobody should write.

extern crate std;

use std::vec::Vec;

use bytes::Bytes;
use proptest::prelude::*;
use sarab_device::{Checksum, IpVersion, Packet, Segmentation};

use crate::{HEADER_BYTES, HeaderError, decode, encode, split};

/// A segment of 4000 bytes of payload over IPv4, whose header of TCP begins at byte 34.
fn segment(checksum: Checksum) -> Packet {
    let mut frame = std::vec![0; 54 + 4000];
    frame[34 + 12] = 5 << 4;
    let version = IpVersion::V4;
    let segmentation = Some(Segmentation { version, header_bytes: 54, segment_bytes: 1460 });
    Packet { frame: frame.into(), checksum, segmentation }
}

const OPEN: Checksum = Checksum::Partial { start: 34, offset: 16 };

#[test]
fn a_segment_to_be_cut_has_the_header_of_the_table() {
    let header = encode(&segment(OPEN));
    assert_eq!(header, [1, 1, 54, 0, 0xb4, 0x05, 34, 0, 16, 0]);
    let six = Some(Segmentation { version: IpVersion::V6, header_bytes: 74, segment_bytes: 1440 });
    let packet =
        Packet { segmentation: six, ..segment(Checksum::Partial { start: 54, offset: 16 }) };
    assert_eq!(encode(&packet), [1, 4, 74, 0, 0xa0, 0x05, 54, 0, 16, 0]);
}

#[test]
fn cwr_is_said_to_belong_to_the_first_segment_alone() {
    let mut packet = segment(OPEN);
    let mut frame = packet.frame.to_vec();
    frame[34 + 13] = 0x80;
    packet.frame = frame.into();
    assert_eq!(encode(&packet)[1], 0x81);
    assert_eq!(decode(encode(&packet), packet.frame.clone()), Ok(packet));
}

#[test]
fn a_packet_comes_back_from_its_header() {
    let plain = Packet::from(Bytes::from_static(&[7; 60]));
    let open = Packet { checksum: OPEN, ..plain.clone() };
    for packet in [plain, open, segment(OPEN)] {
        let data = [&encode(&packet)[..], &packet.frame].concat();
        assert_eq!(split(data.into()), Ok(packet));
    }
}

#[test]
fn a_sender_does_not_vouch() {
    let packet = Packet { checksum: Checksum::Verified, ..Bytes::from_static(&[7; 60]).into() };
    assert_eq!(encode(&packet), [0; HEADER_BYTES]);
}

#[test]
fn a_receiver_hears_of_a_checksum_that_was_verified() {
    let header = [2, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let packet = decode(header, Bytes::from_static(&[7; 60])).expect("a sound header");
    assert_eq!((packet.checksum, packet.segmentation), (Checksum::Verified, None));
}

#[test]
fn the_headers_of_a_segment_are_counted_whatever_is_said_of_them() {
    let packet = segment(OPEN);
    let mut header = encode(&packet);
    header[2..4].copy_from_slice(&[0xff, 0xff]);
    assert_eq!(decode(header, packet.frame.clone()), Ok(packet));
}

#[test]
fn what_cannot_be_is_an_error() {
    let frame = segment(OPEN).frame;
    let decoded = |change: fn(&mut [u8; HEADER_BYTES])| {
        let mut header = encode(&segment(OPEN));
        change(&mut header);
        decode(header, frame.clone()).map(|_| ())
    };
    assert_eq!(decoded(|_| ()), Ok(()));
    assert_eq!(decoded(|it| it[1] = 3), Err(HeaderError::Kind(3)));
    assert_eq!(decoded(|it| it[1] = 5), Err(HeaderError::Kind(5)));
    assert_eq!(decoded(|it| it[4..6].fill(0)), Err(HeaderError::NoSegment));
    assert_eq!(decoded(|it| it[0] = 0), Err(HeaderError::NoHeaders));
    let outside = HeaderError::Checksum { start: 34, offset: 4019, frame_bytes: 4054 };
    assert_eq!(decoded(|it| it[8..].copy_from_slice(&4019_u16.to_le_bytes())), Err(outside));
    let short = HeaderError::Short { size_bytes: 9 };
    assert_eq!(split(Bytes::from_static(&[0; 9])), Err(short));
}

#[test]
fn no_short_frame_makes_a_header_panic() {
    for size in 0..64 {
        for at in 0..HEADER_BYTES {
            for value in [0, 1, 4, 0x7f, 0xff] {
                let mut header = [1, 1, 54, 0, 1, 0, 34, 0, 16, 0];
                header[at] = value;
                let _ = decode(header, std::vec![0xff; size].into());
            }
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_received_is_a_packet_that_fits_its_frame_or_an_error(data: Vec<u8>) {
        let size = data.len();
        if let Ok(packet) = split(data.into()) {
            prop_assert_eq!(packet.frame.len() + HEADER_BYTES, size);
            if let Checksum::Partial { start, offset } = packet.checksum {
                prop_assert!(usize::from(start) + usize::from(offset) + 2 <= packet.frame.len());
            }
            if let Some(Segmentation { header_bytes, segment_bytes, .. }) = packet.segmentation {
                prop_assert!(usize::from(header_bytes) <= packet.frame.len() && segment_bytes > 0);
            }
            let _ = encode(&packet);
            let _ = packet.into_frame();
        }
    }
}
