//! Two cards joined by a wire in memory.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use embassy_futures::yield_now;
use sarab_device::{Bytes, Checksum, ErrorKind, Mac, Net, Offloads, Packet, Segmentation, check};

use super::{Fails, caught, run};

type Line = Rc<RefCell<VecDeque<Packet>>>;

/// What a card does for its user that does all.
pub(super) const ALL: Offloads = Offloads { checksum: true, frame_bytes_max: 65549 };

/// One of two cards that are joined by a wire.
pub(super) struct Card {
    number: u8,
    flaw: &'static str,
    offloads: Offloads,
    out: Line,
    incoming: Line,
}

pub(super) fn cards(flaw: &'static str) -> (Card, Card) {
    cards_that(Offloads::NONE, flaw)
}

pub(super) fn cards_that(offloads: Offloads, flaw: &'static str) -> (Card, Card) {
    let lines = (Line::default(), Line::default());
    let card = |number, out: &Line, incoming: &Line| {
        let (out, incoming) = (Rc::clone(out), Rc::clone(incoming));
        Card { number, flaw, offloads, out, incoming }
    };
    (card(2, &lines.0, &lines.1), card(4, &lines.1, &lines.0))
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

    fn offloads(&self) -> Offloads {
        self.offloads
    }

    async fn send_packet(&self, packet: Packet) -> Result<(), Fails> {
        if packet.segmentation.is_none() || self.offloads == Offloads::NONE {
            return self.send_frame(packet).await;
        }
        let size_max = self.offloads.frame_bytes_max;
        if packet.frame.len() > size_max && !self.has("cuts everything") {
            return Err(Fails(ErrorKind::InvalidInput));
        }
        self.out.borrow_mut().push_back(packet);
        Ok(())
    }

    async fn send(&self, frame: Bytes) -> Result<(), Fails> {
        self.send_frame(frame.into()).await
    }

    async fn recv(&self) -> Result<Bytes, Fails> {
        let packet = self.recv_packet().await?;
        if packet.segmentation.is_some() && !self.has("cuts nothing") {
            let mut segments = cut(&packet, !self.has("forgets the sums of segments"));
            let first = segments.pop_front().expect("a segment");
            let mut incoming = self.incoming.borrow_mut();
            segments.into_iter().rev().for_each(|it| incoming.push_front(it.into()));
            return Ok(first);
        }
        let is_open = self.has("leaves checksums to all");
        Ok(if is_open { packet.frame } else { packet.into_frame() })
    }

    async fn recv_packet(&self) -> Result<Packet, Fails> {
        let packet = self.next().await?;
        let checksum = match self.flaw {
            "vouches unasked" => Checksum::Verified,
            _ => packet.checksum,
        };
        Ok(Packet { checksum, ..packet })
    }
}

/// Cuts a segment over IPv4 without options.
fn cut(packet: &Packet, sums: bool) -> VecDeque<Bytes> {
    let Segmentation { header_bytes, segment_bytes, .. } = packet.segmentation.unwrap();
    let (headers, payload) = packet.frame.split_at(header_bytes.into());
    let whole = u16::try_from(payload.len()).unwrap();
    let segments = payload.chunks(segment_bytes.into()).map(|part| {
        let mut frame = [headers, part].concat();
        let size = u16::try_from(part.len()).unwrap();
        // The sum over the pseudo-header counts the length.
        let sum = u16::from_be_bytes([headers[50], headers[51]]) - whole + size;
        frame[50..52].copy_from_slice(&sum.to_be_bytes());
        let checksum =
            if sums { Checksum::Partial { start: 34, offset: 16 } } else { Checksum::Complete };
        Packet { frame: frame.into(), checksum, segmentation: None }.into_frame()
    });
    segments.collect()
}

impl Card {
    async fn send_frame(&self, packet: Packet) -> Result<(), Fails> {
        let frame = packet.frame.clone();
        let is_short = frame.len() < 14 && !self.has("takes short frames");
        let is_long = frame.len() > 14 + self.mtu() && !self.has("takes long frames");
        if is_short || is_long {
            return Err(Fails(ErrorKind::InvalidInput));
        }
        if self.has("sends the start of a dropped frame") {
            self.out.borrow_mut().push_back(frame.slice(..frame.len() / 2).into());
            yield_now().await;
            self.out.borrow_mut().pop_back();
        }
        yield_now().await;
        let mut out = self.out.borrow_mut();
        match self.flaw {
            "cuts a long frame" => out.push_back(frame.slice(..frame.len().min(1500)).into()),
            "pads a frame" => out.push_back(Bytes::from([&frame[..], &[0; 2]].concat()).into()),
            "sends the newest first" => out.push_front(packet),
            "sends everything twice" => out.extend([packet.clone(), packet]),
            _ => out.push_back(packet),
        }
        Ok(())
    }

    async fn next(&self) -> Result<Packet, Fails> {
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

#[test]
fn cards_that_do_much_for_their_user_keep_their_promises() {
    let sums = Offloads { frame_bytes_max: 0, ..ALL };
    for offloads in [ALL, sums] {
        let (one, other) = cards_that(offloads, "none");
        assert_eq!(run(check::net(&one, &other)), Ok(()));
        assert_eq!(run(check::net(&Rc::new(one), &&other)), Ok(()));
    }
}

#[test]
fn every_flaw_of_what_a_card_does_for_its_user_is_found() {
    let finished = "a frame that is received has its checksum";
    let few = Offloads { frame_bytes_max: 100, ..ALL };
    let no_sums = Offloads { checksum: false, ..ALL };
    let sound = "a card that cuts frames takes longer ones than others, and does checksums";
    let flaws = [
        (few, "cuts short frames only", sound),
        (no_sums, "cuts without checksums", sound),
        (ALL, "leaves checksums to all", finished),
        (ALL, "cuts nothing", "a frame that is received is no longer than the card carries"),
        (ALL, "forgets the sums of segments", "a segment that was cut has its checksum"),
        (ALL, "cuts everything", "a frame longer than the card cuts is refused with InvalidInput"),
        (
            Offloads::NONE,
            "vouches unasked",
            "a packet is finished, where the card leaves nothing open",
        ),
    ];
    for (offloads, flaw, promise) in flaws {
        let (one, other) = cards_that(offloads, flaw);
        caught(flaw, promise, check::net(&one, &other));
    }
}
