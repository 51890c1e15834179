//! What goes wrong when a device is opened.

use core::fmt;

use sarab_device::{Error, ErrorKind};

/// The host has attached no device of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// No network card.
    Card {
        /// The card.
        name: &'static str,
    },
    /// No disk.
    Disk {
        /// The disk.
        name: &'static str,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Card { name } => write!(
                f,
                "nothing stands for network card `{name}`; attach a tap with `--net {name}=tap:tap0`"
            ),
            Self::Disk { name } => write!(
                f,
                "nothing stands for disk `{name}`; attach a file with `--disk {name}=FILE`"
            ),
        }
    }
}

impl core::error::Error for OpenError {}

impl Error for OpenError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NotFound
    }
}
