//! What the compiler says, told of the user's own files.
//!
//! Errors in files of the user are shown as rustc shows them. Those in files that the tool wrote
//! are told of the places that the lines there come from.

use cargo_metadata::{
    CompilerMessage,
    diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan},
};

use crate::{
    console::{Console, shown as shown_path},
    places::Places,
    report::{FAILED, Failure, Label, Level, Report},
};

/// Turns the errors of the compiler into reports; `what` was compiled.
pub(crate) fn failure(errors: &[CompilerMessage], places: &Places, what: &str) -> Failure {
    let report = |error: &CompilerMessage| match mapped(&error.message, places, what) {
        Some(report) => report,
        None => shown(&error.message, places),
    };
    let is_bound = |error: &CompilerMessage| is_code(error, "E0277");
    let has_bound = errors.iter().any(is_bound);
    let errors = errors.iter().filter(|error| !(has_bound && is_consequence(error)));
    let mut reports: Vec<Report> = Vec::new();
    for report in errors.map(report) {
        // What differs in columns of a generated line only is told once.
        if !reports.contains(&report) {
            reports.push(report);
        }
    }
    Failure { reports, status: FAILED }
}

/// Returns whether an error says again, of a method, that a bound does not hold.
fn is_consequence(error: &CompilerMessage) -> bool {
    is_code(error, "E0599") && error.message.message.contains("trait bounds were not satisfied")
}

fn is_code(error: &CompilerMessage, code: &str) -> bool {
    error.message.code.as_ref().is_some_and(|found| found.code == code)
}

/// Shows a warning about a file of the project; others are nobody's business.
pub(crate) fn warn(warning: &CompilerMessage, places: &Places, console: Console) {
    let is_here = |span: &DiagnosticSpan| places.file(span).starts_with(&places.project);
    let is_made = |span: &DiagnosticSpan| places.of_span(span).is_some();
    let spans = &warning.message.spans;
    if spans.iter().any(is_here) && !spans.iter().any(is_made) {
        let mut report = shown(&warning.message, places);
        report.level = Level::Warning;
        console.report(&report);
    }
}

/// Shows a message in the compiler's own words, with paths that a person can follow.
fn shown(message: &Diagnostic, places: &Places) -> Report {
    let mut text = message.rendered.as_ref().unwrap_or(&message.message).clone();
    for span in all_spans(message) {
        let file = places.file(span);
        let inside = file.strip_prefix(&places.project).unwrap_or(&file);
        let short = if shown_path(&file) == file.display().to_string() {
            inside.display().to_string()
        } else {
            shown_path(&file)
        };
        text = text.replace(&format!(" {}:", span.file_name), &format!(" {short}:"));
        text = text.replace(&format!("m{}:", span.file_name), &format!("m{short}:"));
    }
    let primary = message.spans.iter().filter(|span| span.is_primary);
    let report = Report::error(&message.message).rendered(text);
    let report = if has_two_preludes(message) {
        report.help("a program is `#![no_std]`: write that above the first item of its library")
    } else {
        report
    };
    primary.fold(report, |report, span| report.label(label(span, places)))
}

/// Returns whether a name is in the prelude of the standard library and in another one, as `println`
/// is where a program is not `#![no_std]`.
fn has_two_preludes(message: &Diagnostic) -> bool {
    let is_of_prelude = |note: &Diagnostic| note.message.ends_with("from prelude");
    message.code.as_ref().is_some_and(|code| code.code == "E0659")
        && message.children.iter().any(is_of_prelude)
}

/// Returns the spans of a message and of all that hangs on it, each file once.
fn all_spans(message: &Diagnostic) -> Vec<&DiagnosticSpan> {
    let mut spans: Vec<_> = message.spans.iter().flat_map(outward).collect();
    spans.extend(message.children.iter().flat_map(all_spans));
    spans.sort_by(|left, right| left.file_name.cmp(&right.file_name));
    spans.dedup_by(|left, right| left.file_name == right.file_name);
    spans
}

fn label(span: &DiagnosticSpan, places: &Places) -> Label {
    let (line, column) = (to_u32(span.line_start), to_u32(span.column_start));
    Label::new(&places.file(span), line, column, span.label.as_deref().unwrap_or_default())
}

/// Tells an error in a file that the tool wrote of the place that the line comes from.
fn mapped(message: &Diagnostic, places: &Places, what: &str) -> Option<Report> {
    let primary = message.spans.iter().filter(|span| span.is_primary);
    let (span, origin) = primary
        .flat_map(outward)
        .find_map(|span| places.of_span(span).map(|origin| (span, origin)))?;
    let label = span.label.as_deref().unwrap_or("from here");
    let mut report = Report::error(&message.message);
    report.code = message.code.as_ref().map(|code| code.code.clone());
    report = report.label(places.label(&origin, label));
    for child in message.children.iter().filter(|child| !is_about_bounds(child, places)) {
        report = match child.level {
            DiagnosticLevel::Help => add_help(report, &advice(child)),
            _ => add_places(report.note(&child.message), child, places),
        };
    }
    let line = match span.text.as_slice() {
        [line] => format!(": `{}`", line.text.trim()),
        _ => String::new(),
    };
    Some(report.note(format!("the line is part of {what}{line}")))
}

