//! An observer that logs.

use alloc::string::String;
use core::time::Duration;

use super::{Observer, Operation, Outcome};

/// Logs each operation when it is done, at the level `debug`, with its sizes and its time:
/// `disk: read 8, 4096 bytes: 4096 came in 85 us`.
#[derive(Clone, Debug)]
pub struct Trace {
    name: String,
    now: fn() -> Duration,
}

impl Trace {
    /// Logs under `name`; `now` tells the time since any moment that stays the same.
    #[must_use]
    pub fn new(name: impl Into<String>, now: fn() -> Duration) -> Self {
        Self { name: name.into(), now }
    }
}

impl Observer for Trace {
    fn now(&self) -> Duration {
        (self.now)()
    }

    fn after(&self, operation: &Operation<'_>, outcome: &Outcome<'_>) {
        let time_us = self.now().saturating_sub(operation.began).as_micros();
        let name = &self.name;
        match outcome {
            Outcome::Done { data } => {
                log::debug!("{name}: {operation}: {} came in {time_us} us", data.len());
            }
            Outcome::Failed { error } => {
                log::debug!("{name}: {operation}: failed in {time_us} us: {error}");
            }
        }
    }
}
