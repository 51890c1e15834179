//! Network cards.

mod error;
mod frames;

use alloc::rc::Rc;

use bytes::Bytes;
use sarab_device::{Mac, Net, Offloads, Packet};

pub use error::CardError;
pub use frames::Frames;

/// Bytes in the header of a frame (IEEE 802.3-2022, clause 3).
pub const HEADER_BYTES: usize = 14;

/// The most bytes of a frame that a card cuts into segments: whatever IPv4 can carry (RFC 791 section
/// 3.1).
pub const LARGE_BYTES_MAX: usize = HEADER_BYTES + 65_535;

/// How frames are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Finished, and no longer than the wire carries.
    Frames,
    /// As the card has them.
    Packets,
}

/// The two queues of a card, as a driver makes them.
pub trait Port {
    /// Tells whether one more packet can be sent, of any size that the card takes.
    fn has_room(&self) -> bool;

    /// Sends a packet; there is room. The port keeps it until the device has taken it.
    fn send(&self, packet: Packet);

    /// Drops what the device has taken; tells whether there was something.
    fn drop_sent(&self) -> bool;

    /// Lends the device memory for frames in `form`, up to what the port has of it. Before it is
    /// called for the first time nothing is lent, and what comes is lost.
    fn lend(&self, form: Form);

    /// Returns the next packet that has come.
    fn next(&self) -> Option<Packet>;

    /// As [`Events::notify`](crate::Events::notify).
    fn notify(&self) {}

    /// As [`Events::listen`](crate::Events::listen).
    fn listen(&self, is_wanted: bool) {
        let _ = is_wanted;
    }
}

/// What a card is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Its address.
    pub mac: Mac,
    /// The most bytes that a frame carries behind its header.
    pub mtu: usize,
    /// What it does for its user.
    pub offloads: Offloads,
}

/// A network card that a driver has a [`Port`] for.
///
/// A burst of frames in either direction costs one notification.
pub struct Card<P> {
    properties: Properties,
    frames: Rc<Frames<P>>,
}

impl<P: Port> Card<P> {
    /// Makes a card. The machine asks `frames` for its events.
    pub fn new(properties: Properties, frames: Rc<Frames<P>>) -> Self {
        Self { properties, frames }
    }
}

impl<P: Port> Net for Card<P> {
    type Error = CardError;

    fn mac(&self) -> Mac {
        self.properties.mac
    }

    fn mtu(&self) -> usize {
        self.properties.mtu
    }

    fn offloads(&self) -> Offloads {
        self.properties.offloads
    }

    async fn send(&self, frame: Bytes) -> Result<(), CardError> {
        self.send_packet(frame.into()).await
    }

    async fn recv(&self) -> Result<Bytes, CardError> {
        Ok(self.frames.recv_frame(self.properties.mtu + HEADER_BYTES).await)
    }

    async fn send_packet(&self, packet: Packet) -> Result<(), CardError> {
        let Properties { mtu, offloads, .. } = self.properties;
        let frame_bytes_max = match packet.segmentation {
            Some(_) => offloads.frame_bytes_max,
            None => mtu + HEADER_BYTES,
        };
        let size_bytes = packet.frame.len();
        if !(HEADER_BYTES..=frame_bytes_max).contains(&size_bytes) {
            return Err(CardError::Size { size_bytes, frame_bytes_max });
        }
        let packet = if offloads.checksum { packet } else { packet.into_frame().into() };
        self.frames.send(packet).await;
        Ok(())
    }

    async fn recv_packet(&self) -> Result<Packet, CardError> {
        Ok(self.frames.recv(Form::Packets).await)
    }
}
