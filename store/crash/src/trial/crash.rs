//! The power fails, at every moment of a workload and of what comes after.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
    rc::Rc,
};

use super::{Bounds, Case, Failure, Image, Progress, Sampling, Subject, Tally, Trace, Trial};
use super::{Trouble, Violation, recover};
use crate::{Past, Random, Replay, State, random::mix};

impl<S: Subject> Trial<S> {
    /// Runs a workload, cuts it off at every moment, and judges what may be left then.
    pub fn crash(&self, case: &Case<S::Operation>, tally: &mut Tally) -> Result<(), Violation> {
        tally.cases += 1;
        let ran = self.run(
            case.setup.disk(self.formatted.clone()),
            &case.operations,
            Trouble::PowerLoss,
        )?;
        tally.struck += ran.disk.struck();
        let count = case.operations.len();
        tally.operations += count as u64;
        tally.refused += ran.refused.len() as u64;
        tally.unclear += ran.unclear.map_or(0, |place| count - place) as u64;
        if let Err(failure) = ran.result {
            return Err(Violation::new(format!("it fails on a sound disk: {failure}")));
        }
        let demand = Demand {
            number: 0,
            start: &self.start,
            operations: &case.operations,
            refused: &ran.refused,
            fixed: None,
        };
        let mut search = Search {
            trial: self,
            bounds: &self.bounds,
            case,
            random: Random::new(case.setup.seed),
            known: HashMap::default(),
            judged: HashSet::default(),
            demands: 0,
            left: self.bounds.states_max,
            nested_left: 0,
            tally,
        };
        search.moments(&self.formatted, &ran.trace, &demand, 0)
    }
}

/// What is expected to be found.
struct Demand<'a, S: Subject> {
    /// Tells it from others of one search.
    number: u64,
    start: &'a S::State,
    operations: &'a [S::Operation],
    refused: &'a [usize],
    /// While a subject recovers: how far it had come, and what the recovery found.
    fixed: Option<(Progress, &'a S::State)>,
}

type Found<S> = Rc<Result<<S as Subject>::State, Failure>>;

/// Everything that may be found after one workload.
struct Search<'a, S: Subject> {
    trial: &'a Trial<S>,
    bounds: &'a Bounds,
    case: &'a Case<S::Operation>,
    random: Random,
    /// What was found on an image, by its digest.
    known: HashMap<u64, Found<S>, BuildHasherDefault<Digest>>,
    /// Images that were judged, with how far the subject had come.
    judged: HashSet<u64, BuildHasherDefault<Digest>>,
    /// How many demands were made after the first.
    demands: u64,
    left: u64,
    /// States that may still be looked at in which the recovery, or the work after it, was cut off.
    nested_left: u64,
    tally: &'a mut Tally,
}

