//! Where the headers of a frame are, which Xen's rings do not say.

use sarab_device::IpVersion;

/// Bytes of a header of Ethernet.
pub(crate) const ETHERNET_BYTES: usize = 14;
const TYPE_AT: usize = 12;

const TCP: u8 = 6;
const UDP: u8 = 17;
/// Headers of IPv6 that stand before others (RFC 8200 section 4.1).
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const DESTINATION: u8 = 60;
/// The most of them that are passed.
const HEADERS_MOST: usize = 8;

/// The header of TCP or UDP in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transport {
    pub(crate) version: IpVersion,
    pub(crate) is_tcp: bool,
    /// Its first byte.
    pub(crate) start: usize,
    /// Its checksum, from there on.
    pub(crate) offset: usize,
    /// The first byte behind the packet.
    pub(crate) end: usize,
    /// The sum over the pseudo-header.
    pub(crate) pseudo: u16,
}

impl Transport {
    /// Finds it; not in fragments, or where the frame is not whole.
    pub(crate) fn find(frame: &[u8]) -> Option<Self> {
        match u16_at(frame, TYPE_AT)? {
            0x0800 => Self::in_ipv4(frame),
            0x86dd => Self::in_ipv6(frame),
            _ => None,
        }
    }

    /// RFC 791 section 3.1.
    fn in_ipv4(frame: &[u8]) -> Option<Self> {
        const FRAGMENT: u16 = 0x3fff;
        let head = frame.get(ETHERNET_BYTES..)?;
        let head_bytes = usize::from(*head.first()? & 15) * 4;
        let size = usize::from(u16_at(head, 2)?);
        if head_bytes < 20 || u16_at(head, 6)? & FRAGMENT != 0 {
            return None;
        }
        let addresses = head.get(12..20)?;
        let protocol = *head.get(9)?;
        let start = ETHERNET_BYTES + head_bytes;
        Self::at(frame, IpVersion::V4, protocol, (start, ETHERNET_BYTES + size), addresses)
    }

    /// RFC 8200 sections 3 and 4.
    fn in_ipv6(frame: &[u8]) -> Option<Self> {
        let head = frame.get(ETHERNET_BYTES..)?;
        let end = ETHERNET_BYTES + 40 + usize::from(u16_at(head, 4)?);
        let addresses = head.get(8..40)?;
        let (mut next, mut start) = (*head.get(6)?, ETHERNET_BYTES + 40);
        for _ in 0..HEADERS_MOST {
            if !matches!(next, HOP_BY_HOP | ROUTING | DESTINATION) {
                break;
            }
            next = *frame.get(start)?;
            start += 8 * (usize::from(*frame.get(start + 1)?) + 1);
        }
        Self::at(frame, IpVersion::V6, next, (start, end), addresses)
    }

    fn at(
        frame: &[u8],
        version: IpVersion,
        protocol: u8,
        (start, end): (usize, usize),
        addresses: &[u8],
    ) -> Option<Self> {
        let offset = match protocol {
            TCP => 16,
            UDP => 6,
            _ => return None,
        };
        if end > frame.len() || start + offset + 2 > end {
            return None;
        }
        let size = u32::try_from(end - start).ok()?;
        let pseudo = fold(sum(addresses) + u32::from(protocol) + size);
        Some(Self { version, is_tcp: protocol == TCP, start, offset, end, pseudo })
    }

    /// Returns the bytes of the headers of a segment of TCP, if this is one that is whole (RFC 9293 section 3.1).
    pub(crate) fn header_bytes(&self, frame: &[u8]) -> Option<usize> {
        let size = usize::from(frame.get(self.start + 12)? >> 4) * 4;
        let end = self.start + size;
        (self.is_tcp && size >= 20 && end <= self.end).then_some(end)
    }
}

/// Returns the sum of `data` in words of 16 bits (RFC 1071), of at most 64 KiB.
pub(crate) fn sum(data: &[u8]) -> u32 {
    let (words, rest) = data.as_chunks::<2>();
    let last = rest.first().map(|&byte| u32::from(byte) << 8);
    words.iter().map(|&word| u32::from(u16::from_be_bytes(word))).chain(last).sum()
}

/// Returns a sum in 16 bits.
pub(crate) fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap_or_default()
}

pub(crate) fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*data.get(at..)?.first_chunk()?))
}
