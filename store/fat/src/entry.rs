//! The entries of a folder.
//!
//! # Format
//!
//! "Microsoft FAT Specification" (2005), sections 6 and 7. A folder is a row of entries of 32 bytes.
//! One that begins with 00h is free, and so are all after it; one that begins with E5h is free. One
//! whose byte 11 holds 0Fh is a part of a long name; any other names a file, a folder, or the volume:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 11 | the short name: eight bytes and three, each filled up with spaces; 05h stands for E5h |
//! | 11 | 1 | bit 0 read-only, 1 hidden, 2 system, 3 the volume's name, 4 folder, 5 changed |
//! | 12 | 1 | bit 3: the first part of the name is in lower case, bit 4: the second (Windows NT) |
//! | 13 | 1 | hundredths of a second of the creation |
//! | 14 | 4 | time and date of the creation |
//! | 18 | 2 | date of the last use |
//! | 20 | 2 | first cluster, upper half; FAT32 only |
//! | 22 | 4 | time and date of the last change |
//! | 26 | 2 | first cluster, lower half; 0 for an empty file |
//! | 28 | 4 | size of the file in bytes; 0 for a folder |
//!
//! A long name stands in the entries before, its last part first. A part is
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1 | number of the part, from 1 on; bit 6 is set in the last |
//! | 1 | 10 | units 1 to 5 of the part, in UTF-16 |
//! | 11 | 1 | 0Fh |
//! | 13 | 1 | checksum of the short name |
//! | 14 | 12 | units 6 to 11 |
//! | 28 | 4 | units 12 and 13 |
//!
//! A name that does not fill its last part is ended by 0000h and then filled up with `FFFFh`.

use crate::stamp::Stamp;

/// Bytes in an entry.
pub(crate) const ENTRY_BYTES: usize = 32;
/// First bytes of entries that are free, and after which all are.
pub(crate) const FREE: u8 = 0xe5;
pub(crate) const END: u8 = 0;
/// Bits of byte 11.
pub(crate) const VOLUME: u8 = 0x08;
pub(crate) const FOLDER: u8 = 0x10;
pub(crate) const CHANGED: u8 = 0x20;
const LONG: u8 = 0x0f;
const LONG_MASK: u8 = 0x3f;
/// Units of a name in a part, and the most parts.
pub(crate) const PART_UNITS: usize = 13;
pub(crate) const PARTS_MAX: usize = 20;
/// Set in the number of the last part.
const LAST_PART: u8 = 0x40;
/// The bytes of a part at which its units stand.
const UNITS_AT: [usize; PART_UNITS] = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/// An entry that names a file, a folder or the volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Short {
    pub(crate) name: [u8; 11],
    pub(crate) attributes: u8,
    pub(crate) case: u8,
    pub(crate) created: Stamp,
    pub(crate) used_date: u16,
    pub(crate) changed: Stamp,
    pub(crate) first: u32,
    pub(crate) size_bytes: u32,
}

impl Short {
    pub(crate) fn read(bytes: &[u8; ENTRY_BYTES]) -> Self {
        let u16 = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let mut name = [0; 11];
        name.copy_from_slice(&bytes[..11]);
        Self {
            name,
            attributes: bytes[11],
            case: bytes[12],
            created: Stamp { hundredths: bytes[13], time: u16(14), date: u16(16) },
            used_date: u16(18),
            changed: Stamp { hundredths: 0, time: u16(22), date: u16(24) },
            first: u32::from(u16(20)) << 16 | u32::from(u16(26)),
            size_bytes: u32::from(u16(28)) | u32::from(u16(30)) << 16,
        }
    }

    pub(crate) fn write(&self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [0; ENTRY_BYTES];
        let [low, lower, high, higher] = self.first.to_le_bytes();
        bytes[..11].copy_from_slice(&self.name);
        bytes[11..14].copy_from_slice(&[self.attributes, self.case, self.created.hundredths]);
        bytes[14..16].copy_from_slice(&self.created.time.to_le_bytes());
        bytes[16..18].copy_from_slice(&self.created.date.to_le_bytes());
        bytes[18..20].copy_from_slice(&self.used_date.to_le_bytes());
        bytes[20..22].copy_from_slice(&[high, higher]);
        bytes[22..24].copy_from_slice(&self.changed.time.to_le_bytes());
        bytes[24..26].copy_from_slice(&self.changed.date.to_le_bytes());
        bytes[26..28].copy_from_slice(&[low, lower]);
        bytes[28..].copy_from_slice(&self.size_bytes.to_le_bytes());
        bytes
    }

