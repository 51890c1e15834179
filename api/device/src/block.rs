//! Disks: numbered sectors that survive the machine.

use core::fmt;

use bytes::Bytes;

use crate::{Error, ErrorKind};

/// A disk: an array of sectors.
///
/// **Units.** Positions and counts are sectors of [`Geometry::sector_bytes`], never bytes.
///
/// **What is promised, and when.** A completed [`write`](Block::write) is seen by every later
/// `read`, and that is all: after a crash each of its sectors may be old or new, in any
/// combination and in any order with other writes that were not flushed. A completed
/// [`flush`](Block::flush) makes every write that completed before the flush *began* survive a
/// crash. A completed [`write_through`](Block::write_through) (the disk's "FUA") survives one by
/// itself and says nothing of other writes. A sector is never torn: after a crash it holds one of
/// the values written to it, whole.
///
/// **A failed flush is not forgotten.** Once a flush has failed, writes since the last good flush
/// may be lost although `read` still shows them, so every later `flush` and `write_through` fails
/// as well, until the device is opened again. Who wants the data must write them again there.
///
/// **Concurrency.** Requests may run at the same time and complete in any order. Two that overlap
/// at the same time, one of them a write, leave each of the common sectors with either value.
///
/// **Cancellation.** Dropping the future of a read has no effect. Dropping that of a write or a
/// flush does not undo it: it may still land.
pub trait Block {
    /// What goes wrong with it.
    type Error: Error;

    /// Returns the shape of the disk; it does not change while the disk is open.
    fn geometry(&self) -> Geometry;

    /// Reads `count` sectors from sector `first` on.
    ///
    /// The result is exactly `count * sector_bytes` long. No sectors is a valid request. Sectors
    /// never written read as anything, most often zeroes.
    ///
    /// Fails with [`ErrorKind::InvalidInput`], touching nothing, if a part lies past the end.
    async fn read(&self, first: u64, count: u32) -> Result<Bytes, Self::Error>;

    /// Writes `data`, a whole number of sectors, from sector `first` on.
    ///
    /// Fails with [`ErrorKind::InvalidInput`], writing nothing, if `data` is not a whole number of
    /// sectors or a part lies past the end, and with [`ErrorKind::ReadOnly`] on a disk that cannot
    /// be written. After any other error each sector may be old or new.
    async fn write(&self, first: u64, data: Bytes) -> Result<(), Self::Error>;

    /// Writes `data` like [`write`](Block::write) and completes when it would survive a crash.
    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
        self.write(first, data).await?;
        self.flush().await
    }

    /// Makes every write that has completed survive a crash.
    async fn flush(&self) -> Result<(), Self::Error>;

    /// Tells the disk that `count` sectors from `first` on are not needed any more.
    ///
    /// It is a hint; what they read as afterwards is not said.
    async fn discard(&self, first: u64, count: u64) -> Result<(), Self::Error> {
        let _ = (first, count);
        Ok(())
    }
}

/// The shape of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Bytes in a sector: a power of two, at least 512.
    pub sector_bytes: u32,
    /// Sectors on the disk.
    pub sector_count: u64,
    /// Whether it can be written.
    pub is_writable: bool,
}

impl Geometry {
    /// Returns the size of the disk in bytes.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.sector_count * u64::from(self.sector_bytes)
    }

    /// Checks a read of `count` sectors from `first` on and returns where it lies in bytes.
    pub fn read_span(&self, first: u64, count: u32) -> Result<Span, SpanError> {
        self.span(first, u64::from(count))
    }

    /// Checks a write of `size_bytes` at sector `first` and returns where it lies in bytes.
    pub fn write_span(&self, first: u64, size_bytes: usize) -> Result<Span, SpanError> {
        let size = size_bytes as u64;
        if !self.is_writable {
            return Err(SpanError::ReadOnly);
        }
        if !size.is_multiple_of(u64::from(self.sector_bytes)) {
            return Err(SpanError::Ragged { size_bytes: size, sector_bytes: self.sector_bytes });
        }
        self.span(first, size / u64::from(self.sector_bytes))
    }

    /// Checks that `count` sectors from `first` on are there and returns where they lie in bytes.
    pub fn span(&self, first: u64, count: u64) -> Result<Span, SpanError> {
        match first.checked_add(count) {
            Some(end) if end <= self.sector_count => Ok(Span {
                start_bytes: first * u64::from(self.sector_bytes),
                size_bytes: count * u64::from(self.sector_bytes),
            }),
            _ => Err(SpanError::PastEnd { first, count, sector_count: self.sector_count }),
        }
    }
}

/// Where a checked request lies, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Bytes before it.
    pub start_bytes: u64,
    /// Bytes in it.
    pub size_bytes: u64,
}

/// Why a request does not fit a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanError {
    /// A part of it lies past the end of the disk.
    PastEnd {
        /// The first sector asked for.
        first: u64,
        /// The number of sectors asked for.
        count: u64,
        /// The number of sectors there are.
        sector_count: u64,
    },
    /// The data are not a whole number of sectors.
    Ragged {
        /// Bytes in the data.
        size_bytes: u64,
        /// Bytes in a sector.
        sector_bytes: u32,
    },
    /// The disk cannot be written.
    ReadOnly,
}

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PastEnd { first, count, sector_count } => {
                write!(f, "{count} sectors from sector {first} on, of a disk of {sector_count}")
            }
            Self::Ragged { size_bytes, sector_bytes } => {
                write!(f, "{size_bytes} bytes are not whole sectors of {sector_bytes}")
            }
            Self::ReadOnly => f.write_str("the disk is read-only"),
        }
    }
}

impl core::error::Error for SpanError {}

impl Error for SpanError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::PastEnd { .. } | Self::Ragged { .. } => ErrorKind::InvalidInput,
            Self::ReadOnly => ErrorKind::ReadOnly,
        }
    }
}
