//! The table in the first sector of a disk, as PCs have it.
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 440 | code that boots; kept as it is |
//! | 440 | 4 | signature of the disk |
//! | 444 | 2 | zeroes |
//! | 446 | 4 * 16 | slots of four partitions |
//! | 510 | 2 | `55 aa` |
//!
//! A slot, whose numbers count sectors of the disk, whatever their size:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1 | `80` to boot from it, else `00` |
//! | 1 | 3 | first cylinder, head and sector; `fe ff ff` here: not used |
//! | 4 | 1 | type; 0 for no partition |
//! | 5 | 3 | last cylinder, head and sector: not used |
//! | 8 | 4 | first sector |
//! | 12 | 4 | sectors |
//!
//! A slot of type `05`, `0f` or `85` is an *extended* partition, which holds *logical* ones in a chain. Each
//! link is a sector of the same shape: its first slot is a logical partition, counted from the link,
//! its second the next link, counted from the start of the extended partition; the rest is zeroes.

mod chain;
mod slot;

use alloc::{string::String, vec, vec::Vec};

use sarab_device::{Block, Bytes};

pub use slot::is_fat;
pub(super) use slot::{PROTECTIVE, Slot, primary};

use super::{Entry, EntryFault, Scheme, Table, TableError, Type};
use crate::field;

/// The number of the first logical partition.
pub(super) const FIRST_LOGICAL: u32 = 5;

/// Reads the rest of a table whose first `sector` has the slots `primary`.
pub(super) async fn read<B: Block>(
    block: &B,
    sector: &[u8],
    primary: [Slot; 4],
) -> Result<Table, TableError<B::Error>> {
    let (mut entries, mut logical) = (Vec::new(), Vec::new());
    for (number, slot) in (1..).zip(primary).filter(|(_, slot)| slot.is_used()) {
        if slot.is_extended() {
            chain::read(block, number, slot, &mut logical).await?;
        } else {
            entries.push(slot.entry(number, 0));
        }
    }
    entries.append(&mut logical);
    let scheme = Scheme::Mbr { disk: field::u32(sector, 440) };
    Ok(Table { scheme, entries, warnings: Vec::new() })
}

/// Writes a table of `entries`, which lie on the disk and apart.
pub(super) async fn write<B: Block>(
    block: &B,
    disk: u32,
    entries: &[Entry],
) -> Result<(), TableError<B::Error>> {
    let mut slots = [Slot::default(); 4];
    let (logical, primary): (Vec<_>, Vec<_>) =
        entries.iter().partition(|entry| entry.number >= FIRST_LOGICAL);
    for entry in primary {
        let fail = |fault| TableError::Entry { number: entry.number, fault };
        let slot = entry.number.checked_sub(1).and_then(|index| slots.get_mut(index as usize));
        *slot.ok_or(fail(EntryFault::Number))? = Slot::of(entry, 0).map_err(fail)?;
    }
    let links = chain::plan(&mut slots, entries, logical)?;
    chain::write(block, links).await?;
    replace(block, disk, slots).await
}

/// Writes the first sector of a disk with a GPT, whose partitions are `entries`: the slot `cover`.
///
/// Where it is one of a GPT already, the signature of the disk stays. It stays as it is where it is a
/// hybrid: where other slots name partitions of the GPT.
pub(super) async fn protect<B: Block>(
    block: &B,
    cover: Slot,
    entries: &[Entry],
) -> Result<(), TableError<B::Error>> {
    let old = block.read(0, 1).await.map_err(TableError::Device)?;
    let is_cover = |slot: &&Slot| slot.kind == PROTECTIVE;
    let slots = primary(&old).filter(|slots| slots.iter().any(|slot| is_cover(&slot)));
    let is_named = |slot: &Slot| {
        let span = (u64::from(slot.first), u64::from(slot.count));
        entries.iter().any(|entry| (entry.first, entry.count) == span)
    };
    let mut others =
        slots.iter().flatten().filter(|slot| slot.is_used() && !is_cover(slot)).peekable();
    if others.peek().is_some() && others.all(is_named) {
        return Ok(());
    }
    let disk = if slots.is_some() { field::u32(&old, 440) } else { 0 };
    let none = Slot::default();
    replace(block, disk, [cover, none, none, none]).await
}

/// Writes the first sector, with the code that boots of the table that is there.
async fn replace<B: Block>(
    block: &B,
    disk: u32,
    slots: [Slot; 4],
) -> Result<(), TableError<B::Error>> {
    let old = block.read(0, 1).await.map_err(TableError::Device)?;
    let mut sector = vec![0; old.len()];
    if primary(&old).is_some() {
        sector[..440].copy_from_slice(&old[..440]);
    }
    field::put(&mut sector, 440, &disk.to_le_bytes());
    slot::put(&mut sector, &slots);
    block.write(0, Bytes::from(sector)).await.map_err(TableError::Device)?;
    block.flush().await.map_err(TableError::Device)
}
