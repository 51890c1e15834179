//! Network cards (Xen, `io/netif.h`).
//!
//! **Out.** A frame is granted page by page where it lies, and stays until the back end has taken it. One that would
//! lie across two pages and fits one is copied: that costs less than a second grant. What the back end does not do
//! itself (checksums, cutting), the driver does.
//!
//! **In.** The back end writes into pages that stay granted, and the driver copies each frame out of them, once, into a
//! piece of memory that many frames share. So a frame costs no allocation and no change of a grant; one that comes in
//! several pages is put together by the same copy; and nobody can change a frame that is being looked at.
//!
//! Long frames are asked for if the back end takes such, too. A user who wants finished frames
//! ([`Form::Frames`]) gets them cut here: the back end is told once, before anybody has asked.
//!
//! **A back end that goes** is waited for; meanwhile frames are lost, as by a cable that is out.

mod assembly;
mod features;
pub(crate) mod headers;
mod receive;
mod split;
mod transmit;
pub(crate) mod wire;

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};

use sarab_device::{Mac, Offloads, Packet};
use sarab_queue::card::{self, Form, Frames, HEADER_BYTES, Properties};

use features::Features;
use receive::Receiver;
use transmit::Transmitter;
use wire::{RECEIVE_BYTES, SLOTS, TRANSMIT_BYTES};

use crate::{
    bus::{ConnectError, End, Front, Kind, Parting, Phase, State},
    channel::Channel,
    grant::Grants,
    ring::Ring,
    store::Store,
};

/// The most bytes of a frame that the rings carry (`XEN_NETIF_MAX_TX_SIZE`).
pub const FRAME_BYTES_MAX: usize = 0xffff;

/// What a frame carries at most, if nobody says so.
const MTU: usize = 1500;

/// A network card that another domain serves.
pub type Card = card::Card<CardPort>;

/// Opens the card with the handle `handle`; waits until it is served.
///
/// The machine asks the frames for their events.
pub fn open(store: &Rc<Store>, handle: u32) -> Result<(Card, Rc<Frames<CardPort>>), ConnectError> {
    let front = Front::new(store, Kind::Network, handle)?;
    let shape = |key| ConnectError::Shape { path: front.path().into(), key };
    let mac = features::mac(&front.own("mac")?).ok_or_else(|| shape("mac"))?;
    let mtu = front.own("mtu").ok().and_then(|text| text.parse().ok()).unwrap_or(MTU);
    let port = CardPort {
        front,
        link: RefCell::new(None),
        features: Cell::new(Features::default()),
        is_long: Cell::new(None),
        mtu: Cell::new(mtu.clamp(68, FRAME_BYTES_MAX - HEADER_BYTES)),
        form: Cell::new(None),
        transmitter: RefCell::new(Transmitter::new()),
        receiver: RefCell::new(Receiver::new()),
    };
    port.front.connect(&port)?;
    let properties = port.properties(mac);
    let frames = Rc::new(Frames::new(port));
    Ok((Card::new(properties, Rc::clone(&frames)), frames))
}

/// The two rings of a card.
pub struct CardPort {
    front: Front,
    link: RefCell<Option<Link>>,
    features: Cell<Features>,
    /// Whether frames may be longer than the wire carries; it is decided with the first back end.
    is_long: Cell<Option<bool>>,
    mtu: Cell<usize>,
    /// How frames are asked for, once they are.
    form: Cell<Option<Form>>,
    transmitter: RefCell<Transmitter>,
    receiver: RefCell<Receiver>,
}

/// What leads to the back end.
struct Link {
    transmit: Ring,
    receive: Ring,
    channel: Channel,
}

impl CardPort {
    /// Begins anew after the guest has moved; see [`Domain::suspend`](crate::Domain::suspend). Frames on their way are
    /// lost.
    pub fn resume(&self) -> Result<(), ConnectError> {
        self.front.resume(self)
    }

    fn properties(&self, mac: Mac) -> Properties {
        let frame_bytes_max = if self.is_long() { FRAME_BYTES_MAX } else { 0 };
        let offloads = Offloads { checksum: true, frame_bytes_max };
        Properties { mac, mtu: self.mtu.get(), offloads }
    }

    fn is_long(&self) -> bool {
        self.is_long.get().unwrap_or(false)
    }

    fn grants(&self) -> &Grants {
        self.front.domain().grants()
    }

