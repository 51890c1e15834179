//! A frame that lies in several buffers.

use bytes::{Buf, BytesMut};

use super::HEADER_BYTES;

/// A frame, and what stands before it.
type Whole = ([u8; sarab_vnet::HEADER_BYTES], BytesMut);

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
    ) -> Option<Whole> {
        let (header, frame) = if self.rest == 0 {
            self.begin(buffer, are_joined)?
        } else {
            self.append(buffer, frame_bytes_max)?
        };
        (frame.len() <= frame_bytes_max).then_some((header, frame))
    }

    /// Begins a frame; returns it if this is all of it.
    #[inline]
    fn begin(&mut self, mut buffer: BytesMut, are_joined: bool) -> Option<Whole> {
        let [header @ .., low, high] = *buffer.first_chunk::<HEADER_BYTES>()?;
        buffer.advance(HEADER_BYTES);
        let count = if are_joined { u16::from_le_bytes([low, high]) } else { 1 };
        if count == 1 {
            return Some((header, buffer));
        }
        self.rest = usize::from(count).checked_sub(1)?;
        self.is_bad = false;
        self.header = header;
        self.frame = buffer;
        None
    }

    #[cold]
    fn append(&mut self, buffer: BytesMut, frame_bytes_max: usize) -> Option<Whole> {
        self.rest -= 1;
        if self.frame.len() + buffer.len() > frame_bytes_max {
            self.is_bad = true;
        }
        if self.is_bad {
            self.frame = BytesMut::new();
            return None;
        }
        let is_behind = self.frame.as_ptr_range().end == buffer.as_ptr();
        if !is_behind {
            // All at once, rather than with each buffer.
            let bytes = buffer.len() * (self.rest + 1);
            self.frame.reserve(bytes.min(frame_bytes_max - self.frame.len()));
        }
        self.frame.unsplit(buffer);
        (self.rest == 0).then(|| (self.header, core::mem::take(&mut self.frame)))
    }
}
