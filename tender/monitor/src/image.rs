//! Images: what is in the file, checked before anything of it is used.

mod load;
mod note;
mod pvh;
mod relocate;

use std::{fs::File, io, path::Path};

use object::{
    Endianness, elf,
    read::elf::{ElfFile64, FileHeader, ProgramHeader},
};
use sarab_abi::PAGE_BYTES;

use crate::{Error, memory::Protection, streams};

pub use note::Want;
pub use pvh::Pvh;

/// The most bytes of memory that an image may take.
const SPAN_BYTES_MAX: u64 = 1 << 32;

/// An image, checked.
pub struct Image {
    file: Mapped,
    /// The entry point, as an offset in the image.
    pub entry: u64,
    /// Bytes of memory that it takes, in whole pages.
    pub span_bytes: u64,
    /// What is loaded, in order.
    pub segments: Vec<Segment>,
    /// What it asks of its host, in order.
    pub wants: Vec<Want>,
    /// Where the addresses stand that depend on where the image lies.
    relocations: relocate::Tables,
    /// What is read-only once they are filled in.
    sealed: Option<(u64, u64)>,
}

/// A part of an image that is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where it starts in memory, as an offset in the image.
    pub start: u64,
    /// Bytes of memory in it.
    pub size_bytes: u64,
    /// Where it starts in the file.
    file_start: u64,
    /// Bytes of it in the file; the rest is zero.
    file_bytes: u64,
    /// What the guest may do there.
    pub protection: Protection,
}

impl Image {
    /// Opens the image at `path` and checks it.
    pub fn open(path: &Path) -> Result<Self, Error> {
        read(path, Parsed::read).map(|(file, parsed)| parsed.with(file))
    }

    /// Returns what the guest may do with each part of the image, in order, in whole pages.
    pub fn parts(&self) -> impl Iterator<Item = (u64, u64, Protection)> {
        self.segments.iter().flat_map(|segment| {
            let start = page_down(segment.start);
            let end = page_up(segment.start + segment.size_bytes);
            let seal = self.sealed.filter(|(from, _)| (start..end).contains(from));
            let (from, to) = seal.unwrap_or((start, start));
            [
                (start, from, segment.protection),
                (from, to, Protection::Read),
                (to, end, segment.protection),
            ]
            .into_iter()
            .filter(|(start, end, _)| start < end)
        })
    }
}

/// Reads the file at `path` by `parse`.
fn read<T>(path: &Path, parse: impl FnOnce(&[u8]) -> Result<T, Why>) -> Result<(Mapped, T), Error> {
    let cannot = |error: io::Error| {
        Error::usage(format_args!("cannot open the image {}: {error}", path.display()))
    };
    let file = File::open(path).and_then(streams::keep_clear).map_err(cannot)?;
    let file = Mapped::new(file).map_err(cannot)?;
    let parsed = parse(file.bytes());
    let parsed = parsed.map_err(|why| Error::image(format_args!("{}: {why}", path.display())))?;
    Ok((file, parsed))
}

/// Reads the headers of a file for the processor that guests have. `target` is one that makes such a file.
fn elf<'a>(bytes: &'a [u8], target: &str) -> Result<ElfFile64<'a, Endianness>, Why> {
    let elf = ElfFile64::<Endianness>::parse(bytes)
        .map_err(|_| format!("not an image; `sarab build -t {target}` makes one"))?;
    let endian = elf.endian();
    if elf.elf_header().e_machine(endian) != elf::EM_X86_64 || endian != Endianness::Little {
        return Err("not an image for x86-64".into());
    }
    Ok(elf)
}

/// What was read, before it is an image.
struct Parsed {
    entry: u64,
    span_bytes: u64,
    segments: Vec<Segment>,
    wants: Vec<Want>,
    relocations: relocate::Tables,
    sealed: Option<(u64, u64)>,
}

/// Why a file is no image.
type Why = String;

