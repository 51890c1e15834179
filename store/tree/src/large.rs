//! Large values: parts on pages of their own.

use core::ops::Range;

use sarab_device::{Block, Bytes, BytesMut};

use crate::{
    Error, Large, Tree,
    error::{Corrupt, Part},
    format::extent::{self, Extent},
    walk::{View, Walk},
};

impl<B: Block + 'static> Tree<B> {
    /// Returns the bytes of `range` of a large value that `view` sees.
    pub(crate) async fn read_large(
        &self,
        view: View,
        large: Large,
        range: Range<u64>,
    ) -> Result<Bytes, Error<B::Error>> {
        let end = range.end.min(large.size_bytes);
        if range.start >= end {
            return Ok(Bytes::new());
        }
        let mut offset = self.extent_before(view, large.number, range.start).await?;
        let high = extent::key(large.number, end).to_vec();
        let mut walk = Walk::new(self, view, extent::key(large.number, offset).to_vec(), high);
        let mut parts = Parts::default();
        while let Some((key, _, value)) = walk.next().await? {
            let extent = extent_of(key, value, offset)?;
            let part = self.read_extent(&extent).await?;
            let clamp = |at: u64| at.clamp(offset, offset + part.len() as u64) - offset;
            let (from, to) = (clamp(range.start) as usize, clamp(end) as usize);
            offset += part.len() as u64;
            parts.add(part.slice(from..to));
        }
        let bytes = parts.finish();
        if bytes.len() as u64 == end - range.start {
            Ok(bytes)
        } else {
            Err(missing(large, offset))
        }
    }

    /// Returns the offset of the part of a value that holds the byte at `offset`.
    async fn extent_before(
        &self,
        view: View,
        number: u64,
        offset: u64,
    ) -> Result<u64, Error<B::Error>> {
        let (low, high) = (extent::key(number, 0), extent::key(number, offset.saturating_add(1)));
        let mut walk = Walk::new(self, view, low.to_vec(), high.to_vec());
        let found = walk.next_back().await?;
        let at = found.and_then(|(key, _, _)| extent::parse_key(key)).map(|(_, at)| at);
        at.ok_or(missing(Large { number, size_bytes: 0 }, offset))
    }

    /// Reads a part of a large value, and checks it.
    pub(crate) async fn read_extent(&self, extent: &Extent) -> Result<Bytes, Error<B::Error>> {
        let Extent { address, checksum, size_bytes, .. } = *extent;
        let page_count = self.state.borrow().pages.space.page_count();
        let wrong = |found| {
            Error::Corrupt(Corrupt { what: Part::Extent, page: address, expected: checksum, found })
        };
        let end = address.saturating_add(u64::from(extent.pages()));
        if end > page_count || size_bytes == 0 || size_bytes > EXTENT_BYTES_MAX {
            return Err(wrong(0));
        }
        let bytes = self.disk.read(address, extent.pages()).await?.slice(..size_bytes as usize);
        let found = self.state.borrow().pages.seal.sum_at(&bytes, address);
        if found == checksum { Ok(bytes) } else { Err(wrong(found)) }
    }
}

/// The most bytes in a part of a large value.
pub(crate) const EXTENT_BYTES_MAX: u32 = 64 << 10;

/// Returns the extent in an entry, which must be at `offset` of its value.
fn extent_of<E>(key: &[u8], value: &[u8], offset: u64) -> Result<Extent, Error<E>> {
    let found = extent::parse_key(key).map(|(_, at)| at);
    let extent = Extent::parse(value).filter(|_| found == Some(offset));
    extent.ok_or(Error::Corrupt(Corrupt {
        what: Part::Extent,
        page: 0,
        expected: offset,
        found: found.unwrap_or(0),
    }))
}

fn missing<E>(large: Large, offset: u64) -> Error<E> {
    let (expected, found) = (large.size_bytes, offset);
    Error::Corrupt(Corrupt { what: Part::Extent, page: 0, expected, found })
}

/// Parts that become one piece; a single one is not copied.
#[derive(Default)]
struct Parts {
    first: Bytes,
    all: BytesMut,
}

impl Parts {
    fn add(&mut self, part: Bytes) {
        if self.first.is_empty() && self.all.is_empty() {
            self.first = part;
            return;
        }
        if self.all.is_empty() {
            self.all.extend_from_slice(&self.first);
        }
        self.all.extend_from_slice(&part);
    }

    fn finish(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.freeze() }
    }
}
