//! The errors of watched devices.

use core::fmt;

use super::Verb;
use crate::{Error, ErrorKind};

/// The error of a watched device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchedError<E> {
    /// The observer made it up.
    Injected(Injected),
    /// The device failed by itself.
    Device(E),
}

/// An error that an observer made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Injected {
    /// What was asked.
    pub verb: Verb,
    /// The kind of the error.
    pub kind: ErrorKind,
}

impl<E> From<Injected> for WatchedError<E> {
    fn from(injected: Injected) -> Self {
        Self::Injected(injected)
    }
}

impl fmt::Display for Injected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was made to fail with {:?}", self.verb, self.kind)
    }
}

impl<E: fmt::Display> fmt::Display for WatchedError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Injected(injected) => injected.fmt(f),
            Self::Device(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Injected {}

impl<E: core::error::Error> core::error::Error for WatchedError<E> {}

impl<E: Error> Error for WatchedError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Injected(injected) => injected.kind,
            Self::Device(error) => error.kind(),
        }
    }
}

impl<E: embedded_io::Error> embedded_io::Error for WatchedError<E> {
    fn kind(&self) -> embedded_io::ErrorKind {
        match self {
            Self::Injected(injected) => stream_kind(injected.kind),
            Self::Device(error) => error.kind(),
        }
    }
}

fn stream_kind(kind: ErrorKind) -> embedded_io::ErrorKind {
    use embedded_io::ErrorKind as Stream;
    match kind {
        ErrorKind::InvalidInput => Stream::InvalidInput,
        ErrorKind::NotFound => Stream::NotFound,
        ErrorKind::AlreadyExists => Stream::AlreadyExists,
        ErrorKind::ReadOnly => Stream::PermissionDenied,
        ErrorKind::NoSpace => Stream::OutOfMemory,
        ErrorKind::Corrupt => Stream::InvalidData,
        ErrorKind::Refused => Stream::ConnectionRefused,
        ErrorKind::Disconnected => Stream::ConnectionReset,
        ErrorKind::TimedOut => Stream::TimedOut,
        ErrorKind::InUse => Stream::AddrInUse,
        ErrorKind::Unsupported => Stream::Unsupported,
        ErrorKind::Failed => Stream::Other,
    }
}
