//! What can go wrong between the tender and KVM.

use std::{fmt, io};

/// Why a machine cannot be made or run.
#[derive(Debug)]
pub enum Error {
    /// The guest faulted, and nobody gave it other registers.
    Over,
    /// The kernel refused a call.
    Failed {
        /// Which call.
        call: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

/// Names the call that an error came from.
pub(crate) fn failed<E: Into<io::Error>>(call: &'static str) -> impl FnOnce(E) -> Error {
    move |error| Error::Failed { call, source: error.into() }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over => f.write_str("the guest has faulted and does not run on"),
            Self::Failed { call, source } => write!(f, "{call}: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Over => None,
            Self::Failed { source, .. } => Some(source),
        }
    }
}
