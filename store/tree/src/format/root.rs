//! The root record.

use super::{
    Seal,
    field::{put, u64_at},
    pointer::{Pointer, Top},
};

/// Bytes in a root record.
pub(crate) const ROOT_BYTES: usize = 512;

const MAGIC: &[u8; 8] = b"SarabROO";

/// A whole state of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    pub(crate) generation: u64,
    pub(crate) transaction: u64,
    pub(crate) page_count: u64,
    pub(crate) catalog: Top,
    pub(crate) log_page: u32,
    pub(crate) log_chain: u64,
    pub(crate) next_value: u64,
    pub(crate) next_number: u64,
    pub(crate) map_digest: u64,
}

impl Root {
    pub(crate) fn bytes(&self, seal: Seal) -> [u8; ROOT_BYTES] {
        let mut bytes = [0; ROOT_BYTES];
        put(&mut bytes, 0, MAGIC);
        put(&mut bytes, 8, &self.generation.to_le_bytes());
        put(&mut bytes, 16, &self.transaction.to_le_bytes());
        put(&mut bytes, 24, &self.page_count.to_le_bytes());
        put(&mut bytes, 32, &self.catalog.pointer.bytes());
        bytes[56] = self.catalog.level;
        put(&mut bytes, 64, &u64::from(self.log_page).to_le_bytes());
        put(&mut bytes, 72, &self.log_chain.to_le_bytes());
        put(&mut bytes, 80, &self.next_value.to_le_bytes());
        put(&mut bytes, 88, &self.next_number.to_le_bytes());
        put(&mut bytes, 96, &self.map_digest.to_le_bytes());
        let sum = seal.sum(&bytes[..504]);
        put(&mut bytes, 504, &sum.to_le_bytes());
        bytes
    }

    /// Reads a root record from the start of its slot, or returns `None` where there is none.
    pub(crate) fn parse(bytes: &[u8], seal: Seal) -> Option<Self> {
        let bytes = bytes.get(..ROOT_BYTES)?;
        if !bytes.starts_with(MAGIC) || seal.sum(&bytes[..504]) != u64_at(bytes, 504) {
            return None;
        }
        Some(Self {
            generation: u64_at(bytes, 8),
            transaction: u64_at(bytes, 16),
            page_count: u64_at(bytes, 24),
            catalog: Top { pointer: Pointer::parse(bytes, 32), level: bytes[56] },
            log_page: u32::try_from(u64_at(bytes, 64)).ok()?,
            log_chain: u64_at(bytes, 72),
            next_value: u64_at(bytes, 80),
            next_number: u64_at(bytes, 88),
            map_digest: u64_at(bytes, 96),
        })
    }
}
