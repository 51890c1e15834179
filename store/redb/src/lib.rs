//! redb as a key-value store, for programs on a host.
//!
//! [`RedbKv`] keeps values in a file of the host, or in memory, by the crate `redb`: a copy-on-write tree of another make.
//! It is here to be compared with: the same operations must do the same in `sarab-tree`.
//!
//! **It blocks.** redb knows nothing of futures. Each request here is done in the moment in which it is polled first, and
//! all other tasks of this core wait meanwhile: microseconds for what is in memory, a seek for what is not, and for a
//! [`sync`](sarab_device::Kv::sync) what the disk takes to flush. Where tasks must go on meanwhile, `sarab-tree` is the store to take.
//! No transaction is open while a task waits for something else; so although redb lets one writer wait for another by
//! stopping its thread, no two requests can stop each other.
#![forbid(unsafe_code)]

mod error;
mod store;

pub use error::RedbError;
pub use store::RedbKv;
