//! A table of partitions, whatever its format.

use alloc::{string::String, vec::Vec};
use core::fmt;

use sarab_device::{Block, Geometry};
use uguid::Guid;

use super::{EntryFault, TableError, Warning, gpt, mbr};

/// A table of partitions: what a disk is divided into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its format.
    pub scheme: Scheme,
    /// The partitions, in the order of their numbers; no two have a sector in common, and all lie
    /// on the disk.
    pub entries: Vec<Entry>,
    /// What is wrong with it but does not hinder, such as a damaged copy.
    pub warnings: Vec<Warning>,
}

/// The format of a table, and the name of the disk in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The table in the first sector, as PCs have it since 1983.
    Mbr {
        /// The disk's signature.
        disk: u32,
    },
    /// The GUID partition table of UEFI.
    Gpt {
        /// The disk's GUID.
        disk: Guid,
    },
}

/// One partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, as Linux counts: from 1; logical partitions of an MBR from 5.
    pub number: u32,
    /// Its first sector.
    pub first: u64,
    /// Its sectors.
    pub count: u64,
    /// What it is for.
    pub kind: Type,
    /// Its name; empty in an MBR.
    pub name: String,
    /// Its GUID, in a GPT.
    pub guid: Option<Guid>,
    /// The attributes of a GPT; 1 for the partition that an MBR boots from.
    pub attributes: u64,
}

/// What a partition is for. As text: `0c`, or a GUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// The type byte of an MBR.
    Mbr(u8),
    /// The type GUID of a GPT.
    Gpt(Guid),
}

impl Table {
    /// Reads the table on `block`.
    ///
    /// A GPT is read from its second copy where the first is damaged, and says so in
    /// [`warnings`](Table::warnings).
    ///
    /// # Errors
    /// Where there is none, or none that is sound, or the disk fails.
    pub async fn read<B: Block>(block: &B) -> Result<Self, TableError<B::Error>> {
        if block.geometry().sector_count == 0 {
            return Err(TableError::None);
        }
        let sector = block.read(0, 1).await.map_err(TableError::Device)?;
        let primary = mbr::primary(&sector).ok_or(TableError::None)?;
        let is_gpt = primary.iter().any(|slot| slot.kind == mbr::PROTECTIVE);
        let table = if is_gpt {
            gpt::read(block).await?
        } else {
            mbr::read(block, &sector, primary).await?
        };
        check(&table.entries, block.geometry())?;
        Ok(table)
    }

    /// Writes the table to `block` and flushes it. What was in the partitions stays.
    ///
    /// A crash on the way leaves the old table or the new one, or a GPT one of whose copies is
    /// damaged; logical partitions of an MBR, which are a chain over the disk, may be lost in part.
    ///
    /// # Errors
    /// Where the partitions do not fit the disk or its format, before anything is written, or the
    /// disk fails.
    pub async fn write<B: Block>(&self, block: &B) -> Result<(), TableError<B::Error>> {
        check(&self.entries, block.geometry())?;
        match self.scheme {
            Scheme::Gpt { disk } => gpt::write(block, disk, &self.entries).await,
            Scheme::Mbr { disk } => mbr::write(block, disk, &self.entries).await,
        }
    }

    /// Returns partition `number`.
    #[must_use]
    pub fn entry(&self, number: u32) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.number == number)
    }
}

impl Entry {
    /// Returns the sector after its last; entries are checked to have one.
    pub(super) fn end(&self) -> u64 {
        self.first.saturating_add(self.count)
    }
}

/// Checks that all partitions lie on the disk, and apart.
fn check<E>(entries: &[Entry], geometry: Geometry) -> Result<(), TableError<E>> {
    let fail = |number, fault| Err(TableError::Entry { number, fault });
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by_key(|entry| entry.first);
    for entry in &sorted {
        let end = entry.first.checked_add(entry.count);
        if entry.count == 0 {
            return fail(entry.number, EntryFault::Empty);
        }
        if end.is_none_or(|end| end > geometry.sector_count) {
            let sector_count = geometry.sector_count;
            return fail(entry.number, EntryFault::PastEnd { end: entry.end(), sector_count });
        }
    }
    for pair in sorted.windows(2) {
        if pair[0].end() > pair[1].first {
            return fail(pair[1].number, EntryFault::Overlap { other: pair[0].number });
        }
    }
    Ok(())
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mbr(kind) => write!(f, "{kind:02x}"),
            Self::Gpt(kind) => kind.fmt(f),
        }
    }
}
