//! Which pages a check has come across.

use alloc::vec::Vec;

use crate::space::Bits;

/// Which pages a check has come across.
pub(super) struct Marks {
    /// In any tree, or fixed.
    all: Bits,
    /// Where no tree page may be but one.
    alone: Bits,
    /// In the tree that is looked at.
    here: Vec<u64>,
    seen_here: Bits,
    trees: u32,
}

impl Marks {
    pub(super) fn new(page_count: u64) -> Self {
        Self {
            all: Bits::new(page_count),
            alone: Bits::new(page_count),
            here: Vec::new(),
            seen_here: Bits::new(page_count),
            trees: 0,
        }
    }

    /// Marks pages that hold what never moves.
    pub(super) fn set_fixed(&mut self, start: u64, count: u64) {
        for page in start..start + count {
            self.all.set(page);
            self.alone.set(page);
        }
    }

    /// Says that what follows is in another tree, which may share pages with those before; but none does with the first,
    /// the catalog.
    pub(super) fn next_tree(&mut self) {
        for page in self.here.drain(..) {
            self.seen_here.clear(page);
            if self.trees == 1 {
                self.alone.set(page);
            }
        }
        self.trees += 1;
    }

    /// Marks pages of a tree. Returns whether they were not marked before, and a page that is used twice.
    pub(super) fn set(&mut self, start: u64, count: u64) -> (bool, Option<u64>) {
        let (mut is_new, mut shared) = (true, None);
        for page in start..start.saturating_add(count).min(self.all.page_count()) {
            if self.alone.is_set(page) || self.seen_here.is_set(page) {
                shared = Some(page);
            } else {
                self.here.push(page);
            }
            is_new &= !self.all.is_set(page);
            self.seen_here.set(page);
            self.all.set(page);
        }
        (is_new && shared.is_none(), shared)
    }

    pub(super) fn is_set(&self, page: u64) -> bool {
        self.all.is_set(page)
    }
}
