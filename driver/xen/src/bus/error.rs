//! What goes wrong when a device is opened.

use alloc::string::String;
use core::fmt;

use sarab_device::{Error, ErrorKind};

use super::State;
use crate::{grant::GrantError, hypercall::HypercallError, store::StoreError};

/// What goes wrong when a device is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// The store has no such device, or something else is wrong with it.
    Store(StoreError),
    /// The hypervisor has refused.
    Hypercall(HypercallError),
    /// No memory can be granted.
    Grant(GrantError),
    /// The back end does not serve the device in time.
    Late {
        /// The device.
        path: String,
        /// The back end's state.
        state: State,
    },
    /// The back end describes a device that cannot be.
    Shape {
        /// The device.
        path: String,
        /// What it says of it.
        key: &'static str,
    },
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Hypercall(error) => error.fmt(f),
            Self::Grant(error) => error.fmt(f),
            Self::Late { path, state } => {
                write!(f, "the back end of `{path}` does not serve it, its state is `{state:?}`")
            }
            Self::Shape { path, key } => {
                write!(f, "the back end of `{path}` says a `{key}` that cannot be")
            }
        }
    }
}

impl core::error::Error for ConnectError {}

impl Error for ConnectError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Store(error) => error.kind(),
            _ => ErrorKind::Failed,
        }
    }
}

impl From<StoreError> for ConnectError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<HypercallError> for ConnectError {
    fn from(error: HypercallError) -> Self {
        Self::Hypercall(error)
    }
}

impl From<GrantError> for ConnectError {
    fn from(error: GrantError) -> Self {
        Self::Grant(error)
    }
}
