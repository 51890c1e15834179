//! Taking turns, on one core.

use alloc::collections::VecDeque;
use core::{
    cell::RefCell,
    future::poll_fn,
    task::{Context, Poll, Waker},
};

/// Lets many in that only look, or one that changes. Who comes first is let in first.
#[derive(Debug, Default)]
pub(crate) struct Lock {
    state: RefCell<State>,
}

#[derive(Debug, Default)]
struct State {
    holders: Holders,
    queue: VecDeque<(u64, Waker)>,
    next_ticket: u64,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Holders {
    #[default]
    Nobody,
    Looking(usize),
    Changing,
}

/// How somebody wants to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Look,
    Change,
}

impl Lock {
    /// Waits until nobody changes. Dropping the future leaves the queue.
    pub(crate) async fn look(&self) -> Guard<'_> {
        self.enter(Turn::Look).await
    }

    /// Waits until nobody is in. Dropping the future leaves the queue.
    pub(crate) async fn change(&self) -> Guard<'_> {
        self.enter(Turn::Change).await
    }

    /// Returns whether somebody is in.
    pub(crate) fn is_held(&self) -> bool {
        self.state.borrow().holders != Holders::Nobody
    }

    async fn enter(&self, turn: Turn) -> Guard<'_> {
        let mut place = Place { lock: self, ticket: None };
        poll_fn(|context| place.poll(turn, context)).await;
        Guard { lock: self }
    }

    fn leave(&self) {
        let mut state = self.state.borrow_mut();
        state.holders = match state.holders {
            Holders::Looking(count @ 2..) => Holders::Looking(count - 1),
            _ => Holders::Nobody,
        };
        state.wake_first();
    }
}

impl State {
    fn admit(&mut self, turn: Turn) -> bool {
        let holders = match (&self.holders, turn) {
            (Holders::Nobody, Turn::Change) => Holders::Changing,
            (Holders::Nobody, Turn::Look) => Holders::Looking(1),
            (Holders::Looking(count), Turn::Look) => Holders::Looking(count + 1),
            _ => return false,
        };
        self.holders = holders;
        true
    }

    fn wake_first(&self) {
        if let Some((_, waker)) = self.queue.front() {
            waker.wake_by_ref();
        }
    }
}

/// A place in the queue, given up when it is dropped.
struct Place<'a> {
    lock: &'a Lock,
    ticket: Option<u64>,
}

impl Place<'_> {
    fn poll(&mut self, turn: Turn, context: &Context<'_>) -> Poll<()> {
        let mut state = self.lock.state.borrow_mut();
        let is_first = state.queue.front().map(|(ticket, _)| *ticket) == self.ticket;
        if is_first && state.admit(turn) {
            if self.ticket.take().is_some() {
                state.queue.pop_front();
            }
            state.wake_first(); // the next may look as well
            return Poll::Ready(());
        }
        let ticket = self.ticket.unwrap_or(state.next_ticket);
        let queued = state.queue.iter_mut().find(|(queued, _)| *queued == ticket);
        if let Some((_, waker)) = queued {
            waker.clone_from(context.waker());
        } else {
            state.next_ticket += 1;
            state.queue.push_back((ticket, context.waker().clone()));
            self.ticket = Some(ticket);
        }
        Poll::Pending
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            let mut state = self.lock.state.borrow_mut();
            state.queue.retain(|(queued, _)| *queued != ticket);
            state.wake_first();
        }
    }
}

/// Leaves when it is dropped.
#[must_use]
#[derive(Debug)]
pub(crate) struct Guard<'a> {
    lock: &'a Lock,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.lock.leave();
    }
}

#[cfg(test)]
mod tests {
    use alloc::boxed::Box;
    use core::pin::Pin;

    use super::*;

    type Waiting<'a> = Pin<Box<dyn Future<Output = Guard<'a>> + 'a>>;

    fn poll<'a>(future: &mut Waiting<'a>) -> Option<Guard<'a>> {
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(guard) => Some(guard),
            Poll::Pending => None,
        }
    }

    #[test]
    fn many_look_and_one_changes() {
        let lock = Lock::default();
        let (mut one, mut two): (Waiting<'_>, Waiting<'_>) =
            (Box::pin(lock.look()), Box::pin(lock.look()));
        let mut change: Waiting<'_> = Box::pin(lock.change());
        let held = (poll(&mut one).unwrap(), poll(&mut two).unwrap());
        assert!(poll(&mut change).is_none());
        drop(held.0);
        assert!(poll(&mut change).is_none());
        drop(held.1);
        assert!(poll(&mut change).is_some());
        assert!(!lock.is_held());
    }

    #[test]
    fn who_looks_does_not_overtake_who_waits_to_change() {
        let lock = Lock::default();
        let mut first: Waiting<'_> = Box::pin(lock.look());
        let held = poll(&mut first).unwrap();
        let (mut change, mut late): (Waiting<'_>, Waiting<'_>) =
            (Box::pin(lock.change()), Box::pin(lock.look()));
        assert!(poll(&mut change).is_none());
        assert!(poll(&mut late).is_none());
        drop(change); // gives up, so the next is let in
        assert!(poll(&mut late).is_some());
        drop(held);
    }
}
