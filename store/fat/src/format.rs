//! Making an empty volume.

use alloc::string::String;
use core::fmt;

use sarab_device::WallTime;

use crate::Width;

/// How an empty volume is to be. What is `None` is chosen as `mkfs.fat` chooses it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Format {
    /// Bits in an entry of its table.
    pub width: Option<Width>,
    /// Bytes in a cluster: a power of two.
    pub cluster_bytes: Option<u32>,
    /// Its name: up to eleven characters.
    pub label: Option<String>,
    /// A number that tells it from others; else it follows from `created`.
    pub serial: Option<u32>,
    /// Copies of the table: 1 or 2; else 2.
    pub table_count: Option<u32>,
    /// Now.
    pub created: Option<WallTime>,
}

/// Why a volume cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// The disk has too few sectors.
    Small {
        /// Bytes of the disk.
        size_bytes: u64,
    },
    /// The disk has more sectors than a volume can have.
    Large {
        /// Bytes of the disk.
        size_bytes: u64,
    },
    /// Clusters cannot be that large.
    Cluster {
        /// Bytes in a cluster.
        cluster_bytes: u32,
    },
    /// A table of that width cannot have that many clusters.
    Clusters {
        /// The width.
        width: Width,
        /// The clusters.
        cluster_count: u64,
    },
    /// It cannot be the name of a volume.
    Label {
        /// The name.
        label: String,
    },
    /// There cannot be so many copies of the table.
    Tables {
        /// The copies.
        table_count: u32,
    },
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small { size_bytes } => {
                write!(f, "a disk of {size_bytes} bytes is too small for a FAT volume")
            }
            Self::Large { size_bytes } => {
                write!(f, "a disk of {size_bytes} bytes is too large for a FAT volume")
            }
            Self::Cluster { cluster_bytes } => write!(
                f,
                "a cluster of {cluster_bytes} bytes is not a power of two from one sector to 128"
            ),
            Self::Clusters { width, cluster_count } => {
                write!(f, "{width} cannot have {cluster_count} clusters; choose another width")
            }
            Self::Label { label } => {
                write!(f, "{label:?} is no name of a volume: at most 11 characters of a short name")
            }
            Self::Tables { table_count } => {
                write!(f, "there cannot be {table_count} copies of the table, but 1 or 2")
            }
        }
    }
}
