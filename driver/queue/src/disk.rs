//! Disks.

mod error;
mod requests;

use alloc::rc::Rc;
use core::cell::Cell;

use bytes::Bytes;
use sarab_device::{Block, Geometry};

pub use error::{DiskError, Outcome};
use requests::Data;
pub use requests::Requests;

/// A request as a disk's queue has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is to be done.
    pub kind: Kind,
    /// The first sector.
    pub first: u64,
    /// How many sectors.
    pub count: u64,
    /// The memory that is read or written, at a multiple of [`Queue::align_bytes`]; empty for a flush
    /// and a discard.
    pub memory: Memory,
}

/// What a request is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// To read into the memory.
    Read,
    /// To write from the memory.
    Write,
    /// To write so that it survives a crash.
    WriteThrough,
    /// To make all that was written survive a crash.
    Flush,
    /// To forget sectors.
    Discard,
}

/// A piece of memory, as a device is told of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Its address.
    pub address: usize,
    /// Its size.
    pub size_bytes: usize,
}

/// The queue of a disk, as a driver makes it.
pub trait Queue {
    /// Tells whether one more request can be submitted, of any size.
    fn has_room(&self) -> bool;

    /// Submits a request; it is completed by [`next`](Queue::next), by its token.
    ///
    /// # Safety
    ///
    /// There is room, the token is that of no other request in flight, and the memory stays as it is,
    /// for reading or for writing, until the request is completed.
    unsafe fn submit(&self, token: u32, request: Request);

    /// Returns the next request that the disk is done with.
    fn next(&self) -> Option<(u32, Outcome)>;

    /// Returns what the address of a request's memory must be a multiple of; a power of two.
    fn align_bytes(&self) -> usize {
        1
    }

    /// As [`Events::notify`](crate::Events::notify).
    fn notify(&self) {}

    /// As [`Events::listen`](crate::Events::listen).
    fn listen(&self, is_wanted: bool) {
        let _ = is_wanted;
    }
}

/// What a disk can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Its shape.
    pub geometry: Geometry,
    /// Whether it writes through by itself; otherwise a flush follows the write.
    pub writes_through: bool,
    /// Whether it can forget sectors.
    pub discards: bool,
}

/// A disk that a driver has a [`Queue`] for.
///
/// Its requests run beside each other. [`flush`](Block::flush) reaches the other side's disk, and what a
/// completed one promises holds as well as that side keeps its word.
pub struct Disk<Q> {
    name: &'static str,
    properties: Properties,
    requests: Rc<Requests<Q>>,
    /// How a flush has failed: what it should have kept may be lost, so every later one fails, too.
    failed: Cell<Option<DiskError>>,
}

impl<Q: Queue> Disk<Q> {
    /// Makes the disk `name`. The machine asks `requests` for its events.
    pub fn new(name: &'static str, properties: Properties, requests: Rc<Requests<Q>>) -> Self {
        Self { name, properties, requests, failed: Cell::new(None) }
    }

    async fn request(
        &self,
        kind: Kind,
        (first, count): (u64, u64),
        data: Data,
    ) -> Result<Data, DiskError> {
        let (data, outcome) = self.requests.run(kind, (first, count), data).await;
        match outcome {
            Outcome::Done => Ok(data),
            outcome => Err(DiskError::Refused { name: self.name, kind, outcome }),
        }
    }

    /// Makes writes survive, by a request that does; fails for good once it has failed.
    async fn keep(&self, kind: Kind, place: (u64, u64), data: Data) -> Result<(), DiskError> {
        if let Some(error) = self.failed.get() {
            return Err(error);
        }
        let kept = self.request(kind, place, data).await.map(drop);
        if let Err(error) = kept {
            self.failed.set(Some(error));
        }
        kept
    }

    fn filled(&self, first: u64, data: Bytes) -> ((u64, u64), Data) {
        let Geometry { sector_bytes, .. } = self.properties.geometry;
        let count = data.len() as u64 / u64::from(sector_bytes);
        ((first, count), Data::Filled(self.requests.align(data)))
    }
}

impl<Q: Queue> Block for Disk<Q> {
    type Error = DiskError;

    fn geometry(&self) -> Geometry {
        self.properties.geometry
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, DiskError> {
        let span = self.properties.geometry.read_span(first, count)?;
        if count == 0 {
            return Ok(Bytes::new());
        }
        let size = usize::try_from(span.size_bytes).unwrap_or(usize::MAX);
        let room = Data::Room(self.requests.room(size), size);
        Ok(self.request(Kind::Read, (first, count.into()), room).await?.into_bytes())
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        self.properties.geometry.write_span(first, data.len())?;
        if data.is_empty() {
            return Ok(());
        }
        let (place, data) = self.filled(first, data);
        self.request(Kind::Write, place, data).await.map(drop)
    }

    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        self.properties.geometry.write_span(first, data.len())?;
        if data.is_empty() {
            return self.flush().await;
        }
        if self.properties.writes_through {
            let (place, data) = self.filled(first, data);
            return self.keep(Kind::WriteThrough, place, data).await;
        }
        self.write(first, data).await?;
        self.flush().await
    }

    async fn flush(&self) -> Result<(), DiskError> {
        if !self.properties.geometry.is_writable {
            return Ok(());
        }
        self.keep(Kind::Flush, (0, 0), Data::None).await
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), DiskError> {
        let Properties { geometry, discards, .. } = self.properties;
        let size = count.saturating_mul(u64::from(geometry.sector_bytes));
        geometry.write_span(first, usize::try_from(size).unwrap_or(usize::MAX))?;
        if count == 0 || !discards {
            return Ok(());
        }
        self.request(Kind::Discard, (first, count), Data::None).await.map(drop)
    }
}
