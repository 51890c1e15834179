//! Counts the open connections of a server.

use alloc::rc::Rc;
use core::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::{Poll, Waker},
};

/// How many places are taken, and who waits for that to change.
#[derive(Default)]
pub(super) struct Places {
    count: Cell<usize>,
    waiting: RefCell<Option<Waker>>,
}

/// A taken place; dropping it gives it back.
pub(super) struct Place(Rc<Places>);

impl Places {
    /// Takes a place.
    pub(super) fn take(self: &Rc<Self>) -> Place {
        self.count.set(self.count.get() + 1);
        Place(Rc::clone(self))
    }

    /// Returns how many are taken.
    pub(super) fn count(&self) -> usize {
        self.count.get()
    }

    /// Waits until fewer than `count` are taken. One can wait at a time.
    pub(super) async fn below(&self, count: usize) {
        poll_fn(|context| {
            if self.count.get() < count {
                return Poll::Ready(());
            }
            self.waiting.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.count.set(self.0.count.get() - 1);
        if let Some(waker) = self.0.waiting.take() {
            waker.wake();
        }
    }
}
