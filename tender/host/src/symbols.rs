//! Functions and lines of an image, from its debug information.

use std::{
    cell::OnceCell,
    env,
    fmt::{self, Write as _},
    path::{Path, PathBuf},
};

use addr2line::{Loader, Location};
use anstyle::{Effects, Style as Ansi};
use rustc_demangle::demangle;
use sarab_runtime::{Failure, Status};

use crate::{crash::Style, image::lowest_address};

/// Crates that run a program but are not the program.
const RUNTIME: [&str; 10] = [
    "core",
    "alloc",
    "std",
    "compiler_builtins",
    "__rustc",
    "rustc",
    "sarab_runtime",
    "sarab_tender",
    "sarab_bare",
    "embassy_futures",
];

const DIM: Ansi = Ansi::new().effects(Effects::DIMMED);

/// What an image knows of its addresses; read when it is first asked.
pub(crate) struct Symbols {
    image: PathBuf,
    table: OnceCell<Result<Table, String>>,
}

/// What was read.
struct Table {
    loader: Loader,
    /// The address that frames are counted from: 0 where the tender chooses the place of an image.
    lowest: u64,
}

impl Symbols {
    /// Returns those of `image`.
    pub(crate) fn new(image: PathBuf) -> Self {
        Self { image, table: OnceCell::new() }
    }

    /// Reads the image now, to say whether it can be.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let failed = |why: &String| Failure::new(why).with_status(Status::USAGE);
        self.table().as_ref().map(drop).map_err(failed)
    }

    /// Describes a chain of frames, the innermost first, one a line.
    ///
    /// All but the first are places that a call returns to, which may be in the next line already,
    /// or in the next function; the call itself ends one byte before.
    pub(crate) fn describe(&self, frames: &[u64], style: Style) -> String {
        let mut text = String::new();
        let table = match self.table() {
            _ if frames.is_empty() => return text,
            Ok(table) => Some(table),
            Err(why) => {
                let _ = writeln!(text, "  ({why})");
                None
            }
        };
        let folder = env::current_dir().unwrap_or_default();
        let mut chain: Vec<String> = Vec::new();
        for (index, address) in frames.iter().enumerate() {
            let probe = if index == 0 { *address } else { address.saturating_sub(1) };
            let lines = table.map(|it| it.lines(probe, &folder)).unwrap_or_default();
            if lines.is_empty() {
                chain.push(format!("  at {address:#x}\n"));
            }
            for line in lines {
                chain.push(line.show(style));
            }
        }
        for same in chain.chunk_by(|one, next| one == next) {
            let _ = text.write_str(&same[0]);
            // Whoever has called itself until the stack was full has said enough by then.
            if let more @ 1.. = same.len() - 1 {
                let _ = writeln!(text, "  ... and {more} more of these");
            }
        }
        text
    }

    fn table(&self) -> &Result<Table, String> {
        self.table.get_or_init(|| {
            let image = self.image.display();
            let loader = Loader::new(&self.image)
                .map_err(|error| format!("cannot read the image {image}: {error}"))?;
            Ok(Table { loader, lowest: lowest_address(&self.image).unwrap_or(0) })
        })
    }
}

impl Table {
    /// Returns the functions at `offset`, what was inlined first.
    fn lines(&self, offset: u64, folder: &Path) -> Vec<Line> {
        lines(&self.loader, self.lowest.saturating_add(offset), folder)
    }
}

/// One function that was running, and where in it.
struct Line {
    function: String,
    place: String,
}

impl Line {
    fn new(name: &str, location: Option<&Location<'_>>, folder: &Path) -> Self {
        let place = location.map(|it| Place { location: it, folder }.to_string());
        let function = short(&format!("{:#}", demangle(name)));
        Self { function, place: place.unwrap_or_default() }
    }

    /// Returns whether it is of a crate that runs programs.
    fn is_runtime(&self) -> bool {
        let path = self.function.trim_start_matches(['<', '&', '*', '(']);
        let name = path.split("::").next().unwrap_or_default();
        RUNTIME.contains(&name) || !self.function.contains("::")
    }

    fn show(&self, style: Style) -> String {
        let dim = if style == Style::Coloured && self.is_runtime() { DIM } else { Ansi::new() };
        let Self { function, place } = self;
        format!("{dim}  at {function}{place}{dim:#}\n")
    }
}

/// Leaves out the types that a function was made for: `run::<App>` is `run`. The type that a name begins
/// with says whose method it is, and stays.
fn short(name: &str) -> String {
    let mut depth = 0_usize;
    let mut is_first = name.starts_with('<');
    let mut before = ' ';
    let mut short = String::new();
    for letter in name.chars() {
        let closes = letter == '>' && before != '-';
        depth += usize::from(letter == '<');
        if depth == 0 || is_first {
            short.push(letter);
        }
        depth -= usize::from(closes && depth > 0);
        is_first &= depth > 0;
        before = letter;
    }
    short.replace("::::", "::").trim_end_matches("::").to_owned()
}

/// Returns the functions at `address`, what was inlined first.
fn lines(loader: &Loader, address: u64, folder: &Path) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Ok(mut frames) = loader.find_frames(address) {
        while let Ok(Some(frame)) = frames.next() {
            let name = frame.function.as_ref().and_then(|it| it.raw_name().ok());
            let name = name.or_else(|| loader.find_symbol(address).map(Into::into));
            if let Some(name) = name {
                lines.push(Line::new(&name, frame.location.as_ref(), folder));
            }
        }
    }
    // The last one is no part of another; of that the table of symbols has the whole path.
    if let (Some(last), Some(name)) = (lines.last_mut(), loader.find_symbol(address)) {
        last.function = short(&format!("{:#}", demangle(name)));
    }
    if lines.is_empty() {
        let name = loader.find_symbol(address);
        lines.extend(name.map(|name| Line::new(name, None, folder)));
    }
    lines
}

/// A place in the source, seen from a folder.
struct Place<'a> {
    location: &'a Location<'a>,
    folder: &'a Path,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Location { file: Some(file), line, column } = self.location else { return Ok(()) };
        write!(f, " ({}", shown(Path::new(file), self.folder).display())?;
        for number in [line, column].into_iter().map_while(|it| *it) {
            write!(f, ":{number}")?;
        }
        f.write_str(")")
    }
}

/// Returns `file` seen from `folder`, and those of the standard library without where it was built.
fn shown<'a>(file: &'a Path, folder: &Path) -> &'a Path {
    let standard = || {
        let mut parts = file.strip_prefix("/rustc").ok()?.components();
        parts.next()?;
        Some(parts.as_path())
    };
    file.strip_prefix(folder).ok().or_else(standard).unwrap_or(file)
}

#[cfg(test)]
mod tests;