    /// Does something with the link, if the back end is there.
    fn linked<T>(&self, action: impl FnOnce(&Link) -> T) -> Option<T> {
        let link = self.link.borrow();
        link.as_ref().filter(|_| self.front.phase() == Phase::Connected).map(action)
    }

    fn tell_if(&self, link: &Link, is_wanted: bool) {
        if is_wanted {
            self.front.domain().channels().send(link.channel);
        }
    }

    /// Takes the next packet; gives the back end up where its ring makes no sense.
    fn receive(&self) -> Option<Packet> {
        let frame_bytes_max =
            if self.is_long() { FRAME_BYTES_MAX } else { self.mtu.get() + HEADER_BYTES };
        let form = self.form.get().unwrap_or(Form::Frames);
        let mut receiver = self.receiver.borrow_mut();
        let taken = self.linked(|link| receiver.next(&link.receive, form, frame_bytes_max));
        drop(receiver);
        taken?.unwrap_or_else(|_| {
            self.front.give_up(self);
            None
        })
    }
}

impl Drop for CardPort {
    /// Lets go of the rings, whose pages must not be used for anything else while they are granted.
    fn drop(&mut self) {
        self.front.abandon(self);
    }
}

impl End for CardPort {
    const OFFERED: State = State::Connected;

    fn offer(&self, front: &Front) -> Result<(), ConnectError> {
        let features = Features::read(front);
        self.features.set(features);
        let is_long = self.is_long.get().unwrap_or(features.takes_long());
        self.is_long.set(Some(is_long));
        if !features.gathers {
            // A frame must fit one page.
            self.mtu.set(self.mtu.get().min(MTU));
        }
        let domain = front.domain();
        let transmit = Ring::new(domain, front.peer(), SLOTS, TRANSMIT_BYTES)?;
        let receive = match Ring::new(domain, front.peer(), SLOTS, RECEIVE_BYTES) {
            Ok(receive) => receive,
            Err(error) => {
                transmit.end(domain);
                return Err(error.into());
            }
        };
        let references = [transmit.reference(), receive.reference()];
        let channel = match domain.channels().alloc_unbound(front.peer()) {
            Ok(channel) => channel,
            Err(error) => {
                transmit.end(domain);
                receive.end(domain);
                return Err(error.into());
            }
        };
        *self.link.borrow_mut() = Some(Link { transmit, receive, channel });
        features::write(front, references, channel, is_long)?;
        Ok(())
    }

    fn finish(&self, _front: &Front) -> Result<(), ConnectError> {
        Ok(())
    }

    fn leave(&self, parting: Parting) {
        let domain = self.front.domain();
        if let Some(Link { transmit, receive, channel }) = self.link.take() {
            if parting != Parting::Moved {
                domain.channels().close(channel);
            }
            transmit.end(domain);
            receive.end(domain);
        }
        self.transmitter.borrow_mut().withdraw(domain.grants());
        self.receiver.borrow_mut().withdraw(domain.grants());
    }
}

impl card::Port for CardPort {
    fn has_room(&self) -> bool {
        let transmitter = self.transmitter.borrow();
        // Without a back end frames are lost.
        self.linked(|link| transmitter.has_room(&link.transmit)).unwrap_or(true)
    }

    fn send(&self, packet: Packet) {
        let mut transmitter = self.transmitter.borrow_mut();
        self.linked(|link| {
            transmitter.send(packet, self.features.get());
            transmitter.fill(&link.transmit, self.grants(), self.front.peer());
        });
    }

    fn drop_sent(&self) -> bool {
        self.front.follow(self);
        self.grants().collect();
        let mut transmitter = self.transmitter.borrow_mut();
        transmitter.settle(self.grants());
        let dropped = self.linked(|link| {
            let dropped = transmitter.drop_sent(&link.transmit, self.grants());
            transmitter.fill(&link.transmit, self.grants(), self.front.peer());
            self.tell_if(link, link.transmit.publish());
            dropped
        });
        drop(transmitter);
        // Without a back end nobody waits for room.
        dropped.unwrap_or(Ok(true)).unwrap_or_else(|_| {
            self.front.give_up(self);
            true
        })
    }

    fn lend(&self, form: Form) {
        self.form.set(Some(form));
        let mut receiver = self.receiver.borrow_mut();
        self.linked(|link| {
            receiver.lend(&link.receive, self.grants(), self.front.peer());
            self.tell_if(link, link.receive.publish());
        });
    }

    fn next(&self) -> Option<Packet> {
        self.receive()
    }

    fn notify(&self) {
        self.linked(|link| self.tell_if(link, link.transmit.publish()));
    }
}
