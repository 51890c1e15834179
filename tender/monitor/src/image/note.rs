//! The manifest of an image.

use object::{
    Endianness, elf,
    read::elf::{NoteIterator, ProgramHeader},
};
use sarab_abi::manifest::{Entry, Malformed, NOTE_TYPE, OWNER, read as read_manifest};

use super::{Header, Why};

/// Something that an image asks of its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// The network card of that name.
    Network(String),
    /// The disk of that name.
    Disk(String),
}

/// Reads the manifest of an image, which must have one.
pub(super) fn read(headers: &[Header], endian: Endianness, bytes: &[u8]) -> Result<Vec<Want>, Why> {
    for header in headers {
        let notes = header.notes(endian, bytes).map_err(|_| "its notes are broken")?;
        if let Some(manifest) = notes.map(|notes| find(notes, endian)).transpose()?.flatten() {
            return wants(manifest);
        }
    }
    Err("it has no manifest, so it is not an image of a tender".into())
}

fn find(
    mut notes: NoteIterator<'_, elf::FileHeader64<Endianness>>,
    endian: Endianness,
) -> Result<Option<&[u8]>, Why> {
    while let Some(note) = notes.next().map_err(|_| "its notes are broken")? {
        if note.name() == OWNER.strip_suffix(&[0]).unwrap_or_default()
            && note.n_type(endian).0 == NOTE_TYPE
        {
            return Ok(Some(note.desc()));
        }
    }
    Ok(None)
}

fn wants(manifest: &[u8]) -> Result<Vec<Want>, Why> {
    let why = |malformed| match malformed {
        Malformed::Version(version) => {
            format!("it is of version {version} of the ABI; build it with the same `sarab`")
        }
        Malformed::Entry => "its manifest is broken".into(),
    };
    let mut wants = Vec::new();
    for entry in read_manifest(manifest).map_err(why)? {
        let want = match entry.map_err(why)? {
            Entry::Network(name) => Want::Network(name.into()),
            Entry::Disk(name) => Want::Disk(name.into()),
        };
        if wants.contains(&want) {
            return Err("its manifest names a device twice".into());
        }
        wants.push(want);
    }
    Ok(wants)
}
