//! What an image asks for: the manifest in its ELF note.

use std::{fs::File, path::Path};

use object::{
    LittleEndian, ReadCache, ReadRef,
    elf::{FileHeader64, PT_LOAD},
    read::elf::{FileHeader as _, ProgramHeader as _},
};
use sarab_abi::manifest::{self, Entry};
use sarab_runtime::{Failure, Status};

/// Returns the names of the network cards of `image`, in its order.
///
/// Only the headers and the note are read, however large the image is. Whether it is a good image
/// otherwise is the tender's to say.
pub(crate) fn cards(image: &Path) -> Result<Vec<String>, Failure> {
    let wrong = |text: &str| {
        let text = format!("{}: {text}", image.display());
        Failure::new(text).with_status(Status(65))
    };
    let file = File::open(image).map_err(|error| {
        Failure::new(format!("cannot open {}: {error}", image.display())).with_status(Status::USAGE)
    })?;
    let cache = ReadCache::new(file);
    match note(&cache) {
        Ok(Some(note)) => names(note)
            .map_err(|_| wrong("its manifest is malformed, or of another version; build it again")),
        Ok(None) => Err(wrong("not a unikernel; build one with `sarab build`")),
        Err(_) => Err(wrong("not an ELF file of 64 bits; build an image with `sarab build`")),
    }
}

/// Returns the lowest address of what is loaded of `image`, which the frames of a crash are counted from.
pub(crate) fn lowest_address(image: &Path) -> Option<u64> {
    let cache = ReadCache::new(File::open(image).ok()?);
    let header = FileHeader64::<LittleEndian>::parse(&cache).ok()?;
    let endian = header.endian().ok()?;
    let segments = header.program_headers(endian, &cache).ok()?.iter();
    let loaded = segments.filter(|segment| segment.p_type(endian) == PT_LOAD);
    loaded.map(|segment| segment.p_vaddr(endian)).min()
}

fn note<'a>(data: impl ReadRef<'a>) -> object::Result<Option<&'a [u8]>> {
    let header = FileHeader64::<LittleEndian>::parse(data)?;
    let endian = header.endian()?;
    for segment in header.program_headers(endian, data)? {
        let Some(mut notes) = segment.notes(endian, data)? else { continue };
        while let Some(note) = notes.next()? {
            let owner = manifest::OWNER.strip_suffix(b"\0").unwrap_or(&manifest::OWNER);
            if note.name() == owner && note.n_type(endian).0 == manifest::NOTE_TYPE {
                return Ok(Some(note.desc()));
            }
        }
    }
    Ok(None)
}

fn names(note: &[u8]) -> Result<Vec<String>, manifest::Malformed> {
    let mut names = Vec::new();
    for entry in manifest::read(note)? {
        if let Entry::Network(name) = entry? {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}
