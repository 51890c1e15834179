//! Waking tasks of the same core.

use alloc::vec::Vec;
use core::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::{Poll, Waker},
};

/// The tasks that wait for one event.
#[derive(Default)]
pub(crate) struct Waiters(Vec<Waker>);

impl Waiters {
    /// Adds the task of `waker`, unless it waits already.
    pub(crate) fn add(&mut self, waker: &Waker) {
        if !self.0.iter().any(|known| known.will_wake(waker)) {
            self.0.push(waker.clone());
        }
    }

    /// Wakes all of them; who still has to wait adds itself again.
    pub(crate) fn wake(&mut self) {
        for waker in self.0.drain(..) {
            waker.wake();
        }
    }
}

/// Calls one task to work; rings that nobody waited for are kept as one.
#[derive(Default)]
pub(crate) struct Bell {
    is_rung: Cell<bool>,
    waiter: RefCell<Option<Waker>>,
}

impl Bell {
    /// Calls the task.
    pub(crate) fn ring(&self) {
        self.is_rung.set(true);
        if let Some(waker) = self.waiter.take() {
            waker.wake();
        }
    }

    /// Waits for a ring since the last time this completed.
    pub(crate) async fn heard(&self) {
        poll_fn(|cx| {
            if self.is_rung.take() {
                return Poll::Ready(());
            }
            self.waiter.replace(Some(cx.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
