//! Which sockets have work, now and later.

use alloc::collections::{BTreeSet, VecDeque};

use smoltcp::time::Instant;

/// A socket that is scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Id {
    /// A connection, by its place in the table.
    Tcp(usize),
    /// A UDP port.
    Udp(u16),
}

/// What a socket knows of its own place in the schedule.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    is_ready: bool,
    deadline: Option<Instant>,
}

/// The sockets that have something to send, in order, and the deadlines of the others.
///
/// Every operation costs at most a look-up in a map, however many sockets there are.
#[derive(Default)]
pub(crate) struct Schedule {
    ready: VecDeque<Id>,
    deadlines: BTreeSet<(Instant, Id)>,
}

impl Schedule {
    /// Puts the socket in line, unless it stands there.
    pub(crate) fn ready(&mut self, id: Id, slot: &mut Slot) {
        if !slot.is_ready {
            slot.is_ready = true;
            self.ready.push_back(id);
        }
    }

    /// Takes the first socket of the line; it must tell its slot by [`Schedule::started`].
    pub(crate) fn next(&mut self) -> Option<Id> {
        self.ready.pop_front()
    }

    /// Notes that the socket was taken from the line.
    pub(crate) fn started(slot: &mut Slot) {
        slot.is_ready = false;
    }

    /// Sets when the socket is to be put in line by itself.
    pub(crate) fn set_deadline(&mut self, id: Id, slot: &mut Slot, deadline: Option<Instant>) {
        if slot.deadline == deadline {
            return;
        }
        if let Some(old) = slot.deadline {
            self.deadlines.remove(&(old, id));
        }
        if let Some(new) = deadline {
            self.deadlines.insert((new, id));
        }
        slot.deadline = deadline;
    }

    /// Takes a socket whose deadline has passed, if there is one.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Id> {
        let &(deadline, id) = self.deadlines.first()?;
        if deadline > now {
            return None;
        }
        self.deadlines.pop_first();
        Some(id)
    }

    /// Notes that the deadline of the socket was taken.
    pub(crate) fn expired(slot: &mut Slot) {
        slot.deadline = None;
    }

    /// Tells whether a socket stands in line.
    pub(crate) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Returns the earliest deadline.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|&(deadline, _)| deadline)
    }
}
