//! Building diagnostics.

use std::panic::Location;

use crate::plan::Origin;
use crate::protocol::{Diagnostic, Label};

impl Diagnostic {
    /// Starts one about `config.rs` that says `message`: lower case, no full stop.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), labels: Vec::new(), help: None, is_usage: false }
    }

    /// Adds a place, after those that are more important.
    #[must_use]
    pub fn at(mut self, origin: &Origin, text: impl Into<String>) -> Self {
        self.labels.push(Label { origin: origin.clone(), text: text.into() });
        self
    }

    /// Says the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Blames the command line instead.
    #[must_use]
    pub fn usage(mut self) -> Self {
        self.is_usage = true;
        self
    }
}

impl Origin {
    /// Returns the place of the call of the function that this stands in, which is
    /// `#[track_caller]`.
    #[track_caller]
    #[must_use]
    pub fn caller() -> Self {
        Location::caller().into()
    }
}

impl From<&Location<'_>> for Origin {
    fn from(location: &Location<'_>) -> Self {
        Self { file: location.file().into(), line: location.line(), column: location.column() }
    }
}

/// Writes `words` as they stand in a sentence: `` `a`, `b` ``.
pub(crate) fn list<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>().join(", ")
}
