//! The states that readers look at.

use alloc::vec::Vec;

use crate::format::pointer::Top;

/// The states that readers look at.
#[derive(Default)]
pub(crate) struct Readers {
    slots: Vec<Option<Slot>>,
}

struct Slot {
    top: Top,
    transaction: u64,
}

impl Readers {
    /// Adds a reader of `top`, the state after `transaction`; returns its number.
    pub(crate) fn add(&mut self, top: Top, transaction: u64) -> usize {
        let slot = Some(Slot { top, transaction });
        if let Some(at) = self.slots.iter().position(Option::is_none) {
            self.slots[at] = slot;
            return at;
        }
        self.slots.push(slot);
        self.slots.len() - 1
    }

    /// Removes the reader `at`. Returns whether it may have kept pages from being free.
    pub(crate) fn remove(&mut self, at: usize) -> bool {
        let removed = self.slots.get_mut(at).and_then(Option::take);
        removed.is_some_and(|removed| removed.transaction < self.oldest())
    }

    /// Returns what the reader `at` looks at.
    pub(crate) fn top(&self, at: usize) -> Top {
        self.slots.get(at).and_then(Option::as_ref).map_or(Top::default(), |slot| slot.top)
    }

    /// Returns the transaction of the oldest state that is looked at; the greatest number if none is.
    pub(crate) fn oldest(&self) -> u64 {
        self.slots.iter().flatten().map(|slot| slot.transaction).min().unwrap_or(u64::MAX)
    }

    pub(crate) fn tops_mut(&mut self) -> impl Iterator<Item = &mut Top> {
        self.slots.iter_mut().flatten().map(|slot| &mut slot.top)
    }
}
