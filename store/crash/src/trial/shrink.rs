//! Making a workload that fails shorter.

use super::{Case, Subject, Tally, Trial, Violation};

/// Workloads that are tried to find a shorter one.
const ATTEMPTS_MAX: usize = 300;

/// What is done to a workload to see whether it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The power fails.
    Crash,
    /// The disk goes wrong.
    Damage,
}

impl<S: Subject> Trial<S> {
    /// Does one of the checks.
    pub fn check(
        &self,
        check: Check,
        case: &Case<S::Operation>,
        tally: &mut Tally,
    ) -> Result<(), Violation> {
        match check {
            Check::Crash => self.crash(case, tally),
            Check::Damage => self.damage(case, tally),
        }
    }

    /// Leaves out of a workload that fails what it fails without. Returns what is left, and how that
    /// fails. Calls `begin` before each attempt.
    pub fn shrink(
        &self,
        check: Check,
        mut case: Case<S::Operation>,
        mut violation: Violation,
        begin: impl Fn(),
    ) -> (Case<S::Operation>, Violation) {
        let mut attempts = 0;
        let mut size = case.operations.len() / 2;
        while size > 0 {
            let mut at = 0;
            while at + size <= case.operations.len() && attempts < ATTEMPTS_MAX {
                attempts += 1;
                begin();
                let mut shorter = case.clone();
                shorter.operations.drain(at..at + size);
                match self.check(check, &shorter, &mut Tally::default()) {
                    Err(other) => (case, violation) = (shorter, other),
                    Ok(()) => at += size,
                }
            }
            size /= 2;
        }
        (case, violation)
    }
}
