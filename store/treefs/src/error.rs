//! What can go wrong with a file system in a store.

use alloc::string::String;
use core::fmt;

use sarab_device::{Error, ErrorKind, PathError};

/// Why a request to a file system failed. `E` is the error of its disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FsError<E> {
    /// Nothing can be done at that path; names have up to 255 bytes.
    Path(PathError),
    /// The way there leads through more symbolic links than are followed, perhaps in a circle.
    Loop {
        /// The path.
        path: String,
    },
    /// The file was opened to be read.
    ReadOnly,
    /// There is no room for it, on the disk or in memory, or no file can be that long.
    NoSpace,
    /// The file system is of a version, or has features, that this code does not know.
    Unknown {
        /// Its version.
        version: u32,
        /// Bytes in its chunks.
        chunk_bytes: u32,
        /// Its incompatible features.
        features: u64,
    },
    /// A record under a key of the file system makes no sense.
    Damaged {
        /// The inode that it belongs to; 0 for the header.
        inode: u64,
    },
    /// The store failed.
    Store(sarab_tree::Error<E>),
}

impl<E> From<PathError> for FsError<E> {
    fn from(error: PathError) -> Self {
        Self::Path(error)
    }
}

impl<E> From<sarab_tree::Error<E>> for FsError<E> {
    fn from(error: sarab_tree::Error<E>) -> Self {
        match error {
            sarab_tree::Error::NoSpace => Self::NoSpace,
            error => Self::Store(error),
        }
    }
}

impl<E: fmt::Display> fmt::Display for FsError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(error) => error.fmt(f),
            Self::Loop { path } => {
                write!(f, "the way to `{path}` leads through more than 40 symbolic links")
            }
            Self::ReadOnly => f.write_str("the file was opened to be read"),
            Self::NoSpace => f.write_str("there is no room left for it; remove something"),
            Self::Unknown { version, chunk_bytes, features } => write!(
                f,
                "the file system is of version {version} with chunks of {chunk_bytes} bytes and \
                 features {features:#x}; this is version 1"
            ),
            Self::Damaged { inode } => write!(f, "a record of inode {inode} makes no sense"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl<E: Error> core::error::Error for FsError<E> {}

impl<E: Error> Error for FsError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Path(error) => error.kind(),
            Self::Loop { .. } => ErrorKind::InvalidInput,
            Self::ReadOnly => ErrorKind::ReadOnly,
            Self::NoSpace => ErrorKind::NoSpace,
            Self::Unknown { .. } => ErrorKind::Unsupported,
            Self::Damaged { .. } => ErrorKind::Corrupt,
            Self::Store(error) => error.kind(),
        }
    }
}
