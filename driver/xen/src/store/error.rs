//! What goes wrong with the store.

use alloc::string::String;
use core::fmt;

use sarab_device::{Error, ErrorKind};

/// What goes wrong with a request to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The store has refused.
    Refused {
        /// What it was asked for.
        path: String,
        /// Why it has.
        refusal: Refusal,
    },
    /// A value or a path is not what it should be.
    Garbled {
        /// The path.
        path: String,
    },
    /// A request is longer than the store takes.
    Long {
        /// Its size.
        size_bytes: usize,
    },
    /// There was no answer in time.
    Silent,
    /// A transaction was disturbed too often.
    Busy,
    /// The ring cannot be believed any more.
    Broken(Fault),
}

/// Why the store has refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such path.
    NotFound,
    /// The guest may not.
    Denied,
    /// Others have got in the way.
    Again,
    /// The guest has too much in the store.
    NoSpace,
    /// It is there already.
    Exists,
    /// The store does not understand.
    Invalid,
    /// Anything else.
    Other,
}

/// What is wrong with the ring of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The counts are further apart than the ring is long.
    Counts,
    /// An answer is longer than one may be.
    Size(u32),
    /// A request was not taken in time, and lies there half.
    Stuck,
}

impl Refusal {
    /// Returns the refusal that the store has a name for (`xs_wire.h`, `xsd_errors`).
    pub(super) fn named(name: &[u8]) -> Self {
        match name {
            b"ENOENT" => Self::NotFound,
            b"EACCES" | b"EPERM" | b"EROFS" => Self::Denied,
            b"EAGAIN" => Self::Again,
            b"ENOSPC" | b"E2BIG" | b"ENOMEM" => Self::NoSpace,
            b"EEXIST" => Self::Exists,
            b"EINVAL" | b"ENOSYS" => Self::Invalid,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { path, refusal } => {
                let why = match refusal {
                    Refusal::NotFound => "there is none",
                    Refusal::Denied => "the guest may not",
                    Refusal::Again => "others have got in the way",
                    Refusal::NoSpace => "that is too much for it",
                    Refusal::Exists => "there is one already",
                    Refusal::Invalid => "it does not understand",
                    Refusal::Other => "it does not say why",
                };
                write!(f, "the store has refused `{path}`: {why}")
            }
            Self::Garbled { path } => write!(f, "what the store has of `{path}` makes no sense"),
            Self::Long { size_bytes } => {
                write!(f, "a request of {size_bytes} bytes to the store, which takes 4096")
            }
            Self::Silent => f.write_str("the store does not answer"),
            Self::Busy => f.write_str("others have disturbed a transaction of the store too often"),
            Self::Broken(Fault::Counts) => f.write_str("the counts of the store's ring are wrong"),
            Self::Broken(Fault::Size(size)) => {
                write!(f, "the store answers with {size} bytes, of at most 4096")
            }
            Self::Broken(Fault::Stuck) => f.write_str("the store does not take requests"),
        }
    }
}

impl core::error::Error for StoreError {}

impl Error for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused { refusal: Refusal::NotFound, .. } => ErrorKind::NotFound,
            Self::Refused { refusal: Refusal::NoSpace, .. } => ErrorKind::NoSpace,
            Self::Long { .. } => ErrorKind::InvalidInput,
            _ => ErrorKind::Failed,
        }
    }
}
