//! What is handed on without a copy.

use embassy_futures::block_on;
use sarab_device::{Block, Bytes, Geometry, SpanError};

use super::*;

/// A disk that cannot be written and copies nothing.
struct Fixed(Bytes);

impl Block for Fixed {
    type Error = SpanError;

    fn geometry(&self) -> Geometry {
        let sector_count = self.0.len() as u64 / 512;
        Geometry { sector_bytes: 512, sector_count, is_writable: false }
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, SpanError> {
        self.geometry().read_span(first, count)?;
        let start = usize::try_from(first).unwrap() * 512;
        Ok(self.0.slice(start..start + count as usize * 512))
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), SpanError> {
        self.geometry().write_span(first, data.len()).map(drop)
    }

    async fn flush(&self) -> Result<(), SpanError> {
        Ok(())
    }
}

#[test]
fn what_is_not_in_memory_is_handed_on_as_the_disk_gives_it() {
    let bytes: Bytes = (0..64 * 512_u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let cache = Cache::new(Fixed(bytes.clone()), Size::from_bytes(0));
    let read = |first, count| block_on(cache.read(first, count)).unwrap();
    assert_eq!(read(20, 16).as_ptr(), bytes[20 * 512..].as_ptr());
    assert_eq!(read(16, 24), bytes[16 * 512..40 * 512], "a part of it is in memory");
}