/// Returns whether a note tells how a trait bound of a library came to matter, which is nothing that
/// a user of it could change.
fn is_about_bounds(note: &Diagnostic, places: &Places) -> bool {
    let is_own = note.spans.iter().any(|span| places.file(span).starts_with(&places.project));
    let starts = ["required by a bound in", "the following other types implement trait"];
    let is_start = |start: &&str| note.message.starts_with(*start);
    !is_own && (starts.iter().any(is_start) || note.message.contains("` is not implemented for `"))
}

/// Returns the span, and those of the macros that it comes out of, inmost first.
fn outward(span: &DiagnosticSpan) -> impl Iterator<Item = &DiagnosticSpan> {
    std::iter::successors(Some(span), |span| {
        span.expansion.as_ref().map(|expansion| &expansion.span)
    })
}

/// Returns what a help of the compiler says, with what it would write instead.
fn advice(help: &Diagnostic) -> String {
    let message = &help.message;
    match help.spans.iter().find_map(|span| span.suggested_replacement.as_deref()) {
        Some(text) if !text.trim().is_empty() && !message.contains(text) => {
            format!("{message}: `{}`", text.trim())
        }
        _ => message.clone(),
    }
}

fn add_help(report: Report, help: &str) -> Report {
    if report.help.is_some() { report.note(help) } else { report.help(help) }
}

/// Adds the places in other files of the project that a note of the compiler points at.
fn add_places(report: Report, note: &Diagnostic, places: &Places) -> Report {
    let others = note.spans.iter().filter(|span| places.of_span(span).is_none());
    let others = others.filter(|span| places.file(span).starts_with(&places.project));
    others.fold(report, |report, span| report.label(label(span, places)))
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sarab_compose::plan::Origin;
    use serde_json::{Value, json};

    use super::*;
    use crate::{report::render, written::Written};

    fn span(file: &str, line: usize, label: &str) -> Value {
        json!({
            "file_name": file, "byte_start": 0, "byte_end": 1, "line_start": line,
            "line_end": line, "column_start": 5, "column_end": 6, "is_primary": true,
            "text": [], "label": label, "suggested_replacement": null,
            "suggestion_applicability": null, "expansion": null,
        })
    }

    fn message(span: &Value, rendered: &str) -> Diagnostic {
        let message = json!({
            "message": "mismatched types", "code": { "code": "E0308", "explanation": null },
            "level": "error", "spans": [span], "rendered": rendered,
            "children": [{
                "message": "expected `Net`", "code": null, "level": "note", "spans": [],
                "children": [], "rendered": null,
            }, {
                "message": "wire a network", "code": null, "level": "help", "spans": [],
                "children": [], "rendered": null,
            }],
        });
        serde_json::from_value(message).unwrap()
    }

    /// A project with a `config.rs`, beside a package whose `main.rs` comes from it.
    fn places() -> (tempfile::TempDir, Places) {
        let folder = tempfile::tempdir().unwrap();
        let (project, package) = (folder.path().join("site"), folder.path().join("made/unix"));
        fs::create_dir_all(&project).unwrap();
        fs::write(project.join("config.rs"), "fn main() {\n    wire(disk);\n}\n").unwrap();
        let mut written = Written::default();
        let origin = Origin { file: "config.rs".into(), line: 2, column: 5 };
        written.line("//! Generated.");
        written.line_from("let net = disk;", &origin);
        let written = Some((package.join("src/main.rs"), written));
        (folder, Places { project, package, written })
    }

    #[test]
    fn an_error_in_generated_code_is_told_of_the_line_it_comes_from() {
        let (folder, places) = places();
        let message = message(&span("src/main.rs", 2, "found `Disk`"), "unseen");
        let report = mapped(&message, &places, "what boots the program").unwrap();
        let text = render(&report, false);
        insta::assert_snapshot!(text.replace(&format!("{}/", folder.path().display()), ""));
    }

    #[test]
    fn an_error_of_the_user_is_shown_as_the_compiler_shows_it() {
        let (_folder, places) = places();
        let rendered = "error: mismatched types\n --> ../../site/config.rs:2:5\n";
        let message = message(&span("../../site/config.rs", 2, ""), rendered);
        assert!(mapped(&message, &places, "config.rs").is_none());
        let report = shown(&message, &places);
        assert_eq!(render(&report, false), "error: mismatched types\n --> config.rs:2:5\n");
        assert_eq!(report.labels[0].file, places.project.join("config.rs"));
    }

    #[test]
    fn a_program_with_the_prelude_of_the_standard_library_is_told_what_to_write() {
        let (_folder, places) = places();
        let mut message = message(&span("../../site/src/lib.rs", 2, ""), "error[E0659]\n");
        assert_eq!(shown(&message, &places).help, None);
        message.code = serde_json::from_value(json!({ "code": "E0659" })).unwrap();
        message.children[0].message = "`println` could also refer to a macro from prelude".into();
        let text = render(&shown(&message, &places), false);
        assert!(text.starts_with("error[E0659]\nhelp: a program is `#![no_std]`"), "{text}");
    }
}
