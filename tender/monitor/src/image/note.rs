//! The manifest of an image.

use object::{Endianness, read::elf::ProgramHeader};
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
    let manifest = find(headers, endian, bytes, (&OWNER, NOTE_TYPE))?;
    wants(manifest.ok_or("it has no manifest, so it is not an image of a tender")?)
}

/// Returns the first note of that owner, whose name ends with a zero, and type.
pub(super) fn find<'a>(
    headers: &[Header],
    endian: Endianness,
    bytes: &'a [u8],
    (owner, kind): (&[u8], u32),
) -> Result<Option<&'a [u8]>, Why> {
    for header in headers {
        let Some(mut notes) = header.notes(endian, bytes).map_err(|_| BROKEN)? else { continue };
        while let Some(note) = notes.next().map_err(|_| BROKEN)? {
            if Some(note.name()) == owner.strip_suffix(&[0]) && note.n_type(endian).0 == kind {
                return Ok(Some(note.desc()));
            }
        }
    }
    Ok(None)
}

const BROKEN: &str = "its notes are broken";

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
