//! What is wrong with tables of partitions.

mod words;

use alloc::{string::String, vec::Vec};
use core::ops::Range;

use sarab_device::{Error, ErrorKind, SpanError};

/// Why a table cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableError<E> {
    /// The disk failed.
    Device(E),
    /// There is no table.
    None,
    /// The disk has no room for a table.
    TooSmall,
    /// Both copies of a GPT are damaged.
    Gpt {
        /// What is wrong with the first.
        primary: GptFault,
        /// What is wrong with the second.
        backup: GptFault,
    },
    /// The chain of logical partitions of an MBR is damaged.
    Chain {
        /// The sector of the link.
        sector: u64,
        /// What is wrong with it.
        fault: ChainFault,
    },
    /// A partition cannot be where the table says.
    Entry {
        /// Its number.
        number: u32,
        /// Why not.
        fault: EntryFault,
    },
}

/// What is wrong with one copy of a GPT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GptFault {
    /// The disk cannot be read there.
    Unreadable {
        /// Why.
        cause: String,
    },
    /// There is no header.
    Signature,
    /// The header is of a revision that is not known.
    Revision {
        /// Which.
        revision: u32,
    },
    /// The header is shorter than any, or longer than a sector.
    HeaderSize {
        /// Its size.
        size_bytes: u32,
    },
    /// The checksum of the header is wrong.
    HeaderChecksum,
    /// The header says that it belongs elsewhere, or past the end of the disk.
    Place,
    /// The usable sectors are none, or past the end of the disk.
    Usable,
    /// An entry cannot be that large.
    EntrySize {
        /// Its size.
        size_bytes: u32,
    },
    /// There are more entries than any table has.
    TooMany {
        /// How many.
        count: u32,
    },
    /// The entries lie past the end of the disk, or on something else.
    EntriesPlace,
    /// The checksum of the entries is wrong.
    EntriesChecksum,
    /// A partition lies outside of the usable sectors, or ends before it begins.
    Entry {
        /// Its number.
        number: u32,
    },
}

/// What is wrong with a link of the chain of logical partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainFault {
    /// It, or its partition, lies outside of the extended partition.
    Outside,
    /// The chain comes back to it.
    Cycle,
    /// It is not marked as one.
    Mark,
    /// There are more links than anybody makes.
    TooLong,
}

/// Why a partition cannot be where a table says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryFault {
    /// It has no sectors.
    Empty,
    /// It reaches past the end of the disk.
    PastEnd {
        /// The sector after its last.
        end: u64,
        /// Sectors on the disk.
        sector_count: u64,
    },
    /// It has sectors in common with another.
    Overlap {
        /// The number of the other.
        other: u32,
    },
    /// It covers sectors of the table.
    OnTable {
        /// The sectors that partitions may have.
        usable: Range<u64>,
    },
    /// An MBR cannot count so far.
    TooFar,
    /// The number is none that the table has, or leaves a gap before it.
    Number,
    /// The type, or the GUID that it lacks, is not one of the table's format.
    Kind,
    /// The name is longer than 36 units of UTF-16, or has a NUL in it.
    Name,
    /// There is no free sector before it for its link in the chain of logical partitions.
    NoLink,
    /// There is no primary partition left for the extended one.
    NoSlot,
}

/// What is wrong with a table that can be used all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// The first copy of a GPT is damaged, and the second was used.
    Primary(GptFault),
    /// The second copy of a GPT is damaged.
    Backup(GptFault),
    /// The copies of a GPT say different things, and the first was used.
    Differ,
    /// The second copy of a GPT is not at the end of the disk, which has grown.
    NotAtEnd {
        /// Where it is.
        sector: u64,
    },
}

/// Why partitions cannot be laid out on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// The disk has no room for a table.
    TooSmall,
    /// Only the last partition can have all that is left.
    RestNotLast,
    /// A partition is larger than what is left, or empty.
    NoRoom {
        /// Its number.
        number: u32,
        /// What is left.
        left_bytes: u64,
    },
}

/// Why a partition cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError<E> {
    /// The table cannot be read.
    Table(TableError<E>),
    /// There is no such partition.
    Missing {
        /// The number that was asked for.
        number: u32,
        /// The numbers that there are.
        numbers: Vec<u32>,
    },
    /// It does not lie on the disk.
    Span(SpanError),
}

impl<E> From<TableError<E>> for OpenError<E> {
    fn from(error: TableError<E>) -> Self {
        Self::Table(error)
    }
}

impl<E> From<SpanError> for OpenError<E> {
    fn from(error: SpanError) -> Self {
        Self::Span(error)
    }
}

impl<E: core::error::Error> core::error::Error for TableError<E> {}

impl<E: Error> Error for TableError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Device(error) => error.kind(),
            Self::None => ErrorKind::NotFound,
            Self::TooSmall => ErrorKind::NoSpace,
            Self::Gpt { .. } | Self::Chain { .. } | Self::Entry { .. } => ErrorKind::Corrupt,
        }
    }
}

impl core::error::Error for PlanError {}

impl Error for PlanError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooSmall | Self::NoRoom { .. } => ErrorKind::NoSpace,
            Self::RestNotLast => ErrorKind::InvalidInput,
        }
    }
}

impl<E: core::error::Error> core::error::Error for OpenError<E> {}

impl<E: Error> Error for OpenError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Table(error) => error.kind(),
            Self::Missing { .. } => ErrorKind::NotFound,
            Self::Span(error) => error.kind(),
        }
    }
}
