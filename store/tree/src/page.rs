//! A page of a tree: sorted entries in slots.

mod check;
mod edit;
mod pack;

use core::cmp::Ordering;

use crate::format::{
    PAGE_BYTES,
    extent::LARGE,
    field::{array, put, u16_at, u64_at},
    pointer::{POINTER_BYTES, Pointer},
};

pub(crate) use check::LEVEL_MAX;
pub(crate) use pack::{Balance, Entry, Fill, are_ordered, lay, pack, separator};

/// Bytes before the prefix and the slots.
pub(crate) const HEADER_BYTES: usize = 32;

/// Bytes in a slot.
pub(crate) const SLOT_BYTES: usize = 8;

const LEAF: u8 = b'L';
const BRANCH: u8 = b'B';

/// A page of a tree as it lies on the disk. What is in it was checked when it came in.
#[derive(Clone)]
pub(crate) struct Page {
    bytes: [u8; PAGE_BYTES],
}

/// A slot, taken apart.
#[derive(Clone, Copy)]
struct Slot {
    offset: usize,
    key_bytes: usize,
    head: u32,
}

impl Slot {
    fn parse(bytes: [u8; SLOT_BYTES]) -> Self {
        let slot = u64::from_le_bytes(bytes);
        Self {
            offset: usize::from(slot as u16),
            key_bytes: usize::from((slot >> 16) as u16),
            head: (slot >> 32) as u32,
        }
    }
}

impl Page {
    /// Makes an empty page of `level` that belongs to the store `store`.
    pub(crate) fn new(store: u64, level: u8) -> Self {
        let mut page = Self { bytes: [0; PAGE_BYTES] };
        page.bytes[0] = if level == 0 { LEAF } else { BRANCH };
        page.bytes[1] = level;
        put(&mut page.bytes, 12, &(store as u32).to_le_bytes());
        page.set_heap_start(PAGE_BYTES);
        page
    }

    pub(crate) fn bytes(&self) -> &[u8; PAGE_BYTES] {
        &self.bytes
    }

    pub(crate) fn level(&self) -> u8 {
        self.bytes[1]
    }

    pub(crate) fn is_leaf(&self) -> bool {
        self.bytes[1] == 0
    }

    /// Returns the number of entries.
    pub(crate) fn len(&self) -> usize {
        usize::from(u16_at(&self.bytes, 2))
    }

    pub(crate) fn birth(&self) -> u64 {
        u64_at(&self.bytes, 24)
    }

    /// Says where the page is, and since when: the last that is done before it is written.
    pub(crate) fn place(&mut self, address: u64, birth: u64) {
        put(&mut self.bytes, 16, &address.to_le_bytes());
        put(&mut self.bytes, 24, &birth.to_le_bytes());
    }

    /// Returns what all keys of the page begin with.
    pub(crate) fn prefix(&self) -> &[u8] {
        &self.bytes[HEADER_BYTES..HEADER_BYTES + self.prefix_bytes()]
    }

    /// Returns the key of entry `at` after the prefix.
    pub(crate) fn suffix(&self, at: usize) -> &[u8] {
        self.suffix_in(self.slot(at))
    }

    fn suffix_in(&self, slot: Slot) -> &[u8] {
        let start = slot.offset + self.fixed_bytes();
        &self.bytes[start..start + slot.key_bytes]
    }

    /// Puts the key of entry `at` into `key`.
    pub(crate) fn read_key(&self, at: usize, key: &mut alloc::vec::Vec<u8>) {
        key.clear();
        let prefix = if self.is_leaf() || at > 0 { self.prefix() } else { &[] };
        let suffix = self.suffix(at);
        key.reserve(prefix.len() + suffix.len());
        key.extend_from_slice(prefix);
        key.extend_from_slice(suffix);
    }

    /// Returns the word and the value of entry `at` of a leaf.
    pub(crate) fn value(&self, at: usize) -> (u16, &[u8]) {
        let (_, word, value) = self.entry_of_leaf(at);
        (word, value)
    }

    /// Returns the key after the prefix, the word and the value of entry `at` of a leaf.
    pub(crate) fn entry_of_leaf(&self, at: usize) -> (&[u8], u16, &[u8]) {
        let slot = self.slot(at);
        let word = u16_at(&self.bytes, slot.offset);
        let (key, after) = self.bytes[slot.offset + 2..].split_at(slot.key_bytes);
        (key, word, &after[..usize::from(word & !LARGE)])
    }

    /// Returns the child of entry `at` of a branch.
    pub(crate) fn child(&self, at: usize) -> Pointer {
        Pointer::parse(&self.bytes, self.slot(at).offset)
    }

    /// Returns where `key` is in a leaf, or where it would be.
    pub(crate) fn find(&self, key: &[u8]) -> Result<usize, usize> {
        self.search(key, 0)
    }

    /// Returns which child of a branch holds `key`.
    pub(crate) fn child_of(&self, key: &[u8]) -> usize {
        match self.search(key, 1) {
            Ok(at) => at,
            Err(at) => at - 1,
        }
    }

