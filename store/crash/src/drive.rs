//! Running futures that may panic or never end, or are given up.

use std::{
    cell::Cell,
    future::poll_fn,
    panic::{self, AssertUnwindSafe},
    pin::pin,
    sync::Once,
    task::{Poll, Waker},
};

use crate::Task;

/// So often a future is polled before it is said never to end. On this disk each request needs few.
const POLLS_MAX: u32 = 10_000_000;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
    static MESSAGE: Cell<String> = const { Cell::new(String::new()) };
}

/// Runs `future` to its end, polling it when it was woken. Fails with the message if it panics, and if it does
/// not end, or waits without anybody who wakes it.
pub(crate) fn drive<T>(future: impl Future<Output = T>) -> Result<T, String> {
    catch(|| {
        let mut task = Task::new(future);
        for _ in 0..POLLS_MAX {
            assert!(task.is_woken(), "nobody was woken, and it is not done");
            if let Poll::Ready(output) = task.poll(Waker::noop()) {
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
        let always = poll_fn(|context| -> Poll<()> {
            context.waker().wake_by_ref();
            Poll::Pending
        });
        let error = drive(always).unwrap_err();
        assert!(error.contains("never comes"), "{error}");
    }

    #[test]
    fn what_waits_and_has_nobody_wake_it_is_found_out() {
        let mut is_first = true;
        let forgets =
            poll_fn(
                |_| {
                    if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }
                },
            );
        let error = drive(forgets).unwrap_err();
        assert!(error.contains("nobody was woken"), "{error}");
    }

    #[test]
    fn a_panic_is_returned_with_its_message() {
        let error = drive(async { panic!("sector {}", 9) }).unwrap_err();
        assert!(error.contains("sector 9"), "{error}");
    }
}
