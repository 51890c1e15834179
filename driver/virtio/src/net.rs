//! Network cards (virtio 1.2 section 5.1).
//!
//! A frame has a header before it, which is that of [`sarab_vnet`] and then (section 5.1.6):
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 10 | 2 | received: how many buffers the frame lies in, behind each other; sent: 0 |
//!
//! The queues are 0 for receiving, 1 for sending, and 2 for commands.

mod config;
mod control;
mod joint;
mod receive;
mod slab;
mod transmit;

use alloc::rc::Rc;

use sarab_device::Packet;
use sarab_queue::card::{self, Form, Frames, Properties};

use crate::{Class, OpenError, Transport, device::Device};

use config::Config;
use control::Control;
use receive::Receiver;
use transmit::Transmitter;

/// A network card.
pub type Card = card::Card<CardPort>;

/// Bytes of the header.
const HEADER_BYTES: usize = sarab_vnet::HEADER_BYTES + 2;

/// The most bytes of memory that a card fills with frames at a time, where there is enough.
pub const RECEIVE_BYTES: usize = 512 * 1024;

/// The two queues of a card.
pub struct CardPort {
    device: Device,
    properties: Properties,
    receiver: Receiver,
    transmitter: Transmitter,
    control: Option<Control>,
}

impl CardPort {
    /// Opens the card behind the transport, which is lent up to about `receive_bytes` of memory for
    /// frames at a time; [`RECEIVE_BYTES`] is plenty. With little it is asked for short frames only.
    ///
    /// # Safety
    ///
    /// Memory is mapped one to one, as the device sees it; the device writes to what it was lent only;
    /// and nobody else uses it, but to reset it for good or to acknowledge its interrupts.
    pub unsafe fn open(
        transport: Rc<dyn Transport>,
        receive_bytes: usize,
    ) -> Result<Self, OpenError> {
        let mut device = Device::start(transport, Class::Card)?;
        let wanted = config::wanted(&device, receive_bytes)?;
        device.agree(wanted)?;
        let Config { properties, receive, has_congestion } = Config::read(&device)?;
        let receiver = Receiver::open(&device, receive, receive_bytes)?;
        let transmitter = Transmitter::open(&device, has_congestion)?;
        let control = Control::open(&device)?;
        device.ready();
        Ok(Self { device, properties, receiver, transmitter, control })
    }

    /// Returns what the card is.
    pub fn properties(&self) -> Properties {
        self.properties
    }

    /// Returns the transport, whose interrupts the machine acknowledges.
    pub fn transport(&self) -> &Rc<dyn Transport> {
        self.device.transport()
    }

    /// Makes the card of it, and that of which the machine asks events.
    pub fn into_card(self) -> (Card, Rc<Frames<Self>>) {
        let properties = self.properties;
        let frames = Rc::new(Frames::new(self));
        (card::Card::new(properties, Rc::clone(&frames)), frames)
    }
}

impl card::Port for CardPort {
    #[inline]
    fn has_room(&self) -> bool {
        // What is sent to a card that was given up is lost, as on a cable that was cut.
        self.transmitter.has_room() || !self.device.is_running()
    }

    #[inline]
    fn send(&self, packet: Packet) {
        if self.device.is_running() {
            self.transmitter.send(packet);
        }
    }

    #[inline]
    fn drop_sent(&self) -> bool {
        self.transmitter.drop_sent(&self.device)
    }

    fn lend(&self, form: Form) {
        if !self.device.is_running() {
            return;
        }
        if let Some(control) = &self.control {
            control.receive(&self.device, form);
        }
        self.receiver.lend();
    }

    #[inline]
    fn next(&self) -> Option<Packet> {
        self.receiver.next(&self.device)
    }

    fn notify(&self) {
        self.receiver.notify(&self.device);
        self.transmitter.notify(&self.device);
    }

    fn listen(&self, is_wanted: bool) {
        self.receiver.listen(is_wanted);
        self.transmitter.listen(is_wanted);
    }
}
