//! Bells: the trait, a device, and what `config.rs` says of them.
#![forbid(unsafe_code)]

#[cfg(feature = "device")]
mod brass;
#[cfg(feature = "describe")]
pub mod describe;

#[cfg(feature = "device")]
pub use brass::{Bell, Brass};
