//! What a tool tells a person, or another program, about something that went wrong.

use std::path::{Path, PathBuf};

use serde::Serialize;

mod render;

pub(crate) use render::render;

/// The exit status of a mistake on the command line (`EX_USAGE` of sysexits.h).
pub(crate) const USAGE: u8 = 64;
/// The exit status of every other failure of the tool itself.
pub(crate) const FAILED: u8 = 1;

/// Why a command ends before its work is done.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What is wrong, in the order of finding; never empty.
    pub(crate) reports: Vec<Report>,
    /// The exit status.
    pub(crate) status: u8,
}

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    /// How bad it is.
    pub(crate) level: Level,
    /// The compiler's code of it (`E0308`).
    pub(crate) code: Option<String>,
    /// What is wrong, naming the thing and the value: lower case, no full stop.
    pub(crate) message: String,
    /// The places it is about, the most important first.
    pub(crate) labels: Vec<Label>,
    /// More to know about it.
    pub(crate) notes: Vec<String>,
    /// The way out.
    pub(crate) help: Option<String>,
    /// The text to show instead, where another program has written one already.
    pub(crate) rendered: Option<String>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// The command cannot go on.
    Error,
    /// The command goes on.
    Warning,
}

/// A place in a source file, and what is to be seen there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Label {
    /// The file.
    pub(crate) file: PathBuf,
    /// The line, from 1.
    pub(crate) line: u32,
    /// The column, from 1.
    pub(crate) column: u32,
    /// What is to be seen there.
    pub(crate) text: String,
}

impl Report {
    /// Returns an error with this message and nothing more.
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self::new(Level::Error, message.into())
    }

    /// Returns a warning with this message and nothing more.
    pub(crate) fn warning(message: impl Into<String>) -> Self {
        Self::new(Level::Warning, message.into())
    }

    fn new(level: Level, message: String) -> Self {
        let (labels, notes) = (Vec::new(), Vec::new());
        Self { level, code: None, message, labels, notes, help: None, rendered: None }
    }

    /// Adds a place.
    pub(crate) fn label(mut self, label: Label) -> Self {
        self.labels.push(label);
        self
    }

    /// Adds something to know.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Says the way out.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Shows `text` in place of what this crate would write.
    pub(crate) fn rendered(mut self, text: impl Into<String>) -> Self {
        self.rendered = Some(text.into());
        self
    }

    /// Ends the command with status 64: the command line is to blame.
    pub(crate) fn usage(self) -> Failure {
        Failure { reports: vec![self], status: USAGE }
    }
}

impl Label {
    /// Returns a label at a place.
    pub(crate) fn new(file: &Path, line: u32, column: u32, text: impl Into<String>) -> Self {
        Self { file: file.to_path_buf(), line, column, text: text.into() }
    }
}

impl From<Report> for Failure {
    fn from(report: Report) -> Self {
        Self { reports: vec![report], status: FAILED }
    }
}

/// Says what the tool tried to do when the operating system refused.
pub(crate) trait Context<T> {
    /// Turns an error into a failure that says `cannot ACT PATH: WHY`.
    fn context(self, act: &str, path: &Path) -> Result<T, Failure>;
}

impl<T, E: std::fmt::Display> Context<T> for Result<T, E> {
    fn context(self, act: &str, path: &Path) -> Result<T, Failure> {
        let cannot = |error| format!("cannot {act} `{}`: {error}", path.display());
        self.map_err(|error| Report::error(cannot(error)).into())
    }
}
