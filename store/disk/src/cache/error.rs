//! What goes wrong with a cache.

use alloc::{
    rc::Rc,
    string::{String, ToString},
};
use core::fmt;

use sarab_device::{Error, ErrorKind, SpanError};

/// Why a request to a cache failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheError<E> {
    /// The request does not fit the disk.
    Span(SpanError),
    /// The disk below failed.
    Device(E),
    /// There is no memory for what was asked for.
    NoMemory {
        /// Its size.
        size_bytes: u64,
    },
    /// Something that was written may be lost: the disk below has failed to take it.
    Lost(Failure),
}

/// How the disk below failed to take what had been written, now or earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    kind: ErrorKind,
    request: &'static str,
    words: Rc<str>,
}

impl Failure {
    pub(super) fn new(request: &'static str, error: &impl Error) -> Self {
        let words: String = error.to_string();
        Self { kind: error.kind(), request, words: words.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} below the cache failed, open the disk anew: {}", self.request, self.words)
    }
}

impl<E> From<SpanError> for CacheError<E> {
    fn from(error: SpanError) -> Self {
        Self::Span(error)
    }
}

impl<E> From<Failure> for CacheError<E> {
    fn from(failure: Failure) -> Self {
        Self::Lost(failure)
    }
}

impl<E: fmt::Display> fmt::Display for CacheError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(error) => error.fmt(f),
            Self::Device(error) => error.fmt(f),
            Self::NoMemory { size_bytes } => write!(f, "there is no memory for {size_bytes} bytes"),
            Self::Lost(failure) => failure.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for CacheError<E> {}

impl<E: Error> Error for CacheError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Span(error) => error.kind(),
            Self::Device(error) => error.kind(),
            Self::NoMemory { .. } => ErrorKind::NoSpace,
            Self::Lost(failure) => failure.kind,
        }
    }
}
