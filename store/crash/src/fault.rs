//! What a disk does wrong, by a plan.

use std::fmt;

use sarab_device::middleware::When;

use crate::{Random, Verb};

/// One way in which a disk goes wrong, and when. Requests of a kind are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub harm: Harm,
    /// In which requests of the kind that it concerns.
    pub when: When,
}

/// What goes wrong in one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// A read fails.
    FailRead,
    /// A read returns what was there before the last flush, or when the disk was opened.
    StaleRead,
    /// A read returns one bit turned; it is still right on the medium.
    FlipRead,
    /// A write fails, and some of its sectors are written.
    FailWrite,
    /// A write fails for lack of room behind the disk; some of its sectors are written.
    FullWrite,
    /// A write succeeds and does nothing.
    LoseWrite,
    /// A write succeeds and lands in another place.
    MisdirectWrite,
    /// A write succeeds, and one of its sectors holds noise.
    GarbleWrite,
    /// A write is passed over by the next flush, as if the two had been asked in the other order. A write-through is
    /// a mere write then: it was made too late as well.
    HoldWrite,
    /// A write-through is a mere write. Counted as a write.
    WeakenThrough,
    /// A flush fails; so do all that follow, until the disk is opened again.
    FailFlush,
    /// A flush succeeds and does nothing.
    LieFlush,
}

impl Harm {
    /// Returns the kind of request that it concerns.
    #[must_use]
    pub fn verb(self) -> Verb {
        match self {
            Self::FailRead | Self::StaleRead | Self::FlipRead => Verb::Read,
            Self::FailFlush | Self::LieFlush => Verb::Flush,
            _ => Verb::Write,
        }
    }
}

/// The faults of a disk, and how much was asked of it.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    faults: Vec<Fault>,
    counts: Counts,
    struck: u64,
}

/// How many requests were made of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Reads.
    pub reads: u64,
    /// Writes and write-throughs.
    pub writes: u64,
    /// Those of the writes that were write-throughs.
    pub throughs: u64,
    /// Flushes.
    pub flushes: u64,
}

impl Plan {
    pub(crate) fn new(faults: Vec<Fault>) -> Self {
        Self { faults, ..Self::default() }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Returns how many requests a fault has struck.
    pub(crate) fn struck(&self) -> u64 {
        self.struck
    }

    pub(crate) fn heal(&mut self) {
        self.faults.clear();
    }

    /// Counts a request and returns its number and what goes wrong in it.
    pub(crate) fn next(
        &mut self,
        verb: Verb,
        is_through: bool,
        random: &mut Random,
    ) -> (u64, Option<Harm>) {
        let count = match verb {
            Verb::Read => &mut self.counts.reads,
            Verb::Write => &mut self.counts.writes,
            Verb::Flush => &mut self.counts.flushes,
        };
        *count += 1;
        let nth = *count;
        self.counts.throughs += u64::from(is_through);
        let fitting = self.faults.iter().filter(|fault| fault.harm.verb() == verb);
        let hit = fitting.filter(|fault| hits(fault.when, nth, random)).map(|fault| fault.harm);
        let hit = hit.last();
        // What is no write-through cannot be weakened.
        self.struck += u64::from(hit.is_some_and(|harm| harm != Harm::WeakenThrough || is_through));
        (nth, hit)
    }
}

fn hits(when: When, nth: u64, random: &mut Random) -> bool {
    match when {
        When::Nth(only) => nth == only,
        When::From(first) => nth >= first,
        When::Every(step) => nth.is_multiple_of(step),
        When::Rate { per_million } => random.below(1_000_000) < u64::from(per_million),
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.harm, self.when)
    }
}
