//! What went wrong in a workload, and counts of what was looked at.

use std::{fmt, ops::AddAssign};

/// A promise that a subject broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What was seen.
    pub what: String,
    /// Where: the latest event first.
    pub trail: Vec<String>,
}

impl Violation {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), trail: Vec::new() }
    }

    pub(crate) fn after(mut self, event: impl Into<String>) -> Self {
        self.trail.push(event.into());
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.trail.iter().try_for_each(|event| write!(f, "\n  {event}"))
    }
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Workloads that were run.
    pub cases: u64,
    /// Operations of the workloads that were cut off.
    pub operations: u64,
    /// Those that the store refused: there was no room, or nothing of that name.
    pub refused: u64,
    /// Those of which nobody can tell what they came to, and those that were to follow them.
    pub unclear: u64,
    /// Different contents of the disk after a crash that the subject was opened on.
    pub states: u64,
    /// Those of them that came of a crash while a subject recovered from a crash.
    pub nested: u64,
    /// Contents that had been seen before in the same workload.
    pub repeated: u64,
    /// Stores that went on to work after a crash, and were cut off again.
    pub continued: u64,
    /// Requests of workloads that were cut off in which the disk went wrong by the plan.
    pub struck: u64,
    /// Faults of the disk that were tried.
    pub faults: u64,
    /// Of these, those after which data of an earlier time were found.
    pub forgotten: u64,
    /// Promises broken.
    pub violations: u64,
}

impl Tally {
    /// Returns how many of a hundred operations were done, so that a crash could undo them.
    #[must_use]
    pub fn done_percent(&self) -> u64 {
        let done = self.operations.saturating_sub(self.refused + self.unclear);
        (done * 100).checked_div(self.operations).unwrap_or(100)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.cases += other.cases;
        self.operations += other.operations;
        self.refused += other.refused;
        self.unclear += other.unclear;
        self.states += other.states;
        self.nested += other.nested;
        self.repeated += other.repeated;
        self.continued += other.continued;
        self.struck += other.struck;
        self.faults += other.faults;
        self.forgotten += other.forgotten;
        self.violations += other.violations;
    }
}
