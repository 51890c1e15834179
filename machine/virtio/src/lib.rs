//! A guest of a virtio monitor as a machine: the target `virtio`.
//!
//! The image boots by PVH (`machine/PVH.md`), so QEMU, Firecracker and Cloud Hypervisor start it as it
//! is. [`entry!`] makes an image of a program. Its devices are those of the monitor: cards and disks in
//! the order of the bus, each under a name that the image's manifest lists.
#![cfg_attr(not(feature = "describe"), no_std)]

extern crate alloc;

#[cfg(feature = "describe")]
pub mod describe;
#[cfg(feature = "device")]
mod device;

#[cfg(feature = "device")]
pub use device::*;
