//! Writing: into memory, and from there to the disk.

use alloc::{rc::Rc, vec::Vec};
use core::{
    cell::{Cell, RefCell},
    future::poll_fn,
    ops::Range,
    task::Poll,
};

use sarab_device::{Block, Bytes};

use super::{Cache, CacheError, error::Failure, pages::Way, read::count_up};
use crate::flight::{Slot, is_common};

/// What a request to the disk has come to.
pub(super) enum Landed<E> {
    /// A write of what had been written into memory.
    Back { sectors: Range<u64>, result: Result<(), E> },
    /// A write-through.
    Through { sectors: Range<u64>, result: Result<(), E>, slot: Slot<E> },
    /// A discard.
    Discard { sectors: Range<u64>, result: Result<(), E>, slot: Slot<E> },
    /// The flush of this number.
    Flush { number: u64, result: Result<(), E> },
}

/// The flushes of the disk below, one at a time, and what holds writes up.
#[derive(Default)]
pub(super) struct Flushes {
    /// Writes that are on their way.
    writing: Cell<usize>,
    /// Writes that have landed.
    landed: Cell<u64>,
    /// The number of the last flush that began, and the writes that had landed by then.
    begun: Cell<(u64, u64)>,
    /// The number of the last flush that was done.
    done: Cell<u64>,
    /// Sectors that are being discarded.
    discards: RefCell<Vec<Range<u64>>>,
}

impl Flushes {
    fn is_held(&self, sectors: &Range<u64>) -> bool {
        self.discards.borrow().iter().any(|held| is_common(sectors, held))
    }
}

