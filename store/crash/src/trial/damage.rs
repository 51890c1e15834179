//! One thing goes wrong with the disk: a request, or what lies on it.

use std::{fmt, rc::Rc};

use sarab_device::middleware::When;

use super::{Case, Disk, Failure, Image, Progress, Subject, Tally, Trial, Trouble, Violation};
use super::{Ran, recover};
use crate::{Counts, Fault, Harm, Past, Random, Replay, Setup, Verb};

impl<S: Subject> Trial<S> {
    /// Runs a workload once for each single fault, or for a sample of them, and judges what is found
    /// then.
    pub fn damage(&self, case: &Case<S::Operation>, tally: &mut Tally) -> Result<(), Violation> {
        tally.cases += 1;
        let disk = case.setup.disk(self.formatted.clone());
        let sound = self.run(disk, &case.operations, Trouble::PowerLoss)?;
        let image = sound.disk.image();
        let again = Rc::new(case.setup.disk(image.clone()));
        let mut inquest = Inquest { trial: self, case, tally };
        let found = recover(&self.subject, &again);
        inquest.judge(&sound, &found, Trouble::PowerLoss)?;
        let mut random = Random::new(case.setup.seed);
        let mut all = mishaps(&sound.disk.counts(), &again.counts(), &image, &mut random);
        while all.len() > self.bounds.faults_max {
            all.swap_remove(random.place(all.len()));
        }
        all.into_iter().try_for_each(|mishap| {
            inquest.tally.faults += 1;
            let result = inquest.strike(mishap, &sound, &image);
            result.map_err(|violation| violation.after(mishap.to_string()))
        })
    }
}

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    /// A request of the workload.
    Working(Fault),
    /// A request of the recovery after it.
    Recovering(Fault),
    /// What lies in a sector, between the two.
    Resting(u64, Rot),
    /// The disk has fewer sectors than it had.
    Shrunk(u64),
}

#[derive(Clone, Copy, Debug)]
enum Rot {
    Flip(u64),
    Zero,
    Noise(u64),
}

/// Faults of requests that come once, and what they do.
const ONCE: [Harm; 11] = [
    Harm::FailRead,
    Harm::StaleRead,
    Harm::FlipRead,
    Harm::FailWrite,
    Harm::FullWrite,
    Harm::LoseWrite,
    Harm::MisdirectWrite,
    Harm::GarbleWrite,
    Harm::HoldWrite,
    Harm::FailFlush,
    Harm::LieFlush,
];

/// Faults of requests that stay.
const FOR_EVER: [Harm; 5] =
    [Harm::FailRead, Harm::FailWrite, Harm::FullWrite, Harm::FailFlush, Harm::LieFlush];

fn mishaps(
    working: &Counts,
    recovering: &Counts,
    image: &Image,
    random: &mut Random,
) -> Vec<Mishap> {
    let rots = |at, random: &mut Random| {
        let rots =
            [Rot::Flip(bit(&image.read(at, 1), random)), Rot::Zero, Rot::Noise(random.draw())];
        rots.map(|rot| Mishap::Resting(at, rot))
    };
    let mut all: Vec<_> = faults(working).map(Mishap::Working).collect();
    all.extend(faults(recovering).map(Mishap::Recovering));
    all.extend(image.written().into_iter().flat_map(|at| rots(at, random)));
    let sectors = image.geometry().sector_count;
    all.extend([sectors / 2, sectors.saturating_sub(1)].map(Mishap::Shrunk));
    all
}

/// Draws a bit of a sector, as likely as not one of a byte that is not zero.
fn bit(sector: &[u8], random: &mut Random) -> u64 {
    let held: Vec<_> = (0..).zip(sector).filter(|(_, byte)| **byte != 0).collect();
    let draw = random.draw();
    if held.is_empty() || random.one_in(2) { draw } else { random.pick(&held).0 * 8 + draw % 8 }
}

/// Returns each fault that strikes one of so many requests, or all from one on.
fn faults(counts: &Counts) -> impl Iterator<Item = Fault> + use<> {
    let counts = *counts;
    let each = move |harm: Harm| match harm.verb() {
        Verb::Read => 1..=counts.reads,
        Verb::Write => 1..=counts.writes,
        Verb::Flush => 1..=counts.flushes,
    };
    let once = ONCE
        .into_iter()
        .flat_map(move |harm| each(harm).map(move |nth| Fault { harm, when: When::Nth(nth) }));
    let for_ever = FOR_EVER
        .into_iter()
        .flat_map(move |harm| each(harm).map(move |nth| Fault { harm, when: When::From(nth) }));
    once.chain(for_ever)
}

