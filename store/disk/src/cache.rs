//! A write-back cache: what was read or written lately stays in memory, and writes wait there to be
//! made in long rows.

mod ahead;
mod error;
mod layout;
mod page;
mod pages;
mod read;
mod write;

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};

use sarab_device::{Block, Bytes, Geometry};
use sarab_key::Size;

pub use error::CacheError;

use crate::flight::Flights;
use ahead::Streams;
use error::Failure;
use layout::{Layout, Limits};
use pages::Pages;
use read::Readers;
use write::{Flushes, Landed};

/// A disk whose sectors are kept in memory, as many as were allowed.
///
/// **Writes** are in memory when they complete; they reach the disk below when a flush asks for it, or
/// when memory runs short, in rows as long as they were written, however small the pieces. A write
/// waits only where what is not yet written would take more than three quarters of the memory.
///
/// **Reads** in a row read ahead. What is read once leaves the memory sooner than what is read again
/// (second chance).
///
/// **A flush** writes all that was written before it began, waits for it, and then flushes the disk below.
/// What is written meanwhile does not hold it up. A write to the disk below that fails counts as a failed
/// flush, since the write above had completed: every later flush and write-through fails.
///
/// **A write-through** goes through, after what was written before to the same sectors.
///
/// **Cancellation.** What was begun on the disk below goes on when whoever asked for it is gone, and is
/// finished by the next who waits for anything here; so sectors are never written twice at once.
///
/// **Memory** is bounded by the `memory` given: the sectors kept, and copies on their way to the disk. What
/// callers are given or give is theirs. Dropping the cache loses what was not flushed, as a crash does.
///
/// Who else uses the disk below, past the cache, sees old data and makes the cache's old.
pub struct Cache<B: Block> {
    block: Rc<B>,
    geometry: Geometry,
    layout: Layout,
    limits: Limits,
    pages: RefCell<Pages>,
    readers: Readers,
    streams: RefCell<Streams>,
    flights: Flights<Landed<B::Error>>,
    flushes: Flushes,
    failure: RefCell<Option<Failure>>,
    counts: Counts,
}

/// What has happened, for [`Statistics`].
#[derive(Default)]
struct Counts {
    hits: Cell<u64>,
    misses: Cell<u64>,
    ahead: Cell<u64>,
    written: Cell<u64>,
}

/// What a cache holds, and how it fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Bytes in a page, the unit of memory.
    pub page_bytes: u64,
    /// The most pages that it may hold.
    pub pages_max: u64,
    /// Pages that it holds.
    pub pages: u64,
    /// Pages of them that are to be written, or being written.
    pub unwritten: u64,
    /// Reads that were served from memory alone.
    pub hits: u64,
    /// Reads that asked the disk.
    pub misses: u64,
    /// Sectors that were read ahead.
    pub ahead: u64,
    /// Writes to the disk that were made for all that was written, but for write-throughs.
    pub written: u64,
}

impl<B: Block + 'static> Cache<B> {
    /// Puts a cache of `memory` before `block`; less than 16 pages (of 4 KiB, or a sector where
    /// that is larger) are made up to those.
    #[must_use]
    pub fn new(block: B, memory: Size) -> Self {
        let geometry = block.geometry();
        let layout = Layout::new(geometry);
        let limits = Limits::new(memory.bytes(), layout);
        Self {
            block: Rc::new(block),
            geometry,
            layout,
            limits,
            pages: RefCell::new(Pages::new(layout, limits.pages)),
            readers: Readers::default(),
            streams: RefCell::new(Streams::new(layout, limits)),
            flights: Flights::default(),
            flushes: Flushes::default(),
            failure: RefCell::default(),
            counts: Counts::default(),
        }
    }

    /// Returns what it holds, and how it fared.
    pub fn statistics(&self) -> Statistics {
        let pages = self.pages.borrow();
        Statistics {
            page_bytes: self.layout.page_bytes() as u64,
            pages_max: self.limits.pages as u64,
            pages: pages.len() as u64,
            unwritten: pages.unclean() as u64,
            hits: self.counts.hits.get(),
            misses: self.counts.misses.get(),
            ahead: self.counts.ahead.get(),
            written: self.counts.written.get(),
        }
    }
}

impl<B: Block + 'static> Block for Cache<B> {
    type Error = CacheError<B::Error>;

    fn geometry(&self) -> Geometry {
        self.geometry
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, Self::Error> {
        self.geometry.read_span(first, count)?;
        if count == 0 {
            return Ok(Bytes::new());
        }
        self.read_sectors(first, count).await
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
        self.geometry.write_span(first, data.len())?;
        self.write_sectors(first, data).await
    }

    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
        self.geometry.write_span(first, data.len())?;
        self.write_sectors_through(first, data).await
    }

    async fn flush(&self) -> Result<(), Self::Error> {
        self.write_back().await?;
        self.flush_below().await
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), Self::Error> {
        self.geometry.span(first, count)?;
        self.discard_sectors(first, count).await
    }
}

#[cfg(test)]
mod tests;
