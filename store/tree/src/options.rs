//! How a store is made, and how it is mounted.

use alloc::string::String;

/// How a store is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// A name for people, cut to 64 bytes.
    pub label: String,
    /// What tells this store from all others; random is best.
    pub uuid: [u8; 16],
    /// Bytes of the log; `None` is a part in 32 of the disk, up to 32 MiB.
    pub log_bytes: Option<u64>,
    /// Pages in a group of the space map; `None` is the most, 32256. Tests use few.
    pub group_pages: Option<u32>,
}

impl Format {
    /// Returns the usual: no label, and the UUID `uuid`.
    #[must_use]
    pub fn new(uuid: [u8; 16]) -> Self {
        Self { label: String::new(), uuid, log_bytes: None, group_pages: None }
    }
}

/// How a store is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Bytes of memory for pages and for transactions that were not written yet.
    ///
    /// At least 1 MiB is taken. Besides that a bit for each page of the disk is in memory.
    pub memory_bytes: usize,
    /// What happens to space that is not needed any more.
    pub discard: Discard,
}

/// What happens to space that is not needed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discard {
    /// The disk is told, once nothing could need it.
    Tell,
    /// Nothing.
    Keep,
}

impl Default for Options {
    /// 16 MiB of memory, no discard.
    fn default() -> Self {
        Self { memory_bytes: 16 << 20, discard: Discard::Keep }
    }
}
