//! A wire between two cards, as bad as a test wants it.

use alloc::{collections::BTreeMap, rc::Rc};
use core::{
    cell::{Cell, RefCell},
    error::Error,
    fmt,
    future::poll_fn,
    task::Poll,
    time::Duration,
};

use std::vec::Vec;

use embassy_futures::select::select;
use sarab_device::{Bytes, ErrorKind, Mac, Net, Offloads, Packet};
use sarab_runtime::{Instant, now, random, sleep_until};

use super::noise;
use crate::wake::Waiters;

/// How a wire treats its frames.
#[derive(Clone, Copy, Default)]
pub(super) struct Conditions {
    /// How long every frame takes.
    pub(super) delay: Duration,
    /// How much longer some take, so that others overtake them.
    pub(super) jitter: Duration,
    /// Frames lost of a hundred.
    pub(super) loss_percent: u64,
}

/// One end of a wire, as a network card.
pub(super) struct Card {
    mac: Mac,
    pub(super) mtu: usize,
    pub(super) offloads: Offloads,
    inbox: Rc<Direction>,
    outbox: Rc<Direction>,
}

/// What a tap does for its user.
pub(super) const OFFLOADS: Offloads = Offloads { checksum: true, frame_bytes_max: 65549 };

struct Direction {
    conditions: Conditions,
    frames: RefCell<BTreeMap<(Instant, u64), Packet>>,
    seen: RefCell<Vec<Packet>>,
    readers: RefCell<Waiters>,
    senders: RefCell<Waiters>,
    is_cut: Cell<bool>,
    is_stopped: Cell<bool>,
    count: Cell<u64>,
    noise: Cell<u32>,
}

/// Joins two cards by a wire.
pub(super) fn wire(left: Mac, right: Mac, conditions: Conditions) -> (Card, Card) {
    let there = Rc::new(Direction::new(conditions));
    let back = Rc::new(Direction::new(conditions));
    let card = |mac, inbox: &Rc<Direction>, outbox: &Rc<Direction>| {
        let (inbox, outbox) = (Rc::clone(inbox), Rc::clone(outbox));
        Card { mac, mtu: 1500, offloads: Offloads::NONE, inbox, outbox }
    };
    (card(left, &back, &there), card(right, &there, &back))
}

impl Card {
    /// Lets `count` damaged copies go before each frame that the card receives, until it is told
    /// otherwise.
    pub(super) fn noise(&self) -> impl Fn(u32) + use<> {
        let inbox = Rc::clone(&self.inbox);
        move |count| inbox.noise.set(count)
    }

    /// Returns a function that takes what the card has sent since the last call.
    pub(super) fn seen(&self) -> impl Fn() -> Vec<Packet> + use<> {
        let outbox = Rc::clone(&self.outbox);
        move || outbox.seen.take()
    }

    /// Returns a function that counts the frames that the card has sent.
    pub(super) fn sent_count(&self) -> impl Fn() -> u64 + use<> {
        let outbox = Rc::clone(&self.outbox);
        move || outbox.count.get()
    }

    /// Makes the card take no frame, until the function that it returns is called.
    pub(super) fn stop(&self) -> impl Fn() + use<> {
        let outbox = Rc::clone(&self.outbox);
        outbox.is_stopped.set(true);
        move || {
            outbox.is_stopped.set(false);
            outbox.senders.borrow_mut().wake();
        }
    }

    /// Takes the card out of its machine, and cuts the wire with it.
    pub(super) fn cut(&self) -> impl Fn() + use<> {
        let inbox = Rc::clone(&self.inbox);
        move || {
            inbox.is_cut.set(true);
            inbox.readers.borrow_mut().wake();
        }
    }
}

/// What a card can fail with.
#[derive(Debug)]
pub(super) enum CardError {
    Gone,
    BadFrame { size: usize },
}

impl fmt::Display for CardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("the card is gone"),
            Self::BadFrame { size } => write!(f, "a frame of {size} bytes"),
        }
    }
}

impl Error for CardError {}

impl sarab_device::Error for CardError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Gone => ErrorKind::Disconnected,
            Self::BadFrame { .. } => ErrorKind::InvalidInput,
        }
    }
}

impl Direction {
    fn new(conditions: Conditions) -> Self {
        Self {
            conditions,
            frames: RefCell::default(),
            seen: RefCell::default(),
            readers: RefCell::default(),
            senders: RefCell::default(),
            is_cut: false.into(),
            is_stopped: false.into(),
            count: 0.into(),
            noise: 0.into(),
        }
    }

    fn send(&self, packet: Packet) {
        for _ in 0..self.noise.get() {
            self.put(noise::mutate(&packet.clone().into_frame()).into());
        }
        if random::u64() % 100 >= self.conditions.loss_percent {
            self.put(packet);
        }
    }

    /// Waits until a frame is put in, or the wire is cut.
    async fn changed(&self) {
        let mut has_waited = false;
        poll_fn(|cx| {
            if core::mem::replace(&mut has_waited, true) {
                return Poll::Ready(());
            }
            self.readers.borrow_mut().add(cx.waker());
            Poll::Pending
        })
        .await;
    }

    fn put(&self, packet: Packet) {
        let Conditions { delay, jitter, .. } = self.conditions;
        self.count.update(|count| count + 1);
        let jitter_nanos = u64::try_from(jitter.as_nanos()).unwrap();
        let late = if jitter_nanos == 0 { 0 } else { random::u64() % jitter_nanos };
        let due = now() + delay + Duration::from_nanos(late);
        self.frames.borrow_mut().insert((due, self.count.get()), packet);
        self.readers.borrow_mut().wake();
    }

    /// Takes the first frame that has arrived, or waits until that may have changed.
    async fn next(&self) -> Option<Packet> {
        let first = self.frames.borrow().first_key_value().map(|(&key, _)| key);
        match first {
            Some(key) if key.0 <= now() => return self.frames.borrow_mut().remove(&key),
            Some((due, _)) => {
                select(sleep_until(due), self.changed()).await;
            }
            None => self.changed().await,
        }
        None
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
        self.recv_packet().await.map(Packet::into_frame)
    }

    async fn send_packet(&self, packet: Packet) -> Result<(), CardError> {
        let is_plain = packet == packet.frame.clone().into();
        assert!(is_plain || self.offloads.checksum, "a plain card is left work to do");
        let frame_bytes_max = match packet.segmentation {
            Some(_) => self.offloads.frame_bytes_max,
            None => 14 + self.mtu,
        };
        if !(14..=frame_bytes_max).contains(&packet.frame.len()) {
            return Err(CardError::BadFrame { size: packet.frame.len() });
        }
        poll_fn(|cx| {
            if !self.outbox.is_stopped.get() {
                return Poll::Ready(());
            }
            self.outbox.senders.borrow_mut().add(cx.waker());
            Poll::Pending
        })
        .await;
        self.outbox.seen.borrow_mut().push(packet.clone());
        self.outbox.send(packet);
        Ok(())
    }

    async fn recv_packet(&self) -> Result<Packet, CardError> {
        loop {
            if self.inbox.is_cut.get() {
                return Err(CardError::Gone);
            }
            if let Some(packet) = self.inbox.next().await {
                return Ok(packet);
            }
        }
    }
}
