//! Pointers to pages.

use super::field::{put, u64_at};

/// Bytes in a pointer.
pub(crate) const POINTER_BYTES: usize = 24;

/// Where a page is, since when, and its checksum; 0 as long as it was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Pointer {
    pub(crate) address: u64,
    pub(crate) birth: u64,
    pub(crate) checksum: u64,
}

impl Pointer {
    pub(crate) fn parse(bytes: &[u8], at: usize) -> Self {
        Self {
            address: u64_at(bytes, at),
            birth: u64_at(bytes, at + 8),
            checksum: u64_at(bytes, at + 16),
        }
    }

    pub(crate) fn bytes(self) -> [u8; POINTER_BYTES] {
        let mut bytes = [0; POINTER_BYTES];
        put(&mut bytes, 0, &self.address.to_le_bytes());
        put(&mut bytes, 8, &self.birth.to_le_bytes());
        put(&mut bytes, 16, &self.checksum.to_le_bytes());
        bytes
    }
}

/// The top of a tree. Address 0, which is the superblock's, stands for a tree without pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Top {
    pub(crate) pointer: Pointer,
    pub(crate) level: u8,
}

impl Top {
    pub(crate) fn is_empty(&self) -> bool {
        self.pointer.address == 0
    }
}
