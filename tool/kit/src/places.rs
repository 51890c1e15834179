//! Places in source files: as rustc names them, as the project does, as a person reads them.

use std::path::PathBuf;

use cargo_metadata::diagnostic::DiagnosticSpan;
use sarab_compose::{
    plan::{Origin, Plan},
    protocol::Diagnostic,
};

use crate::{
    files,
    report::{Failure, Label, Report},
    written::Written,
};

/// Knows the files of one generated package: where each line of what the tool wrote comes from.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    /// The project's folder.
    pub(crate) project: PathBuf,
    /// The folder of the package that was compiled.
    pub(crate) package: PathBuf,
    /// The file that the tool wrote and has origins for, if there is one.
    pub(crate) written: Option<(PathBuf, Written)>,
}

impl Places {
    /// Returns where `origin` really is, in a file named from the project's folder.
    pub(crate) fn origin(&self, origin: &Origin) -> Origin {
        let file = files::normal(&self.package.join(&origin.file));
        if let Some((written_file, written)) = &self.written
            && *written_file == file
            && let Some(origin) = written.nearest(origin.line as usize)
        {
            return origin.clone();
        }
        let file = files::relative(&self.project, &file).display().to_string();
        Origin { file, ..origin.clone() }
    }

    /// Returns a label at an origin that is named from the project's folder.
    pub(crate) fn label(&self, origin: &Origin, text: &str) -> Label {
        let file = files::normal(&self.project.join(&origin.file));
        Label::new(&file, origin.line, origin.column, text)
    }

    /// Returns the file of a span of the compiler.
    pub(crate) fn file(&self, span: &DiagnosticSpan) -> PathBuf {
        files::normal(&self.package.join(&span.file_name))
    }

    /// Returns where a span of the compiler comes from, if it lies in the file that was written.
    pub(crate) fn of_span(&self, span: &DiagnosticSpan) -> Option<Origin> {
        let (file, written) = self.written.as_ref()?;
        let is_here = self.file(span) == *file;
        is_here.then(|| written.nearest(span.line_start).cloned()).flatten()
    }

    /// Returns what `config.rs` reports, with the places as they really are.
    pub(crate) fn failure(&self, diagnostic: &Diagnostic) -> Failure {
        let mut report = Report::error(&diagnostic.message);
        for label in &diagnostic.labels {
            report = report.label(self.label(&self.origin(&label.origin), &label.text));
        }
        report.help.clone_from(&diagnostic.help);
        if diagnostic.is_usage { report.usage() } else { report.into() }
    }

    /// Names every place in `plan` from the project's folder.
    pub(crate) fn settle(&self, plan: &mut Plan) {
        let devices = plan.devices.iter_mut().map(|device| &mut device.origin);
        let jobs = plan.jobs.iter_mut().map(|job| &mut job.origin);
        let keys = plan.keys.iter_mut().map(|key| &mut key.origin);
        let decisions = plan.decisions.iter_mut().map(|decision| &mut decision.origin);
        for origin in devices.chain(jobs).chain(keys).chain(decisions) {
            *origin = self.origin(origin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(file: &str, line: u32) -> Origin {
        Origin { file: file.into(), line, column: 1 }
    }

    fn places(written: Option<(PathBuf, Written)>) -> Places {
        let (project, package) = ("/home/site".into(), "/home/target/sarab/site/config".into());
        Places { project, package, written }
    }

    #[test]
    fn a_file_of_the_project_is_named_from_its_folder() {
        let found = places(None).origin(&origin("/home/site/config.rs", 3));
        assert_eq!((found.file.as_str(), found.line), ("config.rs", 3));
        let found = places(None).origin(&origin("../../../../site/config.rs", 3));
        assert_eq!(found.file, "config.rs");
    }

    #[test]
    fn a_generated_line_is_named_by_what_it_comes_from() {
        let mut written = Written::default();
        written.line("fn main() {");
        written.line_from("    tcp()", &origin("src/lib.rs", 40));
        let file = "/home/target/sarab/site/config/config.rs".into();
        let places = places(Some((file, written)));
        assert_eq!(places.origin(&origin("config.rs", 2)), origin("src/lib.rs", 40));
        assert_eq!(places.origin(&origin("config.rs", 1)), origin("src/lib.rs", 40));
    }
}
