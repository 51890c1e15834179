//! Requests on their way, whose data belong to the disk until it is done with them.

use core::{
    cell::RefCell,
    future::poll_fn,
    task::{Context, Poll, Waker},
};

use bytes::{Buf, Bytes, BytesMut};
use slab::Slab;

use super::{Kind, Memory, Outcome, Queue, Request};
use crate::{Events, Waiters};

/// What a request moves.
pub(super) enum Data {
    /// Nothing.
    None,
    /// Bytes to write.
    Filled(Bytes),
    /// Room for that many bytes to read.
    Room(BytesMut, usize),
}

/// All requests of one disk.
pub struct Requests<Q> {
    queue: Q,
    running: RefCell<Slab<Running>>,
    waiting_for_room: Waiters,
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

impl<Q: Queue> Requests<Q> {
    /// Takes a queue in which nothing runs.
    pub fn new(queue: Q) -> Self {
        Self { queue, running: RefCell::default(), waiting_for_room: Waiters::default() }
    }

    /// Returns the queue.
    pub fn queue(&self) -> &Q {
        &self.queue
    }

    /// Runs a request and returns its data with the outcome.
    ///
    /// Dropping the future leaves the request to its fate; its data are dropped when it has ended.
    pub(super) async fn run(&self, kind: Kind, place: (u64, u64), data: Data) -> (Data, Outcome) {
        poll_fn(|context| self.poll_room(context)).await;
        let ticket = Ticket { requests: self, token: self.start(kind, place, data) };
        let outcome = poll_fn(|context| ticket.poll(context)).await;
        (ticket.take(outcome), outcome)
    }

    /// Returns room for `size_bytes`, as the queue wants it aligned.
    pub(super) fn room(&self, size_bytes: usize) -> BytesMut {
        let align_bytes = self.queue.align_bytes();
        let mut room = BytesMut::with_capacity(size_bytes + align_bytes - 1);
        let lead = room.as_ptr().addr().wrapping_neg() & (align_bytes - 1);
        room.resize(lead, 0);
        room.advance(lead);
        room
    }

    /// Returns `data`, as the queue wants it aligned: copied, where it is not.
    pub(super) fn align(&self, data: Bytes) -> Bytes {
        if data.as_ptr().addr().is_multiple_of(self.queue.align_bytes()) {
            return data;
        }
        let mut room = self.room(data.len());
        room.extend_from_slice(&data);
        room.freeze()
    }

    fn poll_room(&self, context: &Context<'_>) -> Poll<()> {
        if self.queue.has_room() {
            return Poll::Ready(());
        }
        self.waiting_for_room.add(context);
        Poll::Pending
    }

    fn start(&self, kind: Kind, (first, count): (u64, u64), mut data: Data) -> usize {
        let memory = data.memory();
        let mut running = self.running.borrow_mut();
        let token = running.insert(Running { data, state: State::Awaited(None) });
        let request = Request { kind, first, count, memory };
        // SAFETY: there is room, as was waited for. A token is free again when its request has ended.
        // The data are kept in `running` until then, and moving `Bytes` and `BytesMut` does not move
        // what they hold.
        unsafe { self.queue.submit(u32::try_from(token).unwrap_or(u32::MAX), request) };
        token
    }

    fn complete(&self, token: u32, outcome: Outcome) {
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

impl<Q: Queue> Events for Requests<Q> {
    fn notify(&self) {
        self.queue.notify();
    }

    fn deliver(&self) -> bool {
        let mut any = false;
        while let Some((token, outcome)) = self.queue.next() {
            self.complete(token, outcome);
            any = true;
        }
        let has_room = self.queue.has_room() && self.waiting_for_room.wake();
        any | has_room
    }

    fn listen(&self, is_wanted: bool) {
        self.queue.listen(is_wanted);
    }
}

/// A request that somebody waits for.
struct Ticket<'a, Q: Queue> {
    requests: &'a Requests<Q>,
    token: usize,
}

impl<Q: Queue> Ticket<'_, Q> {
    fn poll(&self, context: &Context<'_>) -> Poll<Outcome> {
        let mut running = self.requests.running.borrow_mut();
        match running.get_mut(self.token).map(|request| &mut request.state) {
            Some(State::Ended(outcome)) => Poll::Ready(*outcome),
            Some(state) => {
                *state = State::Awaited(Some(context.waker().clone()));
                Poll::Pending
            }
            None => Poll::Ready(Outcome::Failed),
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

impl<Q: Queue> Drop for Ticket<'_, Q> {
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
    /// Returns the memory that a request has for it.
    fn memory(&mut self) -> Memory {
        let (address, size_bytes) = match self {
            Self::None => (0, 0),
            Self::Filled(data) => (data.as_ptr().expose_provenance(), data.len()),
            Self::Room(room, size) => (room.as_mut_ptr().expose_provenance(), *size),
        };
        Memory { address, size_bytes }
    }

    /// Takes the room for filled: the disk has done the request.
    fn filled(self) -> Self {
        match self {
            Self::Room(mut room, size) => {
                // SAFETY: the room was allocated with that size, and the disk has written all of it.
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
