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

    /// Removes the reader `at`. Returns the transaction of the state that it has looked at.
    pub(crate) fn remove(&mut self, at: usize) -> Option<u64> {
        let removed = self.slots.get_mut(at).and_then(Option::take);
        removed.map(|removed| removed.transaction)
    }

    /// Returns what the reader `at` looks at.
    pub(crate) fn top(&self, at: usize) -> Top {
        self.slots.get(at).and_then(Option::as_ref).map_or(Top::default(), |slot| slot.top)
    }

    /// Returns which states are looked at.
    pub(crate) fn states(&self) -> States {
        let mut states: Vec<_> = self.slots.iter().flatten().map(|slot| slot.transaction).collect();
        states.sort_unstable();
        States(states)
    }

    pub(crate) fn tops_mut(&mut self) -> impl Iterator<Item = &mut Top> {
        self.slots.iter_mut().flatten().map(|slot| &mut slot.top)
    }
}

/// The states that readers look at, oldest first.
pub(crate) struct States(Vec<u64>);

impl States {
    /// Returns whether one of them leads to what was born under `birth` and let go of by the transaction `end`.
    pub(crate) fn lead_to(&self, birth: u64, end: u64) -> bool {
        let first = self.0.partition_point(|state| *state < birth);
        self.0.get(first).is_some_and(|state| *state < end)
    }
}
