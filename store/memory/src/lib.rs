//! Stores that live in memory and end with the machine: a disk, a key-value store, a file system.
//!
//! They promise what their traits do, except that nothing survives the machine: `flush` and `sync`
//! have nothing to wait for.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "device")]
extern crate alloc;
#[cfg(feature = "describe")]
extern crate std;

#[cfg(feature = "describe")]
pub mod describe;
#[cfg(feature = "device")]
mod disk;
#[cfg(feature = "device")]
mod fs;
#[cfg(feature = "device")]
mod kv;
#[cfg(feature = "device")]
mod sparse;

#[cfg(feature = "device")]
pub use disk::{DiskError, RamDisk, ShapeError};
#[cfg(feature = "device")]
pub use fs::{FsError, RamFile, RamFs};
#[cfg(feature = "device")]
pub use kv::RamKv;
