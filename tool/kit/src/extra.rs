//! Commands of a tool's own, beside those that every tool has.

use serde_json::Value;

use crate::{
    console::{Console, Copying},
    report::{Failure, Report},
};

/// A command of a tool's own (`sarab disk`). It knows no project and no keys.
#[derive(Clone, Copy, Debug)]
pub struct Extra {
    /// Says what the command understands. It is called after its name.
    pub command: fn() -> clap::Command,
    /// Does it.
    pub run: fn(&clap::ArgMatches, Voice) -> Result<(), Problem>,
}

/// How a command tells things: to a person or to a program, as the options of the tool say.
#[derive(Clone, Copy, Debug)]
pub struct Voice(Console);

/// Why a command ends before its work is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    message: String,
    notes: Vec<String>,
    help: Option<String>,
    is_usage: bool,
}

impl Voice {
    pub(crate) fn new(console: Console) -> Self {
        Self(console)
    }

    /// Tells the result of the command: `text` to a person, `object` to a program.
    pub fn result(self, text: &str, object: &Value) {
        self.0.result(text, object);
    }

    /// Returns whether a program reads what is told.
    #[must_use]
    pub fn is_json(self) -> bool {
        self.0.is_json()
    }

    /// Tells of something that does not end the command.
    pub fn warn(self, message: impl Into<String>) {
        self.0.report(&Report::warning(message));
    }

    /// Begins to tell of copying `total_bytes` of `what`.
    #[must_use]
    pub fn copying(self, what: impl Into<String>, total_bytes: u64) -> Copying {
        Copying::new(self.0, what.into(), total_bytes)
    }
}

impl Problem {
    /// Returns a problem with this message: lower case, no full stop.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), notes: Vec::new(), help: None, is_usage: false }
    }

    /// Adds something to know.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Ends the command with status 64: the command line is to blame.
    #[must_use]
    pub fn usage(mut self) -> Self {
        self.is_usage = true;
        self
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let mut report = Report::error(problem.message);
        (report.notes, report.help) = (problem.notes, problem.help);
        if problem.is_usage { report.usage() } else { report.into() }
    }
}
