//! What a guest and its tender agree on; `tender/ABI.md` is the specification.
//!
//! Every struct is one table of it, with the table's offsets checked when this crate is compiled.
//! The structs are plain bytes: any content is valid, and what it means is the reader's to check.
#![no_std]
#![forbid(unsafe_code)]

mod boot;
mod control;
pub mod crash;
pub mod manifest;
mod queue;
mod status;

pub use boot::{Boot, DEVICE_DISCARDS, DEVICE_OFFLOADS, DEVICE_WRITABLE, Device, Kind, MAGIC};
pub use boot::{DOORBELL_CALL, DOORBELL_STORE};
pub use control::{CONSOLE_ERROR, Control, FLAG_STOP, NEVER, PANICKED, RAN_OUT_OF_MEMORY, Ring};
pub use queue::{Completion, Counts, Outcome, Request, Submission, completion_at, queue_bytes};
pub use queue::{PIECE_BYTES_MIN, RECEIVE_FRAMES, RECEIVE_PACKETS, submission_at};
pub use status::Status;

/// The version of this ABI.
pub const VERSION: u32 = 1;

/// Bytes in a page.
pub const PAGE_BYTES: u64 = 4096;
