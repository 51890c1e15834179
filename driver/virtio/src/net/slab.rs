//! Memory for received frames: cut from large pieces, so that a frame costs no allocation.

use bytes::BytesMut;

/// The most bytes in a piece.
const PIECE_BYTES_MAX: usize = 256 * 1024;

/// A piece of memory, of which buffers are cut off one after the other.
///
/// A piece is free again once all buffers cut from it are dropped. One frame that is kept for long holds
/// its whole piece, so who keeps many small ones copies them.
pub(super) struct Slab {
    rest: BytesMut,
    buffer_bytes: usize,
    piece_bytes: usize,
}

impl Slab {
    /// Returns memory for buffers, of which about `lent_bytes` are lent at a time.
    pub(super) fn new(buffer_bytes: usize, lent_bytes: usize) -> Self {
        let count = PIECE_BYTES_MAX.min(lent_bytes / 2) / buffer_bytes;
        Self { rest: BytesMut::new(), buffer_bytes, piece_bytes: buffer_bytes * count.max(1) }
    }

    /// Cuts off a buffer: an empty one, with room for all of its bytes. It stands right behind the one
    /// before, unless that was the last of its piece.
    #[inline]
    pub(super) fn cut(&mut self) -> BytesMut {
        if self.rest.capacity() < self.buffer_bytes {
            self.rest = BytesMut::with_capacity(self.piece_bytes);
        }
        let rest = self.rest.split_off(self.buffer_bytes);
        core::mem::replace(&mut self.rest, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_stand_behind_each_other() {
        let mut slab = Slab::new(2048, 16 * 2048);
        let buffers: alloc::vec::Vec<_> = (0..8).map(|_| slab.cut()).collect();
        assert!(buffers.iter().all(|buffer| buffer.is_empty() && buffer.capacity() == 2048));
        let starts = buffers.iter().map(|buffer| buffer.as_ptr().addr());
        assert!(starts.clone().zip(starts.skip(1)).all(|(one, next)| one + 2048 == next));
    }

    #[test]
    fn there_is_always_another_piece() {
        let mut slab = Slab::new(65_568, 100);
        assert!((0..3).all(|_| slab.cut().capacity() >= 65_568));
    }
}
