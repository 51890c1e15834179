//! What comes from a guest's console.
//!
//! It has one console for all that it says. What a program says goes to the standard output, a crash report
//! to the standard error, where it is looked for.

use sarab_abi::crash::{FRAME, HEAD};
use sarab_lab::xen::Stream;

/// Cuts what comes from a console into what belongs to the one stream and to the other.
///
/// Lines may end as a terminal wants it, with a carriage return, which is left out.
#[derive(Default)]
pub(crate) struct Console {
    line: Line,
    /// The start of a line that may become one of a report.
    held: Vec<u8>,
    /// Whether the line before was one of a report.
    is_report: bool,
    /// Whether a carriage return is held back.
    has_return: bool,
}

/// What a line is.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Line {
    /// Not known yet.
    #[default]
    Open,
    Output,
    Report,
}

impl Console {
    /// Takes what comes next, and gives `say` what is known of it.
    pub(crate) fn take(&mut self, bytes: &[u8], say: &mut impl FnMut(Stream, &[u8])) {
        let mut run = Run { stream: Stream::Output, bytes: Vec::new(), say };
        for byte in bytes {
            if std::mem::take(&mut self.has_return) && *byte != b'\n' {
                self.put(b'\r', &mut run);
            }
            match byte {
                b'\r' => self.has_return = true,
                byte => self.put(*byte, &mut run),
            }
        }
        run.end();
    }

    /// Tells whether something is held back.
    pub(crate) fn holds_something(&self) -> bool {
        !self.held.is_empty()
    }

    /// Gives `say` what is held back, since nothing has come for a while.
    pub(crate) fn release(&mut self, say: &mut impl FnMut(Stream, &[u8])) {
        if self.holds_something() {
            say(Stream::Output, &self.held);
            self.held.clear();
            (self.line, self.is_report) = (Line::Output, false);
        }
    }

    fn put<S: FnMut(Stream, &[u8])>(&mut self, byte: u8, run: &mut Run<'_, S>) {
        self.held.push(byte);
        if self.line == Line::Open {
            self.line = self.judge();
        }
        let stream = match self.line {
            Line::Open => return,
            Line::Output => Stream::Output,
            Line::Report => Stream::Error,
        };
        self.is_report = self.line == Line::Report;
        run.add(stream, &self.held);
        self.held.clear();
        if byte == b'\n' {
            self.line = Line::Open;
        }
    }

    fn judge(&self) -> Line {
        let frame = self.is_report.then_some(FRAME);
        let starts = || [Some(HEAD), frame].into_iter().flatten().map(str::as_bytes);
        if starts().any(|start| self.held.starts_with(start)) {
            Line::Report
        } else if starts().any(|start| start.starts_with(&self.held)) {
            Line::Open
        } else {
            Line::Output
        }
    }
}

/// Bytes of one stream, said at once.
struct Run<'a, S: FnMut(Stream, &[u8])> {
    stream: Stream,
    bytes: Vec<u8>,
    say: &'a mut S,
}

impl<S: FnMut(Stream, &[u8])> Run<'_, S> {
    fn add(&mut self, stream: Stream, bytes: &[u8]) {
        if stream != self.stream {
            self.end();
            self.stream = stream;
        }
        self.bytes.extend_from_slice(bytes);
    }

    fn end(&mut self) {
        if !self.bytes.is_empty() {
            (self.say)(self.stream, &self.bytes);
            self.bytes.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what goes where, when `pieces` come.
    fn said(pieces: &[&str]) -> [String; 2] {
        let (mut console, mut said) = (Console::default(), [String::new(), String::new()]);
        let mut say = |stream, bytes: &[u8]| {
            let index = usize::from(stream == Stream::Error);
            said[index].push_str(std::str::from_utf8(bytes).unwrap());
        };
        for piece in pieces {
            console.take(piece.as_bytes(), &mut say);
        }
        console.release(&mut say);
        said
    }

    #[test]
    fn a_report_goes_to_the_standard_error_however_it_is_cut() {
        let text = "hello\r\npanicked\n  at 0x1 is no frame\ncrash: panic\n  at 0x10\n  at 0x2f\nbye\n  at 0x3\n";
        let output = "hello\npanicked\n  at 0x1 is no frame\nbye\n  at 0x3\n";
        let error = "crash: panic\n  at 0x10\n  at 0x2f\n";
        for size in [1, 2, 3, 7, text.len()] {
            let pieces: Vec<&str> =
                text.as_bytes().chunks(size).map(|it| std::str::from_utf8(it).unwrap()).collect();
            assert_eq!(said(&pieces), [output, error], "{size}");
        }
    }

    #[test]
    fn a_prompt_is_shown_although_its_line_goes_on() {
        assert_eq!(said(&["name? "]), ["name? ", ""]);
        assert_eq!(said(&["cra"]), ["cra", ""]);
    }

    #[test]
    fn only_what_ends_a_line_is_left_out() {
        assert_eq!(said(&["a\rb\r", "\nc\r\r\n"]), ["a\rb\nc\r\n", ""]);
    }
}
