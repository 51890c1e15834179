//! Reading: from memory, and from the disk what is not there.

use alloc::{vec, vec::Vec};
use core::{
    cell::{Cell, RefCell},
    ops::Range,
};

use sarab_device::{Block, Bytes};
use slab::Slab;

use super::{Cache, CacheError};

/// Reads of the disk that are on their way.
#[derive(Default)]
pub(super) struct Readers(RefCell<Slab<Reader>>);

struct Reader {
    sectors: Range<u64>,
    /// Whether some of them were written meanwhile, so that what comes may be old.
    is_stale: bool,
}

impl Readers {
    fn enter(&self, sectors: Range<u64>) -> Reading<'_> {
        let reader = Reader { sectors, is_stale: false };
        Reading { readers: self, key: self.0.borrow_mut().insert(reader) }
    }

    /// Notes that these sectors have been written.
    pub(super) fn spoil(&self, sectors: &Range<u64>) {
        for (_, reader) in &mut *self.0.borrow_mut() {
            let is_apart =
                reader.sectors.end <= sectors.start || sectors.end <= reader.sectors.start;
            reader.is_stale |= !is_apart;
        }
    }
}

/// A read of the disk, for as long as it is on its way.
struct Reading<'a> {
    readers: &'a Readers,
    key: usize,
}

impl Reading<'_> {
    fn is_stale(&self) -> bool {
        self.readers.0.borrow().get(self.key).is_none_or(|reader| reader.is_stale)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.readers.0.borrow_mut().try_remove(self.key);
    }
}

/// A request, the bytes of it that are there, and which those are.
struct Partial {
    first: u64,
    data: Vec<u8>,
    found: Vec<bool>,
}

impl<B: Block + 'static> Cache<B> {
    /// Reads sectors that lie on the disk, at least one.
    ///
    /// What is in memory is copied before the disk is asked: it may leave the memory meanwhile, and the
    /// disk may have been asked before it got there.
    pub(super) async fn read_sectors(
        &self,
        first: u64,
        count: u32,
    ) -> Result<Bytes, CacheError<B::Error>> {
        let end = first + u64::from(count);
        let is_new = self.pages.borrow().gap(first, count.into()) == u64::from(count);
        let (data, found) = if is_new {
            (Vec::new(), vec![false; count as usize])
        } else {
            let mut data = self.zeroes(count)?;
            let found = self.pages.borrow_mut().copy(first..end, &mut data);
            (data, found)
        };
        let window = self.streams.borrow_mut().note(first, end);
        let Some(start) = found.iter().position(|found| !found) else {
            count_up(&self.counts.hits, 1);
            return Ok(data.into());
        };
        count_up(&self.counts.misses, 1);
        let stop = found.iter().rposition(|found| !found).unwrap_or(start) + 1;
        let ahead = if stop == found.len() { self.ahead(end, window) } else { 0 };
        self.streams.borrow_mut().grow(end);
        let mut partial = Partial { first, data, found };
        let fresh = self.read_row(&partial, start..stop, ahead).await;
        if is_new {
            match &fresh {
                // Without a copy, unless most of it would be kept for the sake of a few sectors.
                Ok(fresh) if ahead <= u64::from(count) => {
                    return Ok(fresh.slice(..count as usize * self.layout.sector_bytes));
                }
                _ => partial.data = self.zeroes(count)?,
            }
        }
        match fresh {
            Ok(fresh) => {
                partial.take(&(start..stop), &fresh, self.layout.sector_bytes);
                Ok(partial.data.into())
            }
            // A sector that nobody has asked for, or that is in memory, may be what cannot be read.
            Err(_) => self.read_missing(partial).await,
        }
    }

    fn zeroes(&self, count: u32) -> Result<Vec<u8>, CacheError<B::Error>> {
        let size = (count as usize).saturating_mul(self.layout.sector_bytes);
        let mut data = Vec::new();
        let size_bytes = size as u64;
        data.try_reserve_exact(size).map_err(|_| CacheError::NoMemory { size_bytes })?;
        data.resize(size, 0);
        Ok(data)
    }

    /// Returns how many sectors of the next `window` to read along: up to the first that is there.
    fn ahead(&self, end: u64, window: u64) -> u64 {
        let window = window.min(self.geometry.sector_count - end);
        self.pages.borrow().gap(end, window)
    }

    /// Reads the sectors `row` of a request and `ahead` more at once, and keeps what is new.
    async fn read_row(
        &self,
        partial: &Partial,
        row: Range<usize>,
        ahead: u64,
    ) -> Result<Bytes, B::Error> {
        let first = partial.first + row.start as u64;
        let end = partial.first + row.end as u64 + ahead;
        // A row that no single read can ask for is read without what lies ahead.
        let count = u32::try_from(end - first).unwrap_or(u32::MAX);
        let reading = self.readers.enter(first..end);
        let fresh = self.block.read(first, count).await?;
        let is_small = self.layout.pages(&(first..end)).count() <= self.limits.pages / 2;
        if is_small && !reading.is_stale() {
            let wanted: Vec<bool> = partial.found[row.clone()]
                .iter()
                .map(|found| !found)
                .chain((0..ahead).map(|_| true))
                .collect();
            count_up(&self.counts.ahead, ahead);
            self.pages.borrow_mut().fill(first, &fresh, &wanted);
        }
        Ok(fresh)
    }

    /// Reads what is missing, row by row, and nothing else.
    async fn read_missing(&self, mut partial: Partial) -> Result<Bytes, CacheError<B::Error>> {
        let mut at = 0;
        while let Some(skip) = partial.found[at..].iter().position(|found| !found) {
            let start = at + skip;
            let missing = partial.found[start..].iter().take_while(|found| !**found).count();
            at = start + missing;
            let fresh = self.read_row(&partial, start..at, 0).await.map_err(CacheError::Device)?;
            partial.take(&(start..at), &fresh, self.layout.sector_bytes);
        }
        Ok(partial.data.into())
    }
}

impl Partial {
    /// Takes from the `fresh` sectors of a `row` what is missing.
    fn take(&mut self, row: &Range<usize>, fresh: &[u8], size: usize) {
        let found = &self.found[row.clone()];
        let data = &mut self.data[row.start * size..row.end * size];
        for ((found, old), new) in found.iter().zip(data.chunks_mut(size)).zip(fresh.chunks(size)) {
            if !found {
                old.copy_from_slice(new);
            }
        }
    }
}

pub(super) fn count_up(count: &Cell<u64>, by: u64) {
    count.set(count.get() + by);
}
