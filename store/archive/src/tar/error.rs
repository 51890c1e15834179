//! The errors of tar archives.

use core::fmt;

use sarab_device::{Error, ErrorKind};

/// Why an archive cannot be opened or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TarError<E> {
    /// The disk failed.
    Device(E),
    /// The archive is no sound one, or one of a sort that is not supported.
    Header {
        /// The byte of the disk that the header at fault begins at.
        offset: u64,
        /// What is wrong with it.
        what: What,
    },
    /// More was asked for at once than can be read at once.
    TooLarge {
        /// Bytes asked for.
        size: u64,
    },
}

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The disk ends where the next header should be.
    NoEnd,
    /// The checksum does not fit.
    Checksum,
    /// A number is none, or too large.
    Number,
    /// The data reach past the end of the disk.
    PastEnd,
    /// The name is empty, not UTF-8, or leads out of the archive.
    Name,
    /// An extended header does not consist of records, or is larger than any sound one.
    Extension,
    /// A hard link to a value that is not there.
    Link,
    /// A value that is a folder as well.
    Clash,
    /// A type of entry that is not supported: sparse, split, or one of a vendor.
    Type,
}

impl<E> From<E> for TarError<E> {
    fn from(error: E) -> Self {
        Self::Device(error)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoEnd => "the archive has no end",
            Self::Checksum => "its checksum is wrong",
            Self::Number => "a number in it is none",
            Self::PastEnd => "its data reach past the end of the disk",
            Self::Name => "its name is no valid key",
            Self::Extension => "its extended header is not made of records",
            Self::Link => "it is linked to a file that is not there",
            Self::Clash => "it is a file and a folder",
            Self::Type => "its type of entry is not supported",
        })
    }
}

impl<E: fmt::Display> fmt::Display for TarError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(error) => error.fmt(f),
            Self::Header { offset, what } => {
                write!(f, "the tar archive's header at byte {offset}: {what}")
            }
            Self::TooLarge { size } => write!(f, "{size} bytes cannot be read at once"),
        }
    }
}

impl<E: core::error::Error> core::error::Error for TarError<E> {}

impl<E: Error> Error for TarError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Device(error) => error.kind(),
            Self::Header { what: What::Type, .. } | Self::TooLarge { .. } => ErrorKind::Unsupported,
            Self::Header { .. } => ErrorKind::Corrupt,
        }
    }
}
