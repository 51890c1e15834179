//! What goes wrong with a disk.

use core::fmt;

use sarab_abi::{Outcome, Request};
use sarab_device::{Error, ErrorKind, SpanError};

/// The host has attached no disk of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenDiskError {
    /// The disk.
    pub name: &'static str,
}

impl fmt::Display for OpenDiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing stands for disk `{0}`; attach a file with `--disk {0}=FILE`", self.name)
    }
}

impl core::error::Error for OpenDiskError {}

impl Error for OpenDiskError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NotFound
    }
}

/// What goes wrong with an open disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskError {
    /// The request does not fit the disk.
    Span(SpanError),
    /// The host refused.
    Host {
        /// The disk.
        name: &'static str,
        /// What was asked.
        request: Request,
        /// How it ended.
        outcome: Outcome,
    },
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(error) => error.fmt(f),
            Self::Host { name, request, outcome } => {
                let request = match request {
                    Request::Read => "read",
                    Request::Write | Request::WriteThrough => "write",
                    Request::Flush => "flush",
                    Request::Discard => "discard",
                };
                let why = match outcome {
                    Outcome::NoRoom => "the host has no room left",
                    Outcome::ReadOnly => "the host can only read it",
                    Outcome::Invalid => "the host knows no such sectors",
                    _ => "the host has failed",
                };
                write!(f, "cannot {request} disk `{name}`: {why}")
            }
        }
    }
}

impl core::error::Error for DiskError {}

impl Error for DiskError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Span(error) => error.kind(),
            Self::Host { outcome: Outcome::NoRoom, .. } => ErrorKind::NoSpace,
            Self::Host { outcome: Outcome::ReadOnly, .. } => ErrorKind::ReadOnly,
            Self::Host { outcome: Outcome::Invalid, .. } => ErrorKind::InvalidInput,
            Self::Host { .. } => ErrorKind::Failed,
        }
    }
}

impl From<SpanError> for DiskError {
    fn from(error: SpanError) -> Self {
        Self::Span(error)
    }
}
