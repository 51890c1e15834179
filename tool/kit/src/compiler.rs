//! What the compiler says, told of the user's own files.
//!
//! Errors in files of the user are shown as rustc shows them. Those in files that the tool wrote
//! are told of the places that the lines there come from.

use std::path::Path;

use cargo_metadata::{
    CompilerMessage,
    diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan},
};

use crate::{
    console::Console,
    places::Places,
    report::{FAILED, Failure, Report},
};

/// Turns the errors of the compiler into reports; `what` was compiled.
pub(crate) fn failure(errors: &[CompilerMessage], places: &Places, what: &str) -> Failure {
    let report = |error: &CompilerMessage| match mapped(&error.message, places, what) {
        Some(report) => report,
        None => shown(&error.message, &places.project),
    };
    Failure { reports: errors.iter().map(report).collect(), status: FAILED }
}

/// Shows a warning about a file in `folder`; others are nobody's business.
pub(crate) fn warn(warning: &CompilerMessage, folder: &Path, console: Console) {
    let is_here = |span: &DiagnosticSpan| Path::new(&span.file_name).starts_with(folder);
    if warning.message.spans.iter().any(is_here) {
        let mut report = shown(&warning.message, folder);
        report.level = crate::report::Level::Warning;
        console.report(&report);
    }
}

/// Shows a message in the compiler's own words, with paths from the current folder.
fn shown(message: &Diagnostic, project: &Path) -> Report {
    let current = std::env::current_dir().unwrap_or_default();
    let rendered = message.rendered.as_ref().unwrap_or(&message.message);
    let mut text = rendered.replace(&format!("{}/", current.display()), "");
    if !project.starts_with(&current) {
        text = text.replace(&format!("{}/", project.display()), "");
    }
    let mut report = Report::error(&message.message).rendered(text);
    for span in message.spans.iter().filter(|span| span.is_primary) {
        let (line, column) = (to_u32(span.line_start), to_u32(span.column_start));
        let text = span.label.as_deref().unwrap_or_default();
        let file = Path::new(&span.file_name);
        report = report.label(crate::report::Label::new(file, line, column, text));
    }
    report
}

/// Tells an error in a file that the tool wrote of the place that the line comes from.
fn mapped(message: &Diagnostic, places: &Places, what: &str) -> Option<Report> {
    let primary = message.spans.iter().filter(|span| span.is_primary);
    let (span, origin) = primary
        .flat_map(outward)
        .find_map(|span| places.of_span(span).map(|origin| (span, origin)))?;
    let label = span.label.as_deref().unwrap_or("from here");
    let code = message.code.as_ref().map_or(String::new(), |code| format!(" [{}]", code.code));
    let mut report = Report::error(format!("{}{code}", message.message));
    report = report.label(places.label(&origin, label));
    for child in &message.children {
        report = match child.level {
            DiagnosticLevel::Help => add_help(report, &child.message),
            _ => add_places(report.note(&child.message), child),
        };
    }
    Some(report.note(format!("the line is part of {what}")))
}

/// Returns the span, and those of the macros that it comes out of, inmost first.
fn outward(span: &DiagnosticSpan) -> impl Iterator<Item = &DiagnosticSpan> {
    std::iter::successors(Some(span), |span| {
        span.expansion.as_ref().map(|expansion| &expansion.span)
    })
}

fn add_help(report: Report, help: &str) -> Report {
    if report.help.is_some() { report.note(help) } else { report.help(help) }
}

/// Adds the places of the user's own code that a note of the compiler points at.
fn add_places(report: Report, note: &Diagnostic) -> Report {
    let is_source = |span: &&DiagnosticSpan| Path::new(&span.file_name).is_absolute();
    note.spans.iter().filter(is_source).fold(report, |report, span| {
        let (line, column) = (to_u32(span.line_start), to_u32(span.column_start));
        let text = span.label.as_deref().unwrap_or_default();
        let file = Path::new(&span.file_name);
        report.label(crate::report::Label::new(file, line, column, text))
    })
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
