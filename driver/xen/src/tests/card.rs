//! Cards, and a bridge between them.

mod bridge;
mod frames;
mod hostile;
mod returning;

use alloc::{boxed::Box, format, rc::Rc, vec, vec::Vec};
use core::{future::Future, pin::pin, task::Poll};

use bytes::Bytes;
use sarab_device::{Checksum, IpVersion, Net, Offloads, Packet, check};
use sarab_queue::{Events, card::Frames};

use super::{Guest, poll};
use crate::net::{self, Card, CardPort, FRAME_BYTES_MAX, wire::Extra};
use bridge::{Bridge, Sent, front};
use frames::{datagram4, datagram6, plain, segment4, segment6, sound};

/// What Linux's back end says.
const LINUX: &[(&str, &str)] = &[
    ("feature-sg", "1"),
    ("feature-gso-tcpv4", "1"),
    ("feature-gso-tcpv6", "1"),
    ("feature-ipv6-csum-offload", "1"),
    ("feature-rx-copy", "1"),
];

/// A guest with two cards on a bridge.
struct Machine {
    guest: Guest,
    bridge: Rc<Bridge>,
    cards: [Card; 2],
    frames: [Rc<Frames<CardPort>>; 2],
}

impl Machine {
    fn new(features: &[(&str, &str)]) -> Self {
        let guest = Guest::new();
        let bridge = Bridge::new(&guest, features);
        let (one, its) = net::open(&guest.store, 0).expect("a card");
        let (other, others) = net::open(&guest.store, 1).expect("another card");
        Self { guest, bridge, cards: [one, other], frames: [its, others] }
    }

    fn turn(&self) -> bool {
        self.frames.iter().for_each(|frames| frames.notify());
        self.guest.world.run();
        let any = self.guest.store.deliver();
        self.frames.iter().fold(any, |any, frames| frames.deliver() | any)
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        for _ in 0..10_000 {
            if let Poll::Ready(result) = poll(future.as_mut()) {
                return result;
            }
            self.turn();
        }
        panic!("a frame that never comes");
    }

    fn rest(&self) {
        while self.turn() {}
    }

    /// Lets the second card listen for packets.
    fn listen(&self) {
        let mut recv = Box::pin(self.cards[1].recv_packet());
        assert!(poll(recv.as_mut()).is_pending());
        self.rest();
    }

    /// Sends a packet from the first card to the second.
    fn carry(&self, packet: &Packet) -> Packet {
        self.listen();
        self.run(self.cards[0].send_packet(packet.clone())).unwrap();
        self.run(self.cards[1].recv_packet()).unwrap()
    }
}

#[test]
fn cards_keep_their_promises() {
    for features in [
        LINUX,
        &[],
        &[("feature-sg", "1"), ("feature-gso-tcpv4", "1")],
        &[("feature-no-csum-offload", "1"), ("feature-sg", "1"), ("feature-gso-tcpv4", "1")],
    ] {
        let machine = Machine::new(features);
        let [one, other] = &machine.cards;
        machine.run(check::net(one, other)).unwrap_or_else(|it| panic!("{features:?}: {it}"));
    }
}

#[test]
fn a_card_is_what_its_back_end_says() {
    let machine = Machine::new(LINUX);
    let card = &machine.cards[1];
    assert_eq!(format!("{}", card.mac()), "00:16:3e:00:00:01");
    assert_eq!(card.mtu(), 1500);
    let long = Offloads { checksum: true, frame_bytes_max: FRAME_BYTES_MAX };
    assert_eq!(card.offloads(), long);
    let short = Offloads { checksum: true, frame_bytes_max: 0 };
    assert_eq!(Machine::new(&[]).cards[0].offloads(), short);
}

#[test]
fn the_front_end_says_what_it_must() {
    let said = |machine: &Machine, key: &str| {
        machine.guest.xenstored.get(&format!("{}/{key}", front(0))).unwrap_or_default()
    };
    let machine = Machine::new(LINUX);
    for key in ["request-rx-copy", "feature-rx-notify", "feature-sg", "feature-gso-tcpv6"] {
        assert_eq!(said(&machine, key), "1", "{key}");
    }
    assert_eq!(said(&machine, "state"), "4");
    // Nobody would take the long frames that could come.
    assert_eq!(said(&Machine::new(&[]), "feature-gso-tcpv4"), "0");
}

#[test]
fn an_mtu_that_the_store_has_counts_where_frames_may_lie_in_several_pages() {
    for (features, mtu) in [(LINUX, 9000), (&[][..], 1500)] {
        let guest = Guest::new();
        let _bridge = Bridge::new(&guest, features);
        guest.xenstored.set(&format!("{}/mtu", front(0)), "9000");
        let (card, _frames) = net::open(&guest.store, 0).unwrap();
        assert_eq!(card.mtu(), mtu);
    }
}

