//! Memory for received frames: cut from large pieces, so that a frame costs no allocation.

use std::io;

use bytes::{BufMut, Bytes, BytesMut};

/// Bytes in a piece: some long frames, or a great many short ones.
const PIECE_BYTES: usize = 256 * 1024;

/// A piece of memory, of which frames are cut off one after the other.
///
/// A piece is used again once all frames cut from it are dropped. One frame that is kept for long
/// holds its whole piece, so who keeps many small ones copies them.
pub(crate) struct Slab {
    rest: BytesMut,
    frame_bytes_max: usize,
}

impl Slab {
    /// Returns memory for frames of at most `frame_bytes_max`.
    pub(crate) fn new(frame_bytes_max: usize) -> Self {
        Self { rest: BytesMut::new(), frame_bytes_max }
    }

    /// Lets `read` fill room for one frame and returns what it filled.
    ///
    /// # Safety
    ///
    /// `read` returns a count of bytes that it wrote, from the pointer on, and writes at most as
    /// many as its second argument says.
    pub(crate) unsafe fn fill(
        &mut self,
        read: impl FnOnce(*mut u8, usize) -> io::Result<usize>,
    ) -> io::Result<Bytes> {
        if self.rest.capacity() < self.frame_bytes_max {
            self.rest.reserve(PIECE_BYTES.max(self.frame_bytes_max));
        }
        let room = self.rest.chunk_mut();
        let size = read(room.as_mut_ptr(), room.len())?;
        // SAFETY: by the contract of this function, `read` wrote the first `size` bytes of `room`.
        unsafe { self.rest.advance_mut(size) };
        Ok(self.rest.split().freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(slab: &mut Slab, byte: u8, size: usize) -> Bytes {
        let write = |at: *mut u8, room: usize| {
            assert!(room >= size);
            // SAFETY: `at` points to `room` bytes that may be written, and `size` is at most that.
            unsafe { at.write_bytes(byte, size) };
            Ok(size)
        };
        // SAFETY: the closure writes the `size` bytes that it returns.
        unsafe { slab.fill(write) }.expect("a frame")
    }

    #[test]
    fn frames_keep_their_bytes_while_others_arrive() {
        let mut slab = Slab::new(1518);
        let frames: Vec<_> = (0..200).map(|byte| frame(&mut slab, byte, 1518)).collect();
        for (byte, frame) in (0..200).zip(frames) {
            assert!(frame.len() == 1518 && frame.iter().all(|it| *it == byte));
        }
    }

    #[test]
    fn frames_that_are_dropped_in_time_cost_no_new_memory() {
        let mut slab = Slab::new(1518);
        let first = frame(&mut slab, 0, 1518).as_ptr() as usize;
        for byte in 0..=255 {
            let at = frame(&mut slab, byte, 1518).as_ptr() as usize;
            assert!((first..first + 2 * PIECE_BYTES).contains(&at));
        }
    }

    #[test]
    fn a_failed_read_costs_no_room() {
        let mut slab = Slab::new(1518);
        let before = frame(&mut slab, 1, 60);
        // SAFETY: the closure returns no count.
        let failed = unsafe { slab.fill(|_, _| Err(io::ErrorKind::WouldBlock.into())) };
        assert!(failed.is_err());
        let after = frame(&mut slab, 2, 60);
        assert_eq!(after.as_ptr() as usize, before.as_ptr() as usize + 60);
    }
}
