//! What is tested.

use std::{fmt, rc::Rc};

use sarab_device::ErrorKind;

use crate::{Disk, Image, Progress, Random};

/// A store on a disk, as the campaign sees it: something with operations, and a state after each.
pub trait Subject {
    /// Something that is done to the store, and that a crash undoes as a whole or not at all.
    type Operation: Clone + fmt::Debug;
    /// All that a user can see in the store. Equal means that a user can tell no difference.
    type State: Clone + PartialEq + fmt::Debug;

    /// Returns the name of the subject.
    fn name(&self) -> &str;

    /// Returns the disk that the store is made on.
    fn blank(&self) -> Image;

    /// Makes an empty store. It is not tested here: the disk is not cut off until it is made.
    async fn format(&self, disk: Rc<Disk>) -> Result<(), Failure>;

    /// Opens the store, does `operations` in order, and closes it.
    ///
    /// Tells the disk before each operation that it is [`attempted`](Disk::attempted) and, when it
    /// must survive a crash, that it is [`acknowledged`](Disk::acknowledged). An operation that the
    /// store refused, with everything as before, is [`refused`](Disk::refused), and the next
    /// comes. Ends at the first failure: [`Failure::Wrong`] or [`Failure::Forgot`] where the store broke a promise by what it
    /// returned, and [`Failure::Refused`] where it said itself that something is wrong.
    async fn run(&self, disk: Rc<Disk>, operations: &[Self::Operation]) -> Result<(), Failure>;

    /// Opens the store, has it check itself, and returns all that is in it.
    async fn recover(&self, disk: Rc<Disk>) -> Result<Self::State, Failure>;

    /// Does to `state` what `operation` does to the store.
    fn apply(&self, state: &mut Self::State, operation: &Self::Operation);

    /// Returns the names of the sorts of operations. A random workload is made of some of the sorts.
    fn sorts(&self) -> &'static [&'static str];

    /// Draws an operation of the sort with this place in [`sorts`](Self::sorts).
    fn draw(&self, sort: usize, random: &mut Random) -> Self::Operation;

    /// Returns the operations that are tried in every order: few, and small.
    fn alphabet(&self) -> Vec<Self::Operation>;

    /// Returns whether the store would notice that what it reads is not what it wrote. Of one that
    /// would not, only panics and loops count on a damaged disk.
    fn is_checked(&self) -> bool {
        true
    }

    /// Says whether what was found is right after what was done, and if not, why.
    ///
    /// As provided, operations take effect in order: see [`judge_in_order`].
    fn judge(
        &self,
        past: &Past<'_, Self>,
        found: &Result<Self::State, Failure>,
        trouble: Trouble,
    ) -> Result<(), String> {
        judge_in_order(self, past, found, trouble)
    }
}

/// What was done to a store.
#[derive(Debug)]
pub struct Past<'a, S: Subject + ?Sized> {
    /// What was in it at first.
    pub start: &'a S::State,
    /// What was done then, or was to be done.
    pub operations: &'a [S::Operation],
    /// Which of the operations were refused.
    pub refused: &'a [usize],
    /// How far it had come.
    pub progress: Progress,
}

/// What has happened to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The power has failed, nothing else: everything acknowledged must be there.
    PowerLoss,
    /// Requests failed and said so: everything acknowledged must be there, once they do not.
    Failing,
    /// What is on the disk is not what was written there: correct data, those of an earlier time, or
    /// an error.
    Damage,
}

/// Why a subject did not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It broke a promise: wrong data, a failed check of itself.
    Wrong(String),
    /// When it was opened again, it held what it had held at an earlier time. That is wrong unless its disk
    /// is damaged.
    Forgot(String),
    /// It panicked, or never ended.
    Broken(String),
    /// It said that something is wrong, or failed by an error of its disk.
    Refused {
        /// What a caller can do something about.
        kind: ErrorKind,
        /// The text of the error.
        text: String,
    },
}

impl<E: sarab_device::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Refused { kind: error.kind(), text: error.to_string() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(what) | Self::Forgot(what) | Self::Broken(what) => f.write_str(what),
            Self::Refused { kind, text } => write!(f, "{kind:?}: {text}"),
        }
    }
}

/// Judges a store whose operations take effect in order: what was found must be the state after some
/// operation between the last acknowledged and the last attempted, whole.
///
/// On a damaged disk it may also be one of an earlier time, or an error.
pub fn judge_in_order<S: Subject + ?Sized>(
    subject: &S,
    past: &Past<'_, S>,
    found: &Result<S::State, Failure>,
    trouble: Trouble,
) -> Result<(), String> {
    let found = match (found, trouble) {
        (Ok(found), _) => found,
        (Err(Failure::Refused { .. }), Trouble::Damage) => return Ok(()),
        (Err(failure), _) => return Err(failure.to_string()),
    };
    let Progress { acknowledged, attempted } = past.progress;
    let oldest = if trouble == Trouble::Damage { 0 } else { acknowledged };
    let mut state = past.start.clone();
    for done in 0..=attempted {
        if done >= oldest && state == *found {
            return Ok(());
        }
        match past.operations.get(done) {
            Some(operation) if !past.refused.contains(&done) => {
                subject.apply(&mut state, operation);
            }
            _ => {}
        }
    }
    Err(format!("found {found:?}, which is no state after {oldest} to {attempted} operations"))
}