    /// Returns the last child of a branch that holds keys less than `key`.
    pub(crate) fn child_before(&self, key: &[u8]) -> usize {
        match self.search(key, 1) {
            Ok(at) | Err(at) => at - 1,
        }
    }

    /// Returns whether the entries of a branch stay in order when one with `key` is put at `at`, which is not the first.
    pub(crate) fn is_between(&self, at: usize, key: &[u8]) -> bool {
        let mut other = alloc::vec::Vec::new();
        let mut is_ordered = |at: usize, order| {
            self.read_key(at, &mut other);
            other.as_slice().cmp(key) == order
        };
        (at == 1 || is_ordered(at - 1, Ordering::Less))
            && (at >= self.len() || is_ordered(at, Ordering::Greater))
    }

    /// Returns entry `at`, whose whole key is `key`.
    pub(crate) fn entry<'e>(&'e self, at: usize, key: &'e [u8]) -> Entry<'e> {
        let (offset, fixed) = (self.slot(at).offset, self.fixed_bytes());
        let value = if self.is_leaf() { self.value(at).1 } else { &[] };
        Entry { key, fixed: &self.bytes[offset..offset + fixed], value }
    }

    /// Returns the bytes that entries, slots and the header take.
    pub(crate) fn used_bytes(&self) -> usize {
        PAGE_BYTES - self.free_bytes() - self.dead_bytes()
    }

    /// Searches entries from `from` on: those before it are less than any key.
    fn search(&self, key: &[u8], from: usize) -> Result<usize, usize> {
        let prefix = self.prefix();
        let shared = prefix.len().min(key.len());
        match key[..shared].cmp(prefix) {
            Ordering::Equal => self.search_suffix(&key[shared..], from),
            Ordering::Less => Err(from),
            Ordering::Greater => Err(self.len().max(from)),
        }
    }

    fn search_suffix(&self, suffix: &[u8], from: usize) -> Result<usize, usize> {
        let head = head_of(suffix);
        let (slots, _) = self.bytes[self.slot_at(0)..self.slot_at(self.len())].as_chunks();
        let order = |slot: &[u8; SLOT_BYTES]| {
            let slot = Slot::parse(*slot);
            slot.head.cmp(&head).then_with(|| self.suffix_in(slot).cmp(suffix))
        };
        // By heads alone, which takes no branches; then the few that share it, most often one.
        let before = slots[from..].partition_point(|slot| Slot::parse(*slot).head < head);
        let at = from + before;
        match slots.get(at).map(order) {
            Some(Ordering::Equal) => Ok(at),
            Some(Ordering::Less) => {
                let found = slots[at..].binary_search_by(order);
                found.map(|after| at + after).map_err(|after| at + after)
            }
            _ => Err(at),
        }
    }

    /// Returns where slot `at` is.
    fn slot_at(&self, at: usize) -> usize {
        HEADER_BYTES + self.prefix_bytes().next_multiple_of(SLOT_BYTES) + SLOT_BYTES * at
    }

    fn slot(&self, at: usize) -> Slot {
        Slot::parse(array(&self.bytes, self.slot_at(at)))
    }

    fn set_slot(&mut self, at: usize, slot: Slot) {
        let bytes =
            (slot.offset as u64) | (slot.key_bytes as u64) << 16 | u64::from(slot.head) << 32;
        let slot_at = self.slot_at(at);
        put(&mut self.bytes, slot_at, &bytes.to_le_bytes());
    }

    /// Returns the bytes of an entry before its key.
    fn fixed_bytes(&self) -> usize {
        if self.is_leaf() { 2 } else { POINTER_BYTES }
    }

    /// Returns the bytes that entry `at` takes in the heap.
    fn entry_bytes(&self, at: usize) -> usize {
        let slot = self.slot(at);
        let value = if self.is_leaf() { u16_at(&self.bytes, slot.offset) & !LARGE } else { 0 };
        self.fixed_bytes() + slot.key_bytes + usize::from(value)
    }

    fn heap_start(&self) -> usize {
        usize::from(u16_at(&self.bytes, 4))
    }

    fn dead_bytes(&self) -> usize {
        usize::from(u16_at(&self.bytes, 6))
    }

    fn prefix_bytes(&self) -> usize {
        usize::from(u16_at(&self.bytes, 8))
    }

    /// Returns the bytes between the slots and the heap.
    fn free_bytes(&self) -> usize {
        self.heap_start() - self.slot_at(self.len())
    }

    fn set_len(&mut self, len: usize) {
        put(&mut self.bytes, 2, &(len as u16).to_le_bytes());
    }

    fn set_heap_start(&mut self, at: usize) {
        put(&mut self.bytes, 4, &(at as u16).to_le_bytes());
    }

    fn set_dead_bytes(&mut self, size: usize) {
        put(&mut self.bytes, 6, &(size as u16).to_le_bytes());
    }
}

/// Returns the first four bytes of `suffix` as a number in their order.
fn head_of(suffix: &[u8]) -> u32 {
    match suffix.first_chunk() {
        Some(head) => u32::from_be_bytes(*head),
        None => suffix
            .iter()
            .enumerate()
            .fold(0, |head, (at, byte)| head | u32::from(*byte) << (24 - 8 * at)),
    }
}
