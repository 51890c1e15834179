//! Pages that were freed and may not be written to yet.

use alloc::vec::Vec;

use crate::state::States;

/// A run of pages that a transaction let go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Freed {
    pub(crate) address: u64,
    pub(crate) pages: u32,
    pub(crate) birth: u64,
}

/// A run of pages that waits to become free.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    address: u64,
    pages: u32,
    birth: u64,
    /// The first generation whose root does not lead there.
    generation: u64,
    /// The transaction that let go of it.
    transaction: u64,
}

/// Pages that were freed and may not be written to yet.
#[derive(Default)]
pub(crate) struct Pending {
    waiting: Vec<Waiting>,
    pages: u64,
    /// States from the first on and before the second may be all that some of it waits for.
    held: Option<(u64, u64)>,
}

impl Pending {
    /// Adds a run that `transaction` has freed, and that the root of `generation` will not lead to.
    pub(crate) fn push(&mut self, freed: Freed, generation: u64, transaction: u64) {
        let Freed { address, pages, birth } = freed;
        self.pages += u64::from(pages);
        self.waiting.push(Waiting { address, pages, birth, generation, transaction });
    }

    /// Returns how many pages wait.
    pub(crate) fn pages(&self) -> u64 {
        self.pages
    }

    /// Returns the runs that the root of `generation` does not lead to.
    pub(crate) fn free_in(&self, generation: u64) -> impl Iterator<Item = (u64, u32)> {
        self.waiting
            .iter()
            .filter(move |waiting| waiting.generation <= generation)
            .map(|waiting| (waiting.address, waiting.pages))
    }

    /// Returns whether the end of a reader of `state` may make something ready.
    pub(crate) fn is_held_for(&self, state: u64) -> bool {
        self.held.is_some_and(|(first, end)| (first..end).contains(&state))
    }

    /// Takes out what may be used again: neither the root of `durable`, nor that before it, nor any of the `states` that
    /// readers look at leads there.
    pub(crate) fn take_ready(&mut self, durable: u64, states: &States) -> Vec<(u64, u32)> {
        let (mut ready, mut held) = (Vec::new(), None);
        self.waiting.retain(|waiting| {
            let &Waiting { address, pages, birth, generation, transaction } = waiting;
            if generation >= durable {
                return true;
            }
            let is_held = states.lead_to(birth, transaction);
            if is_held {
                let (first, end) = held.unwrap_or((birth, transaction));
                held = Some((first.min(birth), end.max(transaction)));
            } else {
                ready.push((address, pages));
            }
            is_held
        });
        self.held = held;
        self.pages -= ready.iter().map(|(_, pages)| u64::from(*pages)).sum::<u64>();
        ready
    }
}
