//! What can go wrong with a file system in memory.

use core::fmt;

use sarab_device::{Error, ErrorKind, PathError};

use crate::sparse::NoMemory;

/// Why a request to a file system in memory failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FsError {
    /// Nothing can be done at that path.
    Path(PathError),
    /// The file was opened to be read.
    ReadOnly,
    /// No file can be that long, or there is no memory for it.
    NoSpace,
}

impl From<PathError> for FsError {
    fn from(error: PathError) -> Self {
        Self::Path(error)
    }
}

impl From<NoMemory> for FsError {
    fn from(NoMemory: NoMemory) -> Self {
        Self::NoSpace
    }
}

impl fmt::Display for FsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(error) => error.fmt(f),
            Self::ReadOnly => f.write_str("the file was opened to be read"),
            Self::NoSpace => f.write_str("there is no memory left for the file"),
        }
    }
}

impl core::error::Error for FsError {}

impl Error for FsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Path(error) => error.kind(),
            Self::ReadOnly => ErrorKind::ReadOnly,
            Self::NoSpace => ErrorKind::NoSpace,
        }
    }
}
