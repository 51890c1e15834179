//! What lies on the disk, table for table after `FORMAT.md`.

pub(crate) mod catalog;
pub(crate) mod extent;
pub(crate) mod field;
pub(crate) mod map;
pub(crate) mod pointer;
pub(crate) mod record;
pub(crate) mod root;
pub(crate) mod superblock;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Bytes in a page.
pub(crate) const PAGE_BYTES: usize = 4096;

/// Bytes in a page, to count with bytes on the disk.
pub(crate) const PAGE_BYTES_U64: u64 = PAGE_BYTES as u64;

/// What the checksums of a store depend on: its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) store: u64,
}

impl Seal {
    /// Returns the checksum of `bytes` as such. It is never 0, which stands for "not known yet".
    pub(crate) fn sum(self, bytes: &[u8]) -> u64 {
        xxh3_64_with_seed(bytes, self.store).max(1)
    }

    /// Returns the checksum of `bytes` at the page `address`.
    pub(crate) fn sum_at(self, bytes: &[u8], address: u64) -> u64 {
        let place = address.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        xxh3_64_with_seed(bytes, self.store.wrapping_add(place)).max(1)
    }
}

/// Returns how many pages hold `size_bytes`.
pub(crate) fn pages_of(size_bytes: u64) -> u64 {
    size_bytes.div_ceil(PAGE_BYTES_U64)
}