/// What is right after a fault of this kind.
fn trouble(harm: Harm) -> Trouble {
    match harm {
        Harm::FailRead | Harm::FailWrite | Harm::FullWrite | Harm::FailFlush => Trouble::Failing,
        _ => Trouble::Damage,
    }
}

struct Inquest<'a, S: Subject> {
    trial: &'a Trial<S>,
    case: &'a Case<S::Operation>,
    tally: &'a mut Tally,
}

impl<S: Subject> Inquest<'_, S> {
    fn strike(&mut self, mishap: Mishap, sound: &Ran, image: &Image) -> Result<(), Violation> {
        match mishap {
            Mishap::Working(fault) => self.working(fault),
            Mishap::Recovering(fault) => self.recovering(fault, sound, image),
            Mishap::Resting(at, rot) => {
                let mut image = image.clone();
                match rot {
                    Rot::Flip(bit) => image.flip(at, bit),
                    Rot::Zero => image.zero(at),
                    Rot::Noise(seed) => image.garble(at, seed),
                }
                self.found_on(image, sound, Trouble::Damage)
            }
            Mishap::Shrunk(sectors) => {
                self.found_on(image.resized(sectors), sound, Trouble::Damage)
            }
        }
    }

    /// Runs the workload on a disk with a fault, and recovers on a sound one what that has left.
    fn working(&mut self, fault: Fault) -> Result<(), Violation> {
        let trial = self.trial;
        let disk = self.with(fault).disk(trial.formatted.clone());
        let trouble = trouble(fault.harm);
        let ran = trial.run(disk, &self.case.operations, trouble)?;
        self.found_on(ran.disk.image(), &ran, trouble)?;
        let is_settled = !matches!(
            fault.harm,
            Harm::FailFlush | Harm::LieFlush | Harm::HoldWrite | Harm::FailWrite | Harm::FullWrite
        );
        if is_settled {
            return Ok(());
        }
        // What was not flushed may be lost although a reader saw it.
        let mut replay = Replay::new(trial.formatted.clone(), &ran.trace);
        while replay.step() {}
        let mut result = Ok(());
        let mut random = Random::new(self.case.setup.seed);
        replay.states(&trial.bounds.nested, &mut random, &mut |state| {
            if result.is_ok() {
                let judged = self.found_on(state.image(), &ran, trouble);
                result = judged.map_err(|violation| violation.after(state.to_string()));
            }
        });
        result
    }

    /// Recovers on a disk with a fault, and then on a sound one.
    fn recovering(&mut self, fault: Fault, sound: &Ran, image: &Image) -> Result<(), Violation> {
        let disk = Rc::new(self.with(fault).disk(image.clone()));
        let found = recover(&self.trial.subject, &disk);
        let trouble = trouble(fault.harm);
        if !matches!(found, Err(Failure::Refused { .. })) {
            self.judge(sound, &found, trouble)?;
        }
        self.found_on(disk.image(), sound, trouble)
            .map_err(|violation| violation.after("opened again on a sound disk"))
    }

    fn found_on(&mut self, image: Image, ran: &Ran, trouble: Trouble) -> Result<(), Violation> {
        let setup = Setup { faults: Vec::new(), ..self.case.setup.clone() };
        let disk: Rc<Disk> = Rc::new(setup.disk(image));
        let found = recover(&self.trial.subject, &disk);
        self.judge(ran, &found, trouble)
    }

    fn judge(
        &mut self,
        ran: &Ran,
        found: &Result<S::State, Failure>,
        trouble: Trouble,
    ) -> Result<(), Violation> {
        if self.trial.is_blind_to(trouble) {
            return match found {
                Err(Failure::Broken(what)) => Err(Violation::new(what)),
                _ => Ok(()),
            };
        }
        let (start, operations) = (&self.trial.start, &self.case.operations[..]);
        let progress: Progress = ran.progress;
        let past = Past { start, operations, refused: &ran.refused, progress };
        let subject = &self.trial.subject;
        if trouble == Trouble::Damage && found.is_ok() {
            let strict = subject.judge(&past, found, Trouble::PowerLoss);
            self.tally.forgotten += u64::from(strict.is_err());
        }
        subject.judge(&past, found, trouble).map_err(Violation::new)
    }

    fn with(&self, fault: Fault) -> Setup {
        Setup { faults: vec![fault], ..self.case.setup.clone() }
    }
}

impl fmt::Display for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Working(fault) => write!(f, "the disk goes wrong in the workload: {fault}"),
            Self::Recovering(fault) => write!(f, "the disk goes wrong in the recovery: {fault}"),
            Self::Resting(at, rot) => write!(f, "sector {at} rots: {rot:?}"),
            Self::Shrunk(sectors) => write!(f, "the disk shrinks to {sectors} sectors"),
        }
    }
}
