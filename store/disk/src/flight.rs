//! Requests to the disk that go on whoever waits for them.
//!
//! A future of a write that is dropped may still have its effect, at a time that nobody knows. So none is
//! dropped here: they belong to the disk above, and whoever waits for anything there polls them all.

use alloc::{boxed::Box, rc::Rc, vec::Vec};
use core::{
    cell::RefCell,
    future::poll_fn,
    mem,
    ops::Range,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use slab::Slab;

/// Where a request that somebody waits for leaves what came of it.
pub(crate) type Slot<E> = Rc<RefCell<Option<Result<(), E>>>>;

/// Returns whether two rows of sectors have any in common.
pub(crate) fn is_common(one: &Range<u64>, other: &Range<u64>) -> bool {
    one.start < other.end && other.start < one.end
}

type Running<T> = Pin<Box<dyn Future<Output = T>>>;

/// The requests on their way, and who waits.
///
/// The disk wakes whoever polled last. So everybody who stops waiting wakes all others, of whom the
/// first to poll is the one that is woken from then on.
pub(crate) struct Flights<T> {
    running: RefCell<Vec<Running<T>>>,
    waiting: RefCell<Slab<Option<Waker>>>,
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self { running: RefCell::default(), waiting: RefCell::default() }
    }
}

impl<T> Flights<T> {
    /// Adds a request, which begins when it is next polled.
    pub(crate) fn start(&self, request: impl Future<Output = T> + 'static) {
        self.running.borrow_mut().push(Box::pin(request));
    }

    /// Waits until `step` says that it is done. What it begins goes on meanwhile, as all else does;
    /// `land` is told what has come of it.
    pub(crate) async fn until<R>(
        &self,
        mut step: impl FnMut() -> Option<R>,
        land: impl Fn(T),
    ) -> R {
        if let Some(end) = step() {
            return end;
        }
        let waiter = self.wait();
        poll_fn(|context| {
            loop {
                let has_landed = self.turn(context, &land);
                if let Some(end) = step() {
                    return Poll::Ready(end);
                }
                if !has_landed && !self.turn(context, &land) {
                    waiter.note(context.waker());
                    return Poll::Pending;
                }
            }
        })
        .await
    }

    /// Polls what is on its way; returns whether any of it is done.
    pub(crate) fn turn(&self, context: &mut Context<'_>, land: &impl Fn(T)) -> bool {
        let landed = self.poll(context);
        let has_landed = !landed.is_empty();
        landed.into_iter().for_each(land);
        if has_landed {
            self.wake();
        }
        has_landed
    }

    /// Polls all requests and returns what those that are done have come to.
    fn poll(&self, context: &mut Context<'_>) -> Vec<T> {
        let mut landed = Vec::new();
        let mut running = mem::take(&mut *self.running.borrow_mut());
        running.retain_mut(|request| match request.as_mut().poll(context) {
            Poll::Ready(end) => {
                landed.push(end);
                false
            }
            Poll::Pending => true,
        });
        self.running.borrow_mut().append(&mut running);
        landed
    }

    /// Begins to wait.
    fn wait(&self) -> Waiter<'_, T> {
        Waiter { flights: self, key: self.waiting.borrow_mut().insert(None) }
    }

    /// Wakes everybody who waits.
    pub(crate) fn wake(&self) {
        let wakers: Vec<Waker> =
            self.waiting.borrow_mut().iter_mut().filter_map(|(_, waker)| waker.take()).collect();
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// Somebody who waits.
struct Waiter<'a, T> {
    flights: &'a Flights<T>,
    key: usize,
}

impl<T> Waiter<'_, T> {
    /// Notes whom to wake.
    fn note(&self, waker: &Waker) {
        if let Some(slot) = self.flights.waiting.borrow_mut().get_mut(self.key) {
            *slot = Some(waker.clone());
        }
    }
}

impl<T> Drop for Waiter<'_, T> {
    fn drop(&mut self) {
        self.flights.waiting.borrow_mut().try_remove(self.key);
        self.flights.wake();
    }
}
