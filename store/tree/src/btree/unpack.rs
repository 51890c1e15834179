//! The entries of a page with their whole keys.

use alloc::vec::Vec;

use crate::{
    format::{PAGE_BYTES, pointer::POINTER_BYTES},
    page::{Entry, Page},
};

/// The keys of pages, to be laid out anew.
#[derive(Default)]
pub(super) struct Keys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Keys {
    /// Adds the keys of `page`. `first` stands for the first key of a branch.
    pub(super) fn add(&mut self, page: &Page, first: &[u8]) {
        self.bytes.reserve(PAGE_BYTES); // of which there are seldom more
        self.ends.reserve(page.len());
        for at in 0..page.len() {
            if at == 0 && !page.is_leaf() {
                self.bytes.extend_from_slice(first);
            } else {
                self.bytes.extend_from_slice(page.prefix());
                self.bytes.extend_from_slice(page.suffix(at));
            }
            self.ends.push(self.bytes.len());
        }
    }

    fn get(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.bytes[start..self.ends[at]]
    }

    /// Returns the entries of `page`, whose first key is the one at `start` here.
    pub(super) fn entries<'e>(
        &'e self,
        start: usize,
        page: &'e Page,
    ) -> impl Iterator<Item = Entry<'e>> {
        (0..page.len()).map(move |at| page.entry(at, self.get(start + at)))
    }
}

/// Children of a branch that is to be: the key from which each holds keys, and its pointer.
#[derive(Default)]
pub(super) struct Children {
    keys: Vec<u8>,
    ends: Vec<usize>,
    pointers: Vec<[u8; POINTER_BYTES]>,
}

impl Children {
    pub(super) fn push(&mut self, key: &[u8], pointer: crate::format::pointer::Pointer) {
        self.keys.extend_from_slice(key);
        self.ends.push(self.keys.len());
        self.pointers.push(pointer.bytes());
    }

    pub(super) fn len(&self) -> usize {
        self.pointers.len()
    }

    pub(super) fn entries(&self) -> Vec<Entry<'_>> {
        let mut start = 0;
        let entries = self.ends.iter().zip(&self.pointers).map(|(end, pointer)| {
            let key = &self.keys[start..*end];
            start = *end;
            Entry { key, fixed: pointer, value: &[] }
        });
        entries.collect()
    }
}
