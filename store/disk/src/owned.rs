//! A disk that finishes the writes that were begun.

use alloc::{rc::Rc, vec::Vec};
use core::{
    cell::{Cell, RefCell},
    fmt,
    ops::Range,
};

use sarab_device::{Block, Bytes, Geometry};

use crate::flight::{Flights, Slot, is_common};

/// A disk whose writes go on when whoever asked for them is gone.
///
/// By the words of [`Block`] a write whose future was dropped may land at any time, even over one
/// that was made later. Here it cannot:
///
/// **Writes**, write-throughs and discards belong to this disk once they have begun. One to the
/// same sectors waits for those before it.
///
/// **A flush** waits for all of them that were begun before it, and then flushes the disk below. It belongs to this
/// disk from then on.
///
/// **Cancellation.** What was given up is carried on by whoever next waits for a write or a flush.
/// Dropping the disk drops what is on its way, as if it were a disk without an owner. Somebody who keeps a future, and
/// neither polls nor drops it, may keep all others waiting.
pub struct Owned<B: Block> {
    block: Rc<B>,
    flights: Flights<Landed<B::Error>>,
    /// What is on its way: numbers, and sectors.
    begun: RefCell<Vec<(u64, Range<u64>)>>,
    next: Cell<u64>,
}

/// What a request has come to.
struct Landed<E> {
    number: u64,
    result: Result<(), E>,
    slot: Slot<E>,
}

impl<B: Block + 'static> Owned<B> {
    /// Takes a disk over.
    #[must_use]
    pub fn new(block: B) -> Self {
        Self {
            block: Rc::new(block),
            flights: Flights::default(),
            begun: RefCell::default(),
            next: Cell::new(0),
        }
    }

    /// Makes a request that changes sectors, after those before it to the same sectors.
    async fn own<F>(&self, sectors: Range<u64>, request: impl FnOnce(Rc<B>) -> F) -> F::Output
    where
        F: Future<Output = Result<(), B::Error>> + 'static,
    {
        self.until(|| (!self.is_busy(&sectors)).then_some(())).await;
        let number = self.next.get();
        self.next.set(number + 1);
        self.begun.borrow_mut().push((number, sectors));
        self.carry(number, request(Rc::clone(&self.block))).await
    }

    /// Makes the request of this number, which goes on when whoever asked for it is gone.
    async fn carry<F>(&self, number: u64, request: F) -> F::Output
    where
        F: Future<Output = Result<(), B::Error>> + 'static,
    {
        let slot = Slot::default();
        let landing = Rc::clone(&slot);
        self.flights.start(async move { Landed { number, result: request.await, slot: landing } });
        self.until(|| slot.take()).await
    }

    fn is_busy(&self, sectors: &Range<u64>) -> bool {
        self.begun.borrow().iter().any(|(_, other)| is_common(sectors, other))
    }

    async fn until<T>(&self, step: impl FnMut() -> Option<T>) -> T {
        let land = |landed: Landed<B::Error>| {
            self.begun.borrow_mut().retain(|(number, _)| *number != landed.number);
            landed.slot.replace(Some(landed.result));
        };
        self.flights.until(step, land).await
    }

    fn sectors(&self, first: u64, data: &Bytes) -> Range<u64> {
        let count = (data.len() as u64).div_ceil(u64::from(self.block.geometry().sector_bytes));
        first..first.saturating_add(count)
    }
}

impl<B: Block + fmt::Debug> fmt::Debug for Owned<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owned").field("block", &self.block).finish_non_exhaustive()
    }
}

impl<B: Block + 'static> Block for Owned<B> {
    type Error = B::Error;

    fn geometry(&self) -> Geometry {
        self.block.geometry()
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, B::Error> {
        self.block.read(first, count).await
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), B::Error> {
        let sectors = self.sectors(first, &data);
        self.own(sectors, |block| async move { block.write(first, data).await }).await
    }

    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), B::Error> {
        let sectors = self.sectors(first, &data);
        self.own(sectors, |block| async move { block.write_through(first, data).await }).await
    }

    async fn flush(&self) -> Result<(), B::Error> {
        let end = self.next.get();
        let is_done = || self.begun.borrow().iter().all(|(number, _)| *number >= end);
        self.until(|| is_done().then_some(())).await;
        // The disk below learns that it failed only where it is asked to the end. Nothing waits for its number.
        let block = Rc::clone(&self.block);
        self.carry(u64::MAX, async move { block.flush().await }).await
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), B::Error> {
        let sectors = first..first.saturating_add(count);
        self.own(sectors, |block| async move { block.discard(first, count).await }).await
    }
}

#[cfg(test)]
mod tests;
