//! Tasks that wait for the same thing.

use alloc::vec::Vec;
use core::{
    cell::RefCell,
    task::{Context, Waker},
};

/// Tasks that wait for the same thing, each once.
#[derive(Default)]
pub struct Waiters(RefCell<Vec<Waker>>);

impl Waiters {
    /// Adds the task of `context`, unless it waits already.
    pub fn add(&self, context: &Context<'_>) {
        let mut waiting = self.0.borrow_mut();
        if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            waiting.push(context.waker().clone());
        }
    }

    /// Wakes all of them; tells whether there was one.
    pub fn wake(&self) -> bool {
        let waiting = self.0.take();
        let any = !waiting.is_empty();
        waiting.into_iter().for_each(Waker::wake);
        any
    }
}
