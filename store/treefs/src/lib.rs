//! A file system in the transactional store: files, folders, hard links, times, holes.
//!
//! [`TreeFs`] keeps all of it in one keyspace of a [`Tree`](sarab_tree::Tree). Each change is one transaction, so a crash
//! leaves it whole or not at all, and a sync is one record in the store's log. `FORMAT.md` beside this crate says which keys there
//! are.
//!
//! Besides what [`Fs`](sarab_device::Fs) asks for there are hard links ([`TreeFs::link`]), symbolic links
//! ([`TreeFs::symlink`]), times and modes ([`TreeFs::stat`]). A range of zeroes takes no room, however it came about. A file that was removed while it is open stays
//! whole until the last who has it open is done.
#![cfg_attr(not(feature = "describe"), no_std)]
#![forbid(unsafe_code)]

#[cfg(feature = "device")]
extern crate alloc;

#[cfg(feature = "device")]
mod chunk;
#[cfg(feature = "device")]
mod content;
#[cfg(feature = "describe")]
pub mod describe;
#[cfg(feature = "device")]
mod error;
#[cfg(feature = "device")]
mod file;
#[cfg(feature = "device")]
mod fs;
#[cfg(feature = "device")]
mod handle;
#[cfg(feature = "device")]
mod header;
#[cfg(feature = "device")]
mod inode;
#[cfg(feature = "device")]
mod key;
#[cfg(feature = "device")]
mod kv;
#[cfg(feature = "device")]
mod name;
#[cfg(feature = "device")]
mod open;
#[cfg(feature = "device")]
mod remove;
#[cfg(feature = "device")]
mod rename;
#[cfg(feature = "device")]
mod shared;
#[cfg(feature = "device")]
mod view;
#[cfg(feature = "device")]
mod walk;

#[cfg(feature = "device")]
pub use error::FsError;
#[cfg(feature = "device")]
pub use file::TreeFile;
#[cfg(feature = "device")]
pub use fs::TreeFs;
#[cfg(feature = "device")]
pub use inode::{Kind, Stat};
#[cfg(feature = "device")]
pub use shared::Clock;
