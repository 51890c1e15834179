//! Several things at the same time.

use std::{
    future::poll_fn,
    task::{Poll, Waker},
};

use sarab_crash::{Failure, Task};

/// Something that is under way.
pub(crate) type Running<'a> = Task<'a, Result<(), Failure>>;

/// Polls what was woken, in turn, until each has completed, or one has failed; then the others are dropped.
pub(crate) async fn together(mut running: Vec<Running<'_>>) -> Result<(), Failure> {
    poll_fn(|context| {
        if let Some(failure) = poll_each(&mut running, context.waker()) {
            return Poll::Ready(Err(failure));
        }
        if running.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}

fn poll_each(running: &mut Vec<Running<'_>>, waker: &Waker) -> Option<Failure> {
    let mut failed = None;
    running.retain_mut(|task| match task.poll(waker) {
        Poll::Ready(Ok(())) => false,
        Poll::Ready(Err(failure)) => {
            failed.get_or_insert(failure);
            false
        }
        Poll::Pending => true,
    });
    failed
}
