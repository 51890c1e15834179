//! Several things at the same time.

use std::{
    future::poll_fn,
    task::{Poll, Waker},
};

use sarab_crash::{Failure, Task};

/// Something that is under way.
pub(crate) type Running<'a> = Task<'a, Result<(), Failure>>;

/// Polls what was woken, in turn, until each has completed; fails as the first one does that fails. None is given
/// up for the sake of another.
pub(crate) async fn together(mut running: Vec<Running<'_>>) -> Result<(), Failure> {
    let mut result = Ok(());
    poll_fn(|context| {
        poll_each(&mut running, &mut result, context.waker());
        if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    result
}

fn poll_each(running: &mut Vec<Running<'_>>, result: &mut Result<(), Failure>, waker: &Waker) {
    running.retain_mut(|task| match task.poll(waker) {
        Poll::Ready(outcome) => {
            if result.is_ok() {
                *result = outcome;
            }
            false
        }
        Poll::Pending => true,
    });
}
