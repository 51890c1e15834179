//! A library operating system for Rust: what a program imports.
//!
//! A program is one async function over typed devices, its *job*:
//!
//! ```
//! use sarab::prelude::*;
//!
//! /// Answers every connection with what it says.
//! #[sarab::job]
//! pub async fn start(
//!     tcp: impl Tcp,
//!     /// TCP port to listen on.
//!     #[key(default = 7)]
//!     port: u16,
//! ) -> Result<(), Failure> {
//!     let listener = tcp.listen(port).await?;
//!     loop {
//!         let mut flow = listener.accept().await?;
//!         spawn(async move {
//!             let mut buffer = [0; 4096];
//!             while let Ok(count @ 1..) = flow.read(&mut buffer).await {
//!                 if flow.write_all(&buffer[..count]).await.is_err() {
//!                     break;
//!                 }
//!             }
//!         });
//!     }
//! }
//! ```
//!
//! What a machine can have twice is a parameter, and a type says which. What a machine has once is
//! a function. The command `sarab` chooses the implementations and runs the program.
//!
//! | a program wants | and writes |
//! | --- | --- |
//! | connections, datagrams | `tcp: impl Tcp`, `udp: impl Udp` |
//! | frames of a network card | `net: impl Net` |
//! | files to read; values to keep | `pages: impl KvRead`; `store: impl Kv` |
//! | a file system; a raw disk | `files: impl Fs`; `disk: impl Block` |
//! | a value that a person gives | `port: u16`, with `#[key(default = 80)]` |
//! | to wait, or not too long | [`sleep`](fn@sleep), [`timeout`] |
//! | to do two things at a time | [`spawn`], [`future::join`](fn@future::join), [`future::select`](fn@future::select) |
//! | to pass values between tasks | [`sync::Channel`], [`sync::Signal`], [`sync::Mutex`] |
//! | the time, the date | [`now`], [`wall_clock`] |
//! | numbers that nobody can guess | [`random`] |
//! | to say something | [`println!`], [`log::info!`] |
//! | to end well when asked to | [`stopping`] |
//!
//! A program is `#![no_std]`, so that it runs where there is no operating system; the [`prelude`]
//! brings what it would miss: `String`, `Vec`, `format!` and the like. In a program that uses `std`
//! the two `println!` would be ambiguous, and only one of them reaches every console.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod future;
pub mod prelude;
pub mod sync;

pub use log;
pub use sarab_device as device;
pub use sarab_key as key;
pub use sarab_macros::job;
pub use sarab_runtime::{
    App, Cancelled, Failure, Instant, Outcome, Sleep, Status, Stopping, Task, TimedOut, WallTime,
    app, now, print, println, random, request_stop, sleep, sleep_until, spawn, stopping, timeout,
    wall_clock, yield_now,
};
