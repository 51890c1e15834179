//! Small networks in memory that keep the promises of the traits, or break one each: the
//! conformance suites must tell.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test ends there")]

mod card;
mod host;
mod port;
mod stream;
mod watched;

use std::{
    fmt,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use sarab_device::{ErrorKind, check::Violation};

/// The error of everything here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fails(ErrorKind);

impl fmt::Display for Fails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Fails {}

impl sarab_device::Error for Fails {
    fn kind(&self) -> ErrorKind {
        self.0
    }
}

impl embedded_io::Error for Fails {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::ErrorKind::Other
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
