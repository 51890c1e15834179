//! What goes wrong with a card.

use core::fmt;

use sarab_device::{Error, ErrorKind};

/// The host has attached no card of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenCardError {
    /// The card.
    pub name: &'static str,
}

impl fmt::Display for OpenCardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name;
        write!(
            f,
            "nothing stands for network card `{name}`; attach a tap with `--net {name}=tap:tap0`"
        )
    }
}

impl core::error::Error for OpenCardError {}

impl Error for OpenCardError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NotFound
    }
}

/// What goes wrong with an open card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardError {
    /// A frame is too short or too long.
    Size {
        /// Bytes in the frame.
        size_bytes: usize,
        /// The most bytes that one may have.
        frame_bytes_max: usize,
    },
}

impl fmt::Display for CardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Size { size_bytes, frame_bytes_max } = self;
        let least = super::HEADER_BYTES;
        write!(f, "a frame of {size_bytes} bytes, not {least} to {frame_bytes_max}")
    }
}

impl core::error::Error for CardError {}

impl Error for CardError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}
