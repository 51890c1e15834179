//! The disk in pages, and the memory of its failures.

use alloc::vec::Vec;
use core::cell::Cell;

use sarab_device::{Block, Bytes, BytesMut};
use sarab_disk::Owned;

use crate::{
    Error, Unfit,
    format::{PAGE_BYTES, PAGE_BYTES_U64},
};

/// The most pages that are read or written at once.
pub(crate) const RUN_PAGES_MAX: usize = 256;

/// The disk in pages. After a failed write or flush nothing is written any more.
///
/// It owns what has begun: a write that was given up, and landed late, would be over what took its place since.
#[derive(Debug)]
pub(crate) struct Disk<B: Block> {
    block: Owned<B>,
    sector_bytes: u32,
    is_writable: bool,
    has_failed: Cell<bool>,
}

impl<B: Block + 'static> Disk<B> {
    pub(crate) fn new(block: B) -> Result<Self, Error<B::Error>> {
        let geometry = block.geometry();
        let sector_bytes = geometry.sector_bytes;
        if sector_bytes as usize > PAGE_BYTES || !sector_bytes.is_power_of_two() {
            return Err(Error::Unfit(Unfit::Sector { sector_bytes }));
        }
        let is_writable = geometry.is_writable;
        let block = Owned::new(block);
        Ok(Self { block, sector_bytes, is_writable, has_failed: Cell::new(false) })
    }

    /// Returns the whole pages on the disk.
    pub(crate) fn page_count(&self) -> u64 {
        self.block.geometry().size_bytes() / PAGE_BYTES_U64
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.is_writable
    }

    /// Returns the error that any attempt to write would bring.
    pub(crate) fn check_writable(&self) -> Result<(), Error<B::Error>> {
        match (self.is_writable, self.has_failed.get()) {
            (false, _) => Err(Error::ReadOnly),
            (true, true) => Err(Error::Poisoned),
            (true, false) => Ok(()),
        }
    }

    /// Makes all further writing fail.
    pub(crate) fn poison(&self) {
        self.has_failed.set(true);
    }

    /// Reads `count` pages.
    pub(crate) async fn read(&self, address: u64, count: u32) -> Result<Bytes, Error<B::Error>> {
        let per_page = PAGE_BYTES as u32 / self.sector_bytes;
        let first = self.sector(address);
        self.block.read(first, count * per_page).await.map_err(Error::Disk)
    }

    /// Writes whole pages, or whole sectors at the start of one.
    pub(crate) async fn write(&self, address: u64, data: Bytes) -> Result<(), Error<B::Error>> {
        self.check_writable()?;
        let result = self.block.write(self.sector(address), data).await;
        self.note(result)
    }

    /// Writes like [`write`](Disk::write), so that it survives a crash whatever else does.
    pub(crate) async fn write_through(
        &self,
        address: u64,
        data: Bytes,
    ) -> Result<(), Error<B::Error>> {
        self.check_writable()?;
        let result = self.block.write_through(self.sector(address), data).await;
        self.note(result)
    }

    /// Writes `bytes`, filled up to a whole sector, at the start of a page.
    pub(crate) async fn write_sector(
        &self,
        address: u64,
        bytes: &[u8],
    ) -> Result<(), Error<B::Error>> {
        let mut sector = Vec::with_capacity(self.sector_bytes as usize);
        sector.extend_from_slice(bytes);
        sector.resize(bytes.len().next_multiple_of(self.sector_bytes as usize), 0);
        self.write(address, sector.into()).await
    }

    /// Writes zeroes over `count` pages.
    pub(crate) async fn clear(&self, address: u64, count: u64) -> Result<(), Error<B::Error>> {
        let most = RUN_PAGES_MAX as u64;
        let zeroes = BytesMut::zeroed(most.min(count) as usize * PAGE_BYTES).freeze();
        for start in (0..count).step_by(RUN_PAGES_MAX) {
            let pages = (count - start).min(most) as usize;
            self.write(address + start, zeroes.slice(..pages * PAGE_BYTES)).await?;
        }
        Ok(())
    }

    /// Makes all that was written survive a crash.
    pub(crate) async fn flush(&self) -> Result<(), Error<B::Error>> {
        self.check_writable()?;
        let result = self.block.flush().await;
        self.note(result)
    }

    /// Tells the disk that pages are not needed. Whether it listens does not matter.
    pub(crate) async fn discard(&self, address: u64, count: u64) {
        let per_page = PAGE_BYTES_U64 / u64::from(self.sector_bytes);
        let _ = self.block.discard(address * per_page, count * per_page).await;
    }

    /// Returns the first sector of a page.
    fn sector(&self, address: u64) -> u64 {
        address * (PAGE_BYTES_U64 / u64::from(self.sector_bytes))
    }

    fn note<T>(&self, result: Result<T, B::Error>) -> Result<T, Error<B::Error>> {
        result.map_err(|error| {
            self.poison();
            Error::Disk(error)
        })
    }
}
