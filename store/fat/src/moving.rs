//! Moving an entry from one sector to another, such that a crash leaves it in one of them.
//!
//! # Format
//!
//! No single write does that, so the move is written down first. Others do not look there, and see
//! at every moment a sound volume: in the middle of a move the clusters of what is moved belong to
//! nothing. [`Fat::mount`](crate::Fat::mount) finishes the move.
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 8 | `SARABMV1` |
//! | 8 | 4 | FNV-1a of what follows |
//! | 12 | 4 | for a folder that changes folders the number for its `..`; else `FFFFFFFF` |
//! | 16 | 8 | byte of the disk at which the entry stands |
//! | 24 | 8 | byte of the disk at which it is to stand |
//! | 32 | 32 | what stands there when it has moved |
//! | 64 | 32 | what stands there before |
//! | 96 | 32 | what stands at its old place before |
//!
//! It lies in sector 9 of FAT32, where that is one of the reserved sectors, and else in bytes 256 to
//! 383 of the boot sector; but only where there were zeroes. A volume that boots may have no such
//! place. Then the new entry is written before the old one is removed, and a crash between the two
//! leaves both.

use alloc::{rc::Rc, vec::Vec};

use sarab_device::{Block, Bytes, BytesMut};

use crate::{
    FatError, Width,
    entry::{ENTRY_BYTES, FREE, Short},
    folder::Folder,
    volume::{Outcome, Volume},
};

const MAGIC: &[u8; 8] = b"SARABMV1";
const RECORD_BYTES: usize = 128;
/// The sector, and the byte of the boot sector, where a move is written down.
const SECTOR: u32 = 9;
const BOOT_BYTE: usize = 256;
/// Stands for no `..` to change.
const NO_PARENT: u32 = u32::MAX;

/// Where a move is written down: a sector and a byte in it.
pub(crate) type IntentPlace = (u64, usize);

/// An entry that has moved in memory, and is to move on the disk.
#[derive(Debug)]
pub(crate) struct Moving {
    pub(crate) from: (Rc<Folder>, usize),
    pub(crate) to: (Rc<Folder>, usize),
    /// What stands at both places on the disk.
    pub(crate) from_before: [u8; ENTRY_BYTES],
    pub(crate) to_before: [u8; ENTRY_BYTES],
    /// The folder that is moved, and the number for its `..`.
    pub(crate) child: Option<(Rc<Folder>, u32)>,
}

/// A move that was written down.
struct Record {
    parent: u32,
    from: u64,
    to: u64,
    to_after: [u8; ENTRY_BYTES],
    to_before: [u8; ENTRY_BYTES],
    from_before: [u8; ENTRY_BYTES],
}

impl Record {
    fn write(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[12..16].copy_from_slice(&self.parent.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.from.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.to.to_le_bytes());
        bytes[32..64].copy_from_slice(&self.to_after);
        bytes[64..96].copy_from_slice(&self.to_before);
        bytes[96..].copy_from_slice(&self.from_before);
        let sum = sum(&bytes[12..]);
        bytes[8..12].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let sum = sum(bytes.get(12..RECORD_BYTES)?);
        if &bytes[..8] != MAGIC || bytes[8..12] != sum.to_le_bytes() {
            return None;
        }
        let entry = |at: usize| bytes[at..at + ENTRY_BYTES].try_into().ok();
        Some(Self {
            parent: u32::from_le_bytes(bytes[12..16].try_into().ok()?),
            from: u64::from_le_bytes(bytes[16..24].try_into().ok()?),
            to: u64::from_le_bytes(bytes[24..32].try_into().ok()?),
            to_after: entry(32)?,
            to_before: entry(64)?,
            from_before: entry(96)?,
        })
    }
}

fn sum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

