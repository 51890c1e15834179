//! A disk that the host attaches.

mod error;
mod requests;

use alloc::rc::Rc;

use bytes::{Bytes, BytesMut};
use sarab_abi::{DEVICE_DISCARDS, DEVICE_WRITABLE, Kind, Outcome, Request, Submission};
use sarab_device::{Block, Geometry};

pub use error::{DiskError, OpenDiskError};
use requests::{Data, Requests};

use super::{boot, events};

/// A disk that the host attaches.
///
/// Its requests run beside each other. [`flush`](Block::flush) reaches the host's disk, and what a
/// completed one promises holds as well as the host keeps its word.
pub struct Disk {
    name: &'static str,
    geometry: Geometry,
    can_discard: bool,
    requests: Rc<Requests>,
}

impl Disk {
    /// Opens the disk `name` of the image's manifest.
    #[expect(clippy::unused_async, reason = "a constructor of devices is async")]
    pub async fn open(name: &'static str) -> Result<Self, OpenDiskError> {
        let device = boot::device(Kind::Disk, name).ok_or(OpenDiskError { name })?;
        let geometry = Geometry {
            sector_bytes: device.unit_bytes,
            sector_count: u64::from_le_bytes(device.extent),
            is_writable: device.flags & DEVICE_WRITABLE != 0,
        };
        // SAFETY: the device table says that this queue is there; a manifest lists a disk once, and a
        // generated program opens it once.
        let requests = Rc::new(unsafe { Requests::new(device.queues[0], device.slots) });
        events::add(Rc::clone(&requests) as _);
        let can_discard = device.flags & DEVICE_DISCARDS != 0;
        Ok(Self { name, geometry, can_discard, requests })
    }

    async fn request(&self, request: Request, first: u64, data: Data) -> Result<Data, DiskError> {
        let mut submission = Submission { request: request as u32, ..Submission::default() };
        if let Some(sector) = submission.header.first_chunk_mut() {
            *sector = first.to_le_bytes();
        }
        let (data, outcome) = self.requests.run(submission, data).await;
        match outcome {
            Outcome::Done => Ok(data),
            outcome => Err(DiskError::Host { name: self.name, request, outcome }),
        }
    }
}

impl Block for Disk {
    type Error = DiskError;

    fn geometry(&self) -> Geometry {
        self.geometry
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, DiskError> {
        let span = self.geometry.read_span(first, count)?;
        if count == 0 {
            return Ok(Bytes::new());
        }
        let size = usize::try_from(span.size_bytes).unwrap_or(usize::MAX);
        let room = Data::Room(BytesMut::with_capacity(size), size);
        Ok(self.request(Request::Read, first, room).await?.into_bytes())
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        self.geometry.write_span(first, data.len())?;
        if data.is_empty() {
            return Ok(());
        }
        self.request(Request::Write, first, Data::Filled(data)).await.map(drop)
    }

    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        self.geometry.write_span(first, data.len())?;
        if data.is_empty() {
            return self.flush().await;
        }
        self.request(Request::WriteThrough, first, Data::Filled(data)).await.map(drop)
    }

    async fn flush(&self) -> Result<(), DiskError> {
        if !self.geometry.is_writable {
            return Ok(());
        }
        self.request(Request::Flush, 0, Data::None).await.map(drop)
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), DiskError> {
        let size = count.saturating_mul(u64::from(self.geometry.sector_bytes));
        self.geometry.write_span(first, usize::try_from(size).unwrap_or(usize::MAX))?;
        if count == 0 || !self.can_discard {
            return Ok(());
        }
        self.request(Request::Discard, first, Data::Count(count)).await.map(drop)
    }
}
