//! Disks that lie: a store on one is a store that forgot something.

use sarab_crash::{Fault, Harm, When};

/// Lies that must be found whatever the store is, so far as it makes such requests at all.
///
/// A flush that does nothing is a flush that the store forgot; a write that a flush passes over is a write
/// that it made too late; a write-through that does not go through is one that it forgot to ask for.
pub(crate) fn lies() -> Vec<Fault> {
    let flushes = [When::Every(1), When::Every(2), When::Nth(1), When::Nth(2), When::Nth(3)];
    let held = [1, 2, 3, 4, 5].map(When::Nth);
    let flushes = flushes.map(|when| Fault { harm: Harm::LieFlush, when });
    let held = held.map(|when| Fault { harm: Harm::HoldWrite, when });
    let throughs = [Fault { harm: Harm::WeakenThrough, when: When::Every(1) }];
    flushes.into_iter().chain(held).chain(throughs).collect()
}

/// The few that no store can miss.
pub(crate) fn great_lies() -> Vec<Fault> {
    let mut lies = lies();
    lies.retain(|lie| lie.when == When::Every(1));
    lies
}

/// The same for a store whose first flush is that of its mount: it has written nothing then, and a disk
/// here has no cache from before.
pub(crate) fn lies_after_mounting() -> Vec<Fault> {
    let mut lies = lies();
    lies.retain(|lie| *lie != Fault { harm: Harm::LieFlush, when: When::Nth(1) });
    lies
}