impl<B: Block> Volume<B> {
    /// Looks for a place to write moves down.
    pub(crate) async fn find_intent_place(&self) -> Outcome<Option<IntentPlace>, B> {
        let is_zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
        let is_ours = |bytes: &[u8]| bytes.starts_with(MAGIC) || is_zero(&bytes[..RECORD_BYTES]);
        let is_reserved = u64::from(SECTOR) < self.layout.table_start;
        if self.width() == Width::Fat32 && is_reserved && self.layout.backup_sector < Some(SECTOR) {
            let bytes = self.read(u64::from(SECTOR), 1).await?;
            if is_ours(&bytes) && is_zero(&bytes[RECORD_BYTES..]) {
                return Ok(Some((u64::from(SECTOR), 0)));
            }
        }
        Ok(is_ours(&self.boot.borrow()[BOOT_BYTE..]).then_some((0, BOOT_BYTE)))
    }

    /// Writes the moved entry away from its old place, if one is moving; `write_folders` writes it
    /// to its new place.
    pub(crate) async fn write_moved(&self) -> Outcome<(), B> {
        let Some((record, first, child)) = self.moving_steps() else { return Ok(()) };
        if let (Some(place), Some(record)) = (self.intent_place, record) {
            self.write_intent(place, record).await?;
        }
        self.write_sector(&first.0, first.1).await?;
        if let Some(child) = child {
            self.write_sector(&child, 0).await?;
        }
        Ok(())
    }

    /// Returns what to write down, what to write first, and the folder whose `..` changes.
    #[expect(clippy::type_complexity, reason = "three things that are used at once")]
    fn moving_steps(
        &self,
    ) -> Option<(Option<[u8; RECORD_BYTES]>, (Rc<Folder>, usize), Option<Rc<Folder>>)> {
        let pending = self.pending.borrow();
        let moving = pending.moving.as_ref()?;
        let per_sector = self.disk_sector_bytes() / ENTRY_BYTES;
        let of = |(folder, slot): &(Rc<Folder>, usize)| (Rc::clone(folder), slot / per_sector);
        let child = moving.child.as_ref().map(|(child, _)| Rc::clone(child));
        let record = self.record(moving).map(|record| record.write());
        let first = if self.intent_place.is_some() { &moving.from } else { &moving.to };
        Some((record, of(first), child))
    }

    fn record(&self, moving: &Moving) -> Option<Record> {
        let (folder, slot) = &moving.to;
        Some(Record {
            parent: moving.child.as_ref().map_or(NO_PARENT, |(_, parent)| *parent),
            from: self.byte_of(&moving.from.0, moving.from.1)?,
            to: self.byte_of(folder, *slot)?,
            to_after: folder.entries.borrow().raw(*slot),
            to_before: moving.to_before,
            from_before: moving.from_before,
        })
    }

    /// Returns the byte of the disk at which a slot lies.
    fn byte_of(&self, folder: &Folder, slot: usize) -> Option<u64> {
        let (size, at) = (self.disk_sector_bytes(), slot * ENTRY_BYTES);
        Some(self.place_in(folder, at / size)? * size as u64 + (at % size) as u64)
    }

    /// Writes one sector of a folder and waits until it would survive a crash.
    async fn write_sector(&self, folder: &Folder, sector: usize) -> Outcome<(), B> {
        self.write_folder(folder, &[sector]).await?;
        self.flush().await?;
        folder.entries.borrow_mut().written(&[sector]);
        Ok(())
    }

    async fn write_intent(
        &self,
        (sector, at): IntentPlace,
        record: [u8; RECORD_BYTES],
    ) -> Outcome<(), B> {
        let bytes = self.intent_sector(sector, at, &record);
        let sector = sector * u64::from(self.layout.disk_sectors);
        self.block.write_through(sector, bytes).await.map_err(FatError::Disk)
    }

    /// Removes what was written down of a move; durable with the next flush.
    pub(crate) async fn clear_intent(&self) -> Outcome<(), B> {
        let Some((sector, at)) = self.intent_place else { return Ok(()) };
        let bytes = self.intent_sector(sector, at, &[0; RECORD_BYTES]);
        self.write(sector, bytes).await
    }

