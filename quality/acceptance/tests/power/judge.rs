//! Whether each loss of power leaves what must be there.

use std::collections::{HashMap, HashSet};

use sarab_crash::{Image, Progress, Random, Replay, Sampling, Trace};

/// At most so many states of each moment are looked at.
const SAMPLING: Sampling = Sampling { exhaustive_max: 256, random: 16, regular_max: 16 };

/// Returns how many steps of its work a guest would find done on a disk, or what is wrong there.
type Look = fn(&Image) -> Result<usize, String>;

/// Knows what is on each image that was looked at.
pub(crate) struct Judge {
    look: Look,
    known: HashMap<u64, Result<usize, String>>,
}

/// What was looked at.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Different states, each with what had to be there.
    pub(crate) states: usize,
    /// What had to be there at the end.
    pub(crate) last: Progress,
}

impl Judge {
    pub(crate) fn new(look: Look) -> Self {
        Self { look, known: HashMap::new() }
    }

    /// Goes through what `trace` may leave of `before`, up to the first fault.
    pub(crate) fn judge(&mut self, before: &Image, trace: &Trace) -> Result<Tally, String> {
        let mut replay = Replay::new(before.clone(), trace);
        let (mut random, mut looked) = (Random::new(1), HashSet::new());
        while replay.step() {
            let (progress, mut verdict) = (replay.progress(), Ok(()));
            replay.states(&SAMPLING, &mut random, &mut |state| {
                if verdict.is_ok() && looked.insert((progress, state.digest())) {
                    let found = self.look(state.digest(), || state.image());
                    let compared = found.and_then(|found| compare(found, progress));
                    verdict = compared.map_err(|why| format!("{why}; {state}"));
                }
            });
            verdict.map_err(|why| format!("before event {}: {why}", replay.place()))?;
        }
        Ok(Tally { states: looked.len(), last: replay.progress() })
    }

    /// Returns how many steps are done on an image.
    pub(crate) fn look_at(&mut self, image: &Image) -> Result<usize, String> {
        self.look(image.digest(), || image.clone())
    }

    fn look(&mut self, digest: u64, image: impl FnOnce() -> Image) -> Result<usize, String> {
        self.known.entry(digest).or_insert_with(|| (self.look)(&image())).clone()
    }
}

fn compare(found: usize, progress: Progress) -> Result<(), String> {
    let Progress { acknowledged, attempted } = progress;
    if (acknowledged..=attempted).contains(&found) {
        return Ok(());
    }
    Err(format!("{found} steps are found of {acknowledged} that are flushed and {attempted} begun"))
}
