//! A disk that the host attaches.

use alloc::rc::Rc;
use core::cell::Cell;

use sarab_abi::{DEVICE_DISCARDS, DEVICE_WRITABLE, Kind, Submission};
use sarab_bare::events;
use sarab_device::Geometry;
use sarab_queue::disk::{self, Outcome, Properties, Requests};

use super::{boot, open::OpenError, queue::Queue};

/// A disk that the host attaches.
pub type Disk = disk::Disk<DiskQueue>;

/// Opens the disk `name` of the image's manifest.
pub async fn open_disk(name: &'static str) -> Result<Disk, OpenError> {
    let device = boot::device(Kind::Disk, name).ok_or(OpenError::Disk { name })?;
    let geometry = Geometry {
        sector_bytes: device.unit_bytes,
        sector_count: u64::from_le_bytes(device.extent),
        is_writable: device.flags & DEVICE_WRITABLE != 0,
    };
    let discards = device.flags & DEVICE_DISCARDS != 0;
    let properties = Properties { geometry, writes_through: true, discards };
    // SAFETY: the device table says that this queue is there; a manifest lists a disk once, and a
    // generated program opens it once.
    let queue = unsafe { Queue::new(device.queues[0], device.slots) };
    let requests = Rc::new(Requests::new(DiskQueue { queue, in_flight: Cell::new(0) }));
    events::add(Rc::clone(&requests) as _);
    Ok(Disk::new(name, properties, requests))
}

/// The queue of a disk.
pub struct DiskQueue {
    queue: Queue,
    /// Requests that the tender has not completed.
    in_flight: Cell<u32>,
}

impl disk::Queue for DiskQueue {
    fn has_room(&self) -> bool {
        // Each request in flight needs a slot for its completion, too.
        self.in_flight.get() < self.queue.slots()
    }

    unsafe fn submit(&self, token: u32, request: disk::Request) {
        let mut submission = Submission {
            request: number(request.kind) as u32,
            address: request.memory.address as u64,
            size_bytes: u32::try_from(request.memory.size_bytes).unwrap_or(u32::MAX),
            token,
            ..Submission::default()
        };
        if request.kind == disk::Kind::Discard {
            submission.address = request.count;
        }
        if let Some(sector) = submission.header.first_chunk_mut() {
            *sector = request.first.to_le_bytes();
        }
        self.in_flight.update(|count| count + 1);
        // SAFETY: by the contract of this function.
        unsafe { self.queue.submit(submission) };
    }

    fn next(&self) -> Option<(u32, Outcome)> {
        let completion = self.queue.next()?;
        self.in_flight.update(|count| count.saturating_sub(1));
        Some((completion.token, outcome(completion.outcome)))
    }
}

fn number(kind: disk::Kind) -> sarab_abi::Request {
    match kind {
        disk::Kind::Read => sarab_abi::Request::Read,
        disk::Kind::Write => sarab_abi::Request::Write,
        disk::Kind::WriteThrough => sarab_abi::Request::WriteThrough,
        disk::Kind::Flush => sarab_abi::Request::Flush,
        disk::Kind::Discard => sarab_abi::Request::Discard,
    }
}

fn outcome(number: u32) -> Outcome {
    match sarab_abi::Outcome::new(number) {
        sarab_abi::Outcome::Done => Outcome::Done,
        sarab_abi::Outcome::NoRoom => Outcome::NoRoom,
        sarab_abi::Outcome::ReadOnly => Outcome::ReadOnly,
        sarab_abi::Outcome::Invalid => Outcome::Invalid,
        _ => Outcome::Failed,
    }
}
