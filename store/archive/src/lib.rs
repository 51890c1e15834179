//! Read-only key-value stores: files embedded in the image, tar archives on a disk.
#![cfg_attr(not(feature = "describe"), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "device")]
extern crate alloc;

#[cfg(feature = "describe")]
pub mod describe;
#[cfg(feature = "device")]
mod embedded;
#[cfg(feature = "device")]
pub mod tar;

#[cfg(feature = "device")]
pub use embedded::{Embedded, EmbeddedError, File};
#[cfg(feature = "device")]
pub use tar::Tar;
