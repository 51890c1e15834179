//! Memory for frames, cut from large pieces that are used again.

use alloc::collections::VecDeque;

use bytes::BytesMut;

/// Bytes of one piece: some forty full frames, or four that the card is to cut.
pub(super) const SLAB_BYTES: usize = 64 * 1024;
pub(super) const LONG_SLAB_BYTES: usize = 4 * (64 * 1024 + 64);

/// Pieces that are kept for when their frames have been sent.
const SLABS_MOST: usize = 16;

/// A source of frames that allocates nothing while its earlier frames come back in time.
pub(crate) struct Frames {
    current: BytesMut,
    used: VecDeque<BytesMut>,
    slab_bytes: usize,
}

impl Frames {
    /// Cuts frames from pieces of `slab_bytes`.
    pub(crate) fn new(slab_bytes: usize) -> Self {
        let current = BytesMut::with_capacity(slab_bytes);
        Self { current, used: VecDeque::new(), slab_bytes }
    }

    /// Returns `size` bytes of zeroes.
    pub(crate) fn take(&mut self, size: usize) -> BytesMut {
        if self.current.capacity() < size {
            self.turn(size);
        }
        self.current.resize(size, 0);
        self.current.split()
    }

    /// Puts a piece with room for `size` bytes in place of the current one.
    fn turn(&mut self, size: usize) {
        let wanted = self.slab_bytes.max(size);
        if self.current.try_reclaim(wanted) {
            return;
        }
        if let Some(mut oldest) = self.used.pop_front() {
            if oldest.try_reclaim(wanted) {
                self.used.push_back(core::mem::replace(&mut self.current, oldest));
                return;
            }
            self.used.push_front(oldest);
        }
        self.used.push_back(core::mem::replace(&mut self.current, BytesMut::with_capacity(wanted)));
        if self.used.len() > SLABS_MOST {
            self.used.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_frames_that_are_gone_is_used_again() {
        let mut frames = Frames::new(SLAB_BYTES);
        let mut places = std::collections::BTreeSet::new();
        for _ in 0..10_000 {
            places.insert(frames.take(1514).freeze().as_ptr() as usize / SLAB_BYTES);
        }
        assert!(places.len() <= 2, "{places:?}");
    }

    #[test]
    fn frames_that_are_kept_keep_their_bytes() {
        let mut frames = Frames::new(SLAB_BYTES);
        let mut kept = std::vec::Vec::new();
        for mark in 0..=255 {
            let mut frame = frames.take(1000);
            assert!(frame.iter().all(|&byte| byte == 0));
            frame.fill(mark);
            kept.push(frame.freeze());
        }
        for (frame, mark) in kept.iter().zip(0..=u8::MAX) {
            assert!(frame.iter().all(|&byte| byte == mark));
        }
    }
}
