//! Ending a wait from another thread.

use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    sync::atomic::{AtomicBool, Ordering},
};

use rustix::{
    event::{EventfdFlags, eventfd},
    io::Errno,
};

/// Ends the wait of one [`Reactor`](super::Reactor), the current one or else the next.
///
/// However often it rings before the wait has ended, that costs one system call.
pub struct Alarm {
    eventfd: OwnedFd,
    has_rung: AtomicBool,
}

impl Alarm {
    pub(super) fn new() -> Result<Self, Errno> {
        let eventfd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { eventfd, has_rung: AtomicBool::new(false) })
    }

    /// Ends the wait.
    pub fn ring(&self) {
        if !self.has_rung.swap(true, Ordering::AcqRel) {
            // Every write is an edge for epoll, so nobody has to read the count, and it overflows
            // only after 2^64 of them.
            let _ = rustix::io::write(&self.eventfd, &1_u64.to_ne_bytes());
        }
    }

    /// Lets the next ring count. What was done before a ring that did not, is seen after this.
    pub(super) fn clear(&self) {
        self.has_rung.swap(false, Ordering::AcqRel);
    }
}

impl AsFd for Alarm {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.eventfd.as_fd()
    }
}
