//! The parts of large values, and how a leaf refers to them.

use super::{
    field::{array, put, u32_at, u64_at},
    pages_of,
};

/// Bytes in an extent's value.
pub(crate) const EXTENT_BYTES: usize = 32;

/// Bit of a leaf's word that says that a value is large.
pub(crate) const LARGE: u16 = 0x8000;

/// Bytes in a leaf for a large value.
pub(crate) const LARGE_BYTES: usize = 16;

/// A part of a large value on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) address: u64,
    pub(crate) size_bytes: u32,
    pub(crate) birth: u64,
    pub(crate) checksum: u64,
}

impl Extent {
    pub(crate) fn bytes(self) -> [u8; EXTENT_BYTES] {
        let mut bytes = [0; EXTENT_BYTES];
        put(&mut bytes, 0, &self.address.to_le_bytes());
        put(&mut bytes, 8, &self.size_bytes.to_le_bytes());
        put(&mut bytes, 16, &self.birth.to_le_bytes());
        put(&mut bytes, 24, &self.checksum.to_le_bytes());
        bytes
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == EXTENT_BYTES).then(|| Self {
            address: u64_at(bytes, 0),
            size_bytes: u32_at(bytes, 8),
            birth: u64_at(bytes, 16),
            checksum: u64_at(bytes, 24),
        })
    }

    pub(crate) fn pages(&self) -> u32 {
        pages_of(u64::from(self.size_bytes)) as u32
    }
}

/// Returns the key of the extent at `offset` of the value `number`.
pub(crate) fn key(number: u64, offset: u64) -> [u8; 18] {
    let mut key = [0; 18];
    put(&mut key, 0, &crate::keyspace::EXTENTS);
    put(&mut key, 2, &number.to_be_bytes());
    put(&mut key, 10, &offset.to_be_bytes());
    key
}

/// Returns the value number and the offset in `key`.
pub(crate) fn parse_key(key: &[u8]) -> Option<(u64, u64)> {
    (key.len() == 18 && key.starts_with(&crate::keyspace::EXTENTS))
        .then(|| (u64::from_be_bytes(array(key, 2)), u64::from_be_bytes(array(key, 10))))
}

/// Returns what a leaf holds of the large value `number` of `size_bytes`.
pub(crate) fn large(number: u64, size_bytes: u64) -> [u8; LARGE_BYTES] {
    let mut bytes = [0; LARGE_BYTES];
    put(&mut bytes, 0, &number.to_le_bytes());
    put(&mut bytes, 8, &size_bytes.to_le_bytes());
    bytes
}
