//! The records of the log.

use alloc::vec::Vec;

use super::{
    PAGE_BYTES, Seal,
    field::{put, u32_at, u64_at},
};

/// Bytes of a record before its transactions.
pub(crate) const RECORD_BYTES: usize = 64;

/// Bytes of a transaction before its operations.
pub(crate) const TRANSACTION_BYTES: usize = 16;

/// The most bytes of transactions in a record.
pub(crate) const PAYLOAD_BYTES_MAX: usize = 1 << 20;

const MAGIC: &[u8; 8] = b"SarabLOG";

/// The head of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) payload_bytes: usize,
    pub(crate) page: u32,
    /// The checksum of the record before.
    pub(crate) previous: u64,
    payload_sum: u64,
    /// The checksum of this one.
    pub(crate) sum: u64,
}

impl Record {
    /// Reads the head of a record that stands on page `page` of the log.
    pub(crate) fn parse(bytes: &[u8], seal: Seal, page: u32) -> Option<Self> {
        let bytes = bytes.get(..RECORD_BYTES)?;
        let is_sound = bytes.starts_with(MAGIC)
            && u64_at(bytes, 8) == seal.store
            && u32_at(bytes, 36) == page
            && u64_at(bytes, 56) == seal.sum(&bytes[..56]);
        let record = Self {
            first: u64_at(bytes, 16),
            last: u64_at(bytes, 24),
            payload_bytes: u32_at(bytes, 32) as usize,
            page,
            previous: u64_at(bytes, 40),
            payload_sum: u64_at(bytes, 48),
            sum: u64_at(bytes, 56),
        };
        (is_sound
            && record.payload_bytes <= PAYLOAD_BYTES_MAX
            && record.first <= record.last
            && record.last < u64::MAX / 2)
            .then_some(record)
    }

    /// Returns whether `payload` is what was written after this head.
    pub(crate) fn holds(&self, payload: &[u8], seal: Seal) -> bool {
        payload.len() == self.payload_bytes && seal.sum(payload) == self.payload_sum
    }

    /// Returns how many pages the record takes.
    pub(crate) fn pages(&self) -> u32 {
        pages(self.payload_bytes)
    }
}

/// Returns how many pages a record with `payload_bytes` takes.
pub(crate) fn pages(payload_bytes: usize) -> u32 {
    (RECORD_BYTES + payload_bytes).div_ceil(PAGE_BYTES) as u32
}

/// Fills the head of a record in: `bytes` begins with room for it, and ends with the transactions.
///
/// Returns its checksum. The rest of the last page is added.
pub(crate) fn finish(
    bytes: &mut Vec<u8>,
    seal: Seal,
    page: u32,
    numbers: (u64, u64),
    previous: u64,
) -> u64 {
    let payload_bytes = bytes.len() - RECORD_BYTES;
    let payload_sum = seal.sum(&bytes[RECORD_BYTES..]);
    put(bytes, 0, MAGIC);
    put(bytes, 8, &seal.store.to_le_bytes());
    put(bytes, 16, &numbers.0.to_le_bytes());
    put(bytes, 24, &numbers.1.to_le_bytes());
    put(bytes, 32, &(payload_bytes as u32).to_le_bytes());
    put(bytes, 36, &page.to_le_bytes());
    put(bytes, 40, &previous.to_le_bytes());
    put(bytes, 48, &payload_sum.to_le_bytes());
    let sum = seal.sum(&bytes[..56]);
    put(bytes, 56, &sum.to_le_bytes());
    bytes.resize(bytes.len().next_multiple_of(PAGE_BYTES), 0);
    sum
}

/// A transaction in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Logged<'l> {
    pub(crate) number: u64,
    pub(crate) head: u32,
    pub(crate) operations: &'l [u8],
}

/// Fills the head of a transaction in, which `bytes` begins with room for.
pub(crate) fn finish_transaction(bytes: &mut [u8], number: u64, head: u32) {
    let size = (bytes.len() - TRANSACTION_BYTES) as u32;
    put(bytes, 0, &number.to_le_bytes());
    put(bytes, 8, &head.to_le_bytes());
    put(bytes, 12, &size.to_le_bytes());
}

/// Takes the first transaction from `payload`; `None` if it makes no sense.
pub(crate) fn split_transaction<'l>(payload: &mut &'l [u8]) -> Option<Logged<'l>> {
    let (head, rest) = payload.split_at_checked(TRANSACTION_BYTES)?;
    let (operations, rest) = rest.split_at_checked(u32_at(head, 12) as usize)?;
    *payload = rest;
    Some(Logged { number: u64_at(head, 0), head: u32_at(head, 8), operations })
}
