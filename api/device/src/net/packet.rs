//! Frames that are not finished yet, and what is left to do.

use bytes::{Bytes, BytesMut};

/// A frame, and what its sender left to the card (virtio 1.2 section 5.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    /// The frame, as [`Net`](crate::Net) says.
    pub frame: Bytes,
    /// What is known of the checksum of TCP or UDP in it.
    pub checksum: Checksum,
    /// How it is to be cut, or was put together; then the checksum is open or verified.
    pub segmentation: Option<Segmentation>,
}

/// What is known of a packet's checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// It stands in the frame, and nobody has looked at it.
    Complete,
    /// It is open. Its field holds the sum over the pseudo-header (RFC 9293 section 3.1, RFC 768),
    /// not complemented; what belongs there is the complement of the sum from `start` to the end
    /// of the frame. Of a packet that was received, nothing was damaged.
    Partial {
        /// The first byte of the frame that counts.
        start: u16,
        /// The place of the field, in bytes from `start` on.
        offset: u16,
    },
    /// The card has looked at it, and vouches for it. Whoever sends has no use for this.
    Verified,
}

/// How a frame is cut into segments of TCP.
///
/// Each begins with the headers of the frame, with lengths, sequence number and checksums of its
/// own; FIN and PSH are left to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segmentation {
    /// What the segments travel in.
    pub version: IpVersion,
    /// Bytes before the payload: Ethernet, IP and TCP.
    pub header_bytes: u16,
    /// Bytes of the payload that each segment carries, but for the last, which may have fewer; not
    /// 0.
    pub segment_bytes: u16,
}

/// A version of the Internet Protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpVersion {
    /// RFC 791.
    V4,
    /// RFC 8200.
    V6,
}

impl Packet {
    /// Fills in the checksum, if it is open, and returns the frame. It is not cut.
    ///
    /// A checksum whose place is not in the frame is left alone.
    #[must_use]
    pub fn into_frame(self) -> Bytes {
        let Checksum::Partial { start, offset } = self.checksum else { return self.frame };
        let (start, offset) = (usize::from(start), usize::from(offset));
        let Some(field) = self.frame.get(start..).and_then(|it| it.get(offset..)) else {
            return self.frame;
        };
        if field.len() < 2 {
            return self.frame;
        }
        let sum = checksum(&self.frame[start..]);
        let mut frame = self.frame.try_into_mut().unwrap_or_else(|it| BytesMut::from(&it[..]));
        frame[start + offset..][..2].copy_from_slice(&sum);
        frame.freeze()
    }
}

impl From<Bytes> for Packet {
    fn from(frame: Bytes) -> Self {
        Self { frame, checksum: Checksum::Complete, segmentation: None }
    }
}

/// Returns the checksum of `data` (RFC 1071), as it stands in a packet.
pub(crate) fn checksum(data: &[u8]) -> [u8; 2] {
    let (words, rest) = data.as_chunks::<2>();
    let last = rest.first().map(|&byte| u64::from(byte) << 8);
    let words = words.iter().map(|&word| u64::from(u16::from_be_bytes(word)));
    let mut sum = words.chain(last).sum::<u64>();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    match !u16::try_from(sum).unwrap_or_default() {
        // The other zero, since UDP means by this one that there is none (RFC 768).
        0 => [0xff; 2],
        sum => sum.to_be_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(frame: &[u8], start: u16, offset: u16) -> Packet {
        let checksum = Checksum::Partial { start, offset };
        Packet { frame: Bytes::copy_from_slice(frame), checksum, segmentation: None }
    }

    #[test]
    fn an_open_checksum_is_filled_in_where_it_belongs() {
        let frame = [9, 9, 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7, 0, 0, 1];
        let filled = open(&frame, 2, 8).into_frame();
        // RFC 1071 section 3 has the sum ddf2 for these eight bytes; one more counts as 0100.
        assert_eq!(filled[..10], frame[..10]);
        assert_eq!(filled[10..], [0x21, 0x0d, 1]);
    }

    #[test]
    fn a_sum_of_nothing_is_not_the_zero_that_means_none() {
        assert_eq!(open(&[0xff, 0xff, 0, 0], 0, 2).into_frame()[2..], [0xff, 0xff]);
    }

    #[test]
    fn a_place_outside_of_the_frame_changes_nothing() {
        let frame = [1, 2, 3, 4];
        for (start, offset) in [(0, 3), (2, 1), (4, 0), (5, 0), (0, 65535), (65535, 65535)] {
            assert_eq!(open(&frame, start, offset).into_frame()[..], frame);
        }
    }
}
