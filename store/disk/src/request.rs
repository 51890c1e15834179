//! What goes wrong with a request to a disk over a disk.

use core::fmt;

use sarab_device::{Error, ErrorKind, SpanError};

/// Why a request to a disk over a disk failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestError<E> {
    /// The request does not fit this disk; the one below was not asked.
    Span(SpanError),
    /// The disk below failed.
    Device(E),
}

impl<E> From<SpanError> for RequestError<E> {
    fn from(error: SpanError) -> Self {
        Self::Span(error)
    }
}

impl<E: fmt::Display> fmt::Display for RequestError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(error) => error.fmt(f),
            Self::Device(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for RequestError<E> {}

impl<E: Error> Error for RequestError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Span(error) => error.kind(),
            Self::Device(error) => error.kind(),
        }
    }
}
