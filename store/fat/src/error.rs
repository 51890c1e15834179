//! What goes wrong with a FAT volume.

use alloc::string::String;
use core::fmt;

use sarab_device::{Error, ErrorKind, PathError};

/// Why a request to a FAT volume failed; `E` is the error of the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FatError<E> {
    /// The disk failed.
    Disk(E),
    /// The disk holds no FAT volume that can be mounted.
    Volume(Flaw),
    /// A chain or a folder cannot be as it is; the rest of the volume can be used.
    Damaged(Damage),
    /// Something is wrong with a path.
    Path(PathError),
    /// There are not enough free clusters.
    NoSpace,
    /// A folder has as many entries as it can.
    FolderFull {
        /// Its path.
        path: String,
    },
    /// A file cannot be longer than 4 GiB - 1.
    TooLarge {
        /// The size asked for in bytes.
        size_bytes: u64,
    },
    /// The disk cannot be written, or the file was opened to be read.
    ReadOnly,
    /// There is no memory for it.
    NoMemory,
    /// A volume like that cannot be made.
    Format(crate::FormatError),
}

impl<E: fmt::Display> fmt::Display for FatError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk(error) => error.fmt(f),
            Self::Volume(flaw) => flaw.fmt(f),
            Self::Damaged(damage) => damage.fmt(f),
            Self::Path(error) => error.fmt(f),
            Self::NoSpace => f.write_str("there are not enough free clusters"),
            Self::FolderFull { path } => write!(f, "the folder `{path}` can have no more entries"),
            Self::TooLarge { size_bytes } => {
                write!(f, "a file of {size_bytes} bytes is longer than the 4 GiB - 1 of FAT")
            }
            Self::ReadOnly => f.write_str("it can be read only"),
            Self::NoMemory => f.write_str("there is no memory left for it"),
            Self::Format(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for FatError<E> {}

impl<E: Error> Error for FatError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Disk(error) => error.kind(),
            Self::Volume(_) | Self::Damaged(_) => ErrorKind::Corrupt,
            Self::Path(error) => error.kind(),
            Self::Format(_) => ErrorKind::InvalidInput,
            Self::NoSpace | Self::FolderFull { .. } | Self::TooLarge { .. } | Self::NoMemory => {
                ErrorKind::NoSpace
            }
            Self::ReadOnly => ErrorKind::ReadOnly,
        }
    }
}

impl<E> From<Flaw> for FatError<E> {
    fn from(flaw: Flaw) -> Self {
        Self::Volume(flaw)
    }
}

impl<E> From<PathError> for FatError<E> {
    fn from(error: PathError) -> Self {
        Self::Path(error)
    }
}

impl<E> From<Damage> for FatError<E> {
    fn from(damage: Damage) -> Self {
        Self::Damaged(damage)
    }
}

/// Why a disk holds no FAT volume that can be mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The first sector does not end in `55 AA`.
    NoMark,
    /// A field of the boot sector holds what it cannot hold.
    Field {
        /// What the field is.
        field: &'static str,
        /// What it holds.
        value: u32,
    },
    /// Its sectors are smaller than those of the disk.
    SmallSectors {
        /// Bytes in a sector of the volume.
        sector_bytes: u32,
        /// Bytes in a sector of the disk.
        disk_sector_bytes: u32,
    },
    /// It is larger than the disk.
    Cut {
        /// Bytes of the volume.
        size_bytes: u64,
        /// Bytes of the disk.
        disk_bytes: u64,
    },
    /// Its table is too small for its clusters.
    SmallTable {
        /// Clusters that the table has entries for.
        entries: u64,
        /// Clusters of the volume.
        cluster_count: u64,
    },
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no FAT volume: ")?;
        match self {
            Self::NoMark => f.write_str("the first sector does not end in 55 AA"),
            Self::Field { field, value } => write!(f, "{field} cannot be {value}"),
            Self::SmallSectors { sector_bytes, disk_sector_bytes } => write!(
                f,
                "its sectors of {sector_bytes} bytes are smaller than the disk's of \
                {disk_sector_bytes}"
            ),
            Self::Cut { size_bytes, disk_bytes } => {
                write!(f, "it has {size_bytes} bytes, and the disk {disk_bytes}")
            }
            Self::SmallTable { entries, cluster_count } => {
                write!(f, "its table has {entries} entries for {cluster_count} clusters")
            }
        }
    }
}

/// What cannot be as it is, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// A chain leads to a cluster that is none, or is free, or is marked as bad.
    Link {
        /// The cluster that leads there; 0 where an entry of a folder does.
        cluster: u32,
        /// Where it leads.
        next: u32,
    },
    /// A chain ends before what it holds does.
    Short {
        /// The first cluster of the chain.
        first: u32,
        /// Clusters in it.
        clusters: u32,
    },
    /// A chain has no end, or is longer than what it holds can be.
    Long {
        /// The first cluster of the chain.
        first: u32,
    },
    /// A folder lies in itself.
    Loop {
        /// The first cluster of the folder; 0 for the root.
        first: u32,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link { cluster: 0, next } => {
                write!(f, "an entry of a folder leads to cluster {next}, which is not in use")
            }
            Self::Link { cluster, next } => {
                write!(f, "cluster {cluster} leads to cluster {next}, which is not in use")
            }
            Self::Short { first, clusters } => {
                write!(f, "the chain from cluster {first} on ends after {clusters} clusters")
            }
            Self::Long { first } => {
                write!(f, "the chain from cluster {first} on does not end where it must")
            }
            Self::Loop { first: 0 } => f.write_str("the root lies in itself"),
            Self::Loop { first } => {
                write!(f, "the folder that begins with cluster {first} lies in itself")
            }
        }
    }
}
