//! What every file system says of a path alike.

use alloc::string::String;
use core::fmt;

use crate::{Error, ErrorKind};

/// Why a file system does nothing at a path, whichever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathError {
    /// It is no path, or has a name that the file system has no place for.
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
}

impl PathError {
    /// Returns what is said of something that is no path.
    #[must_use]
    pub fn no_path(path: &str) -> Self {
        Self::NoPath { path: path.into() }
    }

    /// Returns what is said of something that is not there.
    #[must_use]
    pub fn missing(path: &str) -> Self {
        Self::Missing { path: path.into() }
    }

    /// Returns what is said of something that is there already.
    #[must_use]
    pub fn exists(path: &str) -> Self {
        Self::Exists { path: path.into() }
    }

    /// Returns what is said of a folder where a file is wanted.
    #[must_use]
    pub fn folder(path: &str) -> Self {
        Self::Folder { path: path.into() }
    }

    /// Returns what is said of a folder that is not empty.
    #[must_use]
    pub fn not_empty(path: &str) -> Self {
        Self::NotEmpty { path: path.into() }
    }

    /// Returns what is said of a folder that would be moved into itself.
    #[must_use]
    pub fn inside(from: &str, to: &str) -> Self {
        Self::Inside { from: from.into(), to: to.into() }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPath { path } => write!(f, "{path:?} is not a valid path"),
            Self::Missing { path } => write!(f, "`{path}` is not there"),
            Self::Exists { path } => write!(f, "`{path}` is there already"),
            Self::Folder { path } => write!(f, "`/{path}` is a folder"),
            Self::NotEmpty { path } => write!(f, "the folder `{path}` is not empty"),
            Self::Inside { from, to } => write!(f, "`{to}` lies inside of `{from}`"),
        }
    }
}

impl core::error::Error for PathError {}

impl Error for PathError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoPath { .. }
            | Self::Folder { .. }
            | Self::NotEmpty { .. }
            | Self::Inside { .. } => ErrorKind::InvalidInput,
            Self::Missing { .. } => ErrorKind::NotFound,
            Self::Exists { .. } => ErrorKind::AlreadyExists,
        }
    }
}
