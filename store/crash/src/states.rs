//! What a disk may hold after the power has failed.

use std::fmt;

use crate::{Event, Image, Mark, Random, Sector, Trace};

mod choose;
mod floating;

use floating::Floating;

/// Goes through a trace and says at each moment what would be on the disk if the power failed.
///
/// A moment lasts from one change of what may be found to the next.
#[derive(Debug)]
pub struct Replay<'a> {
    trace: &'a Trace,
    next: usize,
    has_begun: bool,
    durable: Image,
    floating: Floating,
    attempted: usize,
    acknowledged: usize,
    progress: Progress,
}

/// How far the subject under test had come at a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Progress {
    /// Operations whose effects must be found.
    pub acknowledged: usize,
    /// Operations whose effects may be found.
    pub attempted: usize,
}

/// How many states are looked at where there are too many for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sampling {
    /// All states of a moment are enumerated if there are no more than so many.
    pub exhaustive_max: usize,
    /// Else so many random ones are, ...
    pub random: usize,
    /// ... and no more than so many of each of the regular ones: prefixes, omissions, inclusions.
    pub regular_max: usize,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { exhaustive_max: 1024, random: 24, regular_max: 32 }
    }
}

/// One of the things that a disk may hold after the power has failed.
#[derive(Clone, Copy)]
pub struct State<'a> {
    durable: &'a Image,
    cells: &'a [Cell],
    /// For each cell 0 for what is durable, or 1 and on for one of what may have come after it.
    choice: &'a [usize],
}

/// A sector with what it may hold.
#[derive(Debug)]
struct Cell {
    at: u64,
    /// What a durable sector adds to the digest.
    share: u64,
    /// In the order of their writes.
    versions: Vec<Version>,
}

/// What a write that is not durable has for a sector.
#[derive(Debug)]
struct Version {
    /// The place of the write in the trace.
    write: usize,
    sector: Sector,
    share: u64,
}

impl<'a> Replay<'a> {
    /// Begins before the first event, with what the disk held there.
    #[must_use]
    pub fn new(image: Image, trace: &'a Trace) -> Self {
        Self {
            trace,
            next: 0,
            has_begun: false,
            durable: image,
            floating: Floating::default(),
            attempted: 0,
            acknowledged: 0,
            progress: Progress::default(),
        }
    }

    /// Goes to the next moment; the first is before any write. Returns `false` after the last.
    pub fn step(&mut self) -> bool {
        if self.has_begun && self.next >= self.trace.events.len() {
            return false;
        }
        if self.has_begun {
            self.apply();
        }
        self.has_begun = true;
        // What is found in this moment could have been found at its start and can be at its end.
        let attempted = self.attempted;
        while self.trace.events.get(self.next).is_some_and(|event| !is_change(event)) {
            self.apply();
        }
        let acknowledged = self.acknowledged;
        self.progress = Progress { acknowledged, attempted: attempted.max(acknowledged) };
        true
    }

    /// Returns how many events of the trace lie before the moment.
    #[must_use]
    pub fn place(&self) -> usize {
        self.next
    }

    /// Returns how far the subject had come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Calls `visit` with each state of the moment, or with samples where they are too many. The
    /// same state may come more than once.
    pub fn states(
        &self,
        sampling: &Sampling,
        random: &mut Random,
        visit: &mut impl FnMut(State<'_>),
    ) {
        let cells = self.floating.cells(&self.durable);
        choose::choices(&cells, sampling, random, &mut |choice| {
            visit(State { durable: &self.durable, cells: &cells, choice });
        });
    }

    fn apply(&mut self) {
        let place = self.next;
        self.next += 1;
        match &self.trace.events[place] {
            Event::Write(write) => self.floating.begin(place, write),
            Event::Done { write, is_durable: false } => self.floating.done(*write, place),
            Event::Done { write, is_durable: true } => {
                self.floating.done(*write, place);
                self.floating.settle(&mut self.durable, |other| other == *write);
            }
            Event::Gone { write } => self.floating.gone(*write),
            Event::Flush { began } => {
                let covered = self.floating.covered(*began);
                self.floating.settle(&mut self.durable, |write| covered.contains(&write));
            }
            Event::Mark(Mark::Attempted(count)) => self.attempted = self.attempted.max(*count),
            Event::Mark(Mark::Acknowledged(count)) => {
                self.acknowledged = self.acknowledged.max(*count);
            }
            Event::Mark(Mark::Refused(_) | Mark::Unclear(_)) => {}
        }
    }
}

/// Returns whether an event changes what may be found on the disk.
fn is_change(event: &Event) -> bool {
    matches!(event, Event::Write(_) | Event::Flush { .. } | Event::Done { is_durable: true, .. })
}

impl State<'_> {
    /// Returns the digest of its image, which need not be made for that.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let changed = self.cells.iter().zip(self.choice).filter(|(_, chosen)| **chosen > 0);
        changed.fold(self.durable.digest(), |digest, (cell, chosen)| {
            digest.wrapping_sub(cell.share).wrapping_add(cell.versions[*chosen - 1].share)
        })
    }

    /// Makes the image.
    #[must_use]
    pub fn image(&self) -> Image {
        let mut image = self.durable.clone();
        for (cell, chosen) in self.cells.iter().zip(self.choice) {
            if let Some(version) = chosen.checked_sub(1).map(|chosen| &cell.versions[chosen]) {
                image.put(cell.at, version.sector.clone());
            }
        }
        image
    }
}

/// Which sectors of which unflushed writes have survived.
impl fmt::Display for State<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: usize = self.cells.iter().map(|cell| cell.versions.len()).sum();
        let chosen = self.cells.iter().zip(self.choice).filter(|(_, chosen)| **chosen > 0);
        let kept: Vec<_> = chosen
            .map(|(cell, chosen)| format!("{}@{}", cell.at, cell.versions[*chosen - 1].write))
            .collect();
        write!(f, "of {versions} unflushed sectors survive {}: {}", kept.len(), kept.join(" "))
    }
}

#[cfg(test)]
mod tests;
