//! The errors of a file system in memory.

use alloc::string::String;
use core::fmt;

use sarab_device::{Error, ErrorKind};

use crate::sparse::NoMemory;

/// Why a request to a file system in memory failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FsError {
    /// It is no path.
    NoPath {
        /// What was given.
        path: String,
    },
    /// It, or a folder of it, is not there.
    Missing {
        /// The path.
        path: String,
    },
    /// It is there already.
    Exists {
        /// The path.
        path: String,
    },
    /// It is a folder.
    Folder {
        /// The path; empty for the root.
        path: String,
    },
    /// It is a folder with something in it.
    NotEmpty {
        /// The path.
        path: String,
    },
    /// A folder cannot be moved into itself.
    Inside {
        /// The folder.
        from: String,
        /// Where to.
        to: String,
    },
    /// The file was opened to be read.
    ReadOnly,
    /// No file can be that long, or there is no memory for it.
    NoSpace,
}

impl FsError {
    pub(super) fn missing(path: &str) -> Self {
        Self::Missing { path: path.into() }
    }

    pub(super) fn exists(path: &str) -> Self {
        Self::Exists { path: path.into() }
    }

    pub(super) fn folder(path: &str) -> Self {
        Self::Folder { path: path.into() }
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
            Self::NoPath { path } => write!(f, "{path:?} is not a valid path"),
            Self::Missing { path } => write!(f, "`{path}` is not there"),
            Self::Exists { path } => write!(f, "`{path}` is there already"),
            Self::Folder { path } => write!(f, "`/{path}` is a folder"),
            Self::NotEmpty { path } => write!(f, "the folder `{path}` is not empty"),
            Self::Inside { from, to } => write!(f, "`{to}` lies inside of `{from}`"),
            Self::ReadOnly => f.write_str("the file was opened to be read"),
            Self::NoSpace => f.write_str("there is no memory left for the file"),
        }
    }
}

impl core::error::Error for FsError {}

impl Error for FsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoPath { .. }
            | Self::Folder { .. }
            | Self::NotEmpty { .. }
            | Self::Inside { .. } => ErrorKind::InvalidInput,
            Self::Missing { .. } => ErrorKind::NotFound,
            Self::Exists { .. } => ErrorKind::AlreadyExists,
            Self::ReadOnly => ErrorKind::ReadOnly,
            Self::NoSpace => ErrorKind::NoSpace,
        }
    }
}
