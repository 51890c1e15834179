//! A folder in memory: its entries, an index of their names, and room for new ones.
//!
//! A sector of the disk is written whole or not at all. So an entry and the parts of its long name
//! stand in one sector where they fit, and come and go in one step. A name too long for that begins
//! with a sector, and its parts are written before its entry (`early`). So is all behind the end of a
//! folder, where something stands there.

use alloc::{collections::BTreeSet, string::String, vec::Vec};
use core::ops::Range;

use crate::{
    entry::{self, END, ENTRY_BYTES, FREE, PARTS_MAX, Part, Short},
    name, short,
};

/// The most entries that a name takes.
const SLOTS_MAX: usize = PARTS_MAX + 1;

/// The entries of a folder. A slot is the place of one.
#[derive(Debug)]
pub(crate) struct Entries {
    bytes: Vec<u8>,
    sector_bytes: usize,
    /// The slot from which on all are free and were never used.
    end: usize,
    /// Whether something stands behind the end on the disk.
    is_ragged: bool,
    /// For each name its hash and the slot of its entry.
    index: BTreeSet<(u64, usize)>,
    /// For each number of slots the first sector that may have room for it.
    room: [usize; SLOTS_MAX + 1],
    dirty: BTreeSet<usize>,
    early: BTreeSet<usize>,
}

/// A file or a folder in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// The slots of its name, the entry last.
    pub(crate) slots: Range<usize>,
    pub(crate) short: Short,
    pub(crate) name: String,
}

impl Item {
    /// Returns the slot of its entry.
    pub(crate) fn slot(&self) -> usize {
        self.slots.end - 1
    }
}

impl Entries {
    /// Takes a folder as it is on a disk whose sectors have `sector_bytes`.
    pub(crate) fn new(mut bytes: Vec<u8>, sector_bytes: usize) -> Self {
        let mut slots = bytes.chunks_exact(ENTRY_BYTES);
        let end = slots.position(|slot| slot[0] == END).unwrap_or(bytes.len() / ENTRY_BYTES);
        let rest = &mut bytes[end * ENTRY_BYTES..];
        let is_ragged = rest.iter().any(|byte| *byte != 0);
        rest.fill(0);
        let mut entries = Self {
            bytes,
            sector_bytes,
            end,
            is_ragged,
            index: BTreeSet::new(),
            room: [0; SLOTS_MAX + 1],
            dirty: BTreeSet::new(),
            early: BTreeSet::new(),
        };
        entries.index = entries.iter().flat_map(|item| hashes(&item)).collect();
        entries
    }

    fn slot(&self, slot: usize) -> &[u8] {
        &self.bytes[slot * ENTRY_BYTES..(slot + 1) * ENTRY_BYTES]
    }

    fn slot_count(&self) -> usize {
        self.bytes.len() / ENTRY_BYTES
    }

    fn per_sector(&self) -> usize {
        self.sector_bytes / ENTRY_BYTES
    }

    fn sector_of(&self, slot: usize) -> usize {
        slot / self.per_sector()
    }

    fn is_free(&self, slot: usize) -> bool {
        slot >= self.end || self.slot(slot)[0] == FREE
    }

    /// Returns the entry in a slot, where one is that names something.
    pub(crate) fn short(&self, slot: usize) -> Option<Short> {
        if slot >= self.end || self.is_free(slot) || entry::is_part(self.slot(slot)) {
            return None;
        }
        self.slot(slot).try_into().ok().map(Short::read)
    }

    /// Returns the file or folder whose entry stands in `slot`.
    pub(crate) fn item(&self, slot: usize) -> Option<Item> {
        let short = self.short(slot).filter(|short| !short.is_volume() && !short.is_dots())?;
        let (first, long) = self.long(slot, &short);
        let name = long.unwrap_or_else(|| short::text(&short.name, short.case));
        Some(Item { slots: first..slot + 1, short, name })
    }

    /// Returns the first slot of the name whose entry stands in `slot`, and the long name.
    fn long(&self, slot: usize, short: &Short) -> (usize, Option<String>) {
        let sum = entry::checksum(&short.name);
        let mut units: Vec<u16> = Vec::new();
        for number in 1..=PARTS_MAX.min(slot) {
            let at = slot - number;
            let part = Part(self.slot(at));
            let fits = !self.is_free(at) && entry::is_part(part.0);
            if !fits || part.number() != number || part.checksum() != sum {
                break;
            }
            units.extend(part.units());
            if part.is_last() {
                let size = units.iter().position(|unit| *unit == 0).unwrap_or(units.len());
                return (at, name::text(&units[..size]));
            }
        }
        (slot, None)
    }

