//! An observer that remembers.

use alloc::{
    collections::VecDeque,
    string::{String, ToString},
    vec::Vec,
};
use core::{cell::RefCell, fmt};

use super::{Observer, Operation, Outcome, Verb};

/// Remembers the last operations that reached the device, without their data.
#[derive(Debug)]
pub struct Record {
    most: usize,
    operations: RefCell<VecDeque<Recorded>>,
}

/// A remembered operation. As text: `write 8, 512 bytes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// What was asked.
    pub verb: Verb,
    /// What it was asked of, as text: `8`, `"css/site.css"`, `10.0.0.1:80`; empty for the device.
    pub subject: String,
    /// Bytes that went in or were asked for.
    pub size_bytes: u64,
    /// Bytes that came out, or the text of the error.
    pub outcome: Result<u64, String>,
}

impl Record {
    /// Remembers at most `most` operations; the oldest are forgotten first.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self { most, operations: RefCell::new(VecDeque::new()) }
    }

    /// Returns what is remembered, oldest first.
    #[must_use]
    pub fn operations(&self) -> Vec<Recorded> {
        self.operations.borrow().iter().cloned().collect()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.operations.borrow_mut().clear();
    }
}

impl Observer for Record {
    fn after(&self, operation: &Operation<'_>, outcome: &Outcome<'_>) {
        let mut operations = self.operations.borrow_mut();
        if operations.len() >= self.most {
            operations.pop_front();
        }
        if self.most > 0 {
            operations.push_back(Recorded::new(operation, outcome));
        }
    }
}

impl Recorded {
    fn new(operation: &Operation<'_>, outcome: &Outcome<'_>) -> Self {
        Self {
            verb: operation.verb,
            subject: operation.subject.to_string(),
            size_bytes: operation.size_bytes,
            outcome: match outcome {
                Outcome::Done { data } => Ok(data.len() as u64),
                Outcome::Failed { error } => Err(error.to_string()),
            },
        }
    }
}

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verb, subject, size_bytes, outcome } = self;
        let gap = if subject.is_empty() { "" } else { " " };
        write!(f, "{verb}{gap}{subject}, {size_bytes} bytes")?;
        outcome.as_ref().map_or_else(|error| write!(f, ", failed: {error}"), |_| Ok(()))
    }
}
