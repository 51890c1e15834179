//! A network card that the host attaches.

mod error;
mod receive;
mod transmit;

use alloc::rc::Rc;

use bytes::Bytes;
use sarab_abi::{DEVICE_OFFLOADS, Kind, RECEIVE_PACKETS};
use sarab_device::{Mac, Net, Offloads, Packet};

pub use error::{CardError, OpenCardError};
use receive::Receiver;
use transmit::Transmitter;

use super::{boot, events};

/// Bytes in the header of a frame (IEEE 802.3-2022, clause 3).
const HEADER_BYTES: usize = 14;

/// The most bytes of a frame that the host cuts into segments: whatever IPv4 can carry (RFC 791 section
/// 3.1).
const LARGE_BYTES_MAX: usize = HEADER_BYTES + 65_535;

/// A network card that the host attaches.
///
/// The host takes frames that are longer than the wire carries and cuts them, and hands in such. A burst
/// of frames in either direction costs one ring of the doorbell.
pub struct Card {
    mac: Mac,
    mtu: usize,
    offloads: Offloads,
    transmitter: Rc<Transmitter>,
    receiver: Rc<Receiver>,
}

impl Card {
    /// Opens the card `name` of the image's manifest.
    #[expect(clippy::unused_async, reason = "a constructor of devices is async")]
    pub async fn open(name: &'static str) -> Result<Self, OpenCardError> {
        let device = boot::device(Kind::Network, name).ok_or(OpenCardError { name })?;
        let mut mac = [0; 6];
        mac.copy_from_slice(&device.extent[..6]);
        let [transmit, receive] = device.queues;
        // SAFETY: the device table says that these queues are there; a manifest lists a card once, and a
        // generated program opens it once.
        let (transmitter, receiver) = unsafe {
            (Transmitter::new(transmit, device.slots), Receiver::new(receive, device.slots))
        };
        let (transmitter, receiver) = (Rc::new(transmitter), Rc::new(receiver));
        events::add(Rc::clone(&transmitter) as _);
        events::add(Rc::clone(&receiver) as _);
        let offloads = match device.flags & DEVICE_OFFLOADS {
            0 => Offloads::NONE,
            _ => Offloads { checksum: true, frame_bytes_max: LARGE_BYTES_MAX },
        };
        let mtu = device.unit_bytes as usize;
        Ok(Self { mac: Mac(mac), mtu, offloads, transmitter, receiver })
    }
}

impl Net for Card {
    type Error = CardError;

    fn mac(&self) -> Mac {
        self.mac
    }

    fn mtu(&self) -> usize {
        self.mtu
    }

    fn offloads(&self) -> Offloads {
        self.offloads
    }

    async fn send(&self, frame: Bytes) -> Result<(), CardError> {
        self.send_packet(frame.into()).await
    }

    async fn recv(&self) -> Result<Bytes, CardError> {
        Ok(self.receiver.recv_frame(self.mtu + HEADER_BYTES).await)
    }

    async fn send_packet(&self, packet: Packet) -> Result<(), CardError> {
        let frame_bytes_max = match packet.segmentation {
            Some(_) => self.offloads.frame_bytes_max,
            None => self.mtu + HEADER_BYTES,
        };
        let size_bytes = packet.frame.len();
        if !(HEADER_BYTES..=frame_bytes_max).contains(&size_bytes) {
            return Err(CardError::Size { size_bytes, frame_bytes_max });
        }
        self.transmitter.send(packet).await;
        Ok(())
    }

    async fn recv_packet(&self) -> Result<Packet, CardError> {
        Ok(self.receiver.recv(RECEIVE_PACKETS).await)
    }
}