#[test]
fn open_checksums_are_left_to_a_back_end_that_fills_them_in() {
    let machine = Machine::new(LINUX);
    for packet in [datagram4(100), datagram6(100), segment4(100, None), segment6(100, None)] {
        let got = machine.carry(&packet);
        assert_eq!(got, packet);
        let sent = machine.bridge.sent.take().remove(0);
        assert!(sent.is_open && sent.is_valid);
    }
}

#[test]
fn open_checksums_are_filled_in_for_a_back_end_that_does_not() {
    let machine = Machine::new(&[("feature-no-csum-offload", "1")]);
    for packet in [datagram4(100), datagram6(100)] {
        let got = machine.carry(&packet);
        assert_eq!(got, packet.into_frame().into());
    }
    // Those over IPv6 are not its duty.
    let machine = Machine::new(&[]);
    assert_eq!(machine.carry(&datagram4(100)), datagram4(100));
    assert_eq!(machine.carry(&datagram6(100)), datagram6(100).into_frame().into());
}

#[test]
fn an_open_checksum_that_the_back_end_would_not_find_is_filled_in() {
    let machine = Machine::new(LINUX);
    let odd = Checksum::Partial { start: 20, offset: 4 };
    let packet = Packet { checksum: odd, ..plain(100).into() };
    assert_eq!(machine.carry(&packet), packet.into_frame().into());
    let mut padded = datagram4(40).frame.to_vec();
    padded.extend([1, 2, 3]);
    let packet = Packet { frame: padded.into(), ..datagram4(40) };
    assert_eq!(machine.carry(&packet), packet.into_frame().into());
}

#[test]
fn an_open_checksum_counts_from_the_pseudo_header_whatever_stands_in_its_field() {
    let machine = Machine::new(LINUX);
    machine.listen();
    for packet in [datagram4(101), segment6(4000, Some(1000))] {
        let Checksum::Partial { start, offset } = packet.checksum else { unreachable!() };
        let mut bytes = packet.frame.to_vec();
        bytes[usize::from(start + offset)..][..2].fill(0);
        let cut = packet.segmentation.map(|it| Extra {
            kind: 1,
            segment_bytes: it.segment_bytes,
            cut: 2,
            ..Extra::default()
        });
        machine.bridge.push(1, Sent { bytes, is_open: true, is_valid: true, cut, slots: 0 });
        assert_eq!(machine.run(machine.cards[1].recv_packet()).unwrap(), packet);
    }
}

#[test]
fn long_segments_travel_whole_in_several_slots() {
    let machine = Machine::new(LINUX);
    for packet in [segment4(60_000, Some(1448)), segment6(60_000, Some(1428))] {
        let got = machine.carry(&packet);
        assert_eq!(got, packet);
        let sent = machine.bridge.sent.take().remove(0);
        assert!(sent.is_open && sent.slots >= 15, "{} slots", sent.slots);
    }
}

#[test]
fn long_segments_are_cut_here_for_a_back_end_that_does_not() {
    let machine = Machine::new(&[("feature-sg", "1"), ("feature-gso-tcpv4", "1")]);
    machine.listen();
    let packet = segment6(60_000, Some(1000));
    machine.run(machine.cards[0].send_packet(packet.clone())).unwrap();
    let mut payload = Vec::new();
    for number in 0..60 {
        let frame = machine.run(machine.cards[1].recv_packet()).unwrap();
        assert_eq!(frame.segmentation, None);
        let got = sound(&frame.frame, IpVersion::V6);
        assert_eq!(got.sequence, 1000 + number * 1000);
        assert_eq!(got.flags, if number == 59 { 0x19 } else { 0x10 });
        payload.extend_from_slice(&got.payload);
    }
    assert_eq!(payload, packet.frame[74..]);
}

#[test]
fn who_wants_finished_frames_gets_long_segments_cut() {
    let machine = Machine::new(LINUX);
    let mut recv = Box::pin(machine.cards[1].recv());
    assert!(poll(recv.as_mut()).is_pending());
    machine.rest();
    let packet = segment4(10_000, Some(1448));
    machine.run(machine.cards[0].send_packet(packet.clone())).unwrap();
    let mut payload = Vec::new();
    let mut next = recv;
    for number in 0..7 {
        let frame = machine.run(next).unwrap();
        next = Box::pin(machine.cards[1].recv());
        assert!(frame.len() <= 1514);
        let got = sound(&frame, IpVersion::V4);
        assert_eq!((got.sequence, got.ident), (1000 + number * 1448, 7 + number as u16));
        payload.extend_from_slice(&got.payload);
    }
    assert_eq!(payload, packet.frame[54..]);
}

