//! A watched network card.

use bytes::Bytes;

use super::{Observer, Payload, Subject, Verb, Watched, WatchedError, flipped};
use crate::{Checksum, Mac, Net, Offloads, Packet};

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

    fn offloads(&self) -> Offloads {
        self.device.offloads()
    }

    async fn send_packet(&self, packet: Packet) -> Result<(), Self::Error> {
        let request = async |packet| self.device.send_packet(packet).await;
        self.give(Verb::Send, Subject::All, packet, request).await
    }

    async fn recv_packet(&self) -> Result<Packet, Self::Error> {
        let operation = self.operation(Verb::Recv, Subject::All, 0);
        self.take(operation, async || self.device.recv_packet().await).await
    }
}

/// A frame on its way in; unlike a sector, it can be lost.
struct Frame(Bytes);

impl Payload for Frame {
    const CAN_BE_LOST: bool = true;

    fn data(&self) -> &[u8] {
        &self.0
    }

    fn corrupt(self, bit: u64) -> Self {
        Self(flipped(&self.0, bit))
    }
}

impl Payload for Packet {
    const CAN_BE_LOST: bool = true;

    fn data(&self) -> &[u8] {
        &self.frame
    }

    /// Damages the frame in a way that its checksum tells, as damage on a wire does: nobody vouches
    /// for it, and what is still to be cut starts from a wrong sum.
    fn corrupt(self, bit: u64) -> Self {
        let Self { checksum, segmentation, .. } = self;
        if let (Checksum::Partial { start, offset }, Some(_)) = (checksum, segmentation) {
            let field_bit = (u64::from(start) + u64::from(offset)) * 8;
            let frame = flipped(&flipped(&self.frame, bit), field_bit);
            return Self { frame, checksum, segmentation };
        }
        let frame = flipped(&self.into_frame(), bit);
        Self { frame, checksum: Checksum::Complete, segmentation }
    }
}
