//! An open tap device.

use std::{
    cell::{Cell, RefCell},
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use sarab_device::{Mac, Packet};

use crate::{
    OpenError, Step, mac,
    slab::Slab,
    sys::{self, Offload},
};

/// Bytes of an Ethernet header with one VLAN tag (IEEE 802.3-2022, clause 3; 802.1Q-2022, clause 9).
const HEADER_BYTES_MAX: usize = 18;

/// The most bytes of a packet: of IPv4, whose length counts its header (RFC 791 section 3.1), as of
/// IPv6, whose length does not (RFC 8200 section 3).
const PACKET_BYTES_MAX: usize = 65535 + 40;

/// The guest's end of a tap device: a network card.
///
/// Its descriptor reads and writes frames behind headers of [`sarab_vnet::HEADER_BYTES`].
pub struct Tap {
    tun: OwnedFd,
    mac: Mac,
    mtu: usize,
    receive: Cell<Receive>,
    slab: RefCell<Slab>,
}

/// In which form a tap receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receive {
    /// Finished frames: the host fills in checksums and cuts.
    Frames,
    /// Whatever the host has: long segments of TCP, and checksums that are open.
    Packets,
}

impl Tap {
    /// Opens the tap device `name`.
    ///
    /// A device that is not there is made if the process may do that, and vanishes with it. It
    /// receives [packets](Receive::Packets).
    pub fn open(name: &str) -> Result<Self, OpenError> {
        let fail = |step| move |cause| OpenError { name: name.into(), step, cause };
        let checked = sys::Name::new(name)
            .ok_or_else(|| fail(Step::Name)(io::ErrorKind::InvalidInput.into()))?;
        let tun = sys::open().map_err(fail(Step::Open))?;
        sys::attach(&tun, checked).map_err(fail(Step::Attach))?;
        sys::set_header(&tun, sarab_vnet::HEADER_BYTES).map_err(fail(Step::Agree))?;
        sys::set_offload(tun.as_fd(), Offload::All).map_err(fail(Step::Agree))?;
        let host = sys::hardware_address(&tun, checked).map_err(fail(Step::Ask))?;
        let mtu = sys::mtu(checked).map_err(fail(Step::Ask))?;
        let frame_bytes_max = HEADER_BYTES_MAX + PACKET_BYTES_MAX.max(mtu);
        let slab = RefCell::new(Slab::new(sarab_vnet::HEADER_BYTES + frame_bytes_max));
        let receive = Cell::new(Receive::Packets);
        Ok(Self { tun, mac: mac::guest(name, host), mtu, receive, slab })
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

    /// Sets the form that packets are received in. Those that have come already keep theirs.
    pub fn set_receive(&self, receive: Receive) -> io::Result<()> {
        if self.receive.get() == receive {
            return Ok(());
        }
        let offload = match receive {
            Receive::Frames => Offload::Nothing,
            Receive::Packets => Offload::All,
        };
        sys::set_offload(self.tun.as_fd(), offload)?;
        self.receive.set(receive);
        Ok(())
    }

    /// Returns the next packet, whole.
    ///
    /// Fails with [`WouldBlock`](io::ErrorKind::WouldBlock) where there is none. The frame shares a
    /// piece of 256 KiB with its neighbours, which is used again once all of them are dropped; so
    /// who keeps small frames for long copies them.
    pub fn try_recv(&self) -> io::Result<Packet> {
        loop {
            let read = |at, room| {
                // SAFETY: `Slab::fill` gives `room` bytes of its own from `at` on.
                unsafe { sys::read(self.tun.as_fd(), at, room) }
            };
            // SAFETY: `read` returns what the system call wrote, from `at` on and at most `room`.
            let data = unsafe { self.slab.borrow_mut().fill(read) }?;
            // What the host hands on comes from others, and what nobody understands is dropped.
            if let Ok(packet) = sarab_vnet::split(data) {
                return Ok(packet);
            }
        }
    }

    /// Sends `packet`, whole.
    ///
    /// Fails with [`WouldBlock`](io::ErrorKind::WouldBlock) where the host has no room for it, and
    /// with [`InvalidInput`](io::ErrorKind::InvalidInput) if it is shorter than an Ethernet header,
    /// or if what is left to do is not possible with it.
    /// While the host's end is down, frames are lost.
    pub fn try_send(&self, packet: &Packet) -> io::Result<()> {
        let header = sarab_vnet::encode(packet);
        match sys::write(self.tun.as_fd(), &header, &packet.frame) {
            Err(error) if error.raw_os_error() == Some(libc::EIO) => Ok(()),
            other => other.map(drop),
        }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        // A lasting tap keeps what was agreed on, and its next user may not know of it.
        let _ = sys::set_offload(self.tun.as_fd(), Offload::Nothing);
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.tun.as_fd()
    }
}
