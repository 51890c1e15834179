//! A network card that the host attaches.

mod receive;
mod transmit;

use alloc::rc::Rc;

use sarab_abi::{DEVICE_OFFLOADS, Kind, RECEIVE_FRAMES, RECEIVE_PACKETS};
use sarab_bare::events;
use sarab_device::{Mac, Offloads, Packet};
use sarab_queue::card::{self, Form, Frames, LARGE_BYTES_MAX, Properties};

use receive::Receiver;
use transmit::Transmitter;

use super::{boot, open::OpenError};

/// A network card that the host attaches.
///
/// The host takes frames that are longer than the wire carries and cuts them, and hands in such.
pub type Card = card::Card<CardPort>;

/// Opens the card `name` of the image's manifest.
pub async fn open_card(name: &'static str) -> Result<Card, OpenError> {
    let device = boot::device(Kind::Network, name).ok_or(OpenError::Card { name })?;
    let mut mac = [0; 6];
    mac.copy_from_slice(&device.extent[..6]);
    let offloads = match device.flags & DEVICE_OFFLOADS {
        0 => Offloads::NONE,
        _ => Offloads { checksum: true, frame_bytes_max: LARGE_BYTES_MAX },
    };
    let [transmit, receive] = device.queues;
    // SAFETY: the device table says that these queues are there; a manifest lists a card once, and a
    // generated program opens it once.
    let (transmitter, receiver) =
        unsafe { (Transmitter::new(transmit, device.slots), Receiver::new(receive, device.slots)) };
    let frames = Rc::new(Frames::new(CardPort { transmitter, receiver }));
    events::add(Rc::clone(&frames) as _);
    let properties = Properties { mac: Mac(mac), mtu: device.unit_bytes as usize, offloads };
    Ok(Card::new(properties, frames))
}

/// The two queues of a card.
pub struct CardPort {
    transmitter: Transmitter,
    receiver: Receiver,
}

impl card::Port for CardPort {
    fn has_room(&self) -> bool {
        self.transmitter.has_room()
    }

    fn send(&self, packet: Packet) {
        self.transmitter.send(packet);
    }

    fn drop_sent(&self) -> bool {
        self.transmitter.drop_sent()
    }

    fn lend(&self, form: Form) {
        self.receiver.lend(match form {
            Form::Frames => RECEIVE_FRAMES,
            Form::Packets => RECEIVE_PACKETS,
        });
    }

    fn next(&self) -> Option<Packet> {
        self.receiver.next()
    }
}
