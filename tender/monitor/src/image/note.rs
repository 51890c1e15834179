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

/// The owner and the type of the note that names a PVH entry (Xen, `include/public/elfnote.h`).
const XEN: &[u8] = b"Xen";
const PHYS32_ENTRY: u32 = 18;

/// Reads the manifest of an image, which must have one.
pub(super) fn read(headers: &[Header], endian: Endianness, bytes: &[u8]) -> Result<Vec<Want>, Why> {
    let owner = OWNER.strip_suffix(&[0]).unwrap_or_default();
    match find(headers, endian, bytes, owner, NOTE_TYPE)? {
        Some(manifest) => wants(manifest),
        None => Err("it has no manifest, so it is not an image of a tender".into()),
    }
}

/// Tells whether an image can be started by a PVH entry.
pub(super) fn has_pvh_entry(
    headers: &[Header],
    endian: Endianness,
    bytes: &[u8],
) -> Result<bool, Why> {
    Ok(find(headers, endian, bytes, XEN, PHYS32_ENTRY)?.is_some())
}

/// Finds the first note of that owner and type.
fn find<'a>(
    headers: &[Header],
    endian: Endianness,
    bytes: &'a [u8],
    owner: &[u8],
    kind: u32,
) -> Result<Option<&'a [u8]>, Why> {
    let broken = |_| Why::from("its notes are broken");
    for header in headers {
        let Some(mut notes) = header.notes(endian, bytes).map_err(broken)? else { continue };
        while let Some(note) = notes.next().map_err(broken)? {
            if note.name() == owner && note.n_type(endian).0 == kind {
                return Ok(Some(note.desc()));
            }
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
