//! Disks over disks: each takes a [`Block`](sarab_device::Block) and is one.
//!
//! [`Partition`] is a part of a disk, found in its [`Table`] (MBR or GPT) or named by its sectors. [`Cache`] keeps sectors in memory.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "device")]
extern crate alloc;

#[cfg(feature = "device")]
pub mod cache;
#[cfg(feature = "device")]
pub mod partition;
#[cfg(feature = "device")]
mod request;

#[cfg(feature = "device")]
pub use cache::Cache;
#[cfg(feature = "device")]
pub use partition::{Partition, Table};
#[cfg(feature = "device")]
pub use request::RequestError;
