//! A piece of the table in memory.

use alloc::vec::Vec;
use core::ops::Range;

use crate::Width;

/// A piece of the table in memory.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(super) bytes: Vec<u8>,
    /// A bit for each sector that is not as it is on the disk.
    pub(super) dirty: u64,
    /// When it was used last.
    pub(super) used: u64,
}

impl Chunk {
    pub(super) fn new(bytes: Vec<u8>, used: u64) -> Self {
        Self { bytes, dirty: 0, used }
    }

    /// Returns the value of its entry `index`; 0 past its end.
    pub(super) fn get(&self, width: Width, index: u32) -> u32 {
        let byte = |at: usize| self.bytes.get(at).map_or(0, |byte| u32::from(*byte));
        match width {
            Width::Fat12 => {
                let at = index as usize * 3 / 2;
                let both = byte(at) | byte(at + 1) << 8;
                if index.is_multiple_of(2) { both & 0xfff } else { both >> 4 }
            }
            Width::Fat16 => {
                let at = index as usize * 2;
                byte(at) | byte(at + 1) << 8
            }
            Width::Fat32 => {
                let at = index as usize * 4;
                let bytes = self.bytes.get(at..at + 4).and_then(|it| it.try_into().ok());
                u32::from_le_bytes(bytes.unwrap_or_default()) & 0x0fff_ffff
            }
        }
    }

    /// Writes its entry `index`; nothing past its end.
    pub(super) fn set(&mut self, width: Width, index: u32, value: u32, sector_bytes: usize) {
        let old = |bytes: &[u8], at: usize| bytes.get(at).copied().unwrap_or_default();
        let [low, high, higher, highest] = value.to_le_bytes();
        let (at, size) = match width {
            Width::Fat12 => (index as usize * 3 / 2, 2),
            Width::Fat16 => (index as usize * 2, 2),
            Width::Fat32 => (index as usize * 4, 4),
        };
        let new = match width {
            Width::Fat12 if index.is_multiple_of(2) => {
                [low, old(&self.bytes, at + 1) & 0xf0 | high & 0xf, 0, 0]
            }
            Width::Fat12 => [old(&self.bytes, at) & 0xf | low << 4, low >> 4 | high << 4, 0, 0],
            Width::Fat16 => [low, high, 0, 0],
            Width::Fat32 => [low, high, higher, old(&self.bytes, at + 3) & 0xf0 | highest & 0xf],
        };
        let Some(place) = self.bytes.get_mut(at..at + size) else { return };
        if *place != new[..size] {
            place.copy_from_slice(&new[..size]);
            self.dirty |= 1 << (at / sector_bytes) | 1 << ((at + size - 1) / sector_bytes);
        }
    }

    /// Returns the runs of sectors that are not as they are on the disk, in bytes.
    pub(super) fn dirty_spans(&self, sector_bytes: usize) -> impl Iterator<Item = Range<usize>> {
        let sectors = self.bytes.len().div_ceil(sector_bytes);
        let mut sector = 0;
        core::iter::from_fn(move || {
            let is_dirty = |sector: usize| self.dirty >> sector & 1 != 0;
            let first = (sector..sectors).find(|sector| is_dirty(*sector))?;
            let end = (first..sectors).find(|sector| !is_dirty(*sector)).unwrap_or(sectors);
            sector = end;
            Some(first * sector_bytes..(end * sector_bytes).min(self.bytes.len()))
        })
    }
}
