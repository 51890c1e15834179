//! Network cards: Ethernet frames in and out.

use core::fmt;

use bytes::Bytes;

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
    async fn recv(&self) -> Result<Bytes, Self::Error>;
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
