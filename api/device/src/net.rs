//! Network cards: Ethernet frames in and out.

mod packet;

use core::fmt;

use bytes::Bytes;

pub(crate) use self::packet::checksum;
pub use self::packet::{Checksum, IpVersion, Packet, Segmentation};
use crate::Error;

/// A network card that carries Ethernet frames.
///
/// **Shape.** A frame is a whole Ethernet II frame: destination, source, type, payload; without
/// preamble and without check sequence (IEEE 802.3-2022, clause 3). It is at most
/// [`mtu`](Net::mtu) + 14 bytes long. Short frames need no padding.
///
/// **Loss.** A frame may be lost, doubled or overtaken on its way. Whatever the device could not
/// take in time, it drops, as a card does.
///
/// **Batches.** A device tells its other side of new frames once a burst: no later than when the
/// machine next has nothing to run. So a loop of sends costs one notification, not one a frame.
///
/// **Offloads.** Some cards finish frames on their way out and hand them in unfinished, which
/// [`offloads`](Net::offloads) tells. Who can deal with that uses [`send_packet`](Net::send_packet)
/// and [`recv_packet`](Net::recv_packet); to all others every card is plain.
pub trait Net {
    /// What goes wrong with it.
    type Error: Error;

    /// Returns the address of the card.
    fn mac(&self) -> Mac;

    /// Returns the most bytes that a frame carries after its 14-byte header; 1500 most often.
    fn mtu(&self) -> usize;

    /// Sends `frame`; waits while the device has no room for it.
    ///
    /// Completing means that the device has taken it, not that anybody received it. Dropping the
    /// future either sends the whole frame or none of it.
    ///
    /// Fails with [`InvalidInput`](crate::ErrorKind::InvalidInput) if it is shorter than a header
    /// or longer than the device carries.
    async fn send(&self, frame: Bytes) -> Result<(), Self::Error>;

    /// Waits for the next frame. Frames are returned once each, in the order of their arrival.
    ///
    /// Dropping the future loses no frame. With two waiting at once, either gets it.
    ///
    /// The frame is finished: it is no longer than the card carries, and has all its checksums.
    async fn recv(&self) -> Result<Bytes, Self::Error>;

    /// Returns what the card does for its user. It does not change.
    fn offloads(&self) -> Offloads {
        Offloads::NONE
    }

    /// Sends `packet`; waits like [`send`](Net::send), and may be dropped like it.
    ///
    /// The card finishes it first: fills the checksum in, and cuts the frame into segments. All that
    /// become of one packet are sent, or none.
    ///
    /// Fails with [`InvalidInput`](crate::ErrorKind::InvalidInput) like [`send`](Net::send), where
    /// a frame that is to be cut may have [`frame_bytes_max`](Offloads::frame_bytes_max).
    async fn send_packet(&self, packet: Packet) -> Result<(), Self::Error> {
        self.send(packet.into_frame()).await
    }

    /// Waits for the next packet; like [`recv`](Net::recv), but the packet is as the card has it:
    /// the checksum may be left open, and the frame may be as long as
    /// [`frame_bytes_max`](Offloads::frame_bytes_max).
    ///
    /// Who receives in turn by this and by [`recv`](Net::recv) may lose packets in between.
    async fn recv_packet(&self) -> Result<Packet, Self::Error> {
        Ok(self.recv().await?.into())
    }
}

/// What a card does for its user, in both directions (virtio 1.2 section 5.1.3.1, features
/// `VIRTIO_NET_F_CSUM` and `VIRTIO_NET_F_GUEST_CSUM`, `..._HOST_TSO4` and the like).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offloads {
    /// Whether it takes frames whose checksum is open, and may return such.
    pub checksum: bool,
    /// The most bytes of a frame, its header included, that it cuts into segments of TCP by itself,
    /// and that it returns at most; 0 if it does neither. A card that cuts does checksums, too.
    pub frame_bytes_max: usize,
}

impl Offloads {
    /// Those of a plain card.
    pub const NONE: Self = Self { checksum: false, frame_bytes_max: 0 };
}

/// An Ethernet address (EUI-48).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// The address that every card listens to.
    pub const BROADCAST: Self = Self([0xff; 6]);
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, rest @ ..] = self.0;
        write!(f, "{first:02x}")?;
        rest.iter().try_for_each(|byte| write!(f, ":{byte:02x}"))
    }
}
