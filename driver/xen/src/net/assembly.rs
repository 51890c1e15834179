//! Parts and extras of a frame that comes, put together.

use bytes::BytesMut;
use sarab_device::{Checksum, IpVersion, Packet, Segmentation};

use super::{
    headers::Transport,
    wire::{
        CUT_TCP4, CUT_TCP6, EXTRA, EXTRA_CUT, EXTRA_MORE, Extra, MORE, RECEIVED_OPEN,
        RECEIVED_PREFIX, RECEIVED_VALID, Received,
    },
};
use crate::memory::{PAGE_BYTES, Page};

/// Bytes of memory that frames share.
const SLAB_BYTES: usize = 64 * 1024;

/// What the next slot holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Expected {
    /// The first part of a frame.
    #[default]
    First,
    /// An extra, behind which more parts follow, or not.
    Extra { has_more: bool },
    /// Another part.
    Part,
}

/// A frame that comes.
#[derive(Default)]
pub(super) struct Assembly {
    expected: Expected,
    flags: u16,
    cut: Option<Extra>,
    /// Whether something was wrong with it.
    is_bad: bool,
    bytes: BytesMut,
}

impl Assembly {
    pub(super) fn expected(&self) -> Expected {
        self.expected
    }

    /// Takes a part that lies in `page`; tells whether it was the last.
    pub(super) fn part(&mut self, part: Received, size_max: usize, page: &Page) -> bool {
        if self.expected == Expected::First {
            self.flags = part.flags;
        }
        let size = usize::try_from(part.status).unwrap_or_default();
        let (before, at) = (self.bytes.len(), usize::from(part.offset));
        self.is_bad |= part.status < 0 || before + size > size_max || at + size > PAGE_BYTES;
        if !self.is_bad {
            if self.bytes.capacity() - before < size {
                self.bytes.reserve(size.max(SLAB_BYTES));
            }
            page.window().append_to(at, size, &mut self.bytes);
        }
        let has_more = part.flags & MORE != 0;
        let has_extra = part.flags & EXTRA != 0 && self.expected == Expected::First;
        self.expected = match (has_extra, has_more) {
            (true, has_more) => Expected::Extra { has_more },
            (false, true) => Expected::Part,
            (false, false) => Expected::First,
        };
        self.expected == Expected::First
    }

    /// Takes an extra; tells whether it was the last of the frame.
    pub(super) fn extra(&mut self, extra: Extra, has_more: bool) -> bool {
        if extra.kind == EXTRA_CUT {
            self.cut = Some(extra);
        } else {
            self.is_bad = true;
        }
        self.expected = match (extra.flags & EXTRA_MORE != 0, has_more) {
            (true, has_more) => Expected::Extra { has_more },
            (false, true) => Expected::Part,
            (false, false) => Expected::First,
        };
        self.expected == Expected::First
    }

    /// Returns the packet that is whole, unless it makes no sense.
    pub(super) fn finish(&mut self) -> Option<Packet> {
        let (flags, cut) = (self.flags, self.cut.take());
        let bytes = self.bytes.split();
        if core::mem::take(&mut self.is_bad) || flags & RECEIVED_PREFIX != 0 {
            return None;
        }
        match cut {
            Some(cut) => long(bytes, cut),
            None if flags & RECEIVED_OPEN != 0 => open(bytes).map(|(packet, _)| packet),
            None => {
                let is_valid = flags & RECEIVED_VALID != 0;
                let checksum = if is_valid { Checksum::Verified } else { Checksum::Complete };
                Some(Packet { frame: bytes.freeze(), checksum, segmentation: None })
            }
        }
    }
}

/// Returns the packet of a frame whose checksum is open. The sum over its pseudo-header is made anew: the rings do
/// not say whether it stands there.
fn open(mut bytes: BytesMut) -> Option<(Packet, Transport)> {
    let transport = Transport::find(&bytes)?;
    let Transport { start, offset, end, pseudo, .. } = transport;
    bytes[start + offset..][..2].copy_from_slice(&pseudo.to_be_bytes());
    // What pads the frame does not count.
    bytes.truncate(end);
    let (start, offset) = (u16::try_from(start).ok()?, u16::try_from(offset).ok()?);
    let checksum = Checksum::Partial { start, offset };
    Some((Packet { frame: bytes.freeze(), checksum, segmentation: None }, transport))
}

/// Returns the packet of a frame that was put together, whose checksum is open whatever its flags say.
fn long(bytes: BytesMut, cut: Extra) -> Option<Packet> {
    let version = match cut.cut {
        CUT_TCP4 => IpVersion::V4,
        CUT_TCP6 => IpVersion::V6,
        _ => return None,
    };
    let (packet, transport) = open(bytes)?;
    let header_bytes = transport.header_bytes(&packet.frame)?;
    if transport.version != version || cut.segment_bytes == 0 {
        return None;
    }
    let header_bytes = u16::try_from(header_bytes).ok()?;
    let segment_bytes = cut.segment_bytes;
    Some(Packet {
        segmentation: Some(Segmentation { version, header_bytes, segment_bytes }),
        ..packet
    })
}
