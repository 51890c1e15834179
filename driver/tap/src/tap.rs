//! An open tap device.

use std::{
    cell::RefCell,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use bytes::Bytes;
use sarab_device::Mac;

use crate::{OpenError, Step, mac, slab::Slab, sys};

/// Bytes of an Ethernet header with one VLAN tag (IEEE 802.3-2022, clause 3; 802.1Q-2022, clause 9).
const HEADER_BYTES_MAX: usize = 18;

/// The guest's end of a tap device: a network card.
pub struct Tap {
    tun: OwnedFd,
    mac: Mac,
    mtu: usize,
    slab: RefCell<Slab>,
}

impl Tap {
    /// Opens the tap device `name`.
    ///
    /// A device that is not there is made if the process may do that, and vanishes with it.
    pub fn open(name: &str) -> Result<Self, OpenError> {
        let fail = |step| move |cause| OpenError { name: name.into(), step, cause };
        let checked = sys::Name::new(name)
            .ok_or_else(|| fail(Step::Name)(io::ErrorKind::InvalidInput.into()))?;
        let tun = sys::open().map_err(fail(Step::Open))?;
        sys::attach(&tun, checked).map_err(fail(Step::Attach))?;
        let host = sys::hardware_address(&tun, checked).map_err(fail(Step::Ask))?;
        let mtu = sys::mtu(checked).map_err(fail(Step::Ask))?;
        let slab = RefCell::new(Slab::new(mtu + HEADER_BYTES_MAX));
        Ok(Self { tun, mac: mac::guest(name, host), mtu, slab })
    }

    /// Returns the address of the guest's end.
    ///
    /// It is derived from the device's name and from the address of the host's end: not equal to
    /// that, locally administered, and the same as long as the device lives.
    #[must_use]
    pub fn mac(&self) -> Mac {
        self.mac
    }

    /// Returns the most bytes that a frame carries after its header, as when it was opened.
    #[must_use]
    pub fn mtu(&self) -> usize {
        self.mtu
    }

    /// Returns the next frame, whole.
    ///
    /// Fails with [`WouldBlock`](io::ErrorKind::WouldBlock) where there is none. The frame shares a
    /// piece of 64 KiB with its neighbours, which is used again once all of them are dropped; so who
    /// keeps small frames for long copies them.
    pub fn try_recv(&self) -> io::Result<Bytes> {
        let read = |at, room| {
            // SAFETY: `Slab::fill` gives `room` bytes of its own from `at` on.
            unsafe { sys::read(self.tun.as_fd(), at, room) }
        };
        // SAFETY: `read` returns what the system call wrote, from `at` on and at most `room`.
        unsafe { self.slab.borrow_mut().fill(read) }
    }

    /// Sends `frame`, whole.
    ///
    /// Fails with [`WouldBlock`](io::ErrorKind::WouldBlock) where the host has no room for it, and
    /// with [`InvalidInput`](io::ErrorKind::InvalidInput) if it is shorter than an Ethernet header.
    /// While the host's end is down, frames are lost.
    pub fn try_send(&self, frame: &[u8]) -> io::Result<()> {
        match sys::write(self.tun.as_fd(), frame) {
            Err(error) if error.raw_os_error() == Some(libc::EIO) => Ok(()),
            other => other.map(drop),
        }
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.tun.as_fd()
    }
}
