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
//! ) -> Result<(), sarab::Failure> {
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
//! What a machine can have twice (a network, a disk, a store) is a parameter; the traits stand in
//! [`device`]. What a machine has once (time, tasks, randomness, the log, boot keys) is a function
//! of this crate. The command `sarab` chooses the implementations and runs the program.
#![no_std]
#![forbid(unsafe_code)]

pub mod future;
pub mod prelude;
pub mod sync;

pub use log;
pub use sarab_device as device;
pub use sarab_key as key;
pub use sarab_macros::job;
pub use sarab_runtime::*;
