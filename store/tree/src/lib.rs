//! A crash-safe transactional store on a raw disk.
//!
//! Ordered byte keys in named keyspaces, values from none to gigabytes, atomic transactions, readers that never wait for
//! a writer, snapshots and writable clones. What a commit has acknowledged survives a crash; what it has
//! not is there whole or not at all. `FORMAT.md` beside this crate says what lies on the disk.
#![cfg_attr(not(feature = "describe"), no_std)]
#![forbid(unsafe_code)]
#![cfg_attr(
    feature = "device",
    expect(
        clippy::cast_possible_truncation,
        reason = "what is cast is bounded by a page, a group or a log"
    )
)]

#[cfg(feature = "device")]
extern crate alloc;

#[cfg(feature = "device")]
mod batch;
#[cfg(feature = "device")]
mod btree;
#[cfg(feature = "device")]
mod cache;
#[cfg(feature = "device")]
mod check;
#[cfg(feature = "describe")]
pub mod describe;
#[cfg(feature = "device")]
mod disk;
#[cfg(feature = "device")]
mod error;
#[cfg(feature = "device")]
mod format;
#[cfg(feature = "device")]
mod grow;
#[cfg(feature = "device")]
mod keyspace;
#[cfg(feature = "device")]
mod kv;
#[cfg(feature = "device")]
mod large;
#[cfg(feature = "device")]
mod line;
#[cfg(feature = "device")]
mod log;
#[cfg(feature = "device")]
mod open;
#[cfg(feature = "device")]
mod options;
#[cfg(feature = "device")]
mod page;
#[cfg(feature = "device")]
mod pages;
#[cfg(feature = "device")]
mod range;
#[cfg(feature = "device")]
mod reader;
#[cfg(feature = "device")]
mod snapshot;
#[cfg(feature = "device")]
mod space;
#[cfg(feature = "device")]
mod state;
#[cfg(feature = "device")]
mod transaction;
#[cfg(feature = "device")]
mod tree;
#[cfg(feature = "device")]
mod walk;

#[cfg(feature = "device")]
pub use check::{Problem, Report};
#[cfg(feature = "device")]
pub use error::{Corrupt, Error, Part, Unfit};
#[cfg(feature = "device")]
pub use keyspace::{KEY_BYTES_MAX, Keyspace};
#[cfg(feature = "device")]
pub use kv::KvError;
#[cfg(feature = "device")]
pub use options::{Discard, Format, Options};
#[cfg(feature = "device")]
pub use range::{Item, Range};
#[cfg(feature = "device")]
pub use reader::{Large, Reader, Value};
#[cfg(feature = "device")]
pub use snapshot::Snapshot;
#[cfg(feature = "device")]
pub use transaction::{Transaction, ValueWriter};
#[cfg(feature = "device")]
pub use tree::{Head, Space, Tree};
