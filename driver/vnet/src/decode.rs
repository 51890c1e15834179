//! From a header and a frame to a packet.

use core::fmt;

use bytes::Bytes;
use sarab_device::{Checksum, IpVersion, Packet, Segmentation};

use crate::{DATA_VALID, GSO_ECN, GSO_NONE, GSO_TCPV4, GSO_TCPV6, HEADER_BYTES, NEEDS_CSUM};

/// The place in the header of TCP whose upper half counts its words (RFC 9293 section 3.1).
const DATA_OFFSET_AT: usize = 12;

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// It is not whole.
    Short {
        /// The bytes that there are.
        size_bytes: usize,
    },
    /// The checksum stands outside of the frame.
    Checksum {
        /// The first byte that it counts.
        start: u16,
        /// Its place from there on.
        offset: u16,
        /// Bytes of the frame.
        frame_bytes: usize,
    },
    /// The frame is to be cut in a way that nobody has agreed to.
    Kind(u8),
    /// The frame is to be cut into nothing.
    NoSegment,
    /// The frame is to be cut, but its checksum is neither open nor verified, or it has no headers
    /// of TCP.
    NoHeaders,
}

/// Takes the header off `data`, and returns the packet of the frame behind it.
pub fn split(mut data: Bytes) -> Result<Packet, HeaderError> {
    let short = HeaderError::Short { size_bytes: data.len() };
    let header = *data.first_chunk().ok_or(short)?;
    decode(header, data.split_off(HEADER_BYTES))
}

/// Returns the packet of `frame`, which `header` stood before when it was received.
///
/// Of a frame whose checksum is open the bytes of its headers are counted, since the header only
/// gives a hint of them (section 5.1.6.4.1).
pub fn decode(header: [u8; HEADER_BYTES], frame: Bytes) -> Result<Packet, HeaderError> {
    let checksum = checksum(header, frame.len())?;
    let segmentation = segmentation(header, checksum, &frame)?;
    Ok(Packet { frame, checksum, segmentation })
}

fn checksum(header: [u8; HEADER_BYTES], frame_bytes: usize) -> Result<Checksum, HeaderError> {
    let [flags, .., a, b, c, d] = header;
    if flags & NEEDS_CSUM == 0 {
        let is_verified = flags & DATA_VALID != 0;
        return Ok(if is_verified { Checksum::Verified } else { Checksum::Complete });
    }
    let (start, offset) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
    if usize::from(start) + usize::from(offset) + 2 > frame_bytes {
        return Err(HeaderError::Checksum { start, offset, frame_bytes });
    }
    Ok(Checksum::Partial { start, offset })
}

fn segmentation(
    header: [u8; HEADER_BYTES],
    checksum: Checksum,
    frame: &[u8],
) -> Result<Option<Segmentation>, HeaderError> {
    let [_, kind, hint_low, hint_high, low, high, ..] = header;
    let version = match kind & !GSO_ECN {
        GSO_NONE => return Ok(None),
        GSO_TCPV4 => IpVersion::V4,
        GSO_TCPV6 => IpVersion::V6,
        _ => return Err(HeaderError::Kind(kind)),
    };
    let segment_bytes = u16::from_le_bytes([low, high]);
    if segment_bytes == 0 {
        return Err(HeaderError::NoSegment);
    }
    let hint = u16::from_le_bytes([hint_low, hint_high]);
    let header_bytes = match checksum {
        Checksum::Partial { start, .. } => headers_of_tcp(frame, start),
        Checksum::Verified => Some(hint),
        Checksum::Complete => None,
    };
    let is_in_frame = |&size: &u16| usize::from(size) <= frame.len();
    let header_bytes = header_bytes.filter(is_in_frame).ok_or(HeaderError::NoHeaders)?;
    Ok(Some(Segmentation { version, header_bytes, segment_bytes }))
}

/// Returns the bytes of the headers of `frame`, of which the last is that of TCP, from `start` on.
fn headers_of_tcp(frame: &[u8], start: u16) -> Option<u16> {
    let words = frame.get(usize::from(start) + DATA_OFFSET_AT)? >> 4;
    start.checked_add(u16::from(words) * 4)
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { size_bytes } => {
                write!(f, "{size_bytes} bytes in place of a header of {HEADER_BYTES}")
            }
            Self::Checksum { start, offset, frame_bytes } => write!(
                f,
                "a checksum {offset} bytes from byte {start} on, in a frame of {frame_bytes}"
            ),
            Self::Kind(kind) => write!(f, "a frame that is to be cut in the unknown way {kind}"),
            Self::NoSegment => f.write_str("a frame that is to be cut into segments of 0 bytes"),
            Self::NoHeaders => f.write_str("a frame that is to be cut, but is no segment of TCP"),
        }
    }
}

impl core::error::Error for HeaderError {}