    fn intent_sector(&self, sector: u64, at: usize, record: &[u8; RECORD_BYTES]) -> Bytes {
        let mut boot = self.boot.borrow_mut();
        let mut bytes: Vec<u8> = Vec::new();
        if sector == 0 {
            boot[at..at + RECORD_BYTES].copy_from_slice(record);
            bytes.extend_from_slice(&boot);
        } else {
            bytes.resize(boot.len(), 0);
            bytes[at..at + RECORD_BYTES].copy_from_slice(record);
        }
        bytes.into()
    }

    /// Returns whether a move is written down.
    pub(crate) async fn has_intent(&self) -> Outcome<bool, B> {
        let Some((sector, at)) = self.intent_place else { return Ok(false) };
        Ok(Record::read(&self.read(sector, 1).await?[at..]).is_some())
    }

    /// Finishes a move that a crash has interrupted, before anything of the volume is in use.
    pub(crate) async fn finish_move(&self) -> Outcome<(), B> {
        let Some((sector, at)) = self.intent_place else { return Ok(()) };
        let bytes = self.read(sector, 1).await?;
        let Some(record) = Record::read(&bytes[at..]) else { return Ok(()) };
        if !self.is_writable() {
            log::warn!("a move was interrupted, and the disk cannot be written to finish it");
            return Ok(());
        }
        let mut from_gone = record.from_before;
        from_gone[0] = FREE;
        // While it moves the volume is marked. Where the mark is gone, another system has repaired the
        // volume, and the clusters may be another's.
        let is_moving = self.was_dirty
            && self.entry_at(record.from).await? == Some(from_gone)
            && self.entry_at(record.to).await? == Some(record.to_before);
        if is_moving {
            log::info!("finishing a move that was interrupted");
            self.put_parent(&record).await?;
            self.put_entry(record.to, &record.to_after).await?;
        }
        self.clear_intent().await?;
        self.flush().await
    }

    async fn put_parent(&self, record: &Record) -> Outcome<(), B> {
        let first = Short::read(&record.to_after).first;
        if record.parent == NO_PARENT || !self.layout.has(first) {
            return Ok(());
        }
        let dots =
            self.layout.sector_of(first) * u64::from(self.layout.sector_bytes) + ENTRY_BYTES as u64;
        let Some(bytes) = self.entry_at(dots).await? else { return Ok(()) };
        let mut short = Short::read(&bytes);
        if short.is_dots() {
            short.first = record.parent;
            self.put_entry(dots, &short.write()).await?;
        }
        Ok(())
    }

    async fn entry_at(&self, byte: u64) -> Outcome<Option<[u8; ENTRY_BYTES]>, B> {
        let (size, at) = self.within(byte);
        if self.block.geometry().read_span(byte / size, 1).is_err() {
            return Ok(None);
        }
        let sector = self.block.read(byte / size, 1).await.map_err(FatError::Disk)?;
        Ok(sector.get(at..at + ENTRY_BYTES).and_then(|bytes| bytes.try_into().ok()))
    }

    async fn put_entry(&self, byte: u64, entry: &[u8; ENTRY_BYTES]) -> Outcome<(), B> {
        let (size, at) = self.within(byte);
        let sector = self.block.read(byte / size, 1).await.map_err(FatError::Disk)?;
        let mut sector = BytesMut::from(&sector[..]);
        sector[at..at + ENTRY_BYTES].copy_from_slice(entry);
        self.block.write_through(byte / size, sector.freeze()).await.map_err(FatError::Disk)
    }

    fn within(&self, byte: u64) -> (u64, usize) {
        let size = self.disk_sector_bytes() as u64;
        (size, usize::try_from(byte % size).unwrap_or_default())
    }
}
