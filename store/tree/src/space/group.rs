//! A group of pages, and its part of the space map.

use alloc::vec::Vec;

use crate::format::map::MapPage;

/// The pages of a group, a bit each.
pub(crate) struct Group {
    /// 1 is taken. Bits past the end are 1, too.
    bits: Vec<u64>,
    /// Pages that the open transaction has taken; empty if none.
    fresh: Vec<u64>,
    pages: u32,
    free: u32,
    /// What the disk holds of this map, for the current root.
    pub(crate) stored: Stored,
    /// Whether the map may differ from what is stored.
    pub(crate) is_changed: bool,
}

/// A map on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Stored {
    /// Which of the slots.
    pub(crate) slot: u8,
    /// Its checksum; 0 if nothing is stored.
    pub(crate) checksum: u64,
}

impl Group {
    pub(crate) fn new(pages: u32) -> Self {
        let mut bits = alloc::vec![0; pages.div_ceil(64) as usize];
        mask_end(&mut bits, pages);
        let stored = Stored::default();
        Self { bits, fresh: Vec::new(), pages, free: pages, stored, is_changed: true }
    }

    pub(crate) fn free(&self) -> u32 {
        self.free
    }

    /// Adds pages at the end, up to `pages`.
    pub(crate) fn extend(&mut self, pages: u32) {
        self.bits.resize(pages.div_ceil(64) as usize, 0);
        for page in self.pages..pages {
            self.bits[page as usize / 64] &= !(1 << (page % 64));
        }
        mask_end(&mut self.bits, pages);
        self.free += pages - self.pages;
        self.fresh.clear();
        (self.pages, self.is_changed) = (pages, true);
    }

    pub(crate) fn is_set(&self, at: u32) -> bool {
        self.bits.get(at as usize / 64).is_none_or(|word| word >> (at % 64) & 1 == 1)
    }

    /// Takes a page. Returns whether it was free.
    pub(crate) fn set(&mut self, at: u32) -> bool {
        let was_free = !self.is_set(at);
        if was_free {
            self.bits[at as usize / 64] |= 1 << (at % 64);
            self.free -= 1;
            self.is_changed = true;
        }
        was_free
    }

    /// Frees a page. Returns whether it was taken.
    pub(crate) fn clear(&mut self, at: u32) -> bool {
        let was_taken = at < self.pages && self.is_set(at);
        if was_taken {
            self.bits[at as usize / 64] &= !(1 << (at % 64));
            self.free += 1;
            self.is_changed = true;
        }
        was_taken
    }

    pub(crate) fn set_fresh(&mut self, at: u32) {
        if self.fresh.is_empty() {
            self.fresh.resize(self.bits.len(), 0);
        }
        self.fresh[at as usize / 64] |= 1 << (at % 64);
    }

    pub(crate) fn clear_fresh(&mut self, at: u32) {
        if let Some(word) = self.fresh.get_mut(at as usize / 64) {
            *word &= !(1 << (at % 64));
        }
    }

    /// Returns what the open transaction has taken, and forgets that it had.
    pub(crate) fn take_fresh(&mut self) -> Vec<u64> {
        let fresh = core::mem::take(&mut self.fresh);
        self.is_changed |= !fresh.is_empty();
        fresh
    }

    /// Returns whether the open transaction has taken anything here.
    pub(crate) fn has_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// Returns the map without what the open transaction has taken.
    pub(crate) fn settled(&self) -> Vec<u64> {
        let mut bits = self.bits.clone();
        for (word, fresh) in bits.iter_mut().zip(&self.fresh) {
            *word &= !fresh;
        }
        bits
    }

    /// Returns the first free page from `from` on.
    pub(crate) fn next_free(&self, from: u32) -> Option<u32> {
        if self.free == 0 {
            return None;
        }
        let first = from as usize / 64;
        let words = self.bits.get(first..)?;
        words.iter().enumerate().find_map(|(step, word)| {
            let ignored = if step == 0 { (1 << (from % 64)) - 1 } else { 0 };
            let taken = (word | ignored).trailing_ones();
            (taken < 64).then(|| (first + step) as u32 * 64 + taken)
        })
    }

    /// Takes the map that the disk holds in `slot`.
    pub(crate) fn load(&mut self, slot: u8, map: &MapPage) {
        self.bits.clone_from(&map.words);
        self.bits.resize(self.pages.div_ceil(64) as usize, 0);
        mask_end(&mut self.bits, self.pages);
        let taken: u32 = self.bits.iter().map(|word| word.count_ones()).sum();
        self.free = self.bits.len() as u32 * 64 - taken;
        self.stored = Stored { slot, checksum: map.checksum };
        self.is_changed = false;
    }
}

/// Marks the bits after `pages` as taken.
fn mask_end(bits: &mut [u64], pages: u32) {
    if let (Some(last), 1..) = (bits.last_mut(), pages % 64) {
        *last |= u64::MAX << (pages % 64);
    }
}

/// Returns the numbers of the bits that are 1.
pub(crate) fn ones(bits: &[u64]) -> impl Iterator<Item = u32> {
    bits.iter().enumerate().flat_map(|(at, word)| {
        let mut word = *word;
        core::iter::from_fn(move || {
            (word != 0).then(|| {
                let bit = word.trailing_zeros();
                word &= word - 1;
                at as u32 * 64 + bit
            })
        })
    })
}
