//! The two directions of a descriptor: whether each may be used, and who waits for it.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use rustix::event::epoll::EventFlags;

/// Operations that one direction may do in a row before it lets other tasks run.
const ROW_MAX: u8 = 64;

/// Both directions of a descriptor.
pub(super) struct Sides {
    pub(super) read: Side,
    pub(super) write: Side,
}

impl Sides {
    /// What to watch for: both directions, and each change once.
    pub(super) const INTEREST: EventFlags =
        EventFlags::IN.union(EventFlags::OUT).union(EventFlags::RDHUP).union(EventFlags::ET);

    pub(super) fn deliver(&self, flags: EventFlags) {
        let over = EventFlags::HUP | EventFlags::ERR;
        self.read.deliver(flags, EventFlags::IN, over | EventFlags::RDHUP);
        self.write.deliver(flags, EventFlags::OUT, over);
    }
}

/// One direction of a descriptor.
pub(super) struct Side {
    state: Cell<State>,
    row: Cell<u8>,
    waiting: RefCell<Waiting>,
}

/// What is known of a direction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// An operation would have to wait; an event will tell when not.
    Idle,
    /// An operation is worth trying; none was since the last event.
    Ready,
    /// An operation is worth trying, and may have to wait all the same.
    Perhaps,
    /// It has ended, so operations will not wait; there may still be bytes in it.
    Over,
}

impl Side {
    pub(super) fn new(is_worth_trying: bool) -> Self {
        let state = if is_worth_trying { State::Perhaps } else { State::Idle };
        Self { state: Cell::new(state), row: Cell::new(0), waiting: RefCell::default() }
    }

    /// Waits until an operation is worth trying.
    pub(super) fn ready(&self) -> Ready<'_> {
        Ready { side: self, ticket: None }
    }

    /// Returns whether the last event still holds: an operation would not have to wait.
    pub(super) fn is_sure(&self) -> bool {
        matches!(self.state.get(), State::Ready | State::Over)
    }

    /// Notes that an operation has been done.
    pub(super) fn is_used(&self) {
        if self.state.get() == State::Ready {
            self.state.set(State::Perhaps);
        }
    }

    /// Notes that an operation would have had to wait.
    pub(super) fn is_blocked(&self) {
        self.state.set(State::Idle);
    }

    /// Notes that an operation took all there was: what comes next makes an event.
    ///
    /// An end that came together with the last bytes makes none of its own, so it is kept.
    pub(super) fn is_drained(&self) {
        if self.state.get() != State::Over {
            self.state.set(State::Idle);
        }
    }

    fn deliver(&self, flags: EventFlags, ready: EventFlags, over: EventFlags) {
        if flags.intersects(over) {
            self.state.set(State::Over);
        } else if flags.intersects(ready) {
            self.state.set(State::Ready);
        } else {
            return;
        }
        // Waking may run code that waits here again, so nothing stays borrowed meanwhile.
        let first = self.waiting.borrow_mut().first.take();
        if let Some((_, waker)) = first {
            waker.wake();
        }
        while let Some((_, waker)) = { self.waiting.borrow_mut().more.pop() } {
            waker.wake();
        }
    }
}

/// Who waits. Almost always that is one task, which therefore needs no allocation.
#[derive(Default)]
struct Waiting {
    tickets: u64,
    first: Option<(u64, Waker)>,
    more: Vec<(u64, Waker)>,
}

impl Waiting {
    /// Notes that the holder of `ticket` waits, and returns its ticket.
    fn note(&mut self, ticket: Option<u64>, waker: &Waker) -> u64 {
        if let Some((ticket, noted)) = self.of(ticket) {
            noted.clone_from(waker);
            return *ticket;
        }
        self.tickets += 1;
        let noted = (self.tickets, waker.clone());
        if self.first.is_none() {
            self.first = Some(noted);
        } else {
            self.more.push(noted);
        }
        self.tickets
    }

    fn of(&mut self, ticket: Option<u64>) -> Option<&mut (u64, Waker)> {
        let ticket = ticket?;
        self.first.iter_mut().chain(&mut self.more).find(|(it, _)| *it == ticket)
    }

    fn forget(&mut self, ticket: u64) -> Option<(u64, Waker)> {
        if let Some(waiter) = self.first.take_if(|(it, _)| *it == ticket) {
            return Some(waiter);
        }
        let at = self.more.iter().position(|(it, _)| *it == ticket)?;
        Some(self.more.swap_remove(at))
    }
}

/// Waits until an operation is worth trying.
pub(super) struct Ready<'a> {
    side: &'a Side,
    ticket: Option<u64>,
}

impl Future for Ready<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let side = self.side;
        if side.state.get() == State::Idle {
            side.row.set(0);
            let ticket = side.waiting.borrow_mut().note(self.ticket, context.waker());
            self.ticket = Some(ticket);
            return Poll::Pending;
        }
        if side.row.get() == ROW_MAX {
            side.row.set(0);
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        side.row.set(side.row.get() + 1);
        Poll::Ready(())
    }
}

impl Drop for Ready<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        let forgotten = self.side.waiting.borrow_mut().forget(ticket);
        drop(forgotten);
    }
}
