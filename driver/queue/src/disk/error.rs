//! How requests end, and what goes wrong with a disk.

use core::fmt;

use sarab_device::{Error, ErrorKind, SpanError};

use super::Kind;

/// How a request has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It has failed.
    Failed,
    /// There was no room left where the sectors are kept.
    NoRoom,
    /// The disk can only be read.
    ReadOnly,
    /// The disk knows no such request, or no such sectors.
    Invalid,
}

/// What goes wrong with an open disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskError {
    /// The request does not fit the disk.
    Span(SpanError),
    /// The other side refused.
    Refused {
        /// The disk.
        name: &'static str,
        /// What was asked.
        kind: Kind,
        /// How it ended.
        outcome: Outcome,
    },
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(error) => error.fmt(f),
            Self::Refused { name, kind, outcome } => {
                let kind = match kind {
                    Kind::Read => "read",
                    Kind::Write | Kind::WriteThrough => "write",
                    Kind::Flush => "flush",
                    Kind::Discard => "discard",
                };
                let why = match outcome {
                    Outcome::NoRoom => "the host has no room left",
                    Outcome::ReadOnly => "the host can only read it",
                    Outcome::Invalid => "the host knows no such sectors",
                    Outcome::Done | Outcome::Failed => "the host has failed",
                };
                write!(f, "cannot {kind} disk `{name}`: {why}")
            }
        }
    }
}

impl core::error::Error for DiskError {}

impl Error for DiskError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Span(error) => error.kind(),
            Self::Refused { outcome: Outcome::NoRoom, .. } => ErrorKind::NoSpace,
            Self::Refused { outcome: Outcome::ReadOnly, .. } => ErrorKind::ReadOnly,
            Self::Refused { outcome: Outcome::Invalid, .. } => ErrorKind::InvalidInput,
            Self::Refused { .. } => ErrorKind::Failed,
        }
    }
}

impl From<SpanError> for DiskError {
    fn from(error: SpanError) -> Self {
        Self::Span(error)
    }
}
