//! Images that a machine boots by their PVH entry, as `machine/PVH.md` says.
//!
//! The machine's own loader reads the segments; here is read what has to be known before it starts.

use std::path::Path;

use object::{Endianness, elf, read::elf::ProgramHeader};

use super::{Header, Want, Why, note};
use crate::Error;

/// The owner and the type of the note that names the entry (Xen, `include/public/elfnote.h`).
const ENTRY: (&[u8], u32) = (b"Xen\0", 18);

/// An image with a PVH entry.
#[derive(Debug, PartialEq, Eq)]
pub struct Pvh {
    /// What it asks of its host, in order.
    pub wants: Vec<Want>,
    /// The physical address behind its last byte.
    pub end: u64,
}

impl Pvh {
    /// Reads the image at `path`.
    pub fn open(path: &Path) -> Result<Self, Error> {
        super::read(path, Self::read).map(|(_, image)| image)
    }

    fn read(bytes: &[u8]) -> Result<Self, Why> {
        let elf = super::elf(bytes, "virtio")?;
        let (endian, headers) = (elf.endian(), elf.elf_program_headers());
        let entry = note::find(headers, endian, bytes, ENTRY)?;
        if entry.is_none_or(|address| address.len() < 4) {
            return Err(
                "it has no PVH entry; `sarab build -t virtio` makes an image with one".into()
            );
        }
        let ends = headers.iter().filter_map(|header| end(header, endian));
        let end = ends.max().ok_or("nothing of it is loaded")?;
        Ok(Self { wants: note::read(headers, endian, bytes)?, end })
    }
}

/// Returns the physical address behind a segment that is loaded.
fn end(header: &Header, endian: Endianness) -> Option<u64> {
    let is_loaded = header.p_type(endian) == elf::PT_LOAD;
    is_loaded.then(|| header.p_paddr(endian).saturating_add(header.p_memsz(endian)))
}
