//! Waiting in line for something that one task has at a time.

use alloc::collections::VecDeque;
use core::{
    cell::RefCell,
    future::poll_fn,
    task::{Context, Poll, Waker},
};

/// Something that one task has at a time; the others get it in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Line {
    inner: RefCell<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    is_held: bool,
    next_ticket: u64,
    waiting: VecDeque<(u64, Waker)>,
}

/// A task's turn; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'l> {
    line: &'l Line,
}

impl Line {
    /// Returns a turn, after all that were asked for before. Dropping the future leaves the line.
    pub(crate) async fn wait(&self) -> Turn<'_> {
        let mut place = Place { line: self, ticket: None };
        poll_fn(|context| place.poll(context)).await
    }

    fn wake_next(&self) {
        if let Some((_, waker)) = self.inner.borrow().waiting.front() {
            waker.wake_by_ref();
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.line.inner.borrow_mut().is_held = false;
        self.line.wake_next();
    }
}

/// A task's place in a line.
struct Place<'l> {
    line: &'l Line,
    ticket: Option<u64>,
}

impl<'l> Place<'l> {
    fn poll(&mut self, context: &Context<'_>) -> Poll<Turn<'l>> {
        let mut inner = self.line.inner.borrow_mut();
        let first = inner.waiting.front().map(|(ticket, _)| *ticket);
        if !inner.is_held && (first.is_none() || first == self.ticket) {
            inner.is_held = true;
            if self.ticket.take().is_some() {
                inner.waiting.pop_front();
            }
            return Poll::Ready(Turn { line: self.line });
        }
        inner.wait(&mut self.ticket, context.waker());
        Poll::Pending
    }
}

impl Inner {
    fn wait(&mut self, ticket: &mut Option<u64>, waker: &Waker) {
        let found = self.waiting.iter_mut().find(|(other, _)| Some(*other) == *ticket);
        if let Some((_, old)) = found {
            old.clone_from(waker);
            return;
        }
        *ticket = Some(self.next_ticket);
        self.waiting.push_back((self.next_ticket, waker.clone()));
        self.next_ticket += 1;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Some(left) = self.ticket else { return };
        let mut inner = self.line.inner.borrow_mut();
        inner.waiting.retain(|(ticket, _)| *ticket != left);
        let is_free = !inner.is_held;
        drop(inner);
        if is_free {
            self.line.wake_next();
        }
    }
}

#[cfg(test)]
mod tests {
    use core::{future::Future, pin::pin};

    use super::*;

    fn poll<F: Future>(future: core::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn turns_come_in_the_order_of_asking() {
        let line = Line::default();
        let Poll::Ready(first) = poll(pin!(line.wait())) else { panic!("nobody else waits") };
        let (mut second, mut third) = (pin!(line.wait()), pin!(line.wait()));
        assert!(poll(second.as_mut()).is_pending());
        assert!(poll(third.as_mut()).is_pending());
        drop(first);
        assert!(poll(third.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_ready());
    }

    #[test]
    fn who_leaves_the_line_holds_nobody_up() {
        let line = Line::default();
        let Poll::Ready(first) = poll(pin!(line.wait())) else { panic!("nobody else waits") };
        let mut third = pin!(line.wait());
        {
            let mut second = pin!(line.wait());
            assert!(poll(second.as_mut()).is_pending());
            assert!(poll(third.as_mut()).is_pending());
        }
        drop(first);
        assert!(poll(third.as_mut()).is_ready());
    }
}
