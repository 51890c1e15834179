//! The event loop's one wait: which descriptors are ready, and who waits for them.
//!
//! Each thread has one [`Reactor`] around one epoll instance (Linux, `epoll(7)`). A [`Source`] is a
//! descriptor that it watches, edge-triggered and in both directions, from its making to its end;
//! so waiting costs no system call and no allocation, and a turn of the loop costs what happened in
//! it, however many descriptors are watched.
//!
//! epoll is asked directly, and not through a portable layer, because of time: `epoll_pwait2`
//! (Linux 5.11) ends a wait to the nanosecond, where the portable ones round up to milliseconds.

mod alarm;
mod side;
mod source;

use std::{
    cell::{OnceCell, RefCell},
    os::fd::{AsFd, OwnedFd},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use rustix::{
    buffer::spare_capacity,
    event::{Timespec, epoll},
    io::Errno,
};
use slab::Slab;

pub use alarm::Alarm;
pub use source::{Source, Start};

use side::Sides;

/// The most events that one system call returns; more wait for the next.
const EVENTS_MAX: usize = 1024;

/// The mark of the alarm among the events; no slab has so many places.
const ALARM: u64 = u64::MAX;

thread_local! {
    static CURRENT: OnceCell<Rc<Reactor>> = const { OnceCell::new() };
}

/// Watches descriptors for the tasks of one thread.
pub struct Reactor {
    epoll: OwnedFd,
    watched: RefCell<Slab<Rc<Sides>>>,
    events: RefCell<Vec<epoll::Event>>,
    alarm: Arc<Alarm>,
}

impl Reactor {
    /// Returns the reactor of this thread, which is made at the first call.
    pub fn current() -> Result<Rc<Self>, Errno> {
        CURRENT.with(|current| {
            if let Some(reactor) = current.get() {
                return Ok(Rc::clone(reactor));
            }
            let reactor = Rc::new(Self::new()?);
            Ok(Rc::clone(current.get_or_init(|| reactor)))
        })
    }

    fn new() -> Result<Self, Errno> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let alarm = Arc::new(Alarm::new()?);
        let flags = epoll::EventFlags::IN | epoll::EventFlags::ET;
        epoll::add(&epoll, alarm.as_fd(), epoll::EventData::new_u64(ALARM), flags)?;
        let mut events = Vec::with_capacity(EVENTS_MAX);
        // A host that is too old for such waits says so now, and not in the middle of something.
        epoll::wait(&epoll, spare_capacity(&mut events), Some(&Timespec::default()))?;
        events.clear();
        Ok(Self { epoll, watched: RefCell::default(), events: RefCell::new(events), alarm })
    }

    /// Waits for an event, at most for `limit`, and wakes who waits for it; without a limit, as
    /// long as it takes. Returns the number of events.
    ///
    /// # Panics
    ///
    /// If the system call fails, which it does for broken memory only.
    pub fn wait(&self, limit: Option<Duration>) -> usize {
        let limit = limit.map(|it| Timespec::try_from(it).unwrap_or(FOREVER));
        let mut events = self.events.take();
        match epoll::wait(&self.epoll, spare_capacity(&mut events), limit.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => panic!("cannot wait for events: {error}"),
        }
        let count = events.len();
        for event in events.drain(..) {
            self.deliver(event);
        }
        self.events.replace(events);
        count
    }

    /// Returns what ends a wait from any thread.
    #[must_use]
    pub fn alarm(&self) -> Arc<Alarm> {
        Arc::clone(&self.alarm)
    }

    fn deliver(&self, event: epoll::Event) {
        let mark = event.data.u64();
        if mark == ALARM {
            return self.alarm.clear();
        }
        // Waking may run code that adds and removes sources, so nothing stays borrowed meanwhile.
        let place = usize::try_from(mark).unwrap_or(usize::MAX);
        let sides = self.watched.borrow().get(place).cloned();
        if let Some(sides) = sides {
            sides.deliver(event.flags);
        }
    }

    fn watch(&self, descriptor: impl AsFd, sides: &Rc<Sides>) -> Result<usize, Errno> {
        let place = self.watched.borrow_mut().insert(Rc::clone(sides));
        let mark = epoll::EventData::new_u64(place as u64);
        let added = epoll::add(&self.epoll, descriptor, mark, Sides::INTEREST);
        if let Err(error) = added {
            self.watched.borrow_mut().remove(place);
            return Err(error);
        }
        Ok(place)
    }

    fn forget(&self, place: usize) {
        let sides = self.watched.borrow_mut().remove(place);
        drop(sides);
    }
}

/// A limit that no process lives to see.
const FOREVER: Timespec = Timespec { tv_sec: i64::MAX / 1_000_000_000, tv_nsec: 0 };

#[cfg(test)]
mod tests;