#[test]
fn a_frame_may_lie_anywhere() {
    for features in [LINUX, &[]] {
        let machine = Machine::new(features);
        machine.listen();
        for lead in [0, 1, 2000, 4000, 4036, 4081, 4082, 4083, 4090, 4095] {
            for size in [60, 100, 1514] {
                let frame = plain(size);
                let mut room = vec![0; 4096 + lead + size];
                let start = room.as_ptr().align_offset(4096) + lead;
                room[start..][..size].copy_from_slice(&frame);
                let placed = Bytes::from(room).slice(start..start + size);
                machine.run(machine.cards[0].send(placed)).unwrap();
                assert_eq!(machine.run(machine.cards[1].recv_packet()).unwrap(), frame.into());
                assert_eq!(machine.bridge.sent.take()[0].slots, 1, "byte {lead}");
            }
        }
    }
}

#[test]
fn a_long_frame_at_the_end_of_a_page_has_its_header_in_its_first_part() {
    let machine = Machine::new(LINUX);
    for lead in [4095, 4090, 4083, 4082, 100] {
        let packet = segment4(65_535 - 54, Some(1448));
        let size = packet.frame.len();
        let mut room = vec![0; 4096 + lead + size];
        let start = room.as_ptr().align_offset(4096) + lead;
        room[start..][..size].copy_from_slice(&packet.frame);
        let frame = Bytes::from(room).slice(start..start + size);
        assert_eq!(machine.carry(&Packet { frame, ..packet.clone() }), packet);
    }
}

#[test]
fn a_frame_stays_until_the_back_end_lets_go_of_it() {
    let machine = Machine::new(LINUX);
    machine.rest();
    let before = machine.guest.world.granted();
    machine.bridge.holds.set(true);
    // In one page, where it is not copied.
    let room = Bytes::from(vec![7; 8192]);
    let start = room.as_ptr().align_offset(4096);
    let frame = room.slice(start..start + 100);
    drop(room);
    machine.run(machine.cards[0].send(frame.clone())).unwrap();
    machine.rest();
    assert!(!frame.is_unique());
    machine.bridge.let_go(&machine.guest.world);
    machine.rest();
    assert!(frame.is_unique());
    assert_eq!(machine.guest.world.granted(), before);
}

#[test]
fn senders_wait_for_a_back_end_that_is_slow() {
    let machine = Machine::new(LINUX);
    machine.bridge.is_slow.set(true);
    let mut count = 0;
    let mut waiting = loop {
        let mut send = Box::pin(machine.cards[0].send(plain(100)));
        if poll(send.as_mut()).is_pending() {
            break send;
        }
        count += 1;
    };
    assert!((200..=256).contains(&count), "{count}");
    machine.turn();
    assert!(poll(waiting.as_mut()).is_pending());
    machine.bridge.is_slow.set(false);
    machine.run(waiting).unwrap();
}

#[test]
fn frames_come_in_their_order_however_many_there_are() {
    let machine = Machine::new(LINUX);
    machine.listen();
    for number in 0..2000_u32 {
        let mut frame = plain(100).to_vec();
        frame[20..24].copy_from_slice(&number.to_be_bytes());
        machine.run(machine.cards[0].send(frame.clone().into())).unwrap();
        if number % 7 == 0 {
            machine.turn();
        }
    }
    for number in 0..2000_u32 {
        let frame = machine.run(machine.cards[1].recv_packet()).unwrap().frame;
        assert_eq!(frame[20..24], number.to_be_bytes());
    }
}

#[test]
fn a_burst_costs_one_event() {
    let machine = Machine::new(LINUX);
    machine.listen();
    machine.guest.world.sent.take();
    for _ in 0..50 {
        machine.run(machine.cards[0].send(plain(100))).unwrap();
    }
    assert_eq!(machine.guest.world.sent.take().len(), 0);
    machine.frames[0].notify();
    assert_eq!(machine.guest.world.sent.take().len(), 1);
}

#[test]
fn a_guest_that_sleeps_is_woken_by_each_frame_and_each_room() {
    let machine = Machine::new(LINUX);
    let events: [&dyn Events; 2] = [&*machine.frames[0], &*machine.frames[1]];
    let [one, other] = &machine.cards;
    machine.guest.run_asleep(&events, check::net(one, other)).unwrap();
    // More than the ring has room for.
    for _ in 0..1000 {
        machine.guest.run_asleep(&events, one.send(plain(100))).unwrap();
    }
    for _ in 0..1000 {
        machine.guest.run_asleep(&events, other.recv_packet()).unwrap();
    }
}

#[test]
fn a_guest_that_only_sends_is_woken_when_there_is_room() {
    let machine = Machine::new(LINUX);
    let events: [&dyn Events; 1] = [&*machine.frames[0]];
    for _ in 0..1000 {
        machine.guest.run_asleep(&events, machine.cards[0].send(plain(100))).unwrap();
    }
}
