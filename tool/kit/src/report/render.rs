//! Reports as text, in the form that rustc gives its own: the two stand side by side on a screen.

use std::{env, fs, ops::Range, path::Path};

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level as Title, Origin, Renderer, Snippet,
};
use anstyle::{AnsiColor, Style};

use super::{Label, Level, Report};

/// Returns `report` as text that ends with a line break, with colours or without.
pub(crate) fn render(report: &Report, is_colored: bool) -> String {
    if let Some(text) = &report.rendered {
        let help = report.help.iter().map(|help| format!("help: {help}\n"));
        return format!("{}\n{}", text.trim_end(), help.collect::<String>());
    }
    if report.labels.is_empty() {
        return plain(report, is_colored);
    }
    let title = match report.level {
        Level::Error => Title::ERROR,
        Level::Warning => Title::WARNING,
    };
    let notes = report.notes.iter().map(|note| Title::NOTE.message(note).into());
    let help = report.help.iter().map(|help| Title::HELP.message(help).into());
    let title = title.primary_title(&report.message);
    let title = match &report.code {
        Some(code) => title.id(code),
        None => title,
    };
    let group = Group::with_title(title)
        .elements(places(&report.labels))
        .elements(notes.chain(help).collect::<Vec<Element<'_>>>());
    let renderer = if is_colored { Renderer::styled() } else { Renderer::plain() };
    format!("{}\n", renderer.render(&[group]))
}

/// Returns a report that is about no place: its sentences, one a line.
fn plain(report: &Report, is_colored: bool) -> String {
    let (word, color) = match report.level {
        Level::Error => ("error", AnsiColor::BrightRed),
        Level::Warning => ("warning", AnsiColor::Yellow),
    };
    let bold = |style: Style| if is_colored { style.bold() } else { Style::new() };
    let (head, text) = (bold(color.on_default()), bold(Style::new()));
    let mut lines = format!("{head}{word}{head:#}{text}: {}{text:#}\n", report.message);
    let more = report.notes.iter().map(|note| ("note", note));
    for (word, sentence) in more.chain(report.help.iter().map(|help| ("help", help))) {
        let sentence = sentence.replace('\n', "\n        ");
        lines.extend([format!("  {text}{word}{text:#}: {sentence}\n")]);
    }
    lines
}

/// Returns one excerpt for each file, in the order of the first label in each.
fn places(labels: &[Label]) -> Vec<Element<'_>> {
    let mut files: Vec<&Path> = Vec::new();
    for label in labels {
        if !files.contains(&label.file.as_path()) {
            files.push(&label.file);
        }
    }
    let place = |file: &Path| {
        let here = labels.iter().enumerate().filter(|(_, label)| label.file == file);
        excerpt(file, &here.collect::<Vec<_>>())
    };
    files.into_iter().map(place).collect()
}

fn excerpt<'a>(file: &Path, labels: &[(usize, &'a Label)]) -> Element<'a> {
    let name = displayed(file);
    let Ok(source) = fs::read_to_string(file) else {
        let (_, first) = labels[0];
        let (line, column) = (first.line as usize, first.column as usize);
        return Origin::path(name).line(line).char_column(column).into();
    };
    let annotations = labels.iter().map(|(rank, label)| annotation(*rank, label, &source));
    let annotations = annotations.collect::<Vec<_>>();
    Snippet::source(source).path(name).annotations(annotations).into()
}

fn annotation<'a>(rank: usize, label: &'a Label, source: &str) -> Annotation<'a> {
    let kind = if rank == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
    kind.span(span(source, label.line, label.column)).label(label.text.as_str())
}

/// Returns the path from the current folder, as rustc does, where the file lies in it.
fn displayed(file: &Path) -> String {
    let current = env::current_dir().unwrap_or_default();
    file.strip_prefix(current).unwrap_or(file).display().to_string()
}

/// Returns the bytes of the word, path or string that begins at a line and column.
fn span(source: &str, line: u32, column: u32) -> Range<usize> {
    let mut start = 0;
    let mut lines = source.split_inclusive('\n');
    let mut text = lines.next().unwrap_or_default();
    for _ in 1..line {
        let Some(next) = lines.next() else { break };
        start += text.len();
        text = next;
    }
    let text = text.trim_end();
    let before = text.char_indices().nth(column.saturating_sub(1) as usize);
    let at = before.map_or(text.len(), |(at, _)| at);
    start + at..start + at + word(&text[at..])
}

/// Returns how many bytes the first word, path or string of `text` has.
fn word(text: &str) -> usize {
    if let Some(inside) = text.strip_prefix('"') {
        return inside.find('"').map_or(text.len(), |end| end + 2);
    }
    let is_word = |c: char| c.is_alphanumeric() || "_:.".contains(c);
    let end = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    end.max(text.chars().next().map_or(0, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn marked(source: &str, line: u32, column: u32) -> &str {
        &source[span(source, line, column)]
    }

    #[test]
    fn a_place_is_marked_up_to_the_end_of_its_word() {
        let source = "fn main() {\n    stack::new(\"in put\")\n}\n";
        assert_eq!(marked(source, 2, 5), "stack::new");
        assert_eq!(marked(source, 2, 16), "\"in put\"");
        assert_eq!(marked(source, 1, 8), "(");
    }

    #[test]
    fn a_place_past_the_end_marks_nothing() {
        assert_eq!(marked("one\n", 1, 40), "");
        assert_eq!(marked("one\n", 9, 1), "one");
        assert_eq!(marked("", 1, 1), "");
    }

    #[test]
    fn a_report_shows_the_places_and_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.rs");
        fs::write(&file, "fn main() {\n    wire(a, b);\n}\n").unwrap();
        let report = Report::error("`a` is not a network")
            .label(Label::new(&file, 2, 10, "this is a disk"))
            .label(Label::new(&file, 2, 5, "wired here"))
            .help("give it a network");
        let text = render(&report, false).replace(&file.display().to_string(), "config.rs");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_report_of_no_place_is_a_line_for_each_sentence() {
        let report = Report::error("no `x`").note("there is a `y`").help("did you mean `y`?");
        let expected = "error: no `x`\n  note: there is a `y`\n  help: did you mean `y`?\n";
        assert_eq!(render(&report, false), expected);
        assert!(render(&report, true).starts_with("\u{1b}["));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_still_named() {
        let gone = PathBuf::from("/no/such/config.rs");
        let report = Report::error("lost").label(Label::new(&gone, 3, 4, "here"));
        assert!(render(&report, false).contains("/no/such/config.rs:3:4"));
    }
}
