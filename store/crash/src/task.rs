//! Something that is polled when it was woken, and not before.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    task::{Context, Poll, Wake, Waker},
};

/// A future that is polled for the first time, and then whenever it was woken.
///
/// A runtime does no more than that, so what waits without having somebody wake it waits for ever.
pub struct Task<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + 'a>>,
    woken: Arc<Woken>,
}

/// Whether a task was woken since it was last polled, and whom to tell.
struct Woken {
    is_woken: AtomicBool,
    above: Mutex<Waker>,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Relaxed);
        self.above.lock().unwrap_or_else(PoisonError::into_inner).wake_by_ref();
    }
}

impl<'a, T> Task<'a, T> {
    /// Takes a future, which is to be polled soon.
    pub fn new(future: impl Future<Output = T> + 'a) -> Self {
        let above = Mutex::new(Waker::noop().clone());
        let woken = Woken { is_woken: AtomicBool::new(true), above };
        Self { future: Box::pin(future), woken: Arc::new(woken) }
    }

    /// Returns whether it was woken since it was last polled.
    #[must_use]
    pub fn is_woken(&self) -> bool {
        self.woken.is_woken.load(Relaxed)
    }

    /// Polls it if it was woken; where it is not done, whoever wakes it wakes `above` as well.
    pub fn poll(&mut self, above: &Waker) -> Poll<T> {
        self.woken.above.lock().unwrap_or_else(PoisonError::into_inner).clone_from(above);
        if !self.woken.is_woken.swap(false, Relaxed) {
            return Poll::Pending;
        }
        let waker = Waker::from(Arc::clone(&self.woken));
        self.future.as_mut().poll(&mut Context::from_waker(&waker))
    }
}

impl<T> fmt::Debug for Task<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("is_woken", &self.is_woken()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[test]
    fn what_was_not_woken_is_not_polled_again() {
        let mut polls = 0;
        let mut task = Task::new(std::future::poll_fn(|_| -> Poll<()> {
            polls += 1;
            Poll::Pending
        }));
        assert!(task.poll(Waker::noop()).is_pending() && task.poll(Waker::noop()).is_pending());
        drop(task);
        assert_eq!(polls, 1);
    }

    #[test]
    fn who_wakes_a_task_within_another_wakes_both() {
        let mut inner = Task::new(async {
            let mut is_first = true;
            std::future::poll_fn(move |context| {
                context.waker().wake_by_ref();
                if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }
            })
            .await;
        });
        let mut outer = Task::new(std::future::poll_fn(|context| inner.poll(context.waker())));
        assert!(outer.poll(Waker::noop()).is_pending() && outer.is_woken());
        assert!(outer.poll(Waker::noop()).is_ready());
        assert!(Task::new(ready(())).poll(Waker::noop()).is_ready());
        assert!(Task::new(pending::<()>()).poll(Waker::noop()).is_pending());
    }
}
