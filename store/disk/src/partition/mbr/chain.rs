//! The chain of logical partitions in an extended one.

use alloc::collections::BTreeSet;

use sarab_device::{Block, Bytes};

use super::{
    Entry, EntryFault, FIRST_LOGICAL, Slot, TableError, Vec,
    slot::{self, put},
    vec,
};
use crate::partition::ChainFault;

/// The most logical partitions that are looked at; Linux stops at 256.
const LINKS_MAX: usize = 256;

/// Reads the chain in the extended partition `number`.
pub(super) async fn read<B: Block>(
    block: &B,
    number: u32,
    extended: Slot,
    entries: &mut Vec<Entry>,
) -> Result<(), TableError<B::Error>> {
    let (start, count) = (u64::from(extended.first), u64::from(extended.count));
    let (end, sector_count) = (start + count, block.geometry().sector_count);
    if end > sector_count {
        let fault = EntryFault::PastEnd { end, sector_count };
        return Err(TableError::Entry { number, fault });
    }
    let mut seen = BTreeSet::new();
    let mut next = Some(start);
    while let Some(sector) = next {
        let fail = |fault| Err(TableError::Chain { sector, fault });
        if !(start..end).contains(&sector) {
            return fail(ChainFault::Outside);
        }
        if !seen.insert(sector) {
            return fail(ChainFault::Cycle);
        }
        if seen.len() > LINKS_MAX {
            return fail(ChainFault::TooLong);
        }
        let data = block.read(sector, 1).await.map_err(TableError::Device)?;
        let Some([logical, link, ..]) = slot::link(&data) else { return fail(ChainFault::Mark) };
        if logical.is_used() {
            let entry = logical.entry(next_number(entries), sector);
            if entry.end() > end {
                return fail(ChainFault::Outside);
            }
            entries.push(entry);
        }
        let goes_on = link.is_used() && link.is_extended();
        next = goes_on.then(|| start + u64::from(link.first));
    }
    Ok(())
}

fn next_number(entries: &[Entry]) -> u32 {
    entries.last().map_or(FIRST_LOGICAL, |entry| entry.number + 1)
}

/// A sector of the chain, and what is to stand in it.
pub(super) struct Link {
    sector: u64,
    slots: [Slot; 2],
}

/// Plans the chain of the partitions `logical`, and the extended partition among the `slots`.
///
/// A link lies in the sector before its partition, which no partition of `entries` may cover.
pub(super) fn plan<E>(
    slots: &mut [Slot; 4],
    entries: &[Entry],
    mut logical: Vec<&Entry>,
) -> Result<Vec<Link>, TableError<E>> {
    logical.sort_by_key(|entry| entry.number);
    let Some(start) = logical.iter().map(|entry| entry.first.saturating_sub(1)).min() else {
        return Ok(Vec::new());
    };
    let end = logical.iter().map(|entry| entry.end()).max().unwrap_or(start);
    let first_number = logical[0].number;
    let fail = |number| move |fault| TableError::Entry { number, fault };
    let extended = Slot::extended(start, end - start).map_err(fail(first_number))?;
    let free = slots.iter_mut().find(|slot| !slot.is_used());
    *free.ok_or(EntryFault::NoSlot).map_err(fail(first_number))? = extended;
    let mut links: Vec<Link> = Vec::new();
    for (number, entry) in (FIRST_LOGICAL..).zip(logical) {
        let fail = fail(entry.number);
        check(entry, number, start..end, entries).map_err(fail)?;
        let sector = entry.first - 1;
        if let Some(last) = links.last_mut() {
            last.slots[1] = Slot::extended(sector - start, entry.count + 1).map_err(fail)?;
        } else if sector != start {
            return Err(fail(EntryFault::Number));
        }
        let slot = Slot::of(entry, sector).map_err(fail)?;
        links.push(Link { sector, slots: [slot, Slot::default()] });
    }
    Ok(links)
}

/// Checks that logical partition `number` has a place for its link, and that no primary one lies
/// in the extended partition.
fn check(
    entry: &Entry,
    number: u32,
    extended: core::ops::Range<u64>,
    entries: &[Entry],
) -> Result<(), EntryFault> {
    if entry.number != number {
        return Err(EntryFault::Number);
    }
    let link = entry.first.checked_sub(1).filter(|link| *link > 0).ok_or(EntryFault::NoLink)?;
    if entries.iter().any(|other| (other.first..other.end()).contains(&link)) {
        return Err(EntryFault::NoLink);
    }
    let primary = entries.iter().filter(|other| other.number < FIRST_LOGICAL);
    match primary.into_iter().find(|it| it.first < extended.end && it.end() > extended.start) {
        Some(other) => Err(EntryFault::Overlap { other: other.number }),
        None => Ok(()),
    }
}

/// Writes the chain, and flushes it: the first sector is to lead to nothing else.
pub(super) async fn write<B: Block>(
    block: &B,
    links: Vec<Link>,
) -> Result<(), TableError<B::Error>> {
    if links.is_empty() {
        return Ok(());
    }
    for link in links {
        let mut sector = vec![0; block.geometry().sector_bytes as usize];
        put(&mut sector, &link.slots);
        let written = block.write(link.sector, Bytes::from(sector)).await;
        written.map_err(TableError::Device)?;
    }
    block.flush().await.map_err(TableError::Device)
}
