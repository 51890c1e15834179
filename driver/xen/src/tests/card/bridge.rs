//! A back end with two cards, and a bridge between them.

use alloc::{collections::VecDeque, format, rc::Rc, string::String, vec, vec::Vec};
use core::cell::{Cell, RefCell};

use crate::{
    net::wire::{Extra, Receive, Received, Transmit, Transmitted},
    tests::{
        Guest,
        backend::{BackRing, Change, change},
        world::{Server, World},
        xenstored::Xenstored,
    },
};

/// A frame on the bridge.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) bytes: Vec<u8>,
    pub(super) is_open: bool,
    pub(super) is_valid: bool,
    pub(super) cut: Option<Extra>,
    pub(super) slots: usize,
}

/// The back end's side of a card.
pub(super) struct Link {
    pub(super) transmit: BackRing,
    pub(super) receive: BackRing,
}

/// The back end.
pub(super) struct Bridge {
    xenstored: Rc<Xenstored>,
    pub(super) links: [RefCell<Option<Link>>; 2],
    queues: [RefCell<VecDeque<Sent>>; 2],
    /// All frames that were taken.
    pub(super) sent: RefCell<Vec<Sent>>,
    /// Whether it takes no frame.
    pub(super) is_slow: Cell<bool>,
    /// Whether it keeps pages mapped.
    pub(super) holds: Cell<bool>,
    held: RefCell<Vec<u32>>,
}

pub(super) fn front(card: usize) -> String {
    format!("device/vif/{card}")
}

pub(super) fn back(card: usize) -> String {
    format!("/local/domain/0/backend/vif/1/{card}")
}

impl Bridge {
    pub(super) fn new(guest: &Guest, features: &[(&str, &str)]) -> Rc<Self> {
        let xenstored = Rc::clone(&guest.xenstored);
        for card in 0..2 {
            let (front, back) = (front(card), back(card));
            xenstored.set(&format!("{front}/backend"), &back);
            xenstored.set(&format!("{front}/backend-id"), "0");
            xenstored.set(&format!("{front}/mac"), &format!("00:16:3e:00:00:0{card}"));
            xenstored.set(&format!("{front}/state"), "1");
            for (key, value) in features {
                xenstored.set(&format!("{back}/{key}"), value);
            }
            xenstored.set(&format!("{back}/state"), "2");
        }
        let bridge = Rc::new(Self {
            xenstored,
            links: Default::default(),
            queues: Default::default(),
            sent: RefCell::default(),
            is_slow: Cell::new(false),
            holds: Cell::new(false),
            held: RefCell::default(),
        });
        guest.world.add(Rc::clone(&bridge) as _);
        bridge
    }

    pub(super) fn set_state(&self, card: usize, state: &str) {
        self.xenstored.set(&format!("{}/state", back(card)), state);
    }

    /// Lets go of all pages.
    pub(super) fn let_go(&self, world: &World) {
        self.holds.set(false);
        self.held.take().into_iter().for_each(|reference| world.hold(reference, false));
    }

    /// Lets go of the rings without a word.
    pub(super) fn vanish(&self, world: &World, card: usize) {
        if let Some(Link { transmit, receive }) = self.links[card].take() {
            transmit.end(world);
            receive.end(world);
        }
    }

    /// Sends a frame to a card, as if it had come from the other.
    pub(super) fn push(&self, card: usize, sent: Sent) {
        self.queues[card].borrow_mut().push_back(sent);
    }

    fn connect(&self, world: &World, card: usize) {
        let said = |key: &str| self.xenstored.number(&format!("{}/{key}", front(card))).unwrap();
        let channel = said("event-channel");
        let transmit = BackRing::new(world, said("tx-ring-ref"), channel, (256, 12));
        let receive = BackRing::new(world, said("rx-ring-ref"), channel, (256, 8));
        *self.links[card].borrow_mut() = Some(Link { transmit, receive });
        self.set_state(card, "4");
    }

    /// Takes what a card sends.
    fn take(&self, world: &World, card: usize) -> bool {
        let link = self.links[card].borrow();
        let Some(Link { transmit, receive }) = &*link else { return false };
        if world.take_kick(transmit.channel) {
            transmit.is_asleep.set(false);
            receive.is_asleep.set(false);
        }
        let mut any = false;
        while !self.is_slow.get() && !transmit.is_asleep.get() {
            let Some(first) = transmit.take::<Transmit>() else { break };
            let sent = self.take_frame(world, transmit, first);
            self.sent.borrow_mut().push(sent.clone());
            self.push(1 - card, sent);
            any = true;
        }
        any
    }

