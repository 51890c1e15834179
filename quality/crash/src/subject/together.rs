//! Several things at the same time.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll},
};

use sarab_crash::Failure;

/// Something that is under way.
pub(crate) type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// Polls all in turn until each has completed, or one has failed; then the others are dropped.
pub(crate) async fn together(mut running: Vec<Running<'_>>) -> Result<(), Failure> {
    poll_fn(|context| {
        if let Some(failure) = poll_each(&mut running, context) {
            return Poll::Ready(Err(failure));
        }
        if running.is_empty() { Poll::Ready(Ok(())) } else { Poll::Pending }
    })
    .await
}

fn poll_each(running: &mut Vec<Running<'_>>, context: &mut Context<'_>) -> Option<Failure> {
    let mut failed = None;
    running.retain_mut(|future| match future.as_mut().poll(context) {
        Poll::Ready(Ok(())) => false,
        Poll::Ready(Err(failure)) => {
            failed.get_or_insert(failure);
            false
        }
        Poll::Pending => true,
    });
    failed
}
