//! One header of an archive.

use alloc::vec::Vec;

use super::error::What;

/// What a header says.
pub(super) struct Header {
    pub(super) kind: Type,
    /// The name, folder and all, as bytes.
    pub(super) name: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) size_bytes: u64,
    /// Seconds since 1970; `None` before.
    pub(super) modified_s: Option<u64>,
}

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Value,
    Folder,
    HardLink,
    /// Something that is no value and has no data, and can be passed over.
    Other,
    /// Data that are no value: what a folder held, the name of the archive (GNU).
    Note,
    Pax,
    PaxForAll,
    LongName,
    LongLink,
}

impl Header {
    /// Reads a header; `block` is 512 bytes.
    pub(super) fn parse(block: &[u8]) -> Result<Self, What> {
        if number(&block[148..156])? != checksum(block) {
            return Err(What::Checksum);
        }
        let name = full_name(block);
        let kind = Type::parse(block[156], &name)?;
        let size_bytes = number(&block[124..136])?;
        Ok(Self {
            kind,
            name,
            link: text(&block[157..257]).to_vec(),
            // Some writers tell a size here all the same: of the linked value, of the folder's room.
            size_bytes: if kind.has_data() { size_bytes } else { 0 },
            modified_s: number(&block[136..148]).ok(),
        })
    }
}

impl Type {
    /// Returns whether it stands for itself and does not say more of another entry.
    pub(super) fn is_own(self) -> bool {
        matches!(self, Self::Value | Self::Folder | Self::HardLink | Self::Other | Self::Note)
    }

    /// Returns whether data follow the header (POSIX.1-2017, `pax`, typeflag and size): other
    /// readers pass over none, so data that only this one saw could hide entries or invent some.
    pub(super) fn has_data(self) -> bool {
        !matches!(self, Self::Folder | Self::HardLink | Self::Other)
    }

    fn parse(byte: u8, name: &[u8]) -> Result<Self, What> {
        Ok(match byte {
            b'0' | 0 | b'7' if name.ends_with(b"/") => Self::Folder,
            b'0' | 0 | b'7' => Self::Value,
            b'5' => Self::Folder,
            b'1' => Self::HardLink,
            b'2' | b'3' | b'4' | b'6' => Self::Other,
            b'D' | b'V' => Self::Note,
            b'x' | b'X' => Self::Pax,
            b'g' => Self::PaxForAll,
            b'L' => Self::LongName,
            b'K' => Self::LongLink,
            _ => return Err(What::Type),
        })
    }
}

fn full_name(block: &[u8]) -> Vec<u8> {
    let (name, folder) = (text(&block[0..100]), text(&block[345..500]));
    if block[257..263] != *b"ustar\0" || folder.is_empty() {
        return name.to_vec();
    }
    [folder, name].join(&b'/')
}

/// Returns what comes before the first NUL.
pub(super) fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

fn number(field: &[u8]) -> Result<u64, What> {
    if let [0x80, binary @ ..] = field {
        return joined(binary.iter().map(|byte| u64::from(*byte)), 8);
    }
    let digits = field.trim_ascii_start();
    let end = digits.iter().position(|byte| matches!(byte, 0 | b' ')).unwrap_or(digits.len());
    joined(digits[..end].iter().map(|byte| u64::from(byte.wrapping_sub(b'0'))), 3)
}

/// Joins digits of `bits` each, most significant first.
fn joined(digits: impl Iterator<Item = u64>, bits: u32) -> Result<u64, What> {
    let base = 1_u64 << bits;
    digits.into_iter().try_fold(0_u64, |number, digit| {
        let digit = Some(digit).filter(|digit| *digit < base).ok_or(What::Number)?;
        number.checked_mul(base).map(|number| number | digit).ok_or(What::Number)
    })
}

fn checksum(block: &[u8]) -> u64 {
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
    sum(&block[..148]) + 8 * u64::from(b' ') + sum(&block[156..])
}
