//! What goes wrong with a request to a disk over a disk.

use core::fmt;

use sarab_device::{Error, ErrorKind, Geometry, SpanError};

/// Why a request to a disk over a disk failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestError<E> {
    /// The request does not fit this disk; the one below was not asked.
    Span(SpanError),
    /// The disk below failed.
    Device(E),
}

/// Checks that a request without data fits a disk.
pub(crate) fn check_span(geometry: Geometry, first: u64, count: u64) -> Result<(), SpanError> {
    let sector_count = geometry.sector_count;
    match first.checked_add(count) {
        Some(end) if end <= sector_count => Ok(()),
        _ => Err(SpanError::PastEnd { first, count, sector_count }),
    }
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
