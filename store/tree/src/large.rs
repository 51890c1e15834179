//! Large values: parts on pages of their own.

use alloc::vec::Vec;
use core::ops::Range;

use sarab_device::{Block, Bytes, BytesMut};

use crate::{
    Error, Large, Tree,
    disk::RUN_PAGES_MAX,
    error::{Corrupt, Part},
    format::{
        PAGE_BYTES,
        extent::{self, Extent},
    },
    walk::{View, Walk},
};

/// Bytes of a large value that lie together on the disk.
struct Piece {
    extent: Extent,
    /// Those of its bytes that are wanted.
    wanted: Range<usize>,
    /// Whose they are, among the values that are read together.
    value: usize,
}

impl<B: Block + 'static> Tree<B> {
    /// Returns the bytes of `range` of a large value that `view` sees.
    pub(crate) async fn read_large(
        &self,
        view: View,
        large: Large,
        range: Range<u64>,
    ) -> Result<Bytes, Error<B::Error>> {
        let mut parts = Parts::default();
        self.read_together(view, &[(large, range)], |_, part| parts.add(part)).await?;
        Ok(parts.finish())
    }

    /// Reads ranges of large values that `view` sees; what lies side by side on the disk is read at once. `take` gets
    /// the bytes in order, with the number of the range that they are of.
    pub(crate) async fn read_together(
        &self,
        view: View,
        ranges: &[(Large, Range<u64>)],
        mut take: impl FnMut(usize, Bytes),
    ) -> Result<(), Error<B::Error>> {
        let mut pieces = Vec::new();
        for (value, (large, range)) in ranges.iter().enumerate() {
            self.find_pieces(view, *large, range, |extent, wanted| {
                pieces.push(Piece { extent, wanted, value });
            })
            .await?;
            if pieces.len() >= RUN_PAGES_MAX {
                self.read_pieces(&pieces, &mut take).await?;
                pieces.clear();
            }
        }
        self.read_pieces(&pieces, &mut take).await
    }

    async fn read_pieces(
        &self,
        pieces: &[Piece],
        take: &mut impl FnMut(usize, Bytes),
    ) -> Result<(), Error<B::Error>> {
        let mut rest = pieces;
        while let Some(first) = rest.first() {
            let (count, pages) = run(rest);
            let bytes = self.disk.read(first.extent.address, pages).await?;
            for Piece { extent, wanted, value } in &rest[..count] {
                let start = (extent.address - first.extent.address) as usize * PAGE_BYTES;
                let part = bytes.slice(start..start + extent.size_bytes as usize);
                self.verify(extent, &part)?;
                take(*value, part.slice(wanted.clone()));
            }
            rest = &rest[count..];
        }
        Ok(())
    }

    /// Gives `found` each part of a large value that holds bytes of `range`, and which of its bytes those are.
    async fn find_pieces(
        &self,
        view: View,
        large: Large,
        range: &Range<u64>,
        mut found: impl FnMut(Extent, Range<usize>),
    ) -> Result<(), Error<B::Error>> {
        let end = range.end.min(large.size_bytes);
        if range.start >= end {
            return Ok(());
        }
        let mut offset = self.extent_before(view, large.number, range.start).await?;
        let high = extent::key(large.number, end).to_vec();
        let mut walk = Walk::new(self, view, extent::key(large.number, offset).to_vec(), high);
        while let Some((key, _, value)) = walk.next().await? {
            let extent = extent_of(key, value, offset)?;
            self.check_place(&extent)?;
            let next =
                offset.checked_add(extent.size_bytes.into()).ok_or(missing(large, offset))?;
            let clamp = |at: u64| (at.clamp(offset, next) - offset) as usize;
            found(extent, clamp(range.start)..clamp(end));
            offset = next;
        }
        if offset >= end { Ok(()) } else { Err(missing(large, offset)) }
    }

    /// Returns the offset of the part of a value that holds the byte at `offset`.
    async fn extent_before(
        &self,
        view: View,
        number: u64,
        offset: u64,
    ) -> Result<u64, Error<B::Error>> {
        if offset == 0 {
            return Ok(0);
        }
        let (low, high) = (extent::key(number, 0), extent::key(number, offset.saturating_add(1)));
        let mut walk = Walk::new(self, view, low.to_vec(), high.to_vec());
        let found = walk.next_back().await?;
        let at = found.and_then(|(key, _, _)| extent::parse_key(key)).map(|(_, at)| at);
        at.ok_or(missing(Large { number, size_bytes: 0 }, offset))
    }

    /// Reads a part of a large value, and checks it.
    pub(crate) async fn read_extent(&self, extent: &Extent) -> Result<Bytes, Error<B::Error>> {
        self.check_place(extent)?;
        let bytes = self.disk.read(extent.address, extent.pages()).await?;
        let bytes = bytes.slice(..extent.size_bytes as usize);
        self.verify(extent, &bytes)?;
        Ok(bytes)
    }

    /// Checks that a part can be where it is said to be.
    fn check_place(&self, extent: &Extent) -> Result<(), Error<B::Error>> {
        let page_count = self.state.borrow().pages.space.page_count();
        let end = extent.address.saturating_add(u64::from(extent.pages()));
        let size_bytes = extent.size_bytes;
        if end > page_count || size_bytes == 0 || size_bytes > EXTENT_BYTES_MAX {
            return Err(wrong(extent, 0));
        }
        Ok(())
    }

    /// Checks what was read.
    fn verify(&self, extent: &Extent, bytes: &[u8]) -> Result<(), Error<B::Error>> {
        let found = self.state.borrow().pages.seal.sum_at(bytes, extent.address);
        if found == extent.checksum { Ok(()) } else { Err(wrong(extent, found)) }
    }
}

/// Returns how many of `pieces` lie side by side from the first on, and the pages that they take.
fn run(pieces: &[Piece]) -> (usize, u32) {
    let (mut count, mut pages) = (0, 0);
    for Piece { extent, .. } in pieces {
        let is_next = extent.address == pieces[0].extent.address + u64::from(pages);
        if count > 0 && (!is_next || (pages + extent.pages()) as usize > RUN_PAGES_MAX) {
            break;
        }
        count += 1;
        pages += extent.pages();
    }
    (count, pages)
}

fn wrong<E>(extent: &Extent, found: u64) -> Error<E> {
    let Extent { address, checksum, .. } = *extent;
    Error::Corrupt(Corrupt { what: Part::Extent, page: address, expected: checksum, found })
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
