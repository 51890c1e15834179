//! A crash-safe transactional store on a raw disk.
//!
//! Ordered byte keys in named keyspaces, values from none to gigabytes, atomic transactions, readers that never wait for
//! a writer, snapshots and writable clones. What a commit has acknowledged survives a crash; what it has
//! not is there whole or not at all. `FORMAT.md` beside this crate says what lies on the disk.
//!
//! ```
//! # use sarab_tree::{Format, Keyspace, Options, Tree};
//! # async fn example(disk: impl sarab_device::Block) -> Option<()> {
//! let tree = Tree::format(disk, &Format::new([7; 16]), Options::default()).await.ok()?;
//! let mut transaction = tree.write().await.ok()?;
//! transaction.put(Keyspace::DEFAULT, b"key", b"value").await.ok()?;
//! transaction.commit().await.ok()?; // survives a crash from here on
//! assert_eq!(tree.read().get(Keyspace::DEFAULT, b"key").await.ok()?.as_deref(), Some(&b"value"[..]));
//! # Some(())
//! # }
//! ```
#![cfg_attr(not(feature = "describe"), no_std)]
#![forbid(unsafe_code)]
#![expect(clippy::unused_async, reason = "not all of the interface is done")]

#[cfg(feature = "device")]
extern crate alloc;

#[cfg(feature = "device")]
mod error;
#[cfg(feature = "device")]
mod keyspace;
#[cfg(feature = "device")]
mod options;
#[cfg(feature = "device")]
mod range;
#[cfg(feature = "device")]
mod reader;
#[cfg(feature = "device")]
mod transaction;
#[cfg(feature = "device")]
mod tree;

#[cfg(feature = "device")]
pub use error::{Corrupt, Error, Part, Unfit};
#[cfg(feature = "device")]
pub use keyspace::{KEY_BYTES_MAX, Keyspace};
#[cfg(feature = "device")]
pub use options::{Discard, Format, Options};
#[cfg(feature = "device")]
pub use range::{Item, Range};
#[cfg(feature = "device")]
pub use reader::{Large, Reader, Value};
#[cfg(feature = "device")]
pub use transaction::{Transaction, ValueWriter};
#[cfg(feature = "device")]
pub use tree::{Head, Problem, Report, Snapshot, Space, Tree};
