//! One subject under test: workloads are run on it, and cut off at every moment.

use std::rc::Rc;

use crate::{
    Case, Disk, Failure, Image, Mark, Progress, Sampling, Subject, Tally, Trace, Trouble,
    Violation, drive::drive, trace::Event,
};

mod crash;
mod damage;
mod shrink;

pub use shrink::Check;

/// A subject, and the empty store that every workload begins with.
#[derive(Debug)]
pub struct Trial<S: Subject> {
    subject: S,
    formatted: Image,
    start: S::State,
    bounds: Bounds,
}

/// How much is looked at in one workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The states of each moment of a workload.
    pub sampling: Sampling,
    /// The states of each moment of a recovery, and of the work after it.
    pub nested: Sampling,
    /// Crashes in a row.
    pub depth: u32,
    /// In one of so many states the recovery is cut off, too.
    pub nested_every: u64,
    /// After that no more states than so many.
    pub nested_max: u64,
    /// One of so many states goes on to work after the recovery.
    pub continued_every: u64,
    /// No more states than so many.
    pub states_max: u64,
    /// No more faults than so many.
    pub faults_max: usize,
}

impl Bounds {
    /// Looks at little of each workload, so that there is time for many.
    #[must_use]
    pub fn brief() -> Self {
        let few = Sampling { exhaustive_max: 32, random: 6, regular_max: 6 };
        Self { sampling: few, nested: few, states_max: 300, faults_max: 48, ..Self::default() }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            sampling: Sampling::default(),
            nested: Sampling { exhaustive_max: 64, random: 6, regular_max: 6 },
            depth: 3,
            nested_every: 12,
            nested_max: 32,
            continued_every: 24,
            states_max: 4000,
            faults_max: 64,
        }
    }
}

/// What is left of a workload.
struct Ran {
    disk: Rc<Disk>,
    trace: Trace,
    refused: Vec<usize>,
    unclear: Option<usize>,
    progress: Progress,
    result: Result<(), Failure>,
}

impl<S: Subject> Trial<S> {
    /// Makes an empty store of `subject`. Fails with what it says if that cannot be.
    pub fn new(subject: S) -> Result<Self, String> {
        let disk = Rc::new(Disk::new(subject.blank()).without_trace());
        let formatted = drive(subject.format(disk.clone()))?;
        formatted.map_err(|failure| format!("formatting: {failure}"))?;
        let formatted = disk.image();
        let start = recover(&subject, &disk).map_err(|failure| format!("opening: {failure}"))?;
        Ok(Self { subject, formatted, start, bounds: Bounds::default() })
    }

    /// Looks at so much.
    #[must_use]
    pub fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Returns what is tested.
    pub fn subject(&self) -> &S {
        &self.subject
    }

    /// Runs `operations` on what `disk` holds. Fails if the subject panics or never ends.
    fn run(
        &self,
        disk: Disk,
        operations: &[S::Operation],
        trouble: Trouble,
    ) -> Result<Ran, Violation> {
        let disk = Rc::new(disk);
        let result = drive(self.subject.run(disk.clone(), operations)).map_err(Violation::new)?;
        match result {
            Err(Failure::Wrong(_)) if self.is_blind_to(trouble) => {}
            Err(Failure::Forgot(_)) if trouble == Trouble::Damage => {}
            Err(Failure::Wrong(what) | Failure::Forgot(what) | Failure::Broken(what)) => {
                return Err(Violation::new(what));
            }
            _ => {}
        }
        let trace = disk.trace().clone();
        let (mut refused, mut unclear, mut progress) = (Vec::new(), None, Progress::default());
        for event in &trace.events {
            match event {
                Event::Mark(Mark::Refused(place)) => refused.push(*place),
                Event::Mark(Mark::Unclear(place)) => unclear = Some(*place),
                Event::Mark(Mark::Attempted(count)) => progress.attempted = *count,
                Event::Mark(Mark::Acknowledged(count)) => progress.acknowledged = *count,
                _ => {}
            }
        }
        progress.attempted = progress.attempted.max(progress.acknowledged);
        Ok(Ran { disk, trace, refused, unclear, progress, result })
    }
}

impl<S: Subject> Trial<S> {
    /// Returns whether wrong data are no fault of the subject.
    fn is_blind_to(&self, trouble: Trouble) -> bool {
        trouble == Trouble::Damage && !self.subject.is_checked()
    }
}

/// Has a subject recover. A panic, or what never ends, is wrong.
fn recover<S: Subject>(subject: &S, disk: &Rc<Disk>) -> Result<S::State, Failure> {
    drive(subject.recover(disk.clone())).unwrap_or_else(|what| Err(Failure::Broken(what)))
}
