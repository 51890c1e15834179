//! A disk in memory.

use core::{cell::RefCell, fmt};

use sarab_device::{Block, Bytes, Error, ErrorKind, Geometry, SpanError};
use sarab_key::Size;

use crate::sparse::{NoMemory, Sparse};

/// A disk in memory. Sectors never written read as zeroes and take no memory.
#[derive(Debug)]
pub struct RamDisk {
    geometry: Geometry,
    contents: RefCell<Sparse>,
}

/// Bytes in a sector, where nothing else is asked for.
const SECTOR_BYTES: u32 = 512;

impl RamDisk {
    /// Makes an empty disk of `size`, in sectors of 512 bytes.
    ///
    /// # Errors
    /// Where that is not a whole number of sectors.
    #[expect(clippy::unused_async, reason = "devices are opened by async functions")]
    pub async fn open(size: Size) -> Result<Self, ShapeError> {
        let size_bytes = size.bytes();
        if !size_bytes.is_multiple_of(u64::from(SECTOR_BYTES)) {
            return Err(ShapeError::Ragged { size_bytes, sector_bytes: SECTOR_BYTES });
        }
        Self::new(SECTOR_BYTES, size_bytes / u64::from(SECTOR_BYTES))
    }

    /// Makes an empty disk of `sector_count` sectors of `sector_bytes`.
    ///
    /// # Errors
    /// Where a [`Geometry`] cannot be like that.
    pub fn new(sector_bytes: u32, sector_count: u64) -> Result<Self, ShapeError> {
        if !sector_bytes.is_power_of_two() || sector_bytes < 512 {
            return Err(ShapeError::Sector { sector_bytes });
        }
        if sector_count.checked_mul(u64::from(sector_bytes)).is_none() {
            return Err(ShapeError::TooLarge { sector_count, sector_bytes });
        }
        let geometry = Geometry { sector_bytes, sector_count, is_writable: true };
        Ok(Self { geometry, contents: RefCell::default() })
    }
}

impl Block for RamDisk {
    type Error = DiskError;

    fn geometry(&self) -> Geometry {
        self.geometry
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, DiskError> {
        let span = self.geometry.read_span(first, count)?;
        let size = usize::try_from(span.size_bytes).map_err(|_| DiskError::NoMemory)?;
        Ok(self.contents.borrow().read(span.start_bytes, size)?)
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        let span = self.geometry.write_span(first, data.len())?;
        Ok(self.contents.borrow_mut().write(span.start_bytes, &data)?)
    }

    async fn flush(&self) -> Result<(), DiskError> {
        Ok(())
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), DiskError> {
        let sector_bytes = u64::from(self.geometry.sector_bytes);
        let end = first.saturating_add(count).min(self.geometry.sector_count);
        self.contents.borrow_mut().clear(first.min(end) * sector_bytes, end * sector_bytes);
        Ok(())
    }
}

/// Why a request to a disk in memory failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskError {
    /// The request does not fit the disk.
    Span(SpanError),
    /// There is no memory for it.
    NoMemory,
}

impl From<SpanError> for DiskError {
    fn from(error: SpanError) -> Self {
        Self::Span(error)
    }
}

impl From<NoMemory> for DiskError {
    fn from(NoMemory: NoMemory) -> Self {
        Self::NoMemory
    }
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(error) => error.fmt(f),
            Self::NoMemory => f.write_str("there is no memory left for the disk"),
        }
    }
}

impl core::error::Error for DiskError {}

impl Error for DiskError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Span(error) => error.kind(),
            Self::NoMemory => ErrorKind::NoSpace,
        }
    }
}

/// Why there is no disk of that shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShapeError {
    /// A sector cannot be that large.
    Sector {
        /// Bytes in a sector.
        sector_bytes: u32,
    },
    /// It is not a whole number of sectors.
    Ragged {
        /// Bytes on the disk.
        size_bytes: u64,
        /// Bytes in a sector.
        sector_bytes: u32,
    },
    /// Its bytes cannot be counted in 64 bits.
    TooLarge {
        /// Sectors on the disk.
        sector_count: u64,
        /// Bytes in a sector.
        sector_bytes: u32,
    },
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sector { sector_bytes } => {
                write!(f, "a sector of {sector_bytes} bytes is not a power of two from 512 on")
            }
            Self::Ragged { size_bytes, sector_bytes } => {
                write!(f, "a disk of {size_bytes} bytes is not whole sectors of {sector_bytes}")
            }
            Self::TooLarge { sector_count, sector_bytes } => {
                write!(f, "{sector_count} sectors of {sector_bytes} bytes are past 64 bits")
            }
        }
    }
}

impl core::error::Error for ShapeError {}

impl Error for ShapeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::ToString;

    use embassy_futures::block_on;
    use sarab_device::check;

    use super::*;

    #[test]
    fn it_keeps_the_promises_of_a_block() {
        for (sector_bytes, sector_count) in
            [(512, 0), (512, 1), (512, 2), (512, 3000), (4096, 17), (65536, 40)]
        {
            let disk = RamDisk::new(sector_bytes, sector_count).unwrap();
            assert_eq!(block_on(check::block(&disk)), Ok(()), "{sector_count} of {sector_bytes}");
        }
    }

    #[test]
    fn a_disk_may_be_larger_than_memory() {
        let disk = RamDisk::new(512, u64::MAX / 512).unwrap();
        assert_eq!(block_on(check::block(&disk)), Ok(()));
    }

    #[test]
    fn a_discarded_sector_reads_as_zeroes() {
        let disk = RamDisk::new(512, 4).unwrap();
        block_on(disk.write(0, Bytes::from_static(&[9; 2048]))).unwrap();
        block_on(disk.discard(1, u64::MAX)).unwrap();
        assert_eq!(block_on(disk.read(1, 3)).unwrap(), Bytes::from_static(&[0; 1536]));
        assert_eq!(block_on(disk.read(0, 1)).unwrap(), Bytes::from_static(&[9; 512]));
    }

    #[test]
    fn an_impossible_shape_is_refused_with_its_numbers() {
        let error = |result: Result<RamDisk, ShapeError>| result.unwrap_err().to_string();
        assert_eq!(
            error(RamDisk::new(500, 1)),
            "a sector of 500 bytes is not a power of two from 512 on"
        );
        assert_eq!(
            error(block_on(RamDisk::open(Size::from_bytes(1000)))),
            "a disk of 1000 bytes is not whole sectors of 512"
        );
        assert!(error(RamDisk::new(512, u64::MAX)).ends_with("are past 64 bits"));
    }
}