    /// Returns all files and folders, in the order in which they stand.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Item> {
        (0..self.end).filter_map(|slot| self.item(slot))
    }

    /// Returns whether there is no file and no folder.
    pub(crate) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Returns the name of the volume, which stands in the root.
    pub(crate) fn label(&self) -> Option<Short> {
        (0..self.end).filter_map(|slot| self.short(slot)).find(Short::is_volume)
    }

    /// Returns what has the name `text`, or a short name that is the same.
    pub(crate) fn find(&self, text: &str) -> Option<Item> {
        let mut found: Option<Item> = None;
        for item in self.with_hash(name::hash(text)) {
            if item.name == text {
                return Some(item);
            }
            let is_same = name::is_same(&item.name, text)
                || name::is_same(&short::text(&item.short.name, 0), text);
            if is_same && found.is_none() {
                found = Some(item);
            }
        }
        found
    }

    /// Returns what has exactly the name `text`.
    pub(crate) fn find_exact(&self, text: &str) -> Option<Item> {
        self.with_hash(name::hash(text)).find(|item| item.name == text)
    }

    fn with_hash(&self, hash: u64) -> impl Iterator<Item = Item> {
        let slots = self.index.range((hash, 0)..=(hash, usize::MAX));
        slots.filter_map(|(_, slot)| self.item(*slot))
    }

    /// Returns slots for a name that takes `count` of them, or `None` where there is no room.
    pub(crate) fn room(&mut self, count: usize) -> Option<usize> {
        let sectors = self.slot_count() / self.per_sector();
        let mut sector = *self.room.get(count)?;
        while sector < sectors {
            if let Some(slot) = self.room_in(sector, count, 0..0) {
                self.room[count] = sector;
                return Some(slot);
            }
            sector += 1;
        }
        self.room[count] = sector;
        None
    }

    /// Returns room in a sector, where the slots of `but` count as free.
    fn room_in(&self, sector: usize, count: usize, but: Range<usize>) -> Option<usize> {
        let per = self.per_sector();
        let is_free = |slot: usize| self.is_free(slot) || but.contains(&slot);
        let first = sector * per;
        if count > per {
            let fits = first + count <= self.slot_count();
            return (fits && (first..first + count).all(is_free)).then_some(first);
        }
        (first..=first + per - count).find(|start| (*start..start + count).all(is_free))
    }

    /// Returns room for a name that takes `count` slots in the very sector of `item`, whose own
    /// slots count as free; `None` where there is none, or `item` stands in several sectors.
    pub(crate) fn room_beside(&self, item: &Item, count: usize) -> Option<usize> {
        let sector = self.sector_of(item.slot());
        if self.sector_of(item.slots.start) != sector || count > self.per_sector() {
            return None;
        }
        self.room_in(sector, count, item.slots.clone())
    }

    /// Returns whether two entries stand in one sector, the first with all of its name.
    pub(crate) fn are_together(&self, item: &Item, slot: usize) -> bool {
        let sector = self.sector_of(slot);
        self.sector_of(item.slots.start) == sector && self.sector_of(item.slot()) == sector
    }

    /// Writes a name into the slots from `at` on: the parts of `units`, and the entry.
    pub(crate) fn insert(&mut self, at: usize, units: &[u16], short: &Short) -> usize {
        let sum = entry::checksum(&short.name);
        let edge = self.sector_of(self.end);
        let parts: Vec<_> = entry::parts(units, sum).collect();
        let slot = at + parts.len();
        for gap in self.end..at {
            self.write(gap, &{
                let mut free = [0; ENTRY_BYTES];
                free[0] = FREE;
                free
            });
        }
        for (place, part) in (at..).zip(&parts) {
            self.write(place, part);
            if self.sector_of(place) != self.sector_of(slot) {
                self.early.insert(self.sector_of(place));
            }
        }
        self.write(slot, &short.write());
        self.end = self.end.max(slot + 1);
        if self.is_ragged {
            // On the disk the folder ends in the sector `edge`: what is behind it comes first, and
            // nobody sees it until that one is written.
            self.is_ragged = false;
            let sectors = self.slot_count() / self.per_sector();
            self.dirty.extend(edge..sectors);
            self.early.extend(edge + 1..sectors);
        }
        if let Some(item) = self.item(slot) {
            self.index.extend(hashes(&item));
        }
        slot
    }

    /// Writes the parts of a name into the slots from `at` on, and leaves its entry free for now.
    pub(crate) fn reserve(&mut self, at: usize, units: &[u16], short: &Short) {
        let slot = self.insert(at, units, short);
        if let Some(item) = self.item(slot) {
            for hash in hashes(&item) {
                self.index.remove(&hash);
            }
        }
        self.bytes[slot * ENTRY_BYTES] = FREE;
    }

    /// Returns what stands in a slot.
    pub(crate) fn raw(&self, slot: usize) -> [u8; ENTRY_BYTES] {
        self.slot(slot).try_into().unwrap_or([0; ENTRY_BYTES])
    }

    fn write(&mut self, slot: usize, bytes: &[u8; ENTRY_BYTES]) {
        self.bytes[slot * ENTRY_BYTES..(slot + 1) * ENTRY_BYTES].copy_from_slice(bytes);
        self.dirty.insert(self.sector_of(slot));
    }

    /// Writes an entry anew whose name stays.
    pub(crate) fn rewrite(&mut self, slot: usize, short: &Short) {
        let bytes = short.write();
        if self.slot(slot) != bytes {
            self.write(slot, &bytes);
        }
    }

    /// Removes a name. Returns the slots in other sectors than its entry, which are to be
    /// [freed](Self::free) when the entry is gone from the disk.
    pub(crate) fn remove(&mut self, item: &Item) -> Range<usize> {
        for hash in hashes(item) {
            self.index.remove(&hash);
        }
        let sector_start = self.sector_of(item.slot()) * self.per_sector();
        let first = item.slots.start.max(sector_start);
        self.free(first..item.slots.end);
        item.slots.start..first
    }

    /// Makes slots free.
    pub(crate) fn free(&mut self, slots: Range<usize>) {
        for slot in slots {
            self.bytes[slot * ENTRY_BYTES] = FREE;
            let sector = self.sector_of(slot);
            self.dirty.insert(sector);
            let before = SLOTS_MAX / self.per_sector() + 1;
            self.room.iter_mut().for_each(|it| *it = (*it).min(sector.saturating_sub(before)));
        }
    }

    /// Makes the folder longer by zeroes.
    pub(crate) fn grow(&mut self, size_bytes: usize) {
        let sector = self.slot_count() / self.per_sector();
        self.bytes.resize(self.bytes.len() + size_bytes, 0);
        self.room.iter_mut().for_each(|it| *it = (*it).min(sector.saturating_sub(2)));
    }

    pub(crate) fn size_bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.dirty.is_empty()
    }

    /// Returns the sectors that are not as they are on the disk; with `only_early` those alone that
    /// have to be there before the others.
    pub(crate) fn dirty(&self, only_early: bool) -> Vec<usize> {
        let sectors = if only_early { &self.early } else { &self.dirty };
        sectors.iter().copied().collect()
    }

    pub(crate) fn sector(&self, sector: usize) -> &[u8] {
        &self.bytes[sector * self.sector_bytes..(sector + 1) * self.sector_bytes]
    }

    /// Says that sectors are on the disk.
    pub(crate) fn written(&mut self, sectors: &[usize]) {
        for sector in sectors {
            self.dirty.remove(sector);
            self.early.remove(sector);
        }
    }

    /// Writes an entry without a long name into a slot of which nothing is known.
    pub(crate) fn put(&mut self, slot: usize, short: &Short) {
        self.write(slot, &short.write());
        self.end = self.end.max(slot + 1);
    }

    /// Returns the slots with parts of long names that belong to no entry.
    pub(crate) fn stray(&self) -> Vec<usize> {
        let mut stray: BTreeSet<usize> = (0..self.end)
            .filter(|slot| !self.is_free(*slot) && entry::is_part(self.slot(*slot)))
            .collect();
        for item in self.iter() {
            for slot in item.slots {
                stray.remove(&slot);
            }
        }
        stray.into_iter().collect()
    }

    /// Forgets all changes: the folder is gone.
    pub(crate) fn abandon(&mut self) {
        self.dirty.clear();
        self.early.clear();
    }

    /// Writes the entry `..` anew, where there is one.
    pub(crate) fn set_parent(&mut self, first: u32) {
        let Some(mut short) = self.short(1).filter(Short::is_dots) else { return };
        short.first = first;
        self.rewrite(1, &short);
    }
}

/// Returns what a file or a folder is indexed by.
fn hashes(item: &Item) -> [(u64, usize); 2] {
    let short = short::text(&item.short.name, 0);
    [name::hash(&item.name), name::hash(&short)].map(|hash| (hash, item.slot()))
}

#[cfg(test)]
mod tests;