    pub(crate) fn is_folder(&self) -> bool {
        self.attributes & FOLDER != 0
    }

    pub(crate) fn is_volume(&self) -> bool {
        self.attributes & VOLUME != 0
    }

    /// Returns whether it is the entry `.` or `..` of a folder.
    pub(crate) fn is_dots(&self) -> bool {
        self.is_folder() && (&self.name == b".          " || &self.name == b"..         ")
    }
}

/// Returns whether an entry that is not free is a part of a long name.
pub(crate) fn is_part(bytes: &[u8]) -> bool {
    bytes[11] & LONG_MASK == LONG
}

/// Returns the checksum of a short name that the parts of its long name carry.
pub(crate) fn checksum(name: &[u8; 11]) -> u8 {
    name.iter().fold(0, |sum: u8, byte| sum.rotate_right(1).wrapping_add(*byte))
}

/// A part of a long name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a>(pub(crate) &'a [u8]);

impl Part<'_> {
    /// Returns its number, from 1 on.
    pub(crate) fn number(self) -> usize {
        usize::from(self.0[0] & !LAST_PART)
    }

    pub(crate) fn is_last(self) -> bool {
        self.0[0] & LAST_PART != 0
    }

    pub(crate) fn checksum(self) -> u8 {
        self.0[13]
    }

    pub(crate) fn units(self) -> impl Iterator<Item = u16> {
        UNITS_AT.iter().map(move |at| u16::from_le_bytes([self.0[*at], self.0[*at + 1]]))
    }
}

/// Returns the parts that hold `units`, in the order in which they stand in a folder.
pub(crate) fn parts(units: &[u16], checksum: u8) -> impl Iterator<Item = [u8; ENTRY_BYTES]> {
    let count = units.len().div_ceil(PART_UNITS);
    units.chunks(PART_UNITS).enumerate().rev().map(move |(index, chunk)| {
        let mut bytes = [0; ENTRY_BYTES];
        let number = u8::try_from(index + 1).unwrap_or_default();
        bytes[0] = if index + 1 == count { number | LAST_PART } else { number };
        bytes[11] = LONG;
        bytes[13] = checksum;
        let filled = chunk.iter().copied().chain([0]).chain(core::iter::repeat(0xffff));
        for (at, unit) in UNITS_AT.iter().zip(filled) {
            bytes[*at..*at + 2].copy_from_slice(&unit.to_le_bytes());
        }
        bytes
    })
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let short = Short {
            name: *b"README  TXT",
            attributes: CHANGED,
            case: 0x18,
            created: Stamp { date: 0x1234, time: 0x5678, hundredths: 0x9a },
            used_date: 0xbcde,
            changed: Stamp { date: 0x1357, time: 0x2468, hundredths: 0 },
            first: 0x0123_4567,
            size_bytes: 0x89ab_cdef,
        };
        assert_eq!(Short::read(&short.write()), short);
    }

    #[test]
    fn the_parts_of_a_long_name_hold_it_last_part_first() {
        let units: Vec<u16> = "The quick brown.fox".encode_utf16().collect();
        let parts: Vec<_> = parts(&units, checksum(b"THEQUI~1FOX")).collect();
        let (last, first) = (Part(&parts[0]), Part(&parts[1]));
        assert_eq!(
            (last.number(), last.is_last(), first.number(), first.is_last()),
            (2, true, 1, false)
        );
        let read: Vec<u16> = first.units().chain(last.units()).collect();
        assert_eq!(&read[..units.len()], units);
        assert_eq!(read[units.len()..], [0, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff]);
        assert_eq!(last.checksum(), 0x07); // the specification's own example
    }
}
