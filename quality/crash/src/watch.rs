//! What the threads are at, and what they have found.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sarab_crash::{Origin, Tally};

/// What all threads write to.
#[derive(Default)]
pub(crate) struct Board(Mutex<Found>);

/// What was found so far.
#[derive(Default)]
pub(crate) struct Found {
    /// Per store: what was looked at, and how long a core worked for it.
    pub(crate) stores: BTreeMap<&'static str, (Tally, Duration)>,
    /// Per store: mutants that were found, and the names of the others.
    pub(crate) mutants: BTreeMap<&'static str, (usize, Vec<String>)>,
    /// What each thread is at, and since when.
    pub(crate) now: BTreeMap<usize, (&'static str, Origin, Instant)>,
}

/// What has become of a mutant.
#[derive(Clone, Copy)]
pub(crate) enum Fate {
    /// It was found.
    Killed,
    /// Nobody found it.
    Survived,
    /// The store never makes the request in which the disk would lie, so it is the store itself.
    Unborn,
}

impl Board {
    /// Looks at it, or writes to it.
    pub(crate) fn open(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Found {
    /// Adds what a thread has looked at.
    pub(crate) fn count(&mut self, store: &'static str, tally: Tally, took: Duration) {
        let entry = self.stores.entry(store).or_default();
        entry.0 += tally;
        entry.1 += took;
    }

    /// Says what has become of a mutant.
    pub(crate) fn mutant(&mut self, store: &'static str, name: &str, fate: Fate) {
        let entry = self.mutants.entry(store).or_default();
        match fate {
            Fate::Killed => entry.0 += 1,
            Fate::Survived => entry.1.push(name.to_string()),
            Fate::Unborn => {}
        }
    }
}