impl<B: Block + 'static> Cache<B> {
    /// Takes sectors in, a part at a time where they are many.
    pub(super) async fn write_sectors(
        &self,
        mut first: u64,
        mut data: Bytes,
    ) -> Result<(), CacheError<B::Error>> {
        while !data.is_empty() {
            let (sectors, part) = self.part(first, &mut data);
            self.until(|| self.room(&sectors)).await?;
            self.take_in(first, &part, Way::Later);
            first = sectors.end;
        }
        if self.pages.borrow().unclean() > self.limits.unclean / 2 {
            self.begin_writing().await;
        }
        Ok(())
    }

    /// Cuts off as much as is taken in at once.
    fn part(&self, first: u64, data: &mut Bytes) -> (Range<u64>, Bytes) {
        let most = self.limits.chunk * self.layout.page_bytes();
        let part = data.split_to(most.min(data.len()));
        (first..first + self.layout.sectors(part.len()), part)
    }

    fn take_in(&self, first: u64, data: &[u8], way: Way) {
        self.readers.spoil(&(first..first + self.layout.sectors(data.len())));
        self.pages.borrow_mut().write(first, data, way);
    }

    /// Says whether there is room for these sectors, and makes some if there is none.
    fn room(&self, sectors: &Range<u64>) -> Option<Result<(), Failure>> {
        let pages = self.pages.borrow();
        if pages.unclean() + pages.clean_among(sectors) <= self.limits.unclean {
            return Some(Ok(()));
        }
        drop(pages);
        self.write_more(u64::MAX).err().map(Err)
    }

    /// Begins to write, without waiting for it.
    async fn begin_writing(&self) {
        // A failure is kept for the next flush.
        let _ = self.write_more(u64::MAX);
        poll_fn(|context| {
            self.flights.turn(context, &|landed| self.land(landed));
            Poll::Ready(())
        })
        .await;
        self.flights.wake();
    }

    /// Begins to write what write `sequence` or an earlier one has left, as much as may be at once.
    fn write_more(&self, sequence: u64) -> Result<(), Failure> {
        self.sound()?;
        while self.flushes.writing.get() < self.limits.flights {
            let is_held = |sectors: Range<u64>| self.flushes.is_held(&sectors);
            let run = self.pages.borrow_mut().launch(sequence, self.limits.run, is_held);
            let Some((first, data)) = run else { break };
            let (block, sectors) =
                (Rc::clone(&self.block), first..first + self.layout.sectors(data.len()));
            count_up(&self.counts.written, 1);
            self.flushes.writing.set(self.flushes.writing.get() + 1);
            self.flights.start(async move {
                let result = block.write(first, data.into()).await;
                Landed::Back { sectors, result }
            });
        }
        Ok(())
    }

    /// Writes all that was written before, and waits for it.
    pub(super) async fn write_back(&self) -> Result<(), CacheError<B::Error>> {
        let sequence = self.pages.borrow().sequence();
        let step = || {
            if let Err(failure) = self.sound() {
                return Some(Err(failure));
            }
            if !self.pages.borrow().is_pending(sequence) {
                return Some(Ok(()));
            }
            self.write_more(sequence).err().map(Err)
        };
        Ok(self.until(step).await?)
    }

    /// Flushes the disk below, together with whoever else wants to.
    pub(super) async fn flush_below(&self) -> Result<(), CacheError<B::Error>> {
        let flushes = &self.flushes;
        let wanted = flushes.landed.get();
        let joined = Cell::new(None);
        let step = || {
            if let Err(failure) = self.sound() {
                return Some(Err(failure));
            }
            let ((number, covered), done) = (flushes.begun.get(), flushes.done.get());
            match joined.get() {
                Some(number) => return (done >= number).then_some(Ok(())),
                None if done < number && covered >= wanted => joined.set(Some(number)),
                // One that does not cover what is wanted is on its way.
                None if done < number => {}
                None => joined.set(Some(self.start_flush())),
            }
            None
        };
        Ok(self.until(step).await?)
    }

    fn start_flush(&self) -> u64 {
        let number = self.flushes.begun.get().0 + 1;
        self.flushes.begun.set((number, self.flushes.landed.get()));
        let block = Rc::clone(&self.block);
        self.flights.start(async move { Landed::Flush { number, result: block.flush().await } });
        number
    }

    /// Writes sectors through, a part at a time where they are many.
    pub(super) async fn write_sectors_through(
        &self,
        mut first: u64,
        mut data: Bytes,
    ) -> Result<(), CacheError<B::Error>> {
        self.sound()?;
        while !data.is_empty() {
            let (sectors, part) = self.part(first, &mut data);
            self.until(|| if self.is_busy(&sectors) { None } else { self.room(&sectors) }).await?;
            self.take_in(first, &part, Way::Now);
            let (block, slot) = (Rc::clone(&self.block), Slot::default());
            let (end, landing) = (sectors.end, Rc::clone(&slot));
            self.flights.start(async move {
                let result = block.write_through(sectors.start, part).await;
                Landed::Through { sectors, result, slot: landing }
            });
            self.until(|| slot.take()).await.map_err(CacheError::Device)?;
            first = end;
        }
        Ok(())
    }

    /// Drops sectors from memory and has the disk below discard them.
    ///
    /// What is written to them meanwhile waits for that, so that it is not discarded with them.
    pub(super) async fn discard_sectors(
        &self,
        first: u64,
        count: u64,
    ) -> Result<(), CacheError<B::Error>> {
        if count == 0 {
            return Ok(());
        }
        let sectors = first..first + count;
        self.until(|| (!self.is_busy(&sectors)).then_some(())).await;
        self.readers.spoil(&sectors);
        self.pages.borrow_mut().forget(sectors.clone());
        self.flushes.discards.borrow_mut().push(sectors.clone());
        let (block, slot) = (Rc::clone(&self.block), Slot::default());
        let landing = Rc::clone(&slot);
        self.flights.start(async move {
            let result = block.discard(first, count).await;
            Landed::Discard { sectors, result, slot: landing }
        });
        self.until(|| slot.take()).await.map_err(CacheError::Device)
    }

    /// Returns whether some of these sectors are being written, or discarded.
    fn is_busy(&self, sectors: &Range<u64>) -> bool {
        self.flushes.is_held(sectors) || self.pages.borrow().is_flying(sectors.clone())
    }

    fn sound(&self) -> Result<(), Failure> {
        self.failure.borrow().clone().map_or(Ok(()), Err)
    }

    /// Waits until `step` says that it is done; what `step` begins goes on meanwhile.
    async fn until<T>(&self, step: impl FnMut() -> Option<T>) -> T {
        self.flights.until(step, |landed| self.land(landed)).await
    }

    fn land(&self, landed: Landed<B::Error>) {
        let flushes = &self.flushes;
        match landed {
            Landed::Back { sectors, result } => {
                self.pages.borrow_mut().land(sectors, result.is_ok());
                flushes.writing.set(flushes.writing.get() - 1);
                flushes.landed.set(flushes.landed.get() + 1);
                self.note("write", result);
            }
            Landed::Through { sectors, result, slot } => {
                self.pages.borrow_mut().land(sectors, result.is_ok());
                slot.replace(Some(result));
            }
            Landed::Discard { sectors, result, slot } => {
                flushes.discards.borrow_mut().retain(|held| *held != sectors);
                slot.replace(Some(result));
            }
            Landed::Flush { number, result } => {
                flushes.done.set(number);
                self.note("flush", result);
            }
        }
    }

    /// Keeps the first failure to make durable what had been written.
    fn note(&self, request: &'static str, result: Result<(), B::Error>) {
        if let Err(error) = result {
            self.failure.borrow_mut().get_or_insert_with(|| Failure::new(request, &error));
        }
    }
}