impl Parsed {
    fn read(bytes: &[u8]) -> Result<Self, Why> {
        let elf = elf(bytes, "spt")?;
        let endian = elf.endian();
        let header = elf.elf_header();
        if header.e_type(endian) != elf::ET_DYN {
            return Err("not position-independent, so not an image of a tender".into());
        }
        let headers = elf.elf_program_headers();
        let segments = segments(headers, endian, bytes.len() as u64)?;
        let span_bytes = segments.last().map_or(0, |it| page_up(it.start + it.size_bytes));
        let entry = header.e_entry(endian);
        let is_code =
            |it: &Segment| it.protection == Protection::ReadExecute && it.contains(entry, 1);
        if !segments.iter().any(is_code) {
            return Err("its entry point is not in its code".into());
        }
        let sealed = sealed(headers, endian, &segments)?;
        Ok(Self {
            entry,
            span_bytes,
            wants: note::read(headers, endian, bytes)?,
            relocations: relocate::Tables::read(headers, endian, bytes)?,
            segments,
            sealed,
        })
    }

    fn with(self, file: Mapped) -> Image {
        let Self { entry, span_bytes, segments, wants, relocations, sealed } = self;
        Image { file, entry, span_bytes, segments, wants, relocations, sealed }
    }
}

impl Segment {
    /// Tells whether `size_bytes` from `start` on lie in the segment.
    fn contains(&self, start: u64, size_bytes: u64) -> bool {
        let end = start.checked_add(size_bytes);
        start >= self.start && end.is_some_and(|end| end <= self.start + self.size_bytes)
    }
}

type Header = elf::ProgramHeader64<Endianness>;

/// Reads the segments that are loaded: in order, apart from each other, within the file.
fn segments(headers: &[Header], endian: Endianness, file_bytes: u64) -> Result<Vec<Segment>, Why> {
    let mut segments: Vec<Segment> = Vec::new();
    for header in headers.iter().filter(|header| header.p_type(endian) == elf::PT_LOAD) {
        let segment = segment(header, endian)?;
        let end = segments.last().map_or(0, |last| page_up(last.start + last.size_bytes));
        if page_down(segment.start) < end {
            return Err("its segments overlap".into());
        }
        if segment.start.checked_add(segment.size_bytes).is_none_or(|end| end > SPAN_BYTES_MAX) {
            return Err(format!("it is larger than {} GiB", SPAN_BYTES_MAX >> 30));
        }
        let end = segment.file_start.checked_add(segment.file_bytes);
        if end.is_none_or(|end| end > file_bytes) || segment.file_bytes > segment.size_bytes {
            return Err("it is cut short".into());
        }
        if segment.size_bytes > 0 {
            segments.push(segment);
        }
    }
    Ok(segments)
}

fn segment(header: &Header, endian: Endianness) -> Result<Segment, Why> {
    let elf::ProgramFlags(flags) = header.p_flags(endian);
    let protection = match (flags & elf::PF_W.0 != 0, flags & elf::PF_X.0 != 0) {
        (true, true) => return Err("it has a segment that is writable and executable".into()),
        (true, false) => Protection::ReadWrite,
        (false, true) => Protection::ReadExecute,
        (false, false) => Protection::Read,
    };
    Ok(Segment {
        start: header.p_vaddr(endian),
        size_bytes: header.p_memsz(endian),
        file_start: header.p_offset(endian),
        file_bytes: header.p_filesz(endian),
        protection,
    })
}

/// Reads what is read-only once the relocations were applied: whole pages of a writable segment.
fn sealed(
    headers: &[Header],
    endian: Endianness,
    segments: &[Segment],
) -> Result<Option<(u64, u64)>, Why> {
    let header = headers.iter().find(|header| header.p_type(endian) == elf::PT_GNU_RELRO);
    let Some(header) = header else { return Ok(None) };
    let (start, size) = (header.p_vaddr(endian), header.p_memsz(endian));
    let of = segments.iter().find(|segment| segment.contains(start, 1));
    match of {
        _ if size == 0 => Ok(None),
        Some(of) if of.protection == Protection::ReadWrite => {
            let end = page_down(start.saturating_add(size)).min(page_up(of.start + of.size_bytes));
            let start = page_down(start);
            Ok((start < end).then_some((start, end)))
        }
        _ => Err("what it wants sealed is no data of its own".into()),
    }
}

/// Returns the start of the page that `address` lies in.
pub(crate) fn page_down(address: u64) -> u64 {
    address & !(PAGE_BYTES - 1)
}

/// Returns the end of the page that the byte before `address` lies in.
pub(crate) fn page_up(address: u64) -> u64 {
    page_down(address.saturating_add(PAGE_BYTES - 1))
}

use load::Mapped;
