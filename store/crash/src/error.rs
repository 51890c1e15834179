//! Why a request to the disk failed.

use std::fmt;

use sarab_device::{Error, ErrorKind, SpanError};

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskError {
    /// The request does not fit the disk.
    Span(SpanError),
    /// A fault was planned for it.
    Planned {
        /// What was asked.
        verb: Verb,
        /// The how-manieth request of its kind it was, from 1.
        nth: u64,
    },
    /// A flush has failed before.
    FlushFailed,
    /// The medium behind the disk has no room left.
    NoSpace,
}

/// What is asked of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// To read.
    Read,
    /// To write, or to write through.
    Write,
    /// To flush.
    Flush,
}

impl From<SpanError> for DiskError {
    fn from(error: SpanError) -> Self {
        Self::Span(error)
    }
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(error) => error.fmt(f),
            Self::Planned { verb, nth } => {
                let verb = match verb {
                    Verb::Read => "read",
                    Verb::Write => "write",
                    Verb::Flush => "flush",
                };
                write!(f, "{verb} number {nth} fails as planned")
            }
            Self::FlushFailed => f.write_str("a flush has failed before; open the disk again"),
            Self::NoSpace => f.write_str("there is no room behind the disk"),
        }
    }
}

impl std::error::Error for DiskError {}

impl Error for DiskError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Span(error) => error.kind(),
            Self::Planned { .. } | Self::FlushFailed => ErrorKind::Failed,
            Self::NoSpace => ErrorKind::NoSpace,
        }
    }
}
