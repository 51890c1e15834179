//! A frame that lies in several buffers.

use bytes::{Buf, BytesMut};

use super::HEADER_BYTES;

/// The frame that is being put together.
#[derive(Default)]
pub(super) struct Joint {
    header: [u8; sarab_vnet::HEADER_BYTES],
    frame: BytesMut,
    /// Buffers that are still to come.
    rest: usize,
    is_bad: bool,
}

impl Joint {
    /// Adds a buffer; returns the frame when it is whole, and nothing of one that is none.
    ///
    /// Buffers that stand right behind each other are joined where they are, others by a copy.
    #[inline]
    pub(super) fn add(
        &mut self,
        buffer: BytesMut,
        frame_bytes_max: usize,
        are_joined: bool,
    ) -> Option<([u8; sarab_vnet::HEADER_BYTES], BytesMut)> {
        if self.rest == 0 {
            self.begin(buffer, are_joined);
        } else {
            self.append(buffer, frame_bytes_max);
        }
        if self.rest > 0 {
            return None;
        }
        let frame = core::mem::take(&mut self.frame);
        (!self.is_bad && frame.len() <= frame_bytes_max).then_some((self.header, frame))
    }

    #[inline]
    fn begin(&mut self, mut buffer: BytesMut, are_joined: bool) {
        let header = buffer.first_chunk::<HEADER_BYTES>().copied();
        let Some([header @ .., low, high]) = header else {
            self.is_bad = true;
            return;
        };
        let count = usize::from(u16::from_le_bytes([low, high]));
        self.is_bad = are_joined && count == 0;
        self.rest = if are_joined { count.saturating_sub(1) } else { 0 };
        self.header = header;
        buffer.advance(HEADER_BYTES);
        self.frame = buffer;
    }

    fn append(&mut self, buffer: BytesMut, frame_bytes_max: usize) {
        self.rest -= 1;
        if self.frame.len() + buffer.len() > frame_bytes_max {
            self.is_bad = true;
        }
        if self.is_bad {
            self.frame = BytesMut::new();
            return;
        }
        let is_behind = self.frame.as_ptr_range().end == buffer.as_ptr();
        if !is_behind {
            // All at once, rather than with each buffer.
            let bytes = buffer.len() * (self.rest + 1);
            self.frame.reserve(bytes.min(frame_bytes_max - self.frame.len()));
        }
        self.frame.unsplit(buffer);
    }
}
