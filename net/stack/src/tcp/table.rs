//! All connections of a host, and what becomes of the segments that arrive for them.

use alloc::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    vec::Vec,
};

use slab::Slab;
use smoltcp::{
    socket::tcp::{Socket, State},
    time::{Duration, Instant},
};

use super::connection::{self, Connection, Ends, Stage};
use crate::{
    Config,
    host::Host,
    ip::{Received, Single},
    packet::Segment,
    schedule::{Id, Schedule, Slot},
    wake::Waiters,
};

/// Connections that only wait for stray segments at most; the oldest are forgotten before their
/// time, which RFC 9293 section 3.6.1 allows no more than it can be afforded otherwise.
const PAST_MOST: usize = 256;

/// Sockets without a connection that are kept at most, so that the next ones need no buffers filled with zeros.
const SPARE_MOST: usize = 16;

/// The least time between two turns of a socket that wants another at once but does nothing in it.
const TURN: Duration = Duration::from_millis(1);

/// The connections of a host and the ports that wait for some.
#[derive(Default)]
pub(crate) struct Connections {
    table: Slab<Connection>,
    by_ends: BTreeMap<Ends, usize>,
    /// How many connections have each local port.
    ports: BTreeMap<u16, usize>,
    listeners: BTreeMap<u16, Queue>,
    /// Connections in their last state, oldest first; some may be gone already.
    past: VecDeque<Ends>,
    /// Sockets for the next connections.
    spare: Vec<Single<Socket<'static>>>,
}

/// The connections that nobody has accepted yet.
#[derive(Default)]
pub(super) struct Queue {
    half_open: BTreeSet<usize>,
    ready: VecDeque<usize>,
    acceptors: Waiters,
}

impl Queue {
    fn len(&self) -> usize {
        self.half_open.len() + self.ready.len()
    }

    /// Takes the connection that has waited longest.
    pub(super) fn pop(&mut self) -> Option<usize> {
        self.ready.pop_front()
    }

    /// Wakes the task of `waker` when there is a connection.
    pub(super) fn wait(&mut self, waker: &core::task::Waker) {
        self.acceptors.add(waker);
    }
}

impl Connections {
    pub(super) fn insert(&mut self, ends: Ends, stage: Stage, config: &Config) -> usize {
        let socket = self.spare.pop().unwrap_or_else(|| connection::socket(config));
        let id = self.table.insert(Connection::new(socket, ends, stage));
        self.by_ends.insert(ends, id);
        *self.ports.entry(ends.local.port()).or_default() += 1;
        id
    }

    pub(super) fn remove(&mut self, id: usize, schedule: &mut Schedule) {
        let mut connection = self.table.remove(id);
        schedule.set_deadline(Id::Tcp(id), &mut connection.slot, None);
        self.by_ends.remove(&connection.ends);
        let port = connection.ends.local.port();
        if let Some(count) = self.ports.get_mut(&port) {
            *count -= 1;
            if *count == 0 {
                self.ports.remove(&port);
            }
        }
        if let Some(queue) = self.listeners.get_mut(&port) {
            queue.half_open.remove(&id);
        }
        if self.spare.len() < SPARE_MOST {
            self.spare.push(connection::renewed(connection.socket));
        }
    }

    /// Returns a connection that a flow or a port holds.
    pub(super) fn get_mut(&mut self, id: usize) -> &mut Connection {
        &mut self.table[id]
    }

    pub(super) fn has_connection(&self, ends: &Ends) -> bool {
        self.by_ends.contains_key(ends)
    }

    pub(super) fn has_listener(&self, port: u16) -> bool {
        self.listeners.contains_key(&port)
    }

    /// Tells whether anything has this port here.
    pub(super) fn is_local(&self, port: u16) -> bool {
        self.has_listener(port) || self.ports.contains_key(&port)
    }

    pub(super) fn insert_listener(&mut self, port: u16) {
        self.listeners.insert(port, Queue::default());
    }

    /// Returns the queue of a port that a listener holds.
    pub(super) fn queue(&mut self, port: u16) -> Option<&mut Queue> {
        self.listeners.get_mut(&port)
    }

    pub(crate) fn slot(&mut self, id: usize) -> Option<&mut Slot> {
        self.table.get_mut(id).map(|connection| &mut connection.slot)
    }

    /// Tells whether there is no connection at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    pub(crate) fn go_down(&mut self) {
        for (_, connection) in &mut self.table {
            connection.go_down();
        }
        for queue in self.listeners.values_mut() {
            queue.acceptors.wake();
        }
    }

    /// Notes that a connection is past, and returns one that has to be forgotten for it.
    fn bury(&mut self, ends: Ends) -> Option<usize> {
        self.past.push_back(ends);
        if self.past.len() <= PAST_MOST {
            return None;
        }
        let id = *self.by_ends.get(&self.past.pop_front()?)?;
        (self.table[id].stage == Stage::Past).then_some(id)
    }
}

impl Host {
    /// Puts a connection in line.
    pub(super) fn wake_connection(&mut self, id: usize) {
        if let Some(slot) = self.tcp.slot(id) {
            self.schedule.ready(Id::Tcp(id), slot);
        }
    }

