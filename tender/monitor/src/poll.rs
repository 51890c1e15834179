//! Waiting for the host: its taps, and a bell that threads and signal handlers ring (`ppoll(2)`).
//!
//! A guest has a handful of devices, so asking for all of them anew costs no more than an event queue in
//! the kernel, and starting costs less.

use std::{
    io,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
};

use sarab_abi::NEVER;

/// What a wait looks at.
pub(crate) struct Poll {
    bell: OwnedFd,
    /// The bell first, then the devices in order.
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
    /// Makes a poll with a bell: whoever writes to it ends a wait.
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: the call takes no pointer.
        let bell = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if bell < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just returned it, so it is open and nobody else's.
        let bell = unsafe { OwnedFd::from_raw_fd(bell) };
        let watched = vec![entry(bell.as_raw_fd())];
        Ok(Self { bell, watched, devices: Vec::new() })
    }

    /// Returns the bell.
    pub(crate) fn bell(&self) -> i32 {
        self.bell.as_raw_fd()
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
            // The kernel passes over a descriptor below zero.
            entry.fd = if what == Look::Nothing { -1 } else { *fd };
            entry.events = match what {
                Look::FramesAndRoom => libc::POLLIN | libc::POLLOUT,
                Look::Frames | Look::Nothing => libc::POLLIN,
            };
        }
    }

    /// Waits until something happens, at most `limit_ns`; tells whether that long nothing has.
    pub(crate) fn wait(&mut self, limit_ns: u64) -> bool {
        let limit = libc::timespec {
            tv_sec: (limit_ns / 1_000_000_000).cast_signed(),
            tv_nsec: (limit_ns % 1_000_000_000).cast_signed(),
        };
        let limit: *const _ = if limit_ns == NEVER { std::ptr::null() } else { &raw const limit };
        let (start, count) = (self.watched.as_mut_ptr(), self.watched.len() as libc::nfds_t);
        // SAFETY: the kernel writes to that many entries of our own, and reads a timespec of our own, if
        // any.
        let answer = unsafe { libc::ppoll(start, count, limit, std::ptr::null()) };
        self.heed(answer);
        answer == 0
    }

    /// Takes what a wait has come to. After one that failed, as one that a signal ends, what stands in the
    /// entries is an earlier one's.
    fn heed(&mut self, answer: i32) {
        if answer < 0 {
            self.watched.iter_mut().for_each(|entry| entry.revents = 0);
        }
        if self.watched.first().is_some_and(|bell| bell.revents != 0) {
            let mut rings = [0_u8; 8];
            // SAFETY: the kernel writes eight bytes of our own.
            unsafe { libc::read(self.bell(), rings.as_mut_ptr().cast(), rings.len()) };
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
        let mut poll = Poll::new().unwrap();
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
    fn a_wait_that_fails_says_nothing_of_a_device() {
        let (mut poll, _device) = poll();
        poll.wait(NEVER);
        poll.heed(-1);
        assert!(!poll.is_ready(0));
    }
}
