//! Conformance suites: whether a device keeps what its trait promises.
//!
//! Each suite is an async function that needs no heap of threads, no clock and no particular
//! executor. It tests what can be seen from outside: shapes, ends, empty requests, errors of the
//! right kind that change nothing, several requests at once, dropped futures, order.
//!
//! A suite has no clock, so it cannot tell a slow device from one that never answers. Where
//! something is lost it sends more behind it, so that the loss shows; run it under a time limit
//! for the cases where nothing comes at all.

mod block;
mod flow;
mod fs;
mod kv;
mod net;
mod stack;

use alloc::{format, string::String, vec::Vec};
use core::{
    fmt::{self, Debug, Display},
    future::poll_fn,
    pin::pin,
    task::Poll,
};

use bytes::Bytes;

use crate::{Error, ErrorKind};

pub use block::{block, block_after_failed_flush};
pub use flow::flow;
pub use fs::fs;
pub use kv::{kv, kv_read};
pub use net::net;
pub use stack::{stack, tcp, udp};

/// A promise that a device broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    promise: &'static str,
    seen: String,
}

impl Violation {
    fn new(promise: &'static str, seen: impl Into<String>) -> Self {
        Self { promise, seen: seen.into() }
    }

    /// Returns the promise, as a sentence of the trait's documentation would have it.
    #[must_use]
    pub fn promise(&self) -> &'static str {
        self.promise
    }

    /// Returns the values that were seen.
    #[must_use]
    pub fn seen(&self) -> &str {
        &self.seen
    }
}

impl Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, but {}", self.promise, self.seen)
    }
}

impl core::error::Error for Violation {}

type Checked = Result<(), Violation>;

/// Holds a device to `promise`, where `holds` says whether it was kept.
fn require(promise: &'static str, holds: bool, seen: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Violation::new(promise, seen())) }
}

/// Holds a device to a value.
#[expect(clippy::needless_pass_by_value, reason = "callers compare what they have just made")]
fn equal<T: PartialEq + Debug>(promise: &'static str, seen: T, expected: T) -> Checked {
    require(promise, seen == expected, || format!("saw {seen:?} in place of {expected:?}"))
}

/// Holds a device to data, and says where they differ.
fn same(promise: &'static str, seen: &[u8], expected: &[u8]) -> Checked {
    require(promise, seen == expected, || difference(seen, expected))
}

fn difference(seen: &[u8], expected: &[u8]) -> String {
    match seen.iter().zip(expected).position(|(seen, expected)| seen != expected) {
        Some(at) => format!("byte {at} was {:#04x} in place of {:#04x}", seen[at], expected[at]),
        None => format!("there were {} bytes in place of {}", seen.len(), expected.len()),
    }
}

/// Holds a device to success.
fn done<T, E: Display>(promise: &'static str, result: Result<T, E>) -> Result<T, Violation> {
    result.map_err(|error| Violation::new(promise, format!("it failed: {error}")))
}

/// Holds a device to an error of `kind`.
fn refused<T, E: Error>(
    promise: &'static str,
    result: Result<T, E>,
    kind: ErrorKind,
) -> Result<(), Violation> {
    match result {
        Ok(_) => Err(Violation::new(promise, "it succeeded")),
        Err(error) => require(promise, error.kind() == kind, || {
            format!("the error was {:?} in place of {kind:?}: {error}", error.kind())
        }),
    }
}

/// Holds a store to there being something.
fn present<T>(promise: &'static str, found: Option<T>) -> Result<T, Violation> {
    found.ok_or_else(|| Violation::new(promise, "there was nothing"))
}

/// Polls `future` once and drops it. Returns what it completed with, if it did.
async fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Polls all of `futures` in turn until each has completed; returns their outputs in order.
async fn together<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> =
        futures.into_iter().map(|future| Some(alloc::boxed::Box::pin(future))).collect();
    let mut outputs: Vec<_> = running.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (slot, output) in running.iter_mut().zip(&mut outputs) {
            let Some(future) = slot else { continue };
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                (*slot, *output) = (None, Some(value));
            }
        }
        if running.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

/// Returns `size` bytes that look like no others: of another `seed`, of another place, or shifted.
fn pattern(seed: u64, size: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x0005_a7ab;
    let next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    core::iter::repeat_with(next).take(size).collect::<Vec<_>>().into()
}
