//! One page: sectors that lie side by side, and what is known of each.

use alloc::{boxed::Box, vec};

/// A page. A sector of it may be there or not, and if it is, be the same as on the disk (clean), be to
/// be written (dirty), or be on its way to the disk (flying). One that was written again on its way
/// is dirty, too.
pub(super) struct Page {
    pub(super) data: Box<[u8]>,
    pub(super) valid: u8,
    dirty: u8,
    flying: u8,
    /// The number of the oldest write that is not yet on its way, or the greatest number.
    since: u64,
    /// The same of what is on its way.
    flying_since: u64,
    /// Whether it was read since it came, or since it was last looked at to be given up.
    pub(super) is_visited: bool,
    /// Its place in the queue, which tells it from an earlier page of these sectors.
    pub(super) ticket: u64,
}

impl Page {
    pub(super) fn new(size_bytes: usize, ticket: u64) -> Self {
        Self {
            data: vec![0; size_bytes].into(),
            valid: 0,
            dirty: 0,
            flying: 0,
            since: u64::MAX,
            flying_since: u64::MAX,
            is_visited: false,
            ticket,
        }
    }

    pub(super) fn is_clean(&self) -> bool {
        self.dirty | self.flying == 0
    }

    pub(super) fn is_flying(&self, bits: u8) -> bool {
        self.flying & bits != 0
    }

    /// Returns the sectors that could be sent on their way now.
    pub(super) fn ready(&self) -> u8 {
        self.dirty & !self.flying
    }

    /// Returns whether something of write `sequence` or before is not yet on the disk.
    pub(super) fn is_pending(&self, sequence: u64) -> bool {
        self.since.min(self.flying_since) <= sequence
    }

    /// Returns whether something of write `sequence` or before is not yet on its way.
    pub(super) fn is_waiting(&self, sequence: u64) -> bool {
        self.since <= sequence
    }

    /// Notes that write `sequence` has changed these sectors.
    pub(super) fn soil(&mut self, bits: u8, sequence: u64) {
        self.valid |= bits;
        self.dirty |= bits;
        self.since = self.since.min(sequence);
    }

    /// Notes that write `sequence` has changed these sectors, none of which flies, and that they
    /// are on their way.
    pub(super) fn soil_flying(&mut self, bits: u8, sequence: u64) {
        self.soil(bits, sequence);
        self.launch(bits);
        self.flying_since = self.flying_since.min(sequence);
    }

    /// Sends these sectors on their way.
    pub(super) fn launch(&mut self, bits: u8) {
        self.flying |= bits;
        self.dirty &= !bits;
        self.flying_since = self.flying_since.min(self.since);
        if self.dirty == 0 {
            self.since = u64::MAX;
        }
    }

    /// Notes that these sectors are on the disk, or were not written.
    pub(super) fn land(&mut self, bits: u8, is_written: bool) {
        self.flying &= !bits;
        if !is_written {
            self.dirty |= bits;
            self.since = self.since.min(self.flying_since);
        }
        if self.flying == 0 {
            self.flying_since = u64::MAX;
        }
    }

    /// Forgets these sectors, none of which flies.
    pub(super) fn forget(&mut self, bits: u8) {
        self.valid &= !bits;
        self.dirty &= !bits;
        if self.dirty == 0 {
            self.since = u64::MAX;
        }
    }
}
