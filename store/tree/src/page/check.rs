//! Whether bytes from a disk are a page that can be used without further thought.

use super::{BRANCH, HEADER_BYTES, LEAF, Page, SLOT_BYTES};
use crate::format::{
    PAGE_BYTES,
    extent::{LARGE, LARGE_BYTES},
    field::{u16_at, u32_at},
};

/// The highest level that a page may have: more than any disk can fill.
const LEVEL_MAX: u8 = 24;

impl Page {
    /// Takes the bytes of a page of `level` of the store `store`.
    ///
    /// Returns `None` where a number in them leads out of the page.
    pub(crate) fn parse(bytes: &[u8], store: u64, level: u8) -> Option<Self> {
        let page = Self { bytes: *bytes.first_chunk()? };
        let kind = if level == 0 { LEAF } else { BRANCH };
        let is_ours = page.bytes[0] == kind
            && page.bytes[1] == level
            && level <= LEVEL_MAX
            && u32_at(&page.bytes, 12) == store as u32;
        (is_ours && page.is_in_bounds()).then_some(page)
    }

    /// Returns whether keys stand in their order.
    pub(crate) fn is_ordered(&self) -> bool {
        let first = usize::from(!self.is_leaf());
        (first + 1..self.len()).all(|at| self.suffix(at - 1) < self.suffix(at))
            && (first..self.len()).all(|at| self.slot(at).head == super::head_of(self.suffix(at)))
    }

    fn is_in_bounds(&self) -> bool {
        let slots_end = HEADER_BYTES + SLOT_BYTES * self.len();
        let heap = self.heap_start();
        let heap_end = PAGE_BYTES.checked_sub(self.prefix_bytes());
        heap_end.is_some_and(|end| {
            slots_end <= heap
                && heap <= end
                && self.dead_bytes() <= end - heap
                && (self.is_leaf() || self.len() > 0)
                && (0..self.len()).all(|at| self.is_entry_in(at, heap, end))
        })
    }

    fn is_entry_in(&self, at: usize, heap: usize, end: usize) -> bool {
        let slot = self.slot(at);
        let key_end = slot.offset + self.fixed_bytes() + slot.key_bytes;
        if slot.offset < heap || key_end > end || (at == 0 && !self.is_leaf() && slot.key_bytes > 0)
        {
            return false;
        }
        let word = if self.is_leaf() { u16_at(&self.bytes, slot.offset) } else { 0 };
        let value_bytes = usize::from(word & !LARGE);
        key_end + value_bytes <= end && (word & LARGE == 0 || value_bytes == LARGE_BYTES)
    }
}
