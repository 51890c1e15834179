//! What goes wrong with a card.

use core::fmt;

use sarab_device::{Error, ErrorKind};

use super::HEADER_BYTES;

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
        write!(f, "a frame of {size_bytes} bytes, not {HEADER_BYTES} to {frame_bytes_max}")
    }
}

impl core::error::Error for CardError {}

impl Error for CardError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}
