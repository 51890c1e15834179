//! Reading bytes of a disk that reads sectors.

use sarab_device::{Block, Bytes};

/// Bytes that are read ahead, so that a row of small files costs one request.
const AHEAD_BYTES: u64 = 64 << 10;

/// Reads `size` bytes from byte `at` of `block` on, which must be there.
///
/// Returns `None` if one request cannot carry so many.
pub(super) async fn read<B: Block>(
    block: &B,
    at: u64,
    size: u64,
) -> Result<Option<Bytes>, B::Error> {
    let sector = u64::from(block.geometry().sector_bytes);
    let first = at / sector;
    let count = (at + size).div_ceil(sector) - first;
    let (Ok(count), Ok(size)) = (u32::try_from(count), usize::try_from(size)) else {
        return Ok(None);
    };
    let sectors = block.read(first, count).await?;
    let skipped = usize::try_from(at % sector).unwrap_or_default();
    Ok(Some(sectors.slice(skipped..skipped + size)))
}

/// The part of a disk that was read last.
pub(super) struct Window<'b, B> {
    block: &'b B,
    size_bytes: u64,
    start: u64,
    bytes: Bytes,
}

impl<'b, B: Block> Window<'b, B> {
    pub(super) fn new(block: &'b B) -> Self {
        let size_bytes = block.geometry().size_bytes();
        Self { block, size_bytes, start: 0, bytes: Bytes::new() }
    }

    /// Returns whether the disk has `size` bytes from byte `at` on.
    pub(super) fn has(&self, at: u64, size: u64) -> bool {
        at.checked_add(size).is_some_and(|end| end <= self.size_bytes)
    }

    /// Returns `size` bytes from byte `at` on; `None` where the disk ends sooner.
    pub(super) async fn read(&mut self, at: u64, size: u64) -> Result<Option<Bytes>, B::Error> {
        if !self.has(at, size) {
            return Ok(None);
        }
        if let Some(bytes) = self.held(at, size) {
            return Ok(Some(bytes));
        }
        let ahead = size.max(AHEAD_BYTES).min(self.size_bytes - at);
        let Some(bytes) = read(self.block, at, ahead).await? else { return Ok(None) };
        (self.start, self.bytes) = (at, bytes);
        Ok(self.held(at, size))
    }

    fn held(&self, at: u64, size: u64) -> Option<Bytes> {
        let start = usize::try_from(at.checked_sub(self.start)?).ok()?;
        let end = start.checked_add(usize::try_from(size).ok()?)?;
        (end <= self.bytes.len()).then(|| self.bytes.slice(start..end))
    }
}
