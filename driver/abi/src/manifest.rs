//! The manifest: what an image asks of its host, in an ELF note.

use crate::VERSION;

/// The owner of the note, with its zero.
pub const OWNER: [u8; 6] = *b"Sarab\0";
/// The type of the note.
pub const NOTE_TYPE: u32 = 1;

/// Bytes before the first entry.
const HEAD_BYTES: usize = 8;

/// Something that an image asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Entry<'a> {
    /// The network card of that name.
    Network(&'a str),
    /// The disk of that name.
    Disk(&'a str),
}

impl<'a> Entry<'a> {
    const fn parts(self) -> (u8, &'a str) {
        match self {
            Self::Network(name) => (1, name),
            Self::Disk(name) => (2, name),
        }
    }

    /// Returns the name.
    #[must_use]
    pub const fn name(self) -> &'a str {
        self.parts().1
    }

    const fn new(kind: u8, name: &'a str) -> Option<Self> {
        Some(match kind {
            1 => Self::Network(name),
            2 => Self::Disk(name),
            _ => return None,
        })
    }
}

/// Returns the bytes of the manifest of `entries`.
#[must_use]
pub const fn size_bytes(entries: &[Entry<'_>]) -> usize {
    let (mut size, mut index) = (HEAD_BYTES, 0);
    while index < entries.len() {
        size += 2 + entries[index].name().len();
        index += 1;
    }
    size
}

/// Writes the manifest of `entries`, which has `SIZE` bytes, when a program is compiled.
///
/// # Panics
///
/// If the size is another one, or a name is empty or longer than 255 bytes.
#[must_use]
pub const fn write<const SIZE: usize>(entries: &[Entry<'_>]) -> [u8; SIZE] {
    assert!(SIZE == size_bytes(entries));
    let mut bytes = [0; SIZE];
    put(&mut bytes, 0, &VERSION.to_le_bytes());
    #[expect(clippy::cast_possible_truncation, reason = "no image has four billion devices")]
    put(&mut bytes, 4, &(entries.len() as u32).to_le_bytes());
    let (mut at, mut index) = (HEAD_BYTES, 0);
    while index < entries.len() {
        let (kind, name) = entries[index].parts();
        assert!(!name.is_empty() && name.len() <= 255, "a device has a name of 1 to 255 bytes");
        #[expect(clippy::cast_possible_truncation, reason = "checked above")]
        put(&mut bytes, at, &[kind, name.len() as u8]);
        put(&mut bytes, at + 2, name.as_bytes());
        at += 2 + name.len();
        index += 1;
    }
    bytes
}

const fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    let mut index = 0;
    while index < what.len() {
        bytes[at + index] = what[index];
        index += 1;
    }
}

/// Why bytes are no manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It is of another version of the ABI.
    Version(u32),
    /// It ends early, or has an entry that is none.
    Entry,
}

/// Reads the entries of a manifest.
pub fn read(bytes: &[u8]) -> Result<impl Iterator<Item = Result<Entry<'_>, Malformed>>, Malformed> {
    let (version, rest) = bytes.split_first_chunk().ok_or(Malformed::Entry)?;
    let (count, mut rest) = rest.split_first_chunk().ok_or(Malformed::Entry)?;
    match u32::from_le_bytes(*version) {
        VERSION => {}
        other => return Err(Malformed::Version(other)),
    }
    let count = u32::from_le_bytes(*count);
    let mut is_whole = true;
    Ok((0..count).map_while(move |_| {
        let entry = is_whole.then(|| entry(&mut rest));
        is_whole = matches!(entry, Some(Some(_)));
        entry.map(|entry| entry.ok_or(Malformed::Entry))
    }))
}

fn entry<'a>(rest: &mut &'a [u8]) -> Option<Entry<'a>> {
    let (&[kind, length], behind) = rest.split_first_chunk()?;
    let (name, behind) = behind.split_at_checked(length.into())?;
    *rest = behind;
    let name = core::str::from_utf8(name).ok().filter(|name| !name.is_empty())?;
    Entry::new(kind, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRIES: [Entry<'_>; 2] = [Entry::Network("service"), Entry::Disk("data")];
    const MANIFEST: [u8; size_bytes(&ENTRIES)] = write(&ENTRIES);

    #[test]
    fn what_is_written_is_read() {
        assert!(read(&MANIFEST).unwrap().map(Result::unwrap).eq(ENTRIES));
    }

    #[test]
    fn a_manifest_cut_short_anywhere_is_malformed() {
        for end in 0..MANIFEST.len() {
            let all = read(&MANIFEST[..end]).map(|mut entries| entries.all(|entry| entry.is_ok()));
            assert_ne!(all, Ok(true), "{end}");
        }
    }

    #[test]
    fn another_version_is_named() {
        let mut other = MANIFEST;
        other[0] = 9;
        assert_eq!(read(&other).err(), Some(Malformed::Version(9)));
    }

    #[test]
    fn a_wild_count_ends_at_the_first_entry_that_is_none() {
        let mut wild = MANIFEST;
        wild[4..8].fill(0xff);
        let entries = read(&wild).unwrap();
        assert_eq!(entries.last(), Some(Err(Malformed::Entry)));
    }
}
