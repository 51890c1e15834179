//! The guest's side of a queue.

use core::cell::Cell;

use sarab_abi::{Completion, Counts, Submission, completion_at, submission_at};

use super::boot::address;

/// A queue that guest and tender share.
pub(crate) struct Queue {
    start: *mut Counts,
    slots: u32,
    submitted: Cell<u32>,
    seen: Cell<u32>,
}

impl Queue {
    /// Takes the queue at `start`.
    ///
    /// # Safety
    ///
    /// The boot block says that a queue of `slots` is there, and nobody else takes it.
    pub(crate) unsafe fn new(start: u64, slots: u32) -> Self {
        let start = core::ptr::with_exposed_provenance_mut(address(start));
        Self { start, slots, submitted: Cell::new(0), seen: Cell::new(0) }
    }

    /// Returns how many submissions the tender has taken.
    pub(crate) fn taken(&self) -> u32 {
        // SAFETY: the counts are at the start of the queue, and the tender writes them during a ring
        // only.
        unsafe { (&raw const (*self.start).taken).read_volatile() }
    }

    /// Returns how many more can be submitted before the tender takes some.
    pub(crate) fn room(&self) -> u32 {
        self.slots.saturating_sub(self.submitted.get().wrapping_sub(self.taken()))
    }

    /// Returns the count of slots.
    pub(crate) fn slots(&self) -> u32 {
        self.slots
    }

    /// Submits; the tender sees it at the next ring.
    ///
    /// # Safety
    ///
    /// There is [`room`](Queue::room), and what the submission refers to stays as it is, for reading or
    /// for writing, until the tender is done with it.
    pub(crate) unsafe fn submit(&self, submission: Submission) {
        let count = self.submitted.get();
        let next = count.wrapping_add(1);
        let at = address(submission_at(self.slots, count));
        // SAFETY: the slot lies in the queue, and the tender has taken what stood there. It reads the
        // count during a ring only, so the order of these two does not matter.
        unsafe {
            self.start.byte_add(at).cast::<Submission>().write_volatile(submission);
            (&raw mut (*self.start).submitted).write_volatile(next);
        }
        self.submitted.set(next);
    }

    /// Takes the next completion.
    pub(crate) fn next(&self) -> Option<Completion> {
        let count = self.seen.get();
        // SAFETY: the counts are at the start of the queue.
        let completed = unsafe { (&raw const (*self.start).completed).read_volatile() };
        if completed == count {
            return None;
        }
        let next = count.wrapping_add(1);
        let at = address(completion_at(self.slots, count));
        // SAFETY: the slot lies in the queue, and the tender has written it.
        let completion = unsafe { self.start.byte_add(at).cast::<Completion>().read_volatile() };
        // SAFETY: the counts are at the start of the queue.
        unsafe { (&raw mut (*self.start).seen).write_volatile(next) };
        self.seen.set(next);
        Some(completion)
    }
}
