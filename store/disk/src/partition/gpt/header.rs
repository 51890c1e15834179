//! The header of one copy.

use core::ops::Range;

use sarab_device::{Bytes, Geometry};
use uguid::Guid;

use super::{GptFault, entries, vec};
use crate::field;

const SIGNATURE: [u8; 8] = *b"EFI PART";
const REVISION: u32 = 0x0001_0000;
/// Bytes of a header that are known.
const HEADER_BYTES: usize = 92;
/// The most bytes that all entries may have: more is no table but an attempt to use up memory.
const ARRAY_BYTES_MAX: u64 = 1 << 20;

/// The header of one copy, checked against the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) own: u64,
    pub(super) other: u64,
    pub(super) usable: Range<u64>,
    pub(super) disk: Guid,
    pub(super) entries: u64,
    pub(super) count: u32,
    pub(super) entry_bytes: u32,
    pub(super) checksum: u32,
}

impl Header {
    /// Reads the header in `sector`, which is the one at `at`.
    pub(super) fn parse(sector: &[u8], at: u64, geometry: Geometry) -> Result<Self, GptFault> {
        check(sector)?;
        let last = field::u64(sector, 48);
        let header = Self {
            own: field::u64(sector, 24),
            other: field::u64(sector, 32),
            usable: field::u64(sector, 40)..last.checked_add(1).ok_or(GptFault::Usable)?,
            disk: Guid::from_bytes(field::bytes(sector, 56)),
            entries: field::u64(sector, 72),
            count: field::u32(sector, 80),
            entry_bytes: field::u32(sector, 84),
            checksum: field::u32(sector, 88),
        };
        if header.own != at {
            return Err(GptFault::Place);
        }
        header.check_places(geometry)?;
        Ok(header)
    }

    /// Checks that usable sectors and entries lie on the disk and apart.
    fn check_places(&self, geometry: Geometry) -> Result<(), GptFault> {
        if self.usable.is_empty() || self.usable.end > geometry.sector_count {
            return Err(GptFault::Usable);
        }
        let step = self.entry_bytes / 128;
        if !self.entry_bytes.is_multiple_of(128) || !step.is_power_of_two() {
            return Err(GptFault::EntrySize { size_bytes: self.entry_bytes });
        }
        if self.array_bytes() > ARRAY_BYTES_MAX {
            return Err(GptFault::TooMany { count: self.count });
        }
        let (first, count) = self.entries_span(geometry);
        let end = first.checked_add(count.into()).ok_or(GptFault::EntriesPlace)?;
        let is_apart = (end <= self.usable.start || first >= self.usable.end)
            && !(first..end).contains(&self.own)
            && !self.usable.contains(&self.own);
        if first < 2 || end > geometry.sector_count || !is_apart {
            return Err(GptFault::EntriesPlace);
        }
        Ok(())
    }

    fn array_bytes(&self) -> u64 {
        u64::from(self.count) * u64::from(self.entry_bytes)
    }

    /// Returns where the entries lie: the first sector, and how many.
    pub(super) fn entries_span(&self, geometry: Geometry) -> (u64, u32) {
        let count = self.array_bytes().div_ceil(geometry.sector_bytes.into());
        (self.entries, u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Returns the headers of both copies for a disk that has room for them.
    pub(super) fn both(geometry: Geometry, disk: Guid, array: &[u8]) -> [Self; 2] {
        let (last, usable) = (geometry.sector_count - 1, usable(geometry).unwrap_or_default());
        let primary = Self {
            own: 1,
            other: last,
            usable: usable.clone(),
            disk,
            entries: 2,
            count: entries::COUNT,
            entry_bytes: entries::ENTRY_BYTES,
            checksum: crc32fast::hash(array),
        };
        let backup = Self { own: last, other: 1, entries: usable.end, ..primary.clone() };
        [primary, backup]
    }

    /// Returns the sector that holds the header.
    pub(super) fn encode(&self, sector_bytes: usize) -> Bytes {
        let mut sector = vec![0; sector_bytes];
        field::put(&mut sector, 0, &SIGNATURE);
        field::put(&mut sector, 8, &REVISION.to_le_bytes());
        field::put(&mut sector, 12, &92_u32.to_le_bytes());
        field::put(&mut sector, 24, &self.own.to_le_bytes());
        field::put(&mut sector, 32, &self.other.to_le_bytes());
        field::put(&mut sector, 40, &self.usable.start.to_le_bytes());
        field::put(&mut sector, 48, &(self.usable.end - 1).to_le_bytes());
        field::put(&mut sector, 56, &self.disk.to_bytes());
        field::put(&mut sector, 72, &self.entries.to_le_bytes());
        field::put(&mut sector, 80, &self.count.to_le_bytes());
        field::put(&mut sector, 84, &self.entry_bytes.to_le_bytes());
        field::put(&mut sector, 88, &self.checksum.to_le_bytes());
        let checksum = crc32fast::hash(&sector[..HEADER_BYTES]);
        field::put(&mut sector, 16, &checksum.to_le_bytes());
        sector.into()
    }
}

/// Checks what does not depend on the disk.
fn check(sector: &[u8]) -> Result<(), GptFault> {
    if field::bytes(sector, 0) != SIGNATURE {
        return Err(GptFault::Signature);
    }
    let revision = field::u32(sector, 8);
    if revision != REVISION {
        return Err(GptFault::Revision { revision });
    }
    let size = field::u32(sector, 12) as usize;
    let Some(header) = sector.get(..size).filter(|header| header.len() >= HEADER_BYTES) else {
        return Err(GptFault::HeaderSize { size_bytes: field::u32(sector, 12) });
    };
    let mut header = header.to_vec();
    field::put(&mut header, 16, &[0; 4]);
    if crc32fast::hash(&header) != field::u32(sector, 16) {
        return Err(GptFault::HeaderChecksum);
    }
    Ok(())
}

/// Returns the sectors that partitions may have on a disk whose table is written here, if it is
/// large enough for one.
pub(in super::super) fn usable(geometry: Geometry) -> Option<Range<u64>> {
    let array = u64::from((entries::COUNT * entries::ENTRY_BYTES).div_ceil(geometry.sector_bytes));
    let usable = 2 + array..geometry.sector_count.checked_sub(1 + array)?;
    (!usable.is_empty()).then_some(usable)
}
