//! A disk that remembers all that was asked of it.

use std::{cell::RefCell, ops::Range, rc::Rc};

use embassy_futures::yield_now;
use sarab_device::{Block, Bytes, Error, ErrorKind, Geometry, SpanError};

pub(crate) const SECTOR_BYTES: usize = 512;

/// What was asked of a disk.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Write {
        first: u64,
        data: Bytes,
    },
    /// The write to these sectors has become durable by itself.
    Through(Range<u64>),
    Flush,
}

/// A disk that remembers all that was asked of it. Its copies are the same disk.
#[derive(Clone)]
pub(crate) struct Recorder {
    inner: Rc<RefCell<Inner>>,
    sector_count: u64,
}

struct Inner {
    image: Vec<u8>,
    events: Vec<Event>,
    /// So many writes and flushes until one fails; a write-through is both.
    good: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DiskError {
    Span(SpanError),
    Broken,
}

impl Recorder {
    pub(crate) fn new(image: Vec<u8>) -> Self {
        let sector_count = (image.len() / SECTOR_BYTES) as u64;
        let inner = Inner { image, events: Vec::new(), good: None };
        Self { inner: Rc::new(RefCell::new(inner)), sector_count }
    }

    pub(crate) fn blank(pages: usize) -> Self {
        Self::new(vec![0; pages * 4096])
    }

    pub(crate) fn image(&self) -> Vec<u8> {
        self.inner.borrow().image.clone()
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Vec<u8>)) {
        change(&mut self.inner.borrow_mut().image);
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.inner.borrow().events.clone()
    }

    pub(crate) fn event_count(&self) -> usize {
        self.inner.borrow().events.len()
    }

    /// Lets the disk fail for ever after `good` more writes and flushes.
    pub(crate) fn fail_after(&self, good: u64) {
        self.inner.borrow_mut().good = Some(good);
    }

    pub(crate) fn repair(&self) {
        self.inner.borrow_mut().good = None;
    }

    fn step(&self) -> Result<(), DiskError> {
        match &mut self.inner.borrow_mut().good {
            Some(0) => Err(DiskError::Broken),
            Some(good) => {
                *good -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Block for Recorder {
    type Error = DiskError;

    fn geometry(&self) -> Geometry {
        Geometry {
            sector_bytes: SECTOR_BYTES as u32,
            sector_count: self.sector_count,
            is_writable: true,
        }
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, DiskError> {
        let span = self.geometry().read_span(first, count).map_err(DiskError::Span)?;
        let (start, size) = (span.start_bytes as usize, span.size_bytes as usize);
        Ok(Bytes::copy_from_slice(&self.inner.borrow().image[start..start + size]))
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        let span = self.geometry().write_span(first, data.len()).map_err(DiskError::Span)?;
        self.step()?;
        let mut inner = self.inner.borrow_mut();
        let start = span.start_bytes as usize;
        inner.image[start..start + data.len()].copy_from_slice(&data);
        inner.events.push(Event::Write { first, data });
        Ok(())
    }

    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        let sectors = first..first + (data.len() / SECTOR_BYTES) as u64;
        self.write(first, data).await?;
        self.step()?;
        // Twice, since who owns the write polls it again before anybody else is.
        yield_now().await;
        yield_now().await;
        self.inner.borrow_mut().events.push(Event::Through(sectors));
        Ok(())
    }

    async fn flush(&self) -> Result<(), DiskError> {
        self.step()?;
        yield_now().await;
        self.inner.borrow_mut().events.push(Event::Flush);
        Ok(())
    }
}

impl std::fmt::Display for DiskError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Span(error) => error.fmt(f),
            Self::Broken => f.write_str("the disk is broken"),
        }
    }
}

impl std::error::Error for DiskError {}

impl Error for DiskError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Span(error) => error.kind(),
            Self::Broken => ErrorKind::Failed,
        }
    }
}
