//! Reports of crashes: found in what a tender says, and turned into functions and lines.
//!
//! ```text
//! crash: out of memory
//!   at 0x1a2b0
//! ```
//!
//! Everything passes through as it comes, but for lines that tell a frame right below one that says
//! what happened: these are kept until the chain is over, and shown with what the image knows of
//! them.

use std::{
    io::{self, IsTerminal, Read as _, Write},
    path::Path,
};

use anstream::{AutoStream, ColorChoice, stream::RawStream};
use sarab_abi::crash::{FRAME, HEAD};
use sarab_runtime::{Failure, Status};

use crate::{debug::Attach, symbols::Symbols, unavailable};

/// How frames are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// For files and pipes.
    Plain,
    /// For terminals: what is not the program's own is dim.
    Coloured,
}

impl Style {
    /// Returns what fits `stream`, unless the environment wants something else (`NO_COLOR`).
    pub(crate) fn of(stream: &(impl IsTerminal + RawStream)) -> Self {
        match AutoStream::choice(stream) {
            ColorChoice::Never => Self::Plain,
            _ => Self::Coloured,
        }
    }
}

/// Turns the report on the standard input into functions and lines of `image`.
pub(crate) fn symbolise(image: &Path) -> Result<Status, Failure> {
    let symbols = Symbols::new(image.to_owned());
    symbols.check()?;
    let (mut input, output) = (io::stdin().lock(), io::stdout().lock());
    let style = Style::of(&output);
    let mut report = Report::new(output, symbols, style, None);
    let mut piece = vec![0; 64 * 1024];
    loop {
        match input.read(&mut piece).map_err(unavailable("cannot read the report"))? {
            0 => break,
            size => report.take(&piece[..size]),
        }
    }
    report.release();
    Ok(Status::SUCCESS)
}

/// A stream in which there may be reports.
pub(crate) struct Report<W> {
    out: W,
    symbols: Symbols,
    style: Style,
    attach: Option<Attach>,
    place: Place,
    /// The present line as far as it is of interest: what it starts with, or all of a frame.
    line: Vec<u8>,
    /// The frames of the present chain.
    frames: Vec<u64>,
}

/// Where in the stream the next byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the start of a line, in what may become one of the heads.
    Start,
    /// In a line that is of no interest.
    Text,
    /// In the line that says what happened.
    Head,
    /// In the line that says where the image is.
    Base,
    /// In a line that may tell a frame, and which is kept.
    Frame,
}

impl<W: Write> Report<W> {
    /// Returns a stream to `out`, with what a debugger needs if one waits for it.
    pub(crate) fn new(out: W, symbols: Symbols, style: Style, attach: Option<Attach>) -> Self {
        let (line, frames) = (Vec::new(), Vec::new());
        Self { out, symbols, style, attach, place: Place::Start, line, frames }
    }

    /// Returns whether something is kept for what follows.
    pub(crate) fn holds_something(&self) -> bool {
        self.place == Place::Frame && !(self.line.is_empty() && self.frames.is_empty())
    }

    /// Takes the next bytes of the stream.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            match self.place {
                Place::Frame => self.frame(piece),
                _ => self.pass(piece),
            }
        }
    }

    /// Shows what is kept, because nothing follows, or nothing soon.
    pub(crate) fn release(&mut self) {
        if self.place == Place::Frame {
            self.show_frames();
            self.place = Place::Start;
            let line = std::mem::take(&mut self.line);
            self.pass(&line);
        }
    }

    /// Passes a piece of a line on, and looks whether the line is one of those that matter.
    fn pass(&mut self, piece: &[u8]) {
        self.write(piece);
        if matches!(self.place, Place::Start | Place::Base) {
            self.line.extend(piece);
        }
        if self.place == Place::Start {
            self.place = self.kind();
        }
        if piece.ends_with(b"\n") {
            self.end_line();
        }
    }

    /// Returns what the present line is, as far as it has come.
    fn kind(&self) -> Place {
        let heads: [(&[u8], Place, bool); 2] = [
            (HEAD.as_bytes(), Place::Head, true),
            (Attach::HEAD, Place::Base, self.attach.is_some()),
        ];
        for (head, place, _) in heads.into_iter().filter(|(_, _, is_awaited)| *is_awaited) {
            if self.line.starts_with(head) {
                return place;
            }
            if head.starts_with(&self.line) {
                return Place::Start;
            }
        }
        Place::Text
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let attach = if self.place == Place::Base { self.attach.take() } else { None };
        if let Some(attach) = attach {
            let base = String::from_utf8_lossy(&line[Attach::HEAD.len()..]);
            self.write(attach.explain(base.trim()).as_bytes());
        }
        self.place = if self.place == Place::Head { Place::Frame } else { Place::Start };
    }

    /// Keeps a piece of a line that may tell a frame.
    fn frame(&mut self, piece: &[u8]) {
        self.line.extend(piece);
        if let Some(address) = address(&self.line) {
            self.frames.push(address);
            self.line.clear();
        } else if !may_become_frame(&self.line) {
            self.release();
        }
    }

    fn show_frames(&mut self) {
        let frames = std::mem::take(&mut self.frames);
        let text = self.symbols.describe(&frames, self.style);
        self.write(text.as_bytes());
    }

    fn write(&mut self, bytes: &[u8]) {
        // Whoever reads this has gone; the unikernel goes on.
        let _ = self.out.write_all(bytes);
    }
}

/// Returns the offset that a whole line tells.
fn address(line: &[u8]) -> Option<u64> {
    let digits = line.strip_prefix(FRAME.as_bytes())?.strip_suffix(b"\n")?;
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Returns whether a line that is not whole yet may tell an offset.
fn may_become_frame(line: &[u8]) -> bool {
    match line.strip_prefix(FRAME.as_bytes()) {
        Some(digits) => digits.len() <= 16 && digits.iter().all(u8::is_ascii_hexdigit),
        None => FRAME.as_bytes().starts_with(line),
    }
}

#[cfg(test)]
mod tests;
