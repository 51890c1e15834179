//! Disks (virtio 1.2 section 5.2).
//!
//! A request is a chain of a header, its data, and a status of one byte, which the device writes: 0 done,
//! 1 failed, 2 unknown to it. The header:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 4 | 0 read, 1 write, 4 flush, 8 tell the serial number, 11 discard |
//! | 4 | 4 | nothing |
//! | 8 | 8 | the first sector of 512 bytes, whatever a sector of the disk has |
//!
//! The data of a discard:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 8 | the first sector of 512 bytes |
//! | 8 | 4 | how many of them |
//! | 12 | 4 | 0 |
//!
//! The data of a serial number are 20 bytes, and the device fills those that it does not need with zeroes.

mod config;
mod large;
mod request;
mod serial;

use alloc::{collections::VecDeque, rc::Rc};
use core::cell::RefCell;

use sarab_queue::disk::{self, Kind, Outcome, Properties, Request, Requests};

use crate::{
    Class, OpenError, Transport,
    device::Device,
    ring::{Ring, Shape},
};

use config::Limits;
use large::Larges;
use request::{Of, Part, SCRATCH_BYTES};
pub use serial::Serial;

/// A disk.
pub type Disk = disk::Disk<DiskQueue>;

/// Requests on their way at once, at most.
const SLOTS_MOST: u16 = 128;

/// The queue of a disk.
pub struct DiskQueue {
    device: Device,
    limits: Limits,
    ring: Ring<Part>,
    larges: Larges,
    /// What has ended without the device, or while something else was waited for.
    ended: RefCell<VecDeque<(u32, Outcome)>>,
}

impl DiskQueue {
    /// Opens the disk behind the transport.
    ///
    /// # Safety
    ///
    /// Memory is mapped one to one, as the device sees it; the device writes to what it was lent only;
    /// and nobody else uses it, but to reset it for good or to acknowledge its interrupts.
    pub unsafe fn open(transport: Rc<dyn Transport>) -> Result<Self, OpenError> {
        let mut device = Device::start(transport, Class::Disk)?;
        device.agree(config::FEATURES)?;
        let limits = Limits::read(&device)?;
        let parts_most = limits.segments_most.saturating_add(2);
        let shape = Shape { slots_most: SLOTS_MOST, parts_most, scratch_bytes: SCRATCH_BYTES };
        let ring = Ring::open(&device, 0, shape)?;
        device.ready();
        let (larges, ended) = (Larges::default(), RefCell::default());
        Ok(Self { device, limits, ring, larges, ended })
    }

    /// Returns what the disk is.
    pub fn properties(&self) -> Properties {
        self.limits.properties
    }

    /// Returns the transport, whose interrupts the machine acknowledges.
    pub fn transport(&self) -> &Rc<dyn Transport> {
        self.device.transport()
    }

    /// Makes the disk `name` of it, and that of which the machine asks events.
    pub fn into_disk(self, name: &'static str) -> (Disk, Rc<Requests<Self>>) {
        let properties = self.properties();
        let requests = Rc::new(Requests::new(self));
        (disk::Disk::new(name, properties, Rc::clone(&requests)), requests)
    }

    /// Submits a request that the device takes whole, or fails it if the device was given up.
    ///
    /// # Safety
    ///
    /// As for [`disk::Queue::submit`].
    unsafe fn submit_part(&self, of: Of, request: Request) {
        let part = Part::new(of, &request);
        if self.device.is_running() {
            // SAFETY: by the contract of this function.
            unsafe { request::lend(&self.ring, &self.limits, part, request) };
        } else {
            self.end(of, Outcome::Failed);
        }
    }

    /// Submits as much as there is room for of the requests that are too large for the device.
    fn submit_larges(&self) {
        while self.ring.has_room()
            && let Some((token, request)) = self.larges.cut(&self.limits)
        {
            // SAFETY: there is room, and the request's memory stays until all of its parts have ended.
            unsafe { self.submit_part(Of::Large(token), request) };
        }
    }

    /// Returns the next part of which the device is done, or will be.
    fn next_part(&self) -> Option<(Of, Outcome)> {
        if let Some(used) = self.ring.next(&self.device) {
            return Some((used.payload.of, request::outcome(&used)));
        }
        // A disk that was given up has stopped before its requests fail, since their memory is free then.
        let part = self.device.is_stopped().then(|| self.ring.take_lent()).flatten()?;
        Some((part.of, Outcome::Failed))
    }

    /// Notes that a part has ended, and with the last one its request.
    fn end(&self, of: Of, outcome: Outcome) {
        let ended = match of {
            Of::Whole(token) => Some((token, outcome)),
            Of::Large(token) => self.larges.end(token, outcome),
            Of::Serial => None,
        };
        self.ended.borrow_mut().extend(ended);
    }
}

impl disk::Queue for DiskQueue {
    fn has_room(&self) -> bool {
        self.ring.has_room() && self.larges.is_empty()
    }

    unsafe fn submit(&self, token: u32, request: Request) {
        if request.kind == Kind::Flush && !self.limits.flushes {
            // The disk writes through (section 5.2.5.1), so there is nothing to do.
            self.ended.borrow_mut().push_back((token, Outcome::Done));
        } else if request.count <= self.limits.sectors_most(request.kind) {
            // SAFETY: by the contract of this function.
            unsafe { self.submit_part(Of::Whole(token), request) };
        } else {
            self.larges.add(token, request);
            self.submit_larges();
        }
    }

    fn next(&self) -> Option<(u32, Outcome)> {
        loop {
            if let Some(ended) = self.ended.borrow_mut().pop_front() {
                return Some(ended);
            }
            let (of, outcome) = self.next_part()?;
            if let Of::Whole(token) = of {
                return Some((token, outcome));
            }
            self.end(of, outcome);
            self.submit_larges();
        }
    }

    fn notify(&self) {
        self.ring.notify(&self.device);
    }

    fn listen(&self, is_wanted: bool) {
        self.ring.listen(is_wanted);
    }
}
