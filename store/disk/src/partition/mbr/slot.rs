//! One of the four slots of a sector that lists partitions.

use super::{Entry, EntryFault, String, Type};
use crate::field;

/// The type of the one partition that covers a disk with a GPT (UEFI 2.10 section 5.2.3).
pub(in super::super) const PROTECTIVE: u8 = 0xee;
/// The types of extended partitions; the first is written here.
const EXTENDED: [u8; 3] = [0x0f, 0x05, 0x85];
/// Where the slots begin.
const SLOTS: usize = 446;
/// Bytes in a slot.
const SLOT_BYTES: usize = 16;
/// A place by cylinder, head and sector that says nothing.
const NO_PLACE: [u8; 3] = [0xfe, 0xff, 0xff];

/// One slot; the default is an empty one.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Slot {
    pub(in super::super) is_active: bool,
    pub(in super::super) kind: u8,
    pub(in super::super) first: u32,
    pub(in super::super) count: u32,
}

impl Slot {
    /// Returns the extended partition of `count` sectors from `first` on.
    pub(super) fn extended(first: u64, count: u64) -> Result<Self, EntryFault> {
        let (first, count) = (narrow(first)?, narrow(count)?);
        Ok(Self { is_active: false, kind: EXTENDED[0], first, count })
    }

    /// Returns the slot of `entry`, counted from sector `base`.
    pub(super) fn of(entry: &Entry, base: u64) -> Result<Self, EntryFault> {
        let Type::Mbr(kind) = entry.kind else { return Err(EntryFault::Kind) };
        if kind == 0 || EXTENDED.contains(&kind) {
            return Err(EntryFault::Kind);
        }
        let (first, count) = (narrow(entry.first.saturating_sub(base))?, narrow(entry.count)?);
        Ok(Self { is_active: entry.attributes & 1 == 1, kind, first, count })
    }

    /// Returns partition `number`, whose slot counts from sector `base`.
    pub(super) fn entry(&self, number: u32, base: u64) -> Entry {
        Entry {
            number,
            first: base + u64::from(self.first),
            count: self.count.into(),
            kind: Type::Mbr(self.kind),
            name: String::new(),
            guid: None,
            attributes: self.is_active.into(),
        }
    }

    pub(super) fn is_used(&self) -> bool {
        self.kind != 0 && self.count != 0
    }

    pub(super) fn is_extended(&self) -> bool {
        EXTENDED.contains(&self.kind)
    }
}

fn narrow(sectors: u64) -> Result<u32, EntryFault> {
    u32::try_from(sectors).map_err(|_| EntryFault::TooFar)
}

/// Returns the slots of a first `sector`, if it is one of a table.
///
/// The first sector of a FAT has the same mark at its end. There the slots are code, or zeroes.
pub(in super::super) fn primary(sector: &[u8]) -> Option<[Slot; 4]> {
    let slots = link(sector)?;
    let is_sound = |index: usize| matches!(sector.get(SLOTS + index * SLOT_BYTES), Some(0 | 0x80));
    let is_empty = slots.iter().all(|slot| slot.kind == 0);
    let is_table = (0..4).all(is_sound) && !(is_empty && is_fat(sector));
    is_table.then_some(slots)
}

/// Returns the slots of a `sector` that has the mark of one with slots.
pub(super) fn link(sector: &[u8]) -> Option<[Slot; 4]> {
    if field::bytes::<2>(sector, 510) != [0x55, 0xaa] {
        return None;
    }
    Some([0, 1, 2, 3].map(|index| {
        let at = SLOTS + index * SLOT_BYTES;
        Slot {
            is_active: field::bytes::<1>(sector, at) == [0x80],
            kind: u8::from_le_bytes(field::bytes(sector, at + 4)),
            first: field::u32(sector, at + 8),
            count: field::u32(sector, at + 12),
        }
    }))
}

/// Returns whether a disk begins as a FAT volume: a jump, and numbers of sectors and tables that can be.
///
/// Such a first sector has the mark of one that lists partitions, too.
#[must_use]
pub fn is_fat(start: &[u8]) -> bool {
    let is_jump = matches!(field::bytes(start, 0), [0xeb, _, 0x90] | [0xe9, _, _]);
    let sector_bytes = field::u16(start, 11);
    let [cluster_sectors] = field::bytes(start, 13);
    is_jump
        && sector_bytes.is_power_of_two()
        && (512..=4096).contains(&sector_bytes)
        && cluster_sectors.is_power_of_two()
        && matches!(field::bytes(start, 16), [1 | 2])
}

/// Puts `slots` and the mark into a `sector`.
pub(super) fn put(sector: &mut [u8], slots: &[Slot]) {
    for (index, slot) in slots.iter().enumerate() {
        let at = SLOTS + index * SLOT_BYTES;
        let is_used = slot.kind != 0;
        let place = if is_used { NO_PLACE } else { [0; 3] };
        field::put(sector, at, &[if slot.is_active { 0x80 } else { 0 }]);
        field::put(sector, at + 1, &place);
        field::put(sector, at + 4, &[slot.kind]);
        field::put(sector, at + 5, &place);
        field::put(sector, at + 8, &slot.first.to_le_bytes());
        field::put(sector, at + 12, &slot.count.to_le_bytes());
    }
    field::put(sector, 510, &[0x55, 0xaa]);
}
