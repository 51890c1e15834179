//! Requests on their way, whose data belong to the disk until it is done with them.

use core::{
    cell::{Cell, RefCell},
    future::poll_fn,
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use sarab_abi::{Outcome, Submission};
use slab::Slab;

use crate::device::{events::Events, queue::Queue, waiters::Waiters};

/// What a request moves.
pub(super) enum Data {
    /// Nothing.
    None,
    /// Nothing, but it says of how many sectors.
    Count(u64),
    /// Bytes to write.
    Filled(Bytes),
    /// Room for that many bytes to read.
    Room(BytesMut, usize),
}

/// All requests of one disk.
pub(super) struct Requests {
    queue: Queue,
    running: RefCell<Slab<Running>>,
    waiting_for_room: Waiters,
    /// Requests that the tender has not completed.
    in_flight: Cell<u32>,
}

/// A request on its way.
struct Running {
    data: Data,
    state: State,
}

enum State {
    /// It runs, and that task waits for it.
    Awaited(Option<Waker>),
    /// It runs, and nobody waits for it any more.
    Abandoned,
    /// It has ended.
    Ended(Outcome),
}

impl Requests {
    /// # Safety
    ///
    /// As for [`Queue::new`].
    pub(super) unsafe fn new(queue: u64, slots: u32) -> Self {
        Self {
            // SAFETY: by the contract of this function.
            queue: unsafe { Queue::new(queue, slots) },
            running: RefCell::default(),
            waiting_for_room: Waiters::default(),
            in_flight: Cell::new(0),
        }
    }

    /// Runs a request and returns its data with the outcome.
    ///
    /// Dropping the future leaves the request to its fate; its data are dropped when it has ended.
    pub(super) async fn run(&self, submission: Submission, data: Data) -> (Data, Outcome) {
        poll_fn(|context| self.poll_room(context)).await;
        let ticket = Ticket { requests: self, token: self.start(submission, data) };
        let outcome = poll_fn(|context| ticket.poll(context)).await;
        (ticket.take(outcome), outcome)
    }

    fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        // Each request in flight needs a slot for its completion, too.
        if self.in_flight.get() < self.queue.slots() {
            return Poll::Ready(());
        }
        self.waiting_for_room.add(context);
        Poll::Pending
    }

    fn start(&self, mut submission: Submission, mut data: Data) -> usize {
        (submission.address, submission.size_bytes) = data.span();
        let mut running = self.running.borrow_mut();
        let token = running.insert(Running { data, state: State::Awaited(None) });
        submission.token = u32::try_from(token).unwrap_or(u32::MAX);
        self.in_flight.update(|count| count + 1);
        // SAFETY: there is room, as was waited for; the data are kept in `running` until the request has
        // ended, and moving `Bytes` and `BytesMut` does not move what they hold.
        unsafe { self.queue.submit(submission) };
        token
    }

    fn complete(&self, token: u32, outcome: Outcome) {
        self.in_flight.update(|count| count.saturating_sub(1));
        let mut running = self.running.borrow_mut();
        let token = token as usize;
        let Some(request) = running.get_mut(token) else { return };
        match core::mem::replace(&mut request.state, State::Ended(outcome)) {
            State::Awaited(waker) => waker.into_iter().for_each(Waker::wake),
            State::Abandoned => drop(running.remove(token)),
            State::Ended(_) => {}
        }
    }
}

impl Events for Requests {
    fn deliver(&self) -> bool {
        let mut any = false;
        while let Some(completion) = self.queue.next() {
            self.complete(completion.token, Outcome::new(completion.outcome));
            any = true;
        }
        if any {
            self.waiting_for_room.wake();
        }
        any
    }
}

/// A request that somebody waits for.
struct Ticket<'a> {
    requests: &'a Requests,
    token: usize,
}

impl Ticket<'_> {
    fn poll(&self, context: &Context<'_>) -> Poll<Outcome> {
        let mut running = self.requests.running.borrow_mut();
        match running.get_mut(self.token).map(|request| &mut request.state) {
            Some(State::Ended(outcome)) => Poll::Ready(*outcome),
            Some(state) => {
                *state = State::Awaited(Some(context.waker().clone()));
                Poll::Pending
            }
            None => Poll::Ready(Outcome::Refused),
        }
    }

    /// Takes the data of a request that has ended.
    fn take(self, outcome: Outcome) -> Data {
        let ended = self.requests.running.borrow_mut().try_remove(self.token);
        core::mem::forget(self);
        match (ended, outcome) {
            (Some(request), Outcome::Done) => request.data.filled(),
            _ => Data::None,
        }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut running = self.requests.running.borrow_mut();
        match running.get_mut(self.token).map(|request| &mut request.state) {
            Some(State::Ended(_)) => drop(running.remove(self.token)),
            Some(state) => *state = State::Abandoned,
            None => {}
        }
    }
}

impl Data {
    /// Returns the address and the size that a submission has for it.
    fn span(&mut self) -> (u64, u32) {
        let (address, size) = match self {
            Self::None => (0, 0),
            Self::Count(count) => return (*count, 0),
            Self::Filled(data) => (data.as_ptr().expose_provenance(), data.len()),
            Self::Room(room, size) => (room.as_mut_ptr().expose_provenance(), *size),
        };
        (address as u64, u32::try_from(size).unwrap_or(u32::MAX))
    }

    /// Takes the room for filled: the disk has done the request.
    fn filled(self) -> Self {
        match self {
            Self::Room(mut room, size) => {
                // SAFETY: the room was allocated with that size, and the tender has written all of it.
                unsafe { room.set_len(size) };
                Self::Filled(room.freeze())
            }
            other => other,
        }
    }

    pub(super) fn into_bytes(self) -> Bytes {
        match self {
            Self::Filled(data) => data,
            _ => Bytes::new(),
        }
    }
}
