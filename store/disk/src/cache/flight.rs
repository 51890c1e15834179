//! Requests to the disk that go on whoever waits for them.
//!
//! A future of a write that is dropped may still have its effect, at a time that nobody knows. So none is
//! dropped here: they belong to the cache, and whoever waits for anything polls them all.

use alloc::{boxed::Box, vec::Vec};
use core::{
    cell::RefCell,
    mem,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use slab::Slab;

type Running<T> = Pin<Box<dyn Future<Output = T>>>;

/// The requests on their way, and who waits.
///
/// The disk wakes whoever polled last. So everybody who stops waiting wakes all others, of whom the
/// first to poll is the one that is woken from then on.
pub(super) struct Flights<T> {
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
    pub(super) fn start(&self, request: impl Future<Output = T> + 'static) {
        self.running.borrow_mut().push(Box::pin(request));
    }

    /// Polls all requests and returns what those that are done have come to.
    pub(super) fn poll(&self, context: &mut Context<'_>) -> Vec<T> {
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
    pub(super) fn wait(&self) -> Waiter<'_, T> {
        Waiter { flights: self, key: self.waiting.borrow_mut().insert(None) }
    }

    /// Wakes everybody who waits.
    pub(super) fn wake(&self) {
        let wakers: Vec<Waker> =
            self.waiting.borrow_mut().iter_mut().filter_map(|(_, waker)| waker.take()).collect();
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// Somebody who waits.
pub(super) struct Waiter<'a, T> {
    flights: &'a Flights<T>,
    key: usize,
}

impl<T> Waiter<'_, T> {
    /// Notes whom to wake.
    pub(super) fn note(&self, waker: &Waker) {
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
