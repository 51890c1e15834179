//! What can go wrong with redb.

use std::{fmt, io};

use sarab_device::{Error, ErrorKind, key::KeyError};

/// Why a request to redb failed.
#[derive(Debug)]
pub enum RedbError {
    /// Nothing can be put under that key.
    Key(KeyError),
    /// redb or its file failed.
    Store(redb::Error),
}

impl<E: Into<redb::Error>> From<E> for RedbError {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

impl fmt::Display for RedbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => error.fmt(f),
            Self::Store(error) => write!(f, "redb: {error}"),
        }
    }
}

impl std::error::Error for RedbError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Key(_) => None,
        }
    }
}

impl Error for RedbError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Key(error) => error.kind(),
            Self::Store(error) => kind(error),
        }
    }
}

fn kind(error: &redb::Error) -> ErrorKind {
    match error {
        redb::Error::DatabaseAlreadyOpen => ErrorKind::InUse,
        redb::Error::Corrupted(_) => ErrorKind::Corrupt,
        redb::Error::ValueTooLarge(_) => ErrorKind::NoSpace,
        redb::Error::UpgradeRequired(_) => ErrorKind::Unsupported,
        redb::Error::Io(error) => match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::NoSpace,
            io::ErrorKind::NotFound => ErrorKind::NotFound,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                ErrorKind::ReadOnly
            }
            io::ErrorKind::InvalidData => ErrorKind::Corrupt,
            _ => ErrorKind::Failed,
        },
        _ => ErrorKind::Failed,
    }
}
