//! A trial of any subject, behind one face.

use std::{cell::RefCell, collections::HashSet, fmt};

use sarab_crash::{Bounds, Case, Check, Fault, Origin, Subject, Tally, Trial, small_count};

/// A subject on which workloads are run.
pub(crate) trait Runner {
    /// Runs a workload. Returns what went wrong, unless that kind of thing was returned before. Calls
    /// `begin` before each attempt to make it shorter.
    fn run(
        &self,
        origin: Origin,
        checks: &[Check],
        tally: &mut Tally,
        begin: &dyn Fn(),
    ) -> Option<Report>;

    /// Returns how many small workloads there are.
    fn small_count(&self) -> u64;
}

/// Something that went wrong.
pub(crate) struct Report {
    /// All that there is to say.
    pub(crate) text: String,
}

/// A trial, on a disk that lies or not.
pub(crate) struct OnDisk<S: Subject> {
    trial: Trial<S>,
    faults: Vec<Fault>,
    /// What went wrong before, so that it is not told again.
    known: RefCell<HashSet<String>>,
}

impl<S: Subject> OnDisk<S> {
    /// Makes an empty store. Fails with what it says if that cannot be.
    pub(crate) fn new(subject: S, bounds: Bounds, faults: &[Fault]) -> Result<Self, Report> {
        let name = subject.name().to_string();
        let trial = Trial::new(subject)
            .map_err(|what| Report { text: format!("{name} cannot be begun: {what}") })?;
        Ok(Self {
            trial: trial.with_bounds(bounds),
            faults: faults.to_vec(),
            known: RefCell::default(),
        })
    }

    /// Writes down what went wrong in `case`, made as short as it can be.
    fn report(
        &self,
        check: Check,
        case: Case<S::Operation>,
        violation: sarab_crash::Violation,
        begin: &dyn Fn(),
    ) -> Report {
        let length = case.operations.len();
        let (case, violation) = self.trial.shrink(check, case, violation, begin);
        let subject = self.trial.subject().name().to_string();
        let origin = case.origin;
        let mut lines = vec![format!("{subject} breaks a promise ({check:?} in {origin})")];
        lines.push(format!("  {violation}"));
        let left = case.operations.len();
        lines.push(format!(
            "  the workload: {left} operations, left of {length}, on {:?}",
            case.setup
        ));
        lines.extend(case.operations.iter().map(|operation| {
            let line = format!("{operation:?}");
            format!("    {}", line.chars().take(200).collect::<String>())
        }));
        lines.push(format!("  again: cargo xtask crash --subject {subject} --case {origin}"));
        Report { text: lines.join("\n") }
    }
}

impl<S: Subject> Runner for OnDisk<S> {
    fn run(
        &self,
        origin: Origin,
        checks: &[Check],
        tally: &mut Tally,
        begin: &dyn Fn(),
    ) -> Option<Report> {
        let mut case = origin.case(self.trial.subject());
        case.setup.faults.clone_from(&self.faults);
        checks.iter().find_map(|check| {
            let violation = self.trial.check(*check, &case, tally).err()?;
            tally.violations += 1;
            if !self.known.borrow_mut().insert(signature(&violation.what)) {
                return None;
            }
            Some(self.report(*check, case.clone(), violation, begin))
        })
    }

    fn small_count(&self) -> u64 {
        small_count(self.trial.subject().alphabet().len())
    }
}

/// Returns what a sentence has in common with others of its kind: its first words, without numbers.
fn signature(what: &str) -> String {
    let is_word = |word: &&str| word.chars().all(|letter| letter.is_alphabetic() || letter == ':');
    what.split_whitespace().filter(is_word).take(6).collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
