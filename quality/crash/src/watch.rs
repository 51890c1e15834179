//! What the threads are at, and what they have found.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sarab_crash::{Origin, Tally};

use crate::runner::Report;

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
    /// What went wrong, each once.
    pub(crate) reports: Vec<Report>,
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

/// Reports that are kept of one store; more say nothing new.
const REPORTS_MAX: usize = 3;

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

    /// Keeps a report, and returns whether it is one that should be shown.
    pub(crate) fn report(&mut self, report: Report) -> Option<&Report> {
        let of_store = self.reports.iter().filter(|other| other.subject == report.subject);
        if of_store.count() >= REPORTS_MAX {
            return None;
        }
        self.reports.push(report);
        self.reports.last()
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
