//! Waiting for the host: its taps, its signals, and a bell that threads ring (`ppoll(2)`).
//!
//! A guest has a handful of devices, so asking for all of them anew costs no more than an event queue in
//! the kernel, and starting costs less.

use std::{
    io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    ptr,
};

use sarab_abi::NEVER;

use crate::signal;

/// Waits until there is something to read from `descriptor`; tells whether there is. There is not if the host
/// asks to end before.
#[must_use]
pub fn until_readable(descriptor: i32) -> bool {
    let mut poll = Poll::new();
    poll.watch(descriptor);
    while !signal::is_asked_to_stop() {
        poll.wait(NEVER);
        if poll.is_ready(0) {
            return true;
        }
    }
    false
}

/// The kernel passes over a descriptor below zero.
const NOTHING: i32 = -1;

/// What a wait looks at.
pub(crate) struct Poll {
    bell: Option<OwnedFd>,
    /// The bell first, or nothing in its place, then the devices in order.
    watched: Vec<libc::pollfd>,
    /// The descriptors of the devices.
    devices: Vec<i32>,
}

/// What a wait looks for on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing that it does matters now.
    Nothing,
    /// What it has.
    Frames,
    /// What it has, and room for more.
    FramesAndRoom,
}

impl Poll {
    /// Makes a poll that waits for signals alone.
    pub(crate) fn new() -> Self {
        Self { bell: None, watched: vec![entry(NOTHING)], devices: Vec::new() }
    }

    /// Returns the bell, if somebody wanted one.
    pub(crate) fn bell(&self) -> Option<i32> {
        self.bell.as_ref().map(AsRawFd::as_raw_fd)
    }

    /// Makes the bell, or returns the one that there is: whoever writes to it ends a wait.
    pub(crate) fn make_bell(&mut self) -> io::Result<i32> {
        if let Some(bell) = self.bell() {
            return Ok(bell);
        }
        // SAFETY: the call takes no pointer.
        let number = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if number < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just returned it, so it is open and nobody else's.
        self.bell = Some(unsafe { OwnedFd::from_raw_fd(number) });
        if let Some(first) = self.watched.first_mut() {
            *first = entry(number);
        }
        Ok(number)
    }

    /// Watches one more device.
    pub(crate) fn watch(&mut self, descriptor: i32) {
        self.watched.push(entry(descriptor));
        self.devices.push(descriptor);
    }

    /// Says what waits look for on device `index`.
    pub(crate) fn look_for(&mut self, index: usize, what: Look) {
        let place = index + 1;
        if let (Some(entry), Some(fd)) = (self.watched.get_mut(place), self.devices.get(index)) {
            entry.fd = if what == Look::Nothing { NOTHING } else { *fd };
            entry.events = match what {
                Look::FramesAndRoom => libc::POLLIN | libc::POLLOUT,
                Look::Frames | Look::Nothing => libc::POLLIN,
            };
        }
    }

    /// Waits until something happens, at most `limit_ns`; tells whether that long nothing has.
    pub(crate) fn wait(&mut self, limit_ns: u64) -> bool {
        let (start, count) = (self.watched.as_mut_ptr(), self.watched.len());
        let limit = signal::limit(limit_ns);
        let mask: *const libc::sigset_t = ptr::null();
        // The C library's own `ppoll` would have the kernel read a copy of the limit.
        // SAFETY: the kernel writes to that many entries of our own, and reads and writes a timespec that
        // lasts.
        let answer = unsafe { libc::syscall(libc::SYS_ppoll, start, count, limit, mask, 0) };
        self.heed(answer);
        answer == 0
    }

    /// Takes what a wait has come to. After one that failed, as one that a signal ends, what stands in the
    /// entries is an earlier one's.
    fn heed(&mut self, answer: i64) {
        if answer < 0 {
            self.watched.iter_mut().for_each(|entry| entry.revents = 0);
        }
        if let Some(bell) = self.watched.first().filter(|bell| bell.revents != 0) {
            let mut rings = [0_u8; 8];
            // SAFETY: the kernel writes eight bytes of our own.
            unsafe { libc::read(bell.fd, rings.as_mut_ptr().cast(), rings.len()) };
        }
    }

    /// Tells whether device `index` had something at the last wait.
    pub(crate) fn is_ready(&self, index: usize) -> bool {
        self.watched.get(index + 1).is_some_and(|entry| entry.revents & !libc::POLLOUT != 0)
    }
}

fn entry(fd: i32) -> libc::pollfd {
    libc::pollfd { fd, events: libc::POLLIN, revents: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A poll with one device that has something.
    fn poll() -> (Poll, OwnedFd) {
        let mut poll = Poll::new();
        // SAFETY: the call takes no pointer.
        let device = unsafe { libc::eventfd(1, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        assert!(device >= 0);
        poll.watch(device);
        // SAFETY: the kernel has just returned it, so it is open and nobody else's.
        (poll, unsafe { OwnedFd::from_raw_fd(device) })
    }

    #[test]
    fn a_device_that_has_something_is_ready_if_it_is_looked_for() {
        let (mut poll, _device) = poll();
        assert!(!poll.wait(NEVER) && poll.is_ready(0));
        poll.look_for(0, Look::Nothing);
        assert!(poll.wait(0) && !poll.is_ready(0));
    }

    #[test]
    fn a_bell_ends_a_wait_once() {
        let mut poll = Poll::new();
        let bell = poll.make_bell().unwrap();
        assert_eq!(poll.make_bell().unwrap(), bell);
        // SAFETY: the kernel reads eight bytes of our own.
        unsafe { libc::write(bell, 1_u64.to_ne_bytes().as_ptr().cast(), 8) };
        assert!(!poll.wait(NEVER));
        assert!(poll.wait(0));
    }

    #[test]
    fn a_wait_that_fails_says_nothing_of_a_device() {
        let (mut poll, _device) = poll();
        poll.wait(NEVER);
        poll.heed(-1);
        assert!(!poll.is_ready(0));
    }
}
