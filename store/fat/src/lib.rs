//! FAT12, FAT16 and FAT32 with long names, over any disk: what the world exchanges files with.
//!
//! [`Fat::format`] makes an empty volume, [`Fat::mount`] opens one as an
//! [`Fs`](sarab_device::Fs) and a [`KvRead`](sarab_device::KvRead), [`Fat::check`] and
//! [`Fat::repair`] look for what is wrong with one that is not mounted. What a crash can leave
//! stands in `ORDER.md`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "describe")]
extern crate std;

mod boot;
mod check;
mod commit;
mod data;
#[cfg(feature = "describe")]
pub mod describe;
mod entries;
mod entry;
mod error;
mod fat;
mod file;
mod folder;
mod format;
mod fs;
mod image;
mod info;
mod kv;
mod lock;
mod moving;
mod name;
mod node;
mod rename;
mod runs;
mod short;
mod stamp;
mod table;
mod volume;

pub use check::{Finding, Report};
pub use error::{Damage, FatError, Flaw};
pub use fat::{Clock, Fat};
pub use file::FatFile;
pub use format::{Format, FormatError};
pub use image::Image;
pub use info::{Info, Width};
