//! Pages that were freed and may not be written to yet.

use alloc::vec::Vec;

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
}

impl Pending {
    /// Adds a run that `transaction` has freed, and that the root of `generation` will not lead to.
    pub(crate) fn push(&mut self, freed: Freed, generation: u64, transaction: u64) {
        let Freed { address, pages, .. } = freed;
        self.pages += u64::from(pages);
        self.waiting.push(Waiting { address, pages, generation, transaction });
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

    /// Takes out what may be used again: the root of `durable`, and that before it, do not lead there,
    /// and no reader that began before `oldest_reader` is left.
    pub(crate) fn take_ready(&mut self, durable: u64, oldest_reader: u64) -> Vec<(u64, u32)> {
        let mut ready = Vec::new();
        self.waiting.retain(|waiting| {
            let is_ready = waiting.generation < durable && waiting.transaction <= oldest_reader;
            if is_ready {
                ready.push((waiting.address, waiting.pages));
            }
            !is_ready
        });
        self.pages -= ready.iter().map(|(_, pages)| u64::from(*pages)).sum::<u64>();
        ready
    }
}
