//! A trial of any subject, behind one face.

use std::fmt;

use sarab_crash::{Bounds, Case, Check, Fault, Origin, Subject, Tally, Trial, small_count};

/// A subject on which workloads are run.
pub(crate) trait Runner {
    /// Runs the workload that is `number` in this campaign. Returns what went wrong.
    fn run(&self, origin: Origin, checks: &[Check], tally: &mut Tally) -> Option<Report>;

    /// Returns how many small workloads there are.
    fn small_count(&self) -> u64;
}

/// Something that went wrong.
pub(crate) struct Report {
    /// The name of the subject.
    pub(crate) subject: String,
    /// All that there is to say.
    pub(crate) text: String,
}

/// A trial, on a disk that lies or not.
pub(crate) struct OnDisk<S: Subject> {
    trial: Trial<S>,
    faults: Vec<Fault>,
}

impl<S: Subject> OnDisk<S> {
    /// Makes an empty store. Fails with what it says if that cannot be.
    pub(crate) fn new(subject: S, bounds: Bounds, faults: &[Fault]) -> Result<Self, Report> {
        let name = subject.name().to_string();
        let trial = Trial::new(subject).map_err(|what| Report {
            text: format!("{name} cannot be begun: {what}"),
            subject: name,
        })?;
        Ok(Self { trial: trial.with_bounds(bounds), faults: faults.to_vec() })
    }

    /// Writes down what went wrong in `case`, made as short as it can be.
    fn report(
        &self,
        check: Check,
        case: Case<S::Operation>,
        violation: sarab_crash::Violation,
    ) -> Report {
        let length = case.operations.len();
        let (case, violation) = self.trial.shrink(check, case, violation);
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
        Report { subject, text: lines.join("\n") }
    }
}

impl<S: Subject> Runner for OnDisk<S> {
    fn run(&self, origin: Origin, checks: &[Check], tally: &mut Tally) -> Option<Report> {
        let mut case = origin.case(self.trial.subject());
        case.setup.faults.clone_from(&self.faults);
        checks.iter().find_map(|check| {
            let violation = self.trial.check(*check, &case, tally).err()?;
            tally.violations += 1;
            Some(self.report(*check, case.clone(), violation))
        })
    }

    fn small_count(&self) -> u64 {
        small_count(self.trial.subject().alphabet().len())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
