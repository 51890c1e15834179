//! Frames on their way out.

use alloc::collections::VecDeque;
use core::cell::{Cell, RefCell};

use bytes::Bytes;
use sarab_abi::Submission;
use sarab_device::Packet;

use crate::device::queue::Queue;

/// The side of a card that sends.
pub(super) struct Transmitter {
    queue: Queue,
    /// The frames that the tender has not taken, oldest first.
    frames: RefCell<VecDeque<Bytes>>,
    /// How many submissions were taken when their frames were last dropped.
    dropped: Cell<u32>,
}

impl Transmitter {
    /// # Safety
    ///
    /// As for [`Queue::new`].
    pub(super) unsafe fn new(queue: u64, slots: u32) -> Self {
        Self {
            // SAFETY: by the contract of this function.
            queue: unsafe { Queue::new(queue, slots) },
            frames: RefCell::default(),
            dropped: Cell::new(0),
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.queue.room() > 0
    }

    /// Sends a packet; there is room.
    pub(super) fn send(&self, packet: Packet) {
        let header = sarab_vnet::encode(&packet);
        let frame = packet.frame;
        let mut submission = Submission {
            address: frame.as_ptr().expose_provenance() as u64,
            size_bytes: u32::try_from(frame.len()).unwrap_or(u32::MAX),
            ..Submission::default()
        };
        submission.header[..header.len()].copy_from_slice(&header);
        self.frames.borrow_mut().push_back(frame);
        // SAFETY: there is room, as the caller has asked, and the frame is kept until it was taken.
        unsafe { self.queue.submit(submission) };
    }

    /// Drops the frames that were taken; tells whether there was one.
    pub(super) fn drop_sent(&self) -> bool {
        let taken = self.queue.taken();
        let count = taken.wrapping_sub(self.dropped.get()) as usize;
        let mut frames = self.frames.borrow_mut();
        let count = count.min(frames.len());
        frames.drain(..count);
        self.dropped.set(taken);
        count > 0
    }
}
