//! The disk.

use std::{
    cell::{Ref, RefCell},
    future::poll_fn,
    task::Poll,
};

use bytes::Bytes;
use sarab_device::{Block, Geometry};

use crate::{Counts, DiskError, Fault, Image, Mark, Trace, fault::Plan};

mod medium;

use medium::{Landing, Medium};

/// A disk that remembers what was asked of it, and does wrong what it was told to.
///
/// Without options it is a sound disk whose requests complete at once, with a write cache and
/// write-throughs of its own. It is the same in every run.
#[derive(Debug)]
pub struct Disk {
    geometry: Geometry,
    through: Through,
    medium: RefCell<Medium>,
}

/// How a disk makes a single write durable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Through {
    /// By itself, saying nothing of other writes ("FUA").
    #[default]
    Native,
    /// By a write and a flush.
    Emulated,
}

impl Disk {
    /// Makes a disk that holds `image`.
    #[must_use]
    pub fn new(image: Image) -> Self {
        let geometry = image.geometry();
        Self { geometry, through: Through::Native, medium: RefCell::new(Medium::new(image)) }
    }

    /// Has write-throughs made in that way.
    #[must_use]
    pub fn with_through(mut self, through: Through) -> Self {
        self.through = through;
        self
    }

    /// Has it refuse writes.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.geometry.is_writable = false;
        self
    }

    /// Has it go wrong by a plan. `seed` decides what the plan leaves open: places, noise, rates.
    #[must_use]
    pub fn with_faults(mut self, faults: Vec<Fault>, seed: u64) -> Self {
        self.medium.get_mut().fail(Plan::new(faults), seed);
        self
    }

    /// Has requests wait, and complete in an order that `seed` decides, each after up to `spread`
    /// others were looked at. A write that is dropped lands later, or never.
    #[must_use]
    pub fn with_delays(mut self, spread: u64, seed: u64) -> Self {
        self.medium.get_mut().delay(spread, seed);
        self
    }

    /// Has it panic after `requests` requests, so that who asks for ever is found out.
    #[must_use]
    pub fn with_limit(mut self, requests: u64) -> Self {
        self.medium.get_mut().left = requests;
        self
    }

    /// Has it forget what was asked, which is quicker.
    #[must_use]
    pub fn without_trace(mut self) -> Self {
        self.medium.get_mut().is_traced = false;
        self
    }

    /// Says how far the subject under test has come.
    pub fn mark(&self, mark: Mark) {
        self.medium.borrow_mut().mark(mark);
    }

    /// Says that `count` operations have been begun.
    pub fn attempted(&self, count: usize) {
        self.mark(Mark::Attempted(count));
    }

    /// Says that `count` operations must survive from now on.
    pub fn acknowledged(&self, count: usize) {
        self.mark(Mark::Acknowledged(count));
    }

    /// Says that the operation at `place` was refused, and everything is as before it.
    pub fn refused(&self, place: usize) {
        self.mark(Mark::Refused(place));
    }

    /// Says that nobody can tell what has become of the operation at `place`. It is the last.
    pub fn unclear(&self, place: usize) {
        self.mark(Mark::Unclear(place));
    }

    /// Returns how much was asked of it.
    pub fn counts(&self) -> Counts {
        self.medium.borrow().plan.counts()
    }

    /// Returns in how many requests something went wrong by the plan.
    pub fn struck(&self) -> u64 {
        self.medium.borrow().plan.struck()
    }

    /// Returns what a reader sees now.
    pub fn image(&self) -> Image {
        self.medium.borrow().current.clone()
    }

    /// Returns what was asked of it so far.
    pub fn trace(&self) -> Ref<'_, Trace> {
        Ref::map(self.medium.borrow(), |medium| &medium.trace)
    }

    /// Ends all faults, and forgets that a flush has failed.
    pub fn heal(&self) {
        let mut medium = self.medium.borrow_mut();
        medium.plan.heal();
        medium.has_failed_flush = false;
    }

    async fn put(&self, first: u64, data: Bytes, is_through: bool) -> Result<(), DiskError> {
        self.geometry.write_span(first, data.len())?;
        let begun = self.medium.borrow_mut().begin_write(first, &data, is_through);
        self.land(begun?).await
    }

    async fn land(&self, landing: Landing) -> Result<(), DiskError> {
        let due = landing.due;
        let mut flight = Flight { disk: self, landing: Some(landing) };
        self.wait(due).await;
        let landing = flight.landing.take();
        landing.map_or(Ok(()), |landing| self.medium.borrow_mut().land(landing))
    }

    /// Waits until the clock of the disk shows `due`.
    async fn wait(&self, due: u64) {
        poll_fn(|context| {
            let mut medium = self.medium.borrow_mut();
            if medium.tick() >= due {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

/// A write on its way.
struct Flight<'a> {
    disk: &'a Disk,
    landing: Option<Landing>,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        if let Some(landing) = self.landing.take() {
            self.disk.medium.borrow_mut().abandon(landing);
        }
    }
}

impl Block for Disk {
    type Error = DiskError;

    fn geometry(&self) -> Geometry {
        self.geometry
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, DiskError> {
        self.geometry.read_span(first, count)?;
        let due = self.medium.borrow_mut().due();
        self.wait(due).await;
        self.medium.borrow_mut().read(first, count)
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        self.put(first, data, false).await
    }

    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        match self.through {
            Through::Native => self.put(first, data, true).await,
            Through::Emulated => {
                self.write(first, data).await?;
                self.flush().await
            }
        }
    }

    async fn flush(&self) -> Result<(), DiskError> {
        let flush = self.medium.borrow_mut().begin_flush()?;
        self.wait(flush.due).await;
        self.medium.borrow_mut().end_flush(&flush)
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), DiskError> {
        let end = first.saturating_add(count).min(self.geometry.sector_count);
        if !self.geometry.is_writable || first >= end {
            return Ok(());
        }
        let landing = self.medium.borrow_mut().begin_discard(first, end);
        self.land(landing).await
    }
}

#[cfg(test)]
mod tests;