    /// Takes a segment (RFC 9293 section 3.10.7).
    pub(crate) fn receive_segment(&mut self, segment: Segment, received: Received, now: Instant) {
        if !self.ip.routes().is_own(segment.target.ip()) {
            return; // to a group: RFC 9293 section 3.9.2.3, MUST-57
        }
        let ends = Ends { remote: segment.source, local: segment.target };
        let known = self.tcp.by_ends.get(&ends).copied();
        let queue = self.tcp.listeners.get(&ends.local.port()).filter(|_| segment.opens);
        match (known, queue.map(Queue::len)) {
            // RFC 9293 section 3.10.7.4, MAY-2: a new connection in place of a past one.
            (Some(id), Some(_)) if self.tcp.table[id].stage == Stage::Past => {
                self.tcp.remove(id, &mut self.schedule);
                self.receive_first(segment, received, now);
            }
            (Some(id), _) => self.receive_next(id, segment, received, now),
            // The peer will try again: RFC 9293 section 3.8.1.
            (None, Some(count)) if count >= self.config.backlog => {}
            (None, Some(_)) => self.receive_first(segment, received, now),
            (None, None) => self.ip.ingress(received, None, now),
        }
    }

    fn receive_next(&mut self, id: usize, segment: Segment, received: Received, now: Instant) {
        let connection = &mut self.tcp.table[id];
        connection.observe_syn(segment);
        let before = connection.state();
        self.ip.ingress(received, Some(connection.socket.set()), now);
        connection.observe_arrival(before);
        self.schedule.ready(Id::Tcp(id), &mut connection.slot);
    }

    fn receive_first(&mut self, segment: Segment, received: Received, now: Instant) {
        let ends = Ends { remote: segment.source, local: segment.target };
        let id = self.tcp.insert(ends, Stage::HalfOpen, &self.config);
        let connection = &mut self.tcp.table[id];
        // The port and the address are known to be good, and the socket is new.
        let _ = connection.socket.get_mut().listen(ends.local);
        connection.observe_syn(segment);
        self.ip.ingress_first(received, connection.socket.set(), now);
        if connection.state() != State::SynReceived {
            self.tcp.remove(id, &mut self.schedule); // damaged on its way
            return;
        }
        self.schedule.ready(Id::Tcp(id), &mut connection.slot);
        if let Some(queue) = self.tcp.listeners.get_mut(&ends.local.port()) {
            queue.half_open.insert(id);
        }
    }

    /// Sends what a connection has to send, and sees what became of it.
    pub(crate) fn serve_connection(&mut self, id: usize, now: Instant) {
        let Some(connection) = self.tcp.table.get_mut(id) else { return };
        Schedule::started(&mut connection.slot);
        connection.check_patience(&self.config, now);
        let mut is_done = false;
        while !is_done && self.ip.has_room() {
            let peer_mss = connection.peer_mss();
            is_done = !self.ip.egress_segment(connection.socket.set(), peer_mss, now);
            if let Some(segment) = self.ip.sent() {
                connection.observe_sent(segment);
            }
        }
        if is_done {
            self.settle(id, now);
        } else {
            self.schedule.ready(Id::Tcp(id), &mut connection.slot);
        }
    }

    /// Moves a connection on that has nothing to send now.
    fn settle(&mut self, id: usize, now: Instant) {
        let connection = &mut self.tcp.table[id];
        match (connection.stage, connection.state()) {
            (Stage::HalfOpen | Stage::Released | Stage::Past, State::Closed | State::Listen) => {
                self.tcp.remove(id, &mut self.schedule);
                return;
            }
            (Stage::HalfOpen, State::SynReceived) => {}
            (Stage::HalfOpen, _) => self.enqueue(id),
            (Stage::Released, State::TimeWait) => {
                connection.stage = Stage::Past;
                let ends = connection.ends;
                if let Some(oldest) = self.tcp.bury(ends) {
                    self.tcp.remove(oldest, &mut self.schedule);
                }
            }
            (Stage::Released, _) => {
                connection.tend_released();
                if connection.state() == State::Closed {
                    self.wake_connection(id);
                }
            }
            (_, State::Closed) => connection.wake_flusher(),
            _ => {}
        }
        self.set_connection_deadline(id, now);
    }

    /// Lets a connection that stands be accepted.
    fn enqueue(&mut self, id: usize) {
        let connection = &mut self.tcp.table[id];
        connection.stage = Stage::Waiting;
        if let Some(queue) = self.tcp.listeners.get_mut(&connection.ends.local.port()) {
            queue.half_open.remove(&id);
            queue.ready.push_back(id);
            queue.acceptors.wake();
        }
    }

    fn set_connection_deadline(&mut self, id: usize, now: Instant) {
        let connection = &mut self.tcp.table[id];
        let own = connection.deadline(&self.config, now);
        let socket = self.ip.deadline(connection.socket.set(), now).map(|at| at.max(now + TURN));
        let deadline = [own, socket].into_iter().flatten().min();
        self.schedule.set_deadline(Id::Tcp(id), &mut connection.slot, deadline);
    }

    /// Leaves a connection that nobody holds any more.
    pub(super) fn release(&mut self, id: usize) {
        self.tcp.table[id].release();
        self.wake_connection(id);
    }

    /// Closes a port, and resets the connections that wait there.
    pub(super) fn close_listener(&mut self, port: u16) {
        let Some(queue) = self.tcp.listeners.remove(&port) else { return };
        for id in queue.half_open.into_iter().chain(queue.ready) {
            self.release(id);
        }
    }
}
