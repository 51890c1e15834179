//! Running futures that may panic or never end, or are given up.

use std::{
    cell::Cell,
    future::poll_fn,
    panic::{self, AssertUnwindSafe},
    pin::pin,
    sync::Once,
    task::{Context, Poll, Waker},
};

/// So often a future is polled before it is said never to end. On this disk each request needs few.
const POLLS_MAX: u32 = 10_000_000;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
    static MESSAGE: Cell<String> = const { Cell::new(String::new()) };
}

/// Runs `future` to its end. Fails with the message if it panics, and if it does not end.
pub(crate) fn drive<T>(future: impl Future<Output = T>) -> Result<T, String> {
    catch(|| {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..POLLS_MAX {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
        }
        panic!("it waits for what never comes");
    })
}

/// Polls `future` at most so often, and drops it; returns what it came to, if it came to its end.
///
/// Between polls it waits as the future does, so a wake-up that is lost is missed.
pub async fn give_up<T>(polls: u64, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut left) = (pin!(future), polls);
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Calls `action` and fails with the message if it panics.
pub(crate) fn catch<T>(action: impl FnOnce() -> T) -> Result<T, String> {
    listen();
    let before = IS_QUIET.replace(true);
    // What is broken by the panic is dropped with the disk that it was done on.
    let result = panic::catch_unwind(AssertUnwindSafe(action));
    IS_QUIET.set(before);
    result.map_err(|_| format!("panic: {}", MESSAGE.take()))
}

/// Has panics inside of [`catch`] remembered in place of printed.
fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IS_QUIET.get() {
                MESSAGE.set(info.to_string().replace('\n', " "));
            } else {
                before(info);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_for_ever_is_found_out() {
        let error = drive(std::future::pending::<()>()).unwrap_err();
        assert!(error.contains("never comes"), "{error}");
    }

    #[test]
    fn a_panic_is_returned_with_its_message() {
        let error = drive(async { panic!("sector {}", 9) }).unwrap_err();
        assert!(error.contains("sector 9"), "{error}");
    }
}
