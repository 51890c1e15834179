//! What a machine has once: time, tasks, randomness, log, boot keys, exit.
//!
//! What a machine may have twice is a device, and a parameter of whoever uses it. What it has once
//! is a function, here: [`now`], [`sleep`], [`spawn`], [`random`], [`print!`], [`stopping`],
//! [`app`]. The log is that of the crate `log`.
//!
//! ```
//! # #[cfg(all(feature = "std", feature = "virtual"))]
//! # sarab_runtime::block_on_virtual(async {
//! use core::time::Duration;
//! use sarab_runtime::{now, sleep, spawn, timeout};
//!
//! let slow = spawn(async {
//!     sleep(Duration::from_secs(2)).await;
//!     "done"
//! });
//! assert!(timeout(Duration::from_secs(1), sleep(Duration::MAX)).await.is_err());
//! assert_eq!(slow.await, Ok("done"));
//! assert_eq!(now().since_boot(), Duration::from_secs(2));
//! # });
//! ```
//!
//! A target implements one trait, [`Machine`], and calls [`run`]. All tasks run on one core, one at
//! a time, so nothing here is `Send`; only wakers go to other threads.
//!
//! Two features choose:
//! - `std` (default): a runtime for each thread that calls `run`. Without it there is one, in a
//!   static that the target owns (`Place`).
//! - `virtual`: `Rehearsal` and `block_on_virtual`, a machine whose time is not real, for the tests
//!   of other crates.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod app;
mod boot;
mod console;
mod current;
mod executor;
mod filter;
mod instant;
mod logging;
mod machine;
mod outcome;
mod panic;
pub mod random;
mod run;
mod runtime;
mod sleep;
mod stop;
mod task;
mod wheel;

#[cfg(any(feature = "virtual", test))]
mod rehearsal;

pub use app::{App, app};
pub use boot::{Boot, Job};
pub use console::{print, print_error};
pub use current::{Place, Slot, install};
pub use filter::Filter;
pub use instant::Instant;
pub use machine::{Machine, NoEntropy};
pub use outcome::{Failure, Outcome, Status};
pub use panic::PanicReport;
#[cfg(any(feature = "virtual", test))]
pub use rehearsal::{Rehearsal, block_on_virtual};
pub use run::run;
pub use sarab_device::WallTime;
pub use sarab_key as key;
pub use sarab_key::{Alias, Spec};
pub use sleep::{Sleep, TimedOut, now, sleep, sleep_until, timeout, wall_clock, yield_now};
pub use stop::{Stopping, request_stop, stopping};
pub use task::{Cancelled, Task, spawn};
