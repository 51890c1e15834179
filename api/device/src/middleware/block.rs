//! A watched disk.

use bytes::Bytes;

use super::{Observer, Subject, Verb, Watched, WatchedError};
use crate::{Block, Geometry};

impl<D: Block, O: Observer> Block for Watched<D, O> {
    type Error = WatchedError<D::Error>;

    fn geometry(&self) -> Geometry {
        self.device.geometry()
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, Self::Error> {
        let size = u64::from(count) * u64::from(self.geometry().sector_bytes);
        let operation = self.operation(Verb::Read, Subject::Place(first), size);
        self.take(operation, async || self.device.read(first, count).await).await
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
        let request = async |data| self.device.write(first, data).await;
        self.give(Verb::Write, Subject::Place(first), data, request).await
    }

    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
        let request = async |data| self.device.write_through(first, data).await;
        self.give(Verb::WriteThrough, Subject::Place(first), data, request).await
    }

    async fn flush(&self) -> Result<(), Self::Error> {
        let request = async |_| self.device.flush().await;
        self.give(Verb::Flush, Subject::All, Bytes::new(), request).await
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), Self::Error> {
        let request = async |_| self.device.discard(first, count).await;
        self.give(Verb::Discard, Subject::Place(first), Bytes::new(), request).await
    }
}
