//! FAT12, FAT16 and FAT32 with long names, over any disk: what the world exchanges files with.
//!
//! [`Fat::format`] makes an empty volume, [`Fat::mount`] opens one as an
//! [`Fs`](sarab_device::Fs) and a [`KvRead`](sarab_device::KvRead), [`Fat::check`] and
//! [`Fat::repair`] look for what is wrong with one that is not mounted. What a crash can leave
//! stands in `ORDER.md`.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "device")]
extern crate alloc;
#[cfg(feature = "describe")]
extern crate std;

#[cfg(feature = "device")]
mod boot;
#[cfg(feature = "device")]
mod check;
#[cfg(feature = "device")]
mod commit;
#[cfg(feature = "device")]
mod data;
#[cfg(feature = "describe")]
pub mod describe;
#[cfg(feature = "device")]
mod entries;
#[cfg(feature = "device")]
mod entry;
#[cfg(feature = "device")]
mod error;
#[cfg(feature = "device")]
mod fat;
#[cfg(feature = "device")]
mod file;
#[cfg(feature = "device")]
mod folder;
#[cfg(feature = "device")]
mod format;
#[cfg(feature = "device")]
mod fs;
#[cfg(feature = "device")]
mod image;
#[cfg(feature = "device")]
mod info;
#[cfg(feature = "device")]
mod kv;
#[cfg(feature = "device")]
mod lock;
#[cfg(feature = "device")]
mod moving;
#[cfg(feature = "device")]
mod name;
#[cfg(feature = "device")]
mod node;
#[cfg(feature = "device")]
mod rename;
#[cfg(feature = "device")]
mod runs;
#[cfg(feature = "device")]
mod short;
#[cfg(feature = "device")]
mod stamp;
#[cfg(feature = "device")]
mod table;
#[cfg(feature = "device")]
mod volume;

#[cfg(feature = "device")]
pub use check::{Finding, Report};
#[cfg(feature = "device")]
pub use error::{Damage, FatError, Flaw};
#[cfg(feature = "device")]
pub use fat::{Clock, Fat};
#[cfg(feature = "device")]
pub use file::FatFile;
#[cfg(feature = "device")]
pub use format::{Format, FormatError};
#[cfg(feature = "device")]
pub use image::Image;
#[cfg(feature = "device")]
pub use info::{Info, Width};
