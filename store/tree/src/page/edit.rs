//! Changing a page in memory.

use super::{Entry, HEADER_BYTES, Page, SLOT_BYTES, Slot, head_of};
use crate::format::{PAGE_BYTES, field::put, pointer::Pointer};

impl Page {
    /// Puts an entry at `at`, its key after the prefix in two parts. `fixed` is what stands before the key.
    ///
    /// Returns whether there was room.
    pub(super) fn insert(&mut self, at: usize, fixed: &[u8], suffix: &[u8], value: &[u8]) -> bool {
        let size = fixed.len() + suffix.len() + value.len();
        if self.free_bytes() + self.dead_bytes() < size + SLOT_BYTES {
            return false;
        }
        if self.free_bytes() < size + SLOT_BYTES {
            self.compact();
        }
        let offset = self.heap_start() - size;
        put(&mut self.bytes, offset, fixed);
        put(&mut self.bytes, offset + fixed.len(), suffix);
        put(&mut self.bytes, offset + fixed.len() + suffix.len(), value);
        let slots = self.slot_at(at)..self.slot_at(self.len());
        self.bytes.copy_within(slots.clone(), slots.start + SLOT_BYTES);
        self.set_slot(at, Slot { offset, key_bytes: suffix.len(), head: head_of(suffix) });
        self.set_len(self.len() + 1);
        self.set_heap_start(offset);
        true
    }

    /// Puts `entry` at `at`. Returns whether there was room, and the key has the page's prefix.
    pub(crate) fn insert_key(&mut self, at: usize, entry: &Entry<'_>) -> bool {
        let prefix = self.prefix_bytes();
        entry.key.starts_with(self.prefix())
            && self.insert(at, entry.fixed, &entry.key[prefix..], entry.value)
    }

    /// Returns whether there is room for `entry` where its key was found, or would be, in a leaf.
    pub(crate) fn has_room(&self, found: Result<usize, usize>, entry: &Entry<'_>) -> bool {
        let freed = found.map_or(0, |at| self.entry_bytes(at) + SLOT_BYTES);
        let room = self.free_bytes() + self.dead_bytes() + freed + self.prefix_bytes();
        entry.key.starts_with(self.prefix()) && entry.size_bytes() <= room
    }

    /// Puts `entry`, for which there is room, where its key was found, or would be.
    pub(crate) fn put(&mut self, found: Result<usize, usize>, entry: &Entry<'_>) {
        if let Ok(at) = found {
            if self.overwrite(at, entry) {
                return;
            }
            self.remove(at);
        }
        let (Ok(at) | Err(at)) = found;
        let fits = self.insert_key(at, entry);
        debug_assert!(fits, "less room than was measured");
    }

    /// Takes the child at `at` of several out of a branch.
    pub(crate) fn remove_child(&mut self, at: usize) {
        self.remove(at);
        if at == 0 {
            self.clear_first_key();
        }
    }

    /// Takes the entry at `at` out.
    pub(crate) fn remove(&mut self, at: usize) {
        let size = self.entry_bytes(at);
        let after = self.slot_at(at + 1)..self.slot_at(self.len());
        self.bytes.copy_within(after.clone(), after.start - SLOT_BYTES);
        self.set_len(self.len() - 1);
        self.set_dead_bytes(self.dead_bytes() + size);
    }

    /// Takes the key of entry 0 of a branch away, which stands for less than any key.
    fn clear_first_key(&mut self) {
        let slot = self.slot(0);
        self.set_dead_bytes(self.dead_bytes() + slot.key_bytes);
        self.set_slot(0, Slot { key_bytes: 0, head: 0, ..slot });
    }

    /// Overwrites the value of entry `at` with that of `entry`, if it has the same size.
    ///
    /// Returns whether the sizes agreed.
    fn overwrite(&mut self, at: usize, entry: &Entry<'_>) -> bool {
        let slot = self.slot(at);
        let is_same = self.value(at).1.len() == entry.value.len();
        if is_same {
            put(&mut self.bytes, slot.offset, entry.fixed);
            put(&mut self.bytes, slot.offset + 2 + slot.key_bytes, entry.value);
        }
        is_same
    }

    /// Makes entry `at` of a branch point to `child`.
    pub(crate) fn set_child(&mut self, at: usize, child: Pointer) {
        let offset = self.slot(at).offset;
        put(&mut self.bytes, offset, &child.bytes());
    }

    /// Sets the prefix of a page without entries.
    pub(super) fn set_prefix(&mut self, prefix: &[u8]) {
        put(&mut self.bytes, 8, &(prefix.len() as u16).to_le_bytes());
        put(&mut self.bytes, HEADER_BYTES, prefix);
    }

    /// Moves entries together, so that all free bytes lie in one place.
    fn compact(&mut self) {
        let old = self.clone();
        let mut end = PAGE_BYTES;
        for at in 0..old.len() {
            let (slot, size) = (old.slot(at), old.entry_bytes(at));
            end -= size;
            put(&mut self.bytes, end, &old.bytes[slot.offset..slot.offset + size]);
            self.set_slot(at, Slot { offset: end, ..slot });
        }
        self.set_heap_start(end);
        self.set_dead_bytes(0);
    }
}
