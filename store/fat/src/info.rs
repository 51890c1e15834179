//! What is known of a volume.

use alloc::string::String;
use core::fmt;

/// Bits in an entry of the table of clusters: what gives FAT12, FAT16 and FAT32 their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// FAT12: up to 4084 clusters.
    Fat12,
    /// FAT16: up to 65 524 clusters.
    Fat16,
    /// FAT32: up to 268 435 444 clusters.
    Fat32,
}

impl Width {
    pub(crate) fn bits(self) -> u64 {
        match self {
            Self::Fat12 => 12,
            Self::Fat16 => 16,
            Self::Fat32 => 32,
        }
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fat12 => "FAT12",
            Self::Fat16 => "FAT16",
            Self::Fat32 => "FAT32",
        })
    }
}

/// What is known of a mounted volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Bits in an entry of its table.
    pub width: Width,
    /// Bytes in a sector of the volume, which may be larger than one of the disk.
    pub sector_bytes: u32,
    /// Bytes in a cluster: what a file takes at least, and a multiple of.
    pub cluster_bytes: u32,
    /// Clusters that files and folders can have.
    pub cluster_count: u32,
    /// Clusters that are free, those included that the next `sync` makes free.
    pub free_count: u32,
    /// Copies of the table.
    pub table_count: u32,
    /// The number that was drawn when it was formatted.
    pub serial: u32,
    /// Its name, where it has one.
    pub label: Option<String>,
    /// Whether it was not unmounted, nor `sync`ed, before it was mounted here.
    pub was_dirty: bool,
}
