//! A guest of a tender as a machine: the targets `spt` and `hvt`.
//!
//! The guest is a program without an operating system. What it knows of its host stands in a boot
//! block; what it wants goes through queues in memory that it shares with its tender, and a doorbell
//! (`tender/ABI.md`). One image runs under both tenders.
//!
//! [`entry!`] makes an image of a program. Its devices are what the host attaches: [`Card`]s and
//! [`Disk`]s, each of a name that the image's manifest lists.
//!
//! Everything happens on one core, and the tender touches memory only while the guest is in the
//! doorbell; the data of a disk's request are the exception, and belong to the device until it is done.
#![cfg_attr(not(feature = "describe"), no_std)]

extern crate alloc;

#[cfg(feature = "describe")]
pub mod describe;
#[cfg(feature = "device")]
mod device;

#[cfg(feature = "device")]
pub use device::*;
