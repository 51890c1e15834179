//! Futures that are polled so many times, and no more.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

/// Polls `future` so many times, and drops it. Returns whether it came to its end.
pub(crate) fn poll(future: impl Future, polls: usize) -> bool {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).any(|_| future.as_mut().poll(&mut context).is_ready())
}

/// Runs a future that comes to its end in a bounded number of polls.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..100_000 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
    panic!("it does not come to its end");
}
