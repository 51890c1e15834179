//! A volume that is part of the image.

use sarab_device::{Block, Bytes, Geometry, SpanError};

use crate::{Fat, FatError};

/// Bytes in a sector of it.
pub(crate) const SECTOR_BYTES: u32 = 512;

/// A disk that is part of the image, in sectors of 512 bytes. Reading copies nothing.
#[derive(Clone, Copy, Debug)]
pub struct Image {
    bytes: &'static [u8],
}

impl Image {
    /// Takes whole sectors as a disk; what is left over is not on it.
    #[must_use]
    pub const fn new(bytes: &'static [u8]) -> Self {
        Self { bytes }
    }

    /// Mounts the volume that `bytes` hold.
    ///
    /// # Errors
    /// As for [`Fat::mount`].
    pub async fn mount(bytes: &'static [u8]) -> Result<Fat<Self>, FatError<SpanError>> {
        Fat::mount(Self::new(bytes)).await
    }
}

impl Block for Image {
    type Error = SpanError;

    fn geometry(&self) -> Geometry {
        let sector_count = self.bytes.len() as u64 / u64::from(SECTOR_BYTES);
        Geometry { sector_bytes: SECTOR_BYTES, sector_count, is_writable: false }
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, SpanError> {
        let span = self.geometry().read_span(first, count)?;
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let (start, size) = (place(span.start_bytes), place(span.size_bytes));
        Ok(Bytes::from_static(&self.bytes[start..start + size]))
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), SpanError> {
        self.geometry().write_span(first, data.len()).map(drop)
    }

    async fn flush(&self) -> Result<(), SpanError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use embassy_futures::block_on;
    use sarab_device::check;

    use super::*;

    static BYTES: [u8; 2048] = [7; 2048];

    #[test]
    fn it_keeps_the_promises_of_a_disk_that_cannot_be_written() {
        assert_eq!(block_on(check::block(&Image::new(&BYTES))), Ok(()));
    }

    #[test]
    fn reading_copies_nothing() {
        let read = block_on(Image::new(&BYTES).read(1, 2)).unwrap();
        assert_eq!(read.as_ptr(), BYTES[512..].as_ptr());
    }
}
