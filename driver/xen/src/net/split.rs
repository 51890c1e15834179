//! Long segments of TCP, cut into such as the wire carries.

use bytes::{Bytes, BytesMut};
use sarab_device::{Checksum, IpVersion, Packet};

use super::headers::{ETHERNET_BYTES, Transport, fold, sum};

/// The least payload that a segment is cut to, below which it is nonsense: what remains of IPv4's least MTU.
const SEGMENT_BYTES_MIN: usize = 28;

const FIN: u8 = 1;
const PUSH: u8 = 8;
const CWR: u8 = 0x80;

/// Cuts a segment into such with `segment_bytes` of payload, finished with all their checksums; `None` if it is none, or
/// cut too fine.
pub(super) fn split(
    frame: &Bytes,
    segment_bytes: u16,
) -> Option<impl Iterator<Item = Bytes> + use<>> {
    let segment_bytes = usize::from(segment_bytes);
    let transport = Transport::find(frame)?;
    let header_bytes = transport.header_bytes(frame)?;
    if segment_bytes < SEGMENT_BYTES_MIN {
        return None;
    }
    let head = frame.slice(..header_bytes);
    let payload = frame.slice(header_bytes..transport.end);
    let count = payload.len().div_ceil(segment_bytes).max(1);
    Some((0..count).filter_map(move |number| {
        let start = number * segment_bytes;
        let end = (start + segment_bytes).min(payload.len());
        let place = Place { number, start, is_first: number == 0, is_last: number + 1 == count };
        segment(&head, &payload[start..end], &transport, &place)
    }))
}

/// Where a segment stands among those of its frame.
struct Place {
    number: usize,
    /// Bytes of payload before it.
    start: usize,
    is_first: bool,
    is_last: bool,
}

fn segment(head: &[u8], payload: &[u8], whole: &Transport, place: &Place) -> Option<Bytes> {
    let mut frame = BytesMut::with_capacity(head.len() + payload.len());
    frame.extend_from_slice(head);
    frame.extend_from_slice(payload);
    match whole.version {
        IpVersion::V4 => finish_ipv4(&mut frame, whole.start, place),
        IpVersion::V6 => {
            let size = u16::try_from(frame.len() - ETHERNET_BYTES - 40).ok()?;
            frame[ETHERNET_BYTES + 4..][..2].copy_from_slice(&size.to_be_bytes());
        }
    }
    let (tcp, field) = (whole.start, whole.start + whole.offset);
    let sequence = u32::from_be_bytes(*frame[tcp + 4..].first_chunk()?);
    let sequence = sequence.wrapping_add(u32::try_from(place.start).ok()?);
    frame[tcp + 4..][..4].copy_from_slice(&sequence.to_be_bytes());
    let later = if place.is_last { 0 } else { FIN | PUSH };
    let earlier = if place.is_first { 0 } else { CWR };
    frame[tcp + 13] &= !(later | earlier);
    let pseudo = Transport::find(&frame)?.pseudo;
    frame[field..][..2].copy_from_slice(&pseudo.to_be_bytes());
    let (start, offset) = (u16::try_from(tcp).ok()?, u16::try_from(whole.offset).ok()?);
    let checksum = Checksum::Partial { start, offset };
    Some(Packet { frame: frame.freeze(), checksum, segmentation: None }.into_frame())
}

/// Gives the header of IPv4 its size, its number and its checksum (RFC 791 section 3.1).
fn finish_ipv4(frame: &mut [u8], end: usize, place: &Place) {
    let size = u16::try_from(frame.len() - ETHERNET_BYTES).unwrap_or_default();
    let head = &mut frame[ETHERNET_BYTES..end];
    let number = u16::from_be_bytes([head[4], head[5]]);
    let number = number.wrapping_add(u16::try_from(place.number).unwrap_or_default());
    head[2..4].copy_from_slice(&size.to_be_bytes());
    head[4..6].copy_from_slice(&number.to_be_bytes());
    head[10..12].fill(0);
    let checksum = !fold(sum(head));
    head[10..12].copy_from_slice(&checksum.to_be_bytes());
}
