//! What the tenders have in common.
//!
//! A tender is the host's side of a guest. It reads its [command line](command), checks and loads an
//! [image], lays out the guest's [memory], opens what is [attached](attach), shuts itself in behind
//! [fences](fence), and lets the guest run. From then on it is the [`Tender`]: whatever the guest rings
//! for is done here, for both tenders alike.
//!
//! **A guest is hostile.** Every address, length, count and index that it can write is checked where it
//! is used, and what the tender must know it keeps outside of the guest's memory. Guest memory is never
//! borrowed: it is read and written through pointers, a value at a time, or by system calls.
//!
//! **Nothing allocates once the guest runs**, for behind its fence a tender can get no memory.

mod arena;
pub mod attach;
mod clock;
pub mod command;
mod console;
pub mod crash;
mod device;
mod error;
pub mod fence;
pub mod image;
pub mod layout;
pub mod memory;
mod poll;
mod queue;
pub mod signal;
mod start;
mod streams;
mod tender;
pub mod words;

pub use arena::{Arena, arena};
pub use device::{File, Wire};
pub use error::Error;
pub use poll::until_readable;
pub use start::Start;
pub use tender::{After, Tender};
