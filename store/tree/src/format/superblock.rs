//! The superblock.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{
    PAGE_BYTES,
    field::{array, put, u32_at, u64_at},
};

/// Bytes in a superblock.
pub(crate) const SUPERBLOCK_BYTES: usize = 512;

const MAGIC: &[u8; 16] = b"Sarab tree\r\n\x1a\n\0\0";
const VERSION: u32 = 1;

/// Where things are on the disk, for as long as the store lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Superblock {
    pub(crate) read_features: u64,
    pub(crate) uuid: [u8; 16],
    pub(crate) page_count: u64,
    pub(crate) slots: u32,
    pub(crate) group_pages: u32,
    pub(crate) rings: [u64; 2],
    pub(crate) log: u64,
    pub(crate) log_pages: u32,
    pub(crate) label: [u8; 64],
}

/// Why bytes are no superblock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoSuperblock {
    Blank,
    Foreign,
    Damaged { expected: u64, found: u64 },
    Unknown { version: u32, features: u64 },
}

impl Superblock {
    pub(crate) fn bytes(&self) -> [u8; SUPERBLOCK_BYTES] {
        let mut bytes = [0; SUPERBLOCK_BYTES];
        put(&mut bytes, 0, MAGIC);
        put(&mut bytes, 16, &VERSION.to_le_bytes());
        put(&mut bytes, 20, &(PAGE_BYTES as u32).to_le_bytes());
        put(&mut bytes, 32, &self.read_features.to_le_bytes());
        put(&mut bytes, 48, &self.uuid);
        put(&mut bytes, 64, &self.page_count.to_le_bytes());
        put(&mut bytes, 72, &self.slots.to_le_bytes());
        put(&mut bytes, 76, &self.group_pages.to_le_bytes());
        put(&mut bytes, 80, &self.rings[0].to_le_bytes());
        put(&mut bytes, 88, &self.rings[1].to_le_bytes());
        put(&mut bytes, 96, &self.log.to_le_bytes());
        put(&mut bytes, 104, &self.log_pages.to_le_bytes());
        put(&mut bytes, 112, &self.label);
        let sum = xxh3_64_with_seed(&bytes[..504], 0);
        put(&mut bytes, 504, &sum.to_le_bytes());
        bytes
    }

    /// Reads a superblock from the start of a page.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, NoSuperblock> {
        let bytes = bytes.get(..SUPERBLOCK_BYTES).ok_or(NoSuperblock::Foreign)?;
        if bytes.iter().all(|byte| *byte == 0) {
            return Err(NoSuperblock::Blank);
        }
        if !bytes.starts_with(MAGIC) {
            return Err(NoSuperblock::Foreign);
        }
        let (expected, found) = (u64_at(bytes, 504), xxh3_64_with_seed(&bytes[..504], 0));
        if expected != found {
            return Err(NoSuperblock::Damaged { expected, found });
        }
        let (version, features) = (u32_at(bytes, 16), u64_at(bytes, 40));
        if version != VERSION || features != 0 || u32_at(bytes, 20) as usize != PAGE_BYTES {
            return Err(NoSuperblock::Unknown { version, features });
        }
        let superblock = Self {
            read_features: u64_at(bytes, 32),
            uuid: array(bytes, 48),
            page_count: u64_at(bytes, 64),
            slots: u32_at(bytes, 72),
            group_pages: u32_at(bytes, 76),
            rings: [u64_at(bytes, 80), u64_at(bytes, 88)],
            log: u64_at(bytes, 96),
            log_pages: u32_at(bytes, 104),
            label: array(bytes, 112),
        };
        if superblock.is_sensible() { Ok(superblock) } else { Err(NoSuperblock::Foreign) }
    }

    /// The number that all checksums of the store depend on.
    pub(crate) fn store(&self) -> u64 {
        u64_at(&self.uuid, 0)
    }

    /// Returns whether all parts lie on the disk, apart from each other, where maps do not.
    fn is_sensible(&self) -> bool {
        let slots = u64::from(self.slots);
        let group = u64::from(self.group_pages);
        let log_end = self.log.saturating_add(u64::from(self.log_pages));
        (4..=16).contains(&self.slots)
            && (32..=super::map::GROUP_PAGES_MAX).contains(&self.group_pages)
            && self.page_count >= 32
            && self.page_count <= u64::MAX / super::PAGE_BYTES_U64
            && self.rings[0] == 3
            && self.log == 3 + slots
            && self.log_pages >= 8
            && log_end <= group
            && log_end <= self.rings[1]
            && self.rings[1] == self.page_count - 1 - slots
            && crate::grow::usable(self.page_count, group) == self.page_count
    }
}
