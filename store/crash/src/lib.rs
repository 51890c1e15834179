//! A disk that loses power and fails by a seed, and everything that it may hold afterwards.
//!
//! [`Disk`] is a [`Block`](sarab_device::Block) in memory. It remembers what was asked of it, and
//! [`Replay`] goes through that again, moment by moment: at each it says what the disk might hold if
//! the power failed there. By the words of `Block`, writes that were not flushed survive in any
//! subset and in any order, torn between sectors. Everything is the same in every run of one seed.
//!
//! ```
//! use sarab_crash::{Disk, Image, Replay, Sampling, Random};
//! use sarab_device::Block;
//!
//! # embassy_futures::block_on(async {
//! let disk = Disk::new(Image::new(512, 8));
//! disk.write(0, vec![1; 1024].into()).await?;
//! disk.flush().await?;
//! disk.write(0, vec![2; 1024].into()).await?;
//!
//! let trace = disk.trace().clone();
//! let mut replay = Replay::new(Image::new(512, 8), &trace);
//! let mut states = Vec::new();
//! while replay.step() {
//!     states.clear();
//!     replay.states(&Sampling::default(), &mut Random::new(1), &mut |state| {
//!         states.push(state.image());
//!     });
//! }
//! // Each of the two sectors is the old or the new one.
//! assert_eq!(states.len(), 4);
//! # Ok::<(), sarab_crash::DiskError>(())
//! # }).unwrap();
//! ```
//!
//! A [`Trial`] does that with a [`Subject`], a store with what can be done to it, and judges what the store makes
//! of each state. [`ledger`] is a small store to try the test-bed itself on.
#![forbid(unsafe_code)]
#![expect(async_fn_in_trait, reason = "futures never leave their core, so no `Send` bound is owed")]

mod case;
mod disk;
mod drive;
mod error;
mod fault;
mod image;
pub mod ledger;
mod random;
mod states;
mod subject;
mod task;
mod trace;
mod trial;
mod violation;

pub use case::{Case, Origin, SMALL_MAX, Setup, small_count};
pub use disk::{Disk, Through};
pub use drive::give_up;
pub use error::{DiskError, Verb};
pub use fault::{Counts, Fault, Harm};
pub use image::{Image, Sector};
pub use random::Random;
pub use sarab_device::middleware::When;
pub use states::{Progress, Replay, Sampling, State};
pub use subject::{Failure, Past, Subject, Trouble, judge_in_order};
pub use task::Task;
pub use trace::{Event, Mark, Trace, Write};
pub use trial::{Bounds, Check, Trial};
pub use violation::{Tally, Violation};
