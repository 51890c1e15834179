//! What an image without an operating system needs before its first line of Rust.
//!
//! The prebuilt `core` and `alloc` of `x86_64-unknown-linux-gnu` expect a C library for a few memory
//! functions, and an unwinder. [`symbols!`] defines them in the image itself, so that this crate can be
//! linked into tests, which have others. [`Heap`] is the image's allocator, and [`image!`] puts together
//! what every image has.
#![no_std]

extern crate alloc;

#[cfg(feature = "describe")]
pub mod describe;
#[cfg(feature = "device")]
mod device;

#[cfg(feature = "device")]
pub use device::*;
