//! A watched network card.

use bytes::Bytes;

use super::{Answer, Observer, Subject, Verb, Watched, WatchedError, flipped};
use crate::{Mac, Net};

impl<D: Net, O: Observer> Net for Watched<D, O> {
    type Error = WatchedError<D::Error>;

    fn mac(&self) -> Mac {
        self.device.mac()
    }

    fn mtu(&self) -> usize {
        self.device.mtu()
    }

    async fn send(&self, frame: Bytes) -> Result<(), Self::Error> {
        let request = async |frame| self.device.send(frame).await;
        self.give(Verb::Send, Subject::All, frame, request).await
    }

    async fn recv(&self) -> Result<Bytes, Self::Error> {
        let operation = self.operation(Verb::Recv, Subject::All, 0);
        let request = async || self.device.recv().await.map(Frame);
        self.take(operation, request).await.map(|Frame(frame)| frame)
    }
}

/// A frame on its way in; unlike a sector, it can be lost.
struct Frame(Bytes);

impl Answer for Frame {
    const CAN_BE_LOST: bool = true;

    fn data(&self) -> &[u8] {
        &self.0
    }

    fn corrupt(self, bit: u64) -> Self {
        Self(flipped(&self.0, bit))
    }
}
