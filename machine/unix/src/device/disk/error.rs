//! What goes wrong with disks.

use std::{fmt, path::PathBuf};

use rustix::io::Errno;
use sarab_device::{Error, ErrorKind, SpanError};

use crate::device::errno;

/// Why a disk cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenDiskError {
    /// No file stands for it.
    Unattached {
        /// The disk.
        name: String,
    },
    /// The host refused.
    Host {
        /// The disk.
        name: String,
        /// Its file.
        path: PathBuf,
        /// Why.
        cause: Errno,
    },
    /// It is neither a file nor a block device.
    NoDisk {
        /// The disk.
        name: String,
        /// What is none.
        path: PathBuf,
    },
    /// Its size is not a whole number of sectors.
    Ragged {
        /// The disk.
        name: String,
        /// Its file.
        path: PathBuf,
        /// Bytes in the file.
        size_bytes: u64,
        /// Bytes in a sector.
        sector_bytes: u32,
    },
}

impl fmt::Display for OpenDiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unattached { name } => {
                write!(f, "no file stands for disk `{name}`; attach one with `--disk {name}=FILE`")
            }
            Self::Host { name, path, cause: Errno::NOENT } => write!(
                f,
                "{path}: no such file; make a disk of 64 MiB with `truncate -s 64M {path}`, or \
                 attach another with `--disk {name}=FILE`",
                path = path.display()
            ),
            Self::Host { path, cause: Errno::BUSY, .. } => write!(
                f,
                "{}: in use; another unikernel, or the host itself, has this disk open, and two would destroy it",
                path.display()
            ),
            Self::Host { path, cause, .. } => {
                write!(f, "{}: {}", path.display(), errno::words(*cause))
            }
            Self::NoDisk { name, path } => write!(
                f,
                "{}: neither a file nor a block device; attach one with `--disk {name}=FILE`",
                path.display()
            ),
            Self::Ragged { path, size_bytes, sector_bytes, .. } => write!(
                f,
                "{path}: {size_bytes} bytes are not whole sectors of {sector_bytes}; \
                 make it larger with `truncate -s %{sector_bytes} {path}`",
                path = path.display()
            ),
        }
    }
}

impl std::error::Error for OpenDiskError {}

impl Error for OpenDiskError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unattached { .. } => ErrorKind::NotFound,
            Self::Host { cause, .. } => errno::kind(*cause),
            Self::NoDisk { .. } | Self::Ragged { .. } => ErrorKind::InvalidInput,
        }
    }
}

/// What goes wrong with an open disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskError {
    /// The request does not fit the disk.
    Span(SpanError),
    /// The host refused.
    Host {
        /// The disk.
        name: String,
        /// What was asked.
        request: &'static str,
        /// Why.
        cause: Errno,
    },
    /// The file has become smaller than it was when it was opened.
    Shrunk {
        /// The disk.
        name: String,
    },
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(span) => span.fmt(f),
            Self::Host { name, request, cause } => {
                write!(f, "cannot {request} disk `{name}`: {}", errno::words(*cause))
            }
            Self::Shrunk { name } => {
                write!(f, "the file of disk `{name}` was made smaller while it was open")
            }
        }
    }
}

impl std::error::Error for DiskError {}

impl From<SpanError> for DiskError {
    fn from(span: SpanError) -> Self {
        Self::Span(span)
    }
}

impl Error for DiskError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Span(span) => span.kind(),
            Self::Host { cause, .. } => errno::kind(*cause),
            Self::Shrunk { .. } => ErrorKind::Failed,
        }
    }
}
