//! A PVH guest of Xen as a machine: the target `xen`.
//!
//! [`entry!`] makes an image of a program (`machine/PVH.md`). Its devices are those that the toolstack has
//! given the domain: cards and disks in the order of their handles, each under a name that the image's
//! manifest lists.
#![cfg_attr(not(feature = "describe"), no_std)]

extern crate alloc;

#[cfg(feature = "describe")]
pub mod describe;
#[cfg(feature = "device")]
mod device;

#[cfg(feature = "device")]
pub use device::*;
