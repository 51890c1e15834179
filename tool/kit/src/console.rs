//! What a person or a program sees of a running command.
//!
//! Results go to standard output, all else to standard error, so that the output of a command can
//! be piped. With `--message-format json` everything is one JSON object a line on standard output.

use std::{
    env,
    io::{IsTerminal, Write, stderr, stdout},
    path::Path,
};

use anstream::{AutoStream, ColorChoice};
use serde_json::{Value, json};

use crate::report::{Failure, Level, Report, render};

mod copying;
mod progress;

pub use copying::Copying;
pub(crate) use progress::{PATIENCE, Progress};

/// Where a command tells what it does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    format: Format,
    color: ColorChoice,
    is_quiet: bool,
}

/// How a command tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// As text for a person.
    Human,
    /// As one JSON object a line.
    Json,
}

impl Console {
    /// Returns a console that speaks in `format`, and if it is quiet, not of long work.
    pub(crate) fn new(format: Format, color: ColorChoice, is_quiet: bool) -> Self {
        Self { format, color, is_quiet }
    }

    /// Returns whether a program reads what is told.
    pub(crate) fn is_json(self) -> bool {
        self.format == Format::Json
    }

    /// Returns whether text on standard error is to have colours.
    pub(crate) fn is_colored(self) -> bool {
        !self.is_json() && self.colors(&stderr())
    }

    /// Returns whether text on standard output is to have colours.
    pub(crate) fn is_output_colored(self) -> bool {
        !self.is_json() && self.colors(&stdout())
    }

    fn colors(self, stream: &(impl IsTerminal + anstream::stream::RawStream)) -> bool {
        match self.color {
            ColorChoice::Always | ColorChoice::AlwaysAnsi => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => AutoStream::choice(stream) != ColorChoice::Never,
        }
    }

    /// Tells the result of the command: `text` to a person, `object` to a program.
    pub(crate) fn result(self, text: &str, object: &Value) {
        match self.format {
            Format::Human => output(text),
            Format::Json => output(&format!("{object}\n")),
        }
    }

    /// Tells a person something that is neither result nor error.
    pub(crate) fn say(self, text: &str) {
        if !self.is_json() {
            write(stderr(), text);
        }
    }

    /// Tells of a report that does not end the command.
    pub(crate) fn report(self, report: &Report) {
        match self.format {
            Format::Human if report.level == Level::Warning => {
                write(stderr(), &format!("{}\n", render(report, self.is_colored())));
            }
            Format::Human => write(stderr(), &render(report, self.is_colored())),
            Format::Json => output(&format!("{}\n", object(report))),
        }
    }

    /// Tells why the command ends.
    pub(crate) fn fail(self, failure: &Failure) {
        for (index, report) in failure.reports.iter().enumerate() {
            if index > 0 {
                self.say("\n");
            }
            self.report(report);
        }
    }

    /// Begins to tell of long work on `what`, of `total` parts.
    pub(crate) fn progress(self, what: String, total: usize) -> Progress {
        Progress::new(self, what, total)
    }
}

/// Writes the result of a command.
pub(crate) fn output(text: &str) {
    write(stdout(), text);
}

/// Returns a report as a JSON object; its `reason` is its level.
fn object(report: &Report) -> Value {
    let mut object = json!(report);
    object["reason"] = object["level"].take();
    if let Value::Object(fields) = &mut object {
        fields.remove("level");
    }
    object
}

/// Writes all of `text`. Nobody who reads any more is no reason to fail.
fn write(mut stream: impl Write, text: &str) {
    let written = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    drop(written);
}

/// Returns `path` from the current folder where it lies in it, for people to read.
pub(crate) fn shown(path: &Path) -> String {
    let current = env::current_dir().unwrap_or_default();
    match path.strip_prefix(current) {
        Ok(inside) if inside.as_os_str().is_empty() => ".".into(),
        Ok(inside) => inside.display().to_string(),
        Err(_) => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_for_a_program_names_its_level_as_the_reason() {
        let object = object(&Report::warning("old").help("new"));
        assert_eq!(object["reason"], "warning");
        assert_eq!(object["message"], "old");
        assert_eq!(object["help"], "new");
        assert!(object.get("level").is_none());
    }

    #[test]
    fn paths_in_the_current_folder_are_shown_from_it() {
        let current = env::current_dir().unwrap();
        assert_eq!(shown(&current.join("a/b")), "a/b");
        assert_eq!(shown(&current), ".");
        assert_eq!(shown(Path::new("/elsewhere")), "/elsewhere");
    }
}
