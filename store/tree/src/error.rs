//! What can go wrong with a store.

use alloc::string::String;
use core::fmt;

use sarab_device::ErrorKind;

/// Why an operation of a store failed. `E` is the error of its disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error<E> {
    /// The disk failed to read, write or flush.
    Disk(E),
    /// An earlier write or flush failed, so nothing can be promised any more: mount it again.
    Poisoned,
    /// What was read is not what was written.
    Corrupt(Corrupt),
    /// There is no store on the disk: its superblocks are zeroes.
    Blank,
    /// There is something else on the disk.
    Foreign,
    /// The store is of a version, or has features, that this code does not know.
    Unknown {
        /// Its version.
        version: u32,
        /// Its incompatible features.
        features: u64,
    },
    /// The disk cannot hold a store.
    Unfit(Unfit),
    /// The disk, the head or the snapshot cannot be written.
    ReadOnly,
    /// There is no room for it. Removing still works.
    NoSpace,
    /// A key is longer than [`KEY_BYTES_MAX`](crate::KEY_BYTES_MAX).
    KeyTooLong {
        /// Bytes in it.
        size_bytes: usize,
    },
    /// The name of a snapshot or a head is longer than 255 bytes.
    NameTooLong {
        /// Bytes in it.
        size_bytes: usize,
    },
    /// There is no keyspace, head or snapshot of that name.
    Missing {
        /// The name.
        name: String,
    },
    /// There is one of that name already.
    Exists {
        /// The name.
        name: String,
    },
    /// A clone needs it.
    InUse {
        /// The name.
        name: String,
    },
}

/// What is damaged, and how that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt {
    /// What should be there.
    pub what: Part,
    /// The page where it should be.
    pub page: u64,
    /// The checksum, or the number, that was expected.
    pub expected: u64,
    /// The one that was found.
    pub found: u64,
}

/// A part of a store on its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Both superblocks.
    Superblock,
    /// All root records.
    Root,
    /// A page of a tree: its checksum.
    Page,
    /// A page of a tree, or an entry in it: it is sound, and makes no sense.
    Contents,
    /// A part of a large value.
    Extent,
    /// A page of the space map, or the map as a whole.
    SpaceMap,
    /// A record of the log, with sound ones behind it.
    Log,
}

/// Why a disk cannot hold a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// Its sectors are larger than a page.
    Sector {
        /// Bytes in a sector.
        sector_bytes: u32,
    },
    /// It is too small.
    Small {
        /// Pages on it.
        page_count: u64,
        /// The least number of pages.
        page_count_min: u64,
    },
    /// It is smaller than the store that was made on it.
    Shrunk {
        /// Pages on it.
        page_count: u64,
        /// Pages of the store.
        expected: u64,
    },
}

impl<E> From<Corrupt> for Error<E> {
    fn from(corrupt: Corrupt) -> Self {
        Self::Corrupt(corrupt)
    }
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk(error) => error.fmt(f),
            Self::Poisoned => {
                f.write_str("an earlier write to the disk failed; mount the store again")
            }
            Self::Corrupt(corrupt) => corrupt.fmt(f),
            Self::Blank => f.write_str("the disk is blank; format it first"),
            Self::Foreign => f.write_str("the disk holds something that is not a store"),
            Self::Unknown { version, features } => write!(
                f,
                "the store is of version {version} with features {features:#x}; this is version 1"
            ),
            Self::Unfit(unfit) => unfit.fmt(f),
            Self::ReadOnly => f.write_str("it can only be read"),
            Self::NoSpace => f.write_str("the disk is full; remove something"),
            Self::KeyTooLong { size_bytes } => {
                write!(f, "a key of {size_bytes} bytes; it may have {}", crate::KEY_BYTES_MAX)
            }
            Self::NameTooLong { size_bytes } => {
                write!(f, "a name of {size_bytes} bytes; it may have 255")
            }
            Self::Missing { name } => write!(f, "there is no `{name}`"),
            Self::Exists { name } => write!(f, "there is a `{name}` already"),
            Self::InUse { name } => write!(f, "a clone needs `{name}`; delete the clone first"),
        }
    }
}

impl fmt::Display for Corrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, page, expected, found } = self;
        write!(f, "{what} at page {page} is damaged: {found:#x} in place of {expected:#x}")
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Superblock => "the superblock",
            Self::Root => "the root",
            Self::Page => "the tree page",
            Self::Contents => "what is in the tree page",
            Self::Extent => "the part of a large value",
            Self::SpaceMap => "the space map",
            Self::Log => "the log",
        })
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sector { sector_bytes } => {
                write!(f, "sectors of {sector_bytes} bytes are larger than a page of 4096")
            }
            Self::Small { page_count, page_count_min } => {
                write!(f, "a disk of {page_count} pages; a store needs {page_count_min}")
            }
            Self::Shrunk { page_count, expected } => {
                write!(f, "a disk of {page_count} pages; the store on it has {expected}")
            }
        }
    }
}

impl<E: sarab_device::Error> core::error::Error for Error<E> {}
impl core::error::Error for Corrupt {}
impl core::error::Error for Unfit {}

impl<E: sarab_device::Error> sarab_device::Error for Error<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Disk(error) => error.kind(),
            Self::Poisoned => ErrorKind::Failed,
            Self::Corrupt(_) => ErrorKind::Corrupt,
            Self::Blank | Self::Missing { .. } => ErrorKind::NotFound,
            Self::Foreign | Self::Unknown { .. } | Self::Unfit(_) => ErrorKind::Unsupported,
            Self::ReadOnly => ErrorKind::ReadOnly,
            Self::NoSpace => ErrorKind::NoSpace,
            Self::KeyTooLong { .. } | Self::NameTooLong { .. } => ErrorKind::InvalidInput,
            Self::Exists { .. } => ErrorKind::AlreadyExists,
            Self::InUse { .. } => ErrorKind::InUse,
        }
    }
}
