//! Honest cards, and the wire between two of them.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
};

use bytes::Bytes;
use sarab_device::{Checksum, Packet, Segmentation};
use sarab_virtio::Class;

use crate::fake::Fake;

pub(crate) const CSUM: u64 = 1 << 0;
pub(crate) const GUEST_CSUM: u64 = 1 << 1;
pub(crate) const CTRL_GUEST_OFFLOADS: u64 = 1 << 2;
pub(crate) const MTU: u64 = 1 << 3;
pub(crate) const MAC: u64 = 1 << 5;
pub(crate) const GUEST_TSO4: u64 = 1 << 7;
pub(crate) const GUEST_TSO6: u64 = 1 << 8;
pub(crate) const HOST_TSO4: u64 = 1 << 11;
pub(crate) const HOST_TSO6: u64 = 1 << 12;
pub(crate) const HOST_ECN: u64 = 1 << 13;
pub(crate) const MRG_RXBUF: u64 = 1 << 15;
pub(crate) const CTRL_VQ: u64 = 1 << 17;

/// All that is agreed on by a card that does everything.
pub(crate) const CUTS: u64 = CSUM | GUEST_CSUM | HOST_TSO4 | HOST_TSO6;
pub(crate) const JOINS: u64 = GUEST_TSO4 | GUEST_TSO6 | CTRL_VQ | CTRL_GUEST_OFFLOADS;

pub(crate) fn config(last: u8, mtu: u16) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, last, 0, 0, 0, 0][..], &mtu.to_le_bytes()].concat()
}

/// A card that does nothing.
pub(crate) fn idle(features: u64) -> Rc<Fake> {
    Rc::new(Fake::new(Class::Card, MAC | features, config(1, 1500), &[256, 256, 16]))
}

/// An end of the wire.
pub(crate) struct End {
    pub(crate) fake: Rc<Fake>,
    /// What has come, but has no buffer.
    waiting: RefCell<VecDeque<Packet>>,
    /// What the driver wants of received frames.
    offloads: Cell<u64>,
    pub(crate) commands: Cell<usize>,
    other: RefCell<Weak<End>>,
}

/// Returns two cards that are joined by a wire.
pub(crate) fn pair(features: u64, sizes: &[u16]) -> [Rc<End>; 2] {
    let ends = [1, 2].map(|last| {
        let fake = Fake::new(Class::Card, MAC | features, config(last, 1500), sizes);
        let end = Rc::new(End {
            fake: Rc::new(fake),
            waiting: RefCell::default(),
            offloads: Cell::new(features),
            commands: Cell::new(0),
            other: RefCell::default(),
        });
        let served = Rc::downgrade(&end);
        end.fake.serve_by(move |_, queue| {
            if let Some(end) = served.upgrade() {
                end.serve(queue);
            }
        });
        end
    });
    *ends[0].other.borrow_mut() = Rc::downgrade(&ends[1]);
    *ends[1].other.borrow_mut() = Rc::downgrade(&ends[0]);
    ends
}

impl End {
    fn serve(&self, queue: u16) {
        match queue {
            0 => self.deliver(),
            1 => self.send(),
            _ => self.command(),
        }
    }

    fn send(&self) {
        let other = self.other.borrow().upgrade();
        while let Some(chain) = self.fake.take(1) {
            let sent = chain.sent();
            assert_eq!((sent[10..12].to_vec(), chain.read[0].1), (vec![0; 2], 12));
            let frame = Bytes::copy_from_slice(&sent[12..]);
            let packet = sarab_vnet::decode(*sent.first_chunk().unwrap(), frame).expect("a packet");
            assert!(packet.checksum == Checksum::Complete || self.fake.has(CSUM));
            assert!(packet.segmentation.is_none() || self.fake.has(HOST_TSO4));
            self.fake.give(1, chain.head, 0);
            if let Some(other) = &other {
                other.waiting.borrow_mut().push_back(packet);
            }
        }
        if let Some(other) = other {
            other.deliver();
        }
    }

    /// Puts what has come into buffers, as far as there are some.
    pub(crate) fn deliver(&self) {
        while let Some(packet) = self.next() {
            if !self.fill(&packet) {
                self.waiting.borrow_mut().push_front(packet);
                return;
            }
        }
    }

    /// Adds a packet to what has come.
    pub(crate) fn add(&self, packet: Packet) {
        self.waiting.borrow_mut().push_back(packet);
    }

    /// Returns the next packet in a form that the driver takes.
    fn next(&self) -> Option<Packet> {
        let mut waiting = self.waiting.borrow_mut();
        let packet = waiting.pop_front()?;
        let taken = self.fake.features.get() & self.offloads.get();
        if packet.segmentation.is_some() && taken & GUEST_TSO4 == 0 {
            cut(&packet).into_iter().rev().for_each(|segment| waiting.push_front(segment));
            drop(waiting);
            return self.next();
        }
        let is_open = taken & GUEST_CSUM != 0;
        Some(if is_open { packet } else { packet.into_frame().into() })
    }

    /// Puts a packet into buffers; tells whether there were enough.
    fn fill(&self, packet: &Packet) -> bool {
        let size = 12 + packet.frame.len();
        let (mut chains, mut room) = (Vec::new(), 0);
        while room < size {
            let Some(chain) = self.fake.take(0) else {
                self.fake.with_side(0, |side| side.take_back(chains.len()));
                return false;
            };
            room += chain.room();
            chains.push(chain);
        }
        let count = u16::try_from(chains.len()).unwrap();
        assert!(count == 1 || self.fake.has(MRG_RXBUF), "a buffer has room for a frame");
        let header = sarab_vnet::encode(packet);
        let data = [&header[..], &count.to_le_bytes(), &packet.frame].concat();
        let mut rest = &data[..];
        for chain in chains {
            let written = chain.fill(rest);
            rest = &rest[written as usize..];
            self.fake.give(0, chain.head, written);
        }
        true
    }

    fn command(&self) {
        while let Some(chain) = self.fake.take(2) {
            let sent = chain.sent();
            assert_eq!((&sent[..2], sent.len(), chain.room()), (&[5, 0][..], 10, 1));
            self.offloads.set(u64::from_le_bytes(sent[2..].try_into().unwrap()));
            self.commands.update(|count| count + 1);
            let written = chain.fill(&[0]);
            self.fake.give(2, chain.head, written);
        }
    }
}

/// Cuts a segment over IPv4 without options.
fn cut(packet: &Packet) -> Vec<Packet> {
    let Some(Segmentation { header_bytes, segment_bytes, .. }) = packet.segmentation else {
        return vec![packet.clone()];
    };
    let (headers, payload) = packet.frame.split_at(header_bytes.into());
    let segments = payload.chunks(segment_bytes.into()).map(|part| {
        let mut frame = [headers, part].concat();
        let missing = u16::try_from(payload.len() - part.len()).unwrap();
        // The sum over the pseudo-header counts the length.
        let sum = u16::from_be_bytes([headers[50], headers[51]]) - missing;
        frame[50..52].copy_from_slice(&sum.to_be_bytes());
        let checksum = Checksum::Partial { start: 34, offset: 16 };
        Packet { frame: frame.into(), checksum, segmentation: None }
    });
    segments.collect()
}
