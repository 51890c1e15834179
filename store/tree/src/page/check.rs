//! Whether bytes from a disk are a page that can be used without further thought.

use super::{BRANCH, LEAF, Page};
use crate::{
    format::{
        PAGE_BYTES,
        extent::{LARGE, LARGE_BYTES},
        field::{u16_at, u32_at},
    },
    keyspace::{FULL_KEY_BYTES_MAX, INLINE_BYTES_MAX, KEYSPACE_BYTES},
};

/// The highest level that a page may have: more than any disk can fill.
pub(crate) const LEVEL_MAX: u8 = 24;

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
        (is_ours && page.is_in_bounds() && page.is_ordered()).then_some(page)
    }

    /// Returns whether keys stand in their order.
    fn is_ordered(&self) -> bool {
        let first = usize::from(!self.is_leaf());
        (first + 1..self.len()).all(|at| self.suffix(at - 1) < self.suffix(at))
            && (first..self.len()).all(|at| self.slot(at).head == super::head_of(self.suffix(at)))
    }

    fn is_in_bounds(&self) -> bool {
        let heap = self.heap_start();
        self.slot_at(self.len()) <= heap
            && heap <= PAGE_BYTES
            && self.dead_bytes() <= PAGE_BYTES - heap
            && (self.is_leaf() || self.len() > 0)
            && (0..self.len()).all(|at| self.is_entry_in(at, heap))
            && self.heap_is_accounted_for(heap)
    }

    /// Returns whether entries and what is not used are as long as the heap, so that counting them never fails.
    fn heap_is_accounted_for(&self, heap: usize) -> bool {
        let entries: usize = (0..self.len()).map(|at| self.entry_bytes(at)).sum();
        entries + self.dead_bytes() == PAGE_BYTES - heap
    }

    fn is_entry_in(&self, at: usize, heap: usize) -> bool {
        let slot = self.slot(at);
        let key_end = slot.offset + self.fixed_bytes() + slot.key_bytes;
        if slot.offset < heap
            || key_end > PAGE_BYTES
            || (at == 0 && !self.is_leaf() && slot.key_bytes > 0)
        {
            return false;
        }
        let key_bytes = self.prefix_bytes() + slot.key_bytes;
        let word = if self.is_leaf() { u16_at(&self.bytes, slot.offset) } else { 0 };
        let value_bytes = usize::from(word & !LARGE);
        // The keyspace, or what a key of the catalog begins with and more.
        let key_bytes_min = if self.is_leaf() { KEYSPACE_BYTES } else { 0 };
        (key_bytes_min..=FULL_KEY_BYTES_MAX).contains(&key_bytes)
            && (word & LARGE != 0 || key_bytes + value_bytes <= INLINE_BYTES_MAX || !self.is_leaf())
            && key_end + value_bytes <= PAGE_BYTES
            && (word & LARGE == 0 || value_bytes == LARGE_BYTES)
    }
}