    fn take_frame(&self, world: &World, ring: &BackRing, first: Transmit) -> Sent {
        let mut answers = vec![Transmitted { id: first.id, status: 0 }];
        let mut cut = None;
        if first.flags & 8 != 0 {
            let extra: [u8; 12] = ring.take().unwrap();
            cut = Some(zerocopy::transmute!(*extra.first_chunk::<8>().unwrap()));
            answers.push(Transmitted { id: 0xffff, status: 1 });
        }
        let mut parts = vec![first];
        while parts.last().unwrap().flags & 4 != 0 {
            let part: Transmit = ring.take().expect("all parts come at once");
            answers.push(Transmitted { id: part.id, status: 0 });
            parts.push(part);
        }
        let rest: u16 = parts[1..].iter().map(|part| part.size_bytes).sum();
        parts[0].size_bytes -= rest;
        assert!(parts[0].size_bytes >= 14, "the header of Ethernet is in the first part");
        let mut bytes = Vec::new();
        for part in &parts {
            let (offset, size) = (usize::from(part.offset), usize::from(part.size_bytes));
            assert!(offset + size <= 4096);
            assert_eq!(world.entry(part.reference).flags & 4, 4, "frames are for reading");
            let page = world.page(part.reference, false);
            bytes.extend((offset..offset + size).map(|at| page.load::<u8>(at)));
            if self.holds.get() {
                world.hold(part.reference, true);
                self.held.borrow_mut().push(part.reference);
            }
        }
        for answer in answers {
            ring.give(world, answer);
        }
        let (is_open, is_valid) = (first.flags & 1 != 0, first.flags & 2 != 0);
        Sent { bytes, is_open, is_valid, cut, slots: parts.len() }
    }

    /// Gives a card what has come for it.
    fn give(&self, world: &World, card: usize) -> bool {
        let link = self.links[card].borrow();
        let Some(Link { receive, .. }) = &*link else { return false };
        if receive.is_asleep.get() {
            return false;
        }
        let mut any = false;
        loop {
            let mut queue = self.queues[card].borrow_mut();
            let Some(sent) = queue.front() else { break };
            let slots = sent.bytes.len().div_ceil(4096) + usize::from(sent.cut.is_some());
            if (receive.waiting() as usize) < slots {
                receive.sleep(slots as u32);
                break;
            }
            let sent = queue.pop_front().unwrap();
            drop(queue);
            give_frame(world, receive, &sent);
            any = true;
        }
        any
    }
}

fn give_frame(world: &World, ring: &BackRing, sent: &Sent) {
    let count = sent.bytes.len().div_ceil(4096);
    for (number, chunk) in sent.bytes.chunks(4096).enumerate() {
        let request: Receive = ring.take().unwrap();
        let page = world.page(request.reference, true);
        chunk.iter().enumerate().for_each(|(at, byte)| page.store(at, *byte));
        let mut flags = if number + 1 < count { 4 } else { 0 };
        if number == 0 {
            flags |= if sent.is_open { 3 } else { u16::from(sent.is_valid) };
            flags |= if sent.cut.is_some() { 8 } else { 0 };
        }
        let status = i16::try_from(chunk.len()).unwrap();
        ring.give(world, Received { id: request.id, offset: 0, flags, status });
        if let (0, Some(extra)) = (number, sent.cut) {
            let _: Receive = ring.take().unwrap();
            ring.give(world, extra);
        }
    }
}

impl Server for Bridge {
    fn serve(&self, world: &World) -> bool {
        let mut any = false;
        for card in 0..2 {
            match change(&self.xenstored, &front(card), &back(card)) {
                Change::None => {
                    any |= self.take(world, card) | self.give(world, card);
                    continue;
                }
                Change::Connect => self.connect(world, card),
                Change::Leave => {
                    self.vanish(world, card);
                    self.set_state(card, "6");
                }
                Change::Welcome => self.set_state(card, "2"),
            }
            any = true;
        }
        any
    }
}
