//! A bit for each page.

use alloc::vec::Vec;

/// A bit for each page of a disk.
pub(crate) struct Bits {
    words: Vec<u64>,
    page_count: u64,
}

impl Bits {
    pub(crate) fn new(page_count: u64) -> Self {
        Self { words: alloc::vec![0; page_count.div_ceil(64) as usize], page_count }
    }

    pub(crate) fn page_count(&self) -> u64 {
        self.page_count
    }

    pub(crate) fn is_set(&self, page: u64) -> bool {
        let word = self.words.get((page / 64) as usize);
        word.is_some_and(|word| word >> (page % 64) & 1 == 1)
    }

    pub(crate) fn set(&mut self, page: u64) {
        if let Some(word) = self.words.get_mut((page / 64) as usize) {
            *word |= 1 << (page % 64);
        }
    }

    pub(crate) fn clear(&mut self, page: u64) {
        if let Some(word) = self.words.get_mut((page / 64) as usize) {
            *word &= !(1 << (page % 64));
        }
    }
}