impl<S: Subject> Search<'_, S> {
    /// Judges all states of all moments of a trace that began with `image`.
    fn moments(
        &mut self,
        image: &Image,
        trace: &Trace,
        demand: &Demand<'_, S>,
        depth: u32,
    ) -> Result<(), Violation> {
        let sampling: Sampling = if depth == 0 { self.bounds.sampling } else { self.bounds.nested };
        let mut replay = Replay::new(image.clone(), trace);
        while replay.step() {
            let mut result = Ok(());
            let mut random = self.random.clone();
            replay.states(&sampling, &mut random, &mut |state| {
                if result.is_ok() && self.has_time(depth) {
                    result = self.state(&replay, state, demand, depth);
                }
            });
            self.random.draw();
            result?;
        }
        Ok(())
    }

    fn state(
        &mut self,
        replay: &Replay<'_>,
        state: State<'_>,
        demand: &Demand<'_, S>,
        depth: u32,
    ) -> Result<(), Violation> {
        let digest = state.digest();
        let progress = demand.fixed.map_or(replay.progress(), |(progress, _)| progress);
        let key = mix(digest ^ mix(progress.key() ^ mix(demand.number)));
        if !self.judged.insert(key) {
            self.tally.repeated += 1;
            return Ok(());
        }
        let known = self.known.get(&digest).cloned();
        let place = replay.place();
        let result = match known {
            Some(found) => {
                self.tally.repeated += 1;
                self.judge(demand, progress, &found)
            }
            None => self.open(&state.image(), digest, demand, progress, depth),
        };
        result.map_err(|violation| {
            violation.after(format!("the power failed after event {place}: {state}"))
        })
    }

    /// Opens the subject on an image that was not seen before.
    fn open(
        &mut self,
        image: &Image,
        digest: u64,
        demand: &Demand<'_, S>,
        progress: Progress,
        depth: u32,
    ) -> Result<(), Violation> {
        self.tally.states += 1;
        self.tally.nested += u64::from(depth > 0);
        if depth == 0 {
            self.left -= 1;
            let is_chosen = self.random.one_in(self.bounds.nested_every);
            self.nested_left = if is_chosen { self.bounds.nested_max } else { 0 };
        } else {
            self.nested_left = self.nested_left.saturating_sub(1);
        }
        let disk = Rc::new(self.case.setup.disk(image.clone()));
        let found = Rc::new(recover(&self.trial.subject, &disk));
        self.known.insert(digest, found.clone());
        self.judge(demand, progress, &found)?;
        let Ok(found) = &*found else { return Ok(()) };
        if depth < self.bounds.depth && self.nested_left > 0 && disk.counts().writes > 0 {
            let number = self.number();
            let demand = Demand { number, fixed: Some((progress, found)), ..*demand };
            let trace = disk.trace().clone();
            self.moments(image, &trace, &demand, depth + 1)
                .map_err(|violation| violation.after("while it recovered"))?;
        }
        if depth == 0 && self.random.one_in(self.bounds.continued_every) {
            self.nested_left = self.bounds.nested_max;
            self.work_on(&disk.image(), found)
                .map_err(|violation| violation.after("while it worked on after that"))?;
        }
        Ok(())
    }

    /// Does more on what was found after a crash, and cuts that off as well.
    fn work_on(&mut self, image: &Image, start: &S::State) -> Result<(), Violation> {
        self.tally.continued += 1;
        let subject = &self.trial.subject;
        let sorts = subject.sorts().len();
        let draws = 1 + self.random.below(3);
        let mut draw = || {
            let sort = self.random.place(sorts);
            subject.draw(sort, &mut self.random)
        };
        let operations: Vec<_> = (0..draws).map(|_| draw()).collect();
        let ran =
            self.trial.run(self.case.setup.disk(image.clone()), &operations, Trouble::PowerLoss);
        let told = |violation: Violation| violation.after(format!("doing {operations:?}"));
        let ran = ran.map_err(told)?;
        if let Err(failure) = ran.result {
            return Err(told(Violation::new(format!("it fails on a sound disk: {failure}"))));
        }
        let (number, refused) = (self.number(), &ran.refused);
        let demand = Demand { number, start, operations: &operations, refused, fixed: None };
        self.moments(image, &ran.trace, &demand, self.bounds.depth).map_err(told)
    }

    fn has_time(&self, depth: u32) -> bool {
        if depth == 0 { self.left > 0 } else { self.nested_left > 0 }
    }

    fn number(&mut self) -> u64 {
        self.demands += 1;
        self.demands
    }

    fn judge(
        &self,
        demand: &Demand<'_, S>,
        progress: Progress,
        found: &Result<S::State, Failure>,
    ) -> Result<(), Violation> {
        let Demand { start, operations, refused, fixed, .. } = *demand;
        let past = Past { start, operations, refused, progress };
        let judged = self.trial.subject.judge(&past, found, Trouble::PowerLoss);
        judged.map_err(Violation::new)?;
        match (fixed, found) {
            (Some((_, first)), Ok(found)) if first != found => Err(Violation::new(format!(
                "the recovery found {first:?}, and {found:?} after it was cut off"
            ))),
            _ => Ok(()),
        }
    }
}

impl Progress {
    fn key(self) -> u64 {
        mix((self.acknowledged as u64) << 32 | self.attempted as u64)
    }
}

/// A hash for what is a hash already.
#[derive(Default)]
struct Digest(u64);

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxhash_rust::xxh3::xxh3_64(bytes);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
