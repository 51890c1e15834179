//! Stores that break one promise each: the conformance suites must find every one.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test ends there")]

mod disk;
mod files;
mod values;
mod watched;

use std::{
    cell::Cell,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use sarab_device::check::Violation;

/// A sound device with one flaw, by name; an unknown name is no flaw.
struct Flawed<D> {
    device: D,
    flaw: &'static str,
    requests: Cell<u32>,
}

impl<D> Flawed<D> {
    fn new(device: D, flaw: &'static str) -> Self {
        Self { device, flaw, requests: Cell::new(0) }
    }

    fn has(&self, flaw: &str) -> bool {
        self.flaw == flaw
    }

    /// Returns how many requests were counted before this one.
    fn count(&self) -> u32 {
        self.requests.replace(self.requests.get() + 1)
    }
}

/// Runs a suite; a device that never answers ends the test.
fn run<T>(future: impl Future<Output = T>) -> T {
    answer(future).expect("the device answers")
}

/// Runs a suite until it waits for what will never come.
fn answer<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut poll = || future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    (0..100_000).find_map(|_| if let Poll::Ready(output) = poll() { Some(output) } else { None })
}

/// Checks that a suite found the promise that a flaw breaks.
fn caught(flaw: &str, promise: &str, suite: impl Future<Output = Result<(), Violation>>) {
    match answer(suite) {
        Some(Err(violation)) => {
            assert_eq!(violation.promise(), promise, "`{flaw}` was found as: {violation}");
            assert!(!violation.seen().is_empty());
        }
        Some(Ok(())) => panic!("nobody found `{flaw}`"),
        None => panic!("the device with `{flaw}` never answers"),
    }
}
