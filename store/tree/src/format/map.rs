//! The pages of the space map.

use alloc::vec::Vec;

use super::{
    PAGE_BYTES, Seal,
    field::{put, u64_at},
};

/// The most pages in a group: as many as a map page has bits.
pub(crate) const GROUP_PAGES_MAX: u32 = 32256;

/// Pages 1 and 2 of a group hold the two slots of its map.
pub(crate) const MAP_SLOTS: [u64; 2] = [1, 2];

const MAGIC: &[u8; 8] = b"SarabMAP";
const BITS_AT: usize = 64;
const WORDS: usize = (PAGE_BYTES - BITS_AT) / 8;

/// A group's map as it lies on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MapPage {
    pub(crate) generation: u64,
    pub(crate) checksum: u64,
    pub(crate) words: Vec<u64>,
}

/// Returns the bytes of the map page of `group` with `words`, and its checksum.
///
/// The checksum depends on the generation.
pub(crate) fn map_page(seal: Seal, group: u64, generation: u64, words: &[u64]) -> (Vec<u8>, u64) {
    let mut bytes = alloc::vec![0; PAGE_BYTES];
    put(&mut bytes, 0, MAGIC);
    put(&mut bytes, 8, &seal.store.to_le_bytes());
    put(&mut bytes, 16, &group.to_le_bytes());
    put(&mut bytes, 24, &generation.to_le_bytes());
    for (word, field) in words.iter().zip(bytes[BITS_AT..].chunks_exact_mut(8)) {
        field.copy_from_slice(&word.to_le_bytes());
    }
    let sum = sum(&bytes);
    put(&mut bytes, 56, &sum.to_le_bytes());
    (bytes, sum)
}

/// Reads the map page of `group`, or returns `None` where there is none.
pub(crate) fn parse(bytes: &[u8], seal: Seal, group: u64) -> Option<MapPage> {
    let is_sound = bytes.len() == PAGE_BYTES
        && bytes.starts_with(MAGIC)
        && u64_at(bytes, 8) == seal.store
        && u64_at(bytes, 16) == group
        && u64_at(bytes, 56) == sum(bytes);
    is_sound.then(|| MapPage {
        generation: u64_at(bytes, 24),
        checksum: u64_at(bytes, 56),
        words: (0..WORDS).map(|word| u64_at(bytes, BITS_AT + word * 8)).collect(),
    })
}

fn sum(bytes: &[u8]) -> u64 {
    let head = Seal { store: 0 }.sum(&bytes[..56]);
    Seal { store: head }.sum(&bytes[BITS_AT..])
}
