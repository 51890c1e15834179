//! A disk that takes its time, and minds being asked for two things at once in one place.

use core::cell::{Cell, RefCell};

use embassy_futures::yield_now;

use super::*;

/// Does each request at some later moment. Two writes of a sector at once are an error here.
pub(super) struct Slow<D> {
    disk: D,
    state: Cell<u64>,
    writing: RefCell<Vec<(u64, u64)>>,
}

impl<D: Block> Slow<D> {
    pub(super) fn new(disk: D, seed: u64) -> Self {
        Self { disk, state: Cell::new(seed), writing: RefCell::default() }
    }

    async fn pause(&self) {
        let state = self.state.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.state.set(state);
        for _ in 0..state >> 61 {
            yield_now().await;
        }
    }

    fn begin(&self, first: u64, count: u64) {
        let mut writing = self.writing.borrow_mut();
        let is_common = |(start, size): &(u64, u64)| *start < first + count && first < start + size;
        assert!(!writing.iter().any(is_common), "sectors {first}.. are written twice at once");
        writing.push((first, count));
    }

    fn end(&self, first: u64, count: u64) {
        let mut writing = self.writing.borrow_mut();
        let at = writing.iter().position(|it| *it == (first, count)).expect("it has begun");
        writing.swap_remove(at);
    }
}

impl<D: Block> Block for Slow<D> {
    type Error = D::Error;

    fn geometry(&self) -> Geometry {
        self.disk.geometry()
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, D::Error> {
        self.pause().await;
        let data = self.disk.read(first, count).await;
        self.pause().await;
        data
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), D::Error> {
        let count = data.len() as u64 / u64::from(self.geometry().sector_bytes);
        self.begin(first, count);
        self.pause().await;
        let result = self.disk.write(first, data).await;
        self.pause().await;
        self.end(first, count);
        result
    }

    async fn flush(&self) -> Result<(), D::Error> {
        self.pause().await;
        self.disk.flush().await
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), D::Error> {
        self.begin(first, count);
        self.pause().await;
        let result = self.disk.discard(first, count).await;
        self.end(first, count);
        result
    }
}
