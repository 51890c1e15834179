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

use embassy_futures::select::select;
use sarab_device::{Bytes, ErrorKind, Mac, Net};
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
    inbox: Rc<Direction>,
    outbox: Rc<Direction>,
}

struct Direction {
    conditions: Conditions,
    frames: RefCell<BTreeMap<(Instant, u64), Bytes>>,
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
    let left = Card { mac: left, inbox: Rc::clone(&back), outbox: Rc::clone(&there) };
    (left, Card { mac: right, inbox: there, outbox: back })
}

impl Card {
    /// Lets `count` damaged copies go before each frame that the card receives, until it is told
    /// otherwise.
    pub(super) fn noise(&self) -> impl Fn(u32) + use<> {
        let inbox = Rc::clone(&self.inbox);
        move |count| inbox.noise.set(count)
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
            readers: RefCell::default(),
            senders: RefCell::default(),
            is_cut: false.into(),
            is_stopped: false.into(),
            count: 0.into(),
            noise: 0.into(),
        }
    }

    fn send(&self, frame: Bytes) {
        for _ in 0..self.noise.get() {
            self.put(noise::mutate(&frame));
        }
        if random::u64() % 100 >= self.conditions.loss_percent {
            self.put(frame);
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

    fn put(&self, frame: Bytes) {
        let Conditions { delay, jitter, .. } = self.conditions;
        self.count.update(|count| count + 1);
        let jitter_nanos = u64::try_from(jitter.as_nanos()).unwrap();
        let late = if jitter_nanos == 0 { 0 } else { random::u64() % jitter_nanos };
        let due = now() + delay + Duration::from_nanos(late);
        self.frames.borrow_mut().insert((due, self.count.get()), frame);
        self.readers.borrow_mut().wake();
    }

    /// Takes the first frame that has arrived, or waits until that may have changed.
    async fn next(&self) -> Option<Bytes> {
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
        1500
    }

    async fn send(&self, frame: Bytes) -> Result<(), CardError> {
        if !(14..=1514).contains(&frame.len()) {
            return Err(CardError::BadFrame { size: frame.len() });
        }
        poll_fn(|cx| {
            if !self.outbox.is_stopped.get() {
                return Poll::Ready(());
            }
            self.outbox.senders.borrow_mut().add(cx.waker());
            Poll::Pending
        })
        .await;
        self.outbox.send(frame);
        Ok(())
    }

    async fn recv(&self) -> Result<Bytes, CardError> {
        loop {
            if self.inbox.is_cut.get() {
                return Err(CardError::Gone);
            }
            if let Some(frame) = self.inbox.next().await {
                return Ok(frame);
            }
        }
    }
}
