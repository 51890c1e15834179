//! Two cards joined by a wire in memory.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use embassy_futures::yield_now;
use sarab_device::{Bytes, ErrorKind, Mac, Net, check};

use super::{Fails, caught, run};

type Line = Rc<RefCell<VecDeque<Bytes>>>;

/// One of two cards that are joined by a wire.
pub(super) struct Card {
    number: u8,
    flaw: &'static str,
    out: Line,
    incoming: Line,
}

pub(super) fn cards(flaw: &'static str) -> (Card, Card) {
    let lines = (Line::default(), Line::default());
    let one = Card { number: 2, flaw, out: Rc::clone(&lines.0), incoming: Rc::clone(&lines.1) };
    (one, Card { number: 4, flaw, out: lines.1, incoming: lines.0 })
}

impl Card {
    fn has(&self, flaw: &str) -> bool {
        self.flaw == flaw
    }
}

impl Net for Card {
    type Error = Fails;

    fn mac(&self) -> Mac {
        let group = u8::from(self.has("has a group address"));
        Mac([2 + group, 0, 0, 0, 0, self.number])
    }

    fn mtu(&self) -> usize {
        if self.has("carries next to nothing") { 40 } else { 1500 }
    }

    async fn send(&self, frame: Bytes) -> Result<(), Fails> {
        let is_short = frame.len() < 14 && !self.has("takes short frames");
        let is_long = frame.len() > 14 + self.mtu() && !self.has("takes long frames");
        if is_short || is_long {
            return Err(Fails(ErrorKind::InvalidInput));
        }
        if self.has("sends the start of a dropped frame") {
            self.out.borrow_mut().push_back(frame.slice(..frame.len() / 2));
            yield_now().await;
            self.out.borrow_mut().pop_back();
        }
        yield_now().await;
        let mut out = self.out.borrow_mut();
        match self.flaw {
            "cuts a long frame" => out.push_back(frame.slice(..frame.len().min(1500))),
            "pads a frame" => out.push_back([&frame[..], &[0; 2]].concat().into()),
            "sends the newest first" => out.push_front(frame),
            "sends everything twice" => out.extend([frame.clone(), frame]),
            _ => out.push_back(frame),
        }
        Ok(())
    }

    async fn recv(&self) -> Result<Bytes, Fails> {
        loop {
            let frame = self.incoming.borrow_mut().pop_front();
            match frame {
                Some(frame) if self.has("loses the frame of a dropped recv") => {
                    yield_now().await;
                    return Ok(frame);
                }
                Some(frame) if self.has("gives one frame to two") => {
                    self.incoming.borrow_mut().push_front(frame.clone());
                    yield_now().await;
                    self.incoming.borrow_mut().pop_front();
                    return Ok(frame);
                }
                Some(frame) => return Ok(frame),
                None => yield_now().await,
            }
        }
    }
}

#[test]
fn two_cards_keep_their_promises() {
    let (one, other) = cards("none");
    assert_eq!(run(check::net(&one, &other)), Ok(()));
}

#[test]
fn every_flaw_of_a_card_is_found() {
    let whole = "a frame arrives whole and as it was sent";
    let flaws = [
        ("has a group address", "the address of a card is no group address"),
        ("carries next to nothing", "a frame can carry IPv4's least MTU, 68 (RFC 791)"),
        ("takes short frames", "a frame shorter than its header is refused with InvalidInput"),
        (
            "takes long frames",
            "a frame longer than the device carries is refused with InvalidInput",
        ),
        ("cuts a long frame", whole),
        ("pads a frame", whole),
        ("sends everything twice", whole),
        ("sends the newest first", "frames are returned once each, in the order of their arrival"),
        ("loses the frame of a dropped recv", "dropping the future of a recv loses no frame"),
        (
            "sends the start of a dropped frame",
            "dropping the future of a send sends the whole frame or none of it",
        ),
        ("gives one frame to two", "with two waiting at once, each frame goes to one of them"),
    ];
    for (flaw, promise) in flaws {
        let (one, other) = cards(flaw);
        caught(flaw, promise, check::net(&one, &other));
    }
}
