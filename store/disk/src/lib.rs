//! Disks over disks: each takes a [`Block`](sarab_device::Block) and is one.
//!
//! [`Partition`] is a part of a disk, found in its [`Table`] (MBR or GPT) or named by its sectors. [`Cache`] keeps sectors in memory.
//! [`Encrypted`] is a disk of which nothing can be read without a passphrase.
//! [`Owned`] finishes the writes that were begun, also those that were given up.
//! [`BlockTrace`] shows what is asked of any disk.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "owned")]
extern crate alloc;
#[cfg(feature = "describe")]
extern crate std;

#[cfg(feature = "device")]
pub mod cache;
#[cfg(feature = "describe")]
pub mod describe;
#[cfg(feature = "device")]
pub mod encrypted;
#[cfg(feature = "device")]
mod field;
#[cfg(feature = "owned")]
mod flight;
#[cfg(feature = "owned")]
mod owned;
#[cfg(feature = "device")]
pub mod partition;
#[cfg(feature = "device")]
mod request;
#[cfg(feature = "device")]
mod trace;

#[cfg(feature = "device")]
pub use cache::Cache;
#[cfg(feature = "device")]
pub use encrypted::Encrypted;
#[cfg(feature = "owned")]
pub use owned::Owned;
#[cfg(feature = "device")]
pub use partition::{Partition, Table};
#[cfg(feature = "device")]
pub use request::RequestError;
#[cfg(feature = "device")]
pub use trace::{BlockTrace, Kind, Request, Summary};
