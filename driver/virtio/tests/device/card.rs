//! Cards that are honest.

use std::{
    pin::pin,
    rc::Rc,
    task::{Context, Waker},
};

use bytes::Bytes;
use sarab_device::{Checksum, IpVersion, Mac, Net, Offloads, Packet, Segmentation, check};
use sarab_queue::{
    Events,
    card::{Frames, LARGE_BYTES_MAX},
};
use sarab_virtio::net::{Card, CardPort, RECEIVE_BYTES};

use crate::{
    fake::{EVENT_INDEX, Fake, INDIRECT},
    fake_card::{self, CSUM, CUTS, End, GUEST_CSUM, HOST_ECN, JOINS, MAC, MRG_RXBUF, MTU, config},
    run, turn,
};

pub(crate) fn card(fake: &Rc<Fake>, receive_bytes: usize) -> (Card, Rc<Frames<CardPort>>) {
    // SAFETY: the device is a function of this process, which writes to what it was lent only.
    let port = unsafe { CardPort::open(Rc::clone(fake) as _, receive_bytes) };
    port.expect("a sound card").into_card()
}

const SIZES: [u16; 3] = [256, 256, 64];

fn keeps_its_promises(features: u64, sizes: &[u16], receive_bytes: usize) {
    let [one, other] = fake_card::pair(features, sizes);
    let (one, its) = card(&one.fake, receive_bytes);
    let (other, others) = card(&other.fake, receive_bytes);
    let result = run(&[&*its, &*others], check::net(&one, &other));
    assert_eq!(result, Ok(()), "features {features:#x}, {receive_bytes} bytes");
}

#[test]
fn two_cards_keep_the_promises_of_cards() {
    let rings = [0, INDIRECT, EVENT_INDEX, INDIRECT | EVENT_INDEX];
    let works = [0, CSUM, CSUM | GUEST_CSUM, CUTS, CUTS | JOINS];
    for ring in rings {
        for work in works {
            for buffers in [0, MRG_RXBUF] {
                keeps_its_promises(ring | work | buffers, &SIZES, RECEIVE_BYTES);
            }
        }
    }
}

#[test]
fn small_rings_and_little_memory_are_enough() {
    for sizes in [[16, 16, 4], [64, 8, 4]] {
        for features in [MRG_RXBUF, CUTS, CUTS | JOINS | MRG_RXBUF, CUTS | JOINS | EVENT_INDEX] {
            for receive_bytes in [16 * 1024, 300 * 1024] {
                keeps_its_promises(features, &sizes, receive_bytes);
            }
        }
    }
}

#[test]
fn what_a_card_does_is_what_it_offers() {
    let small = Offloads { checksum: true, frame_bytes_max: 0 };
    let large = Offloads { checksum: true, frame_bytes_max: LARGE_BYTES_MAX };
    for (features, offloads) in [
        (0, Offloads::NONE),
        (GUEST_CSUM | CUTS & !CSUM, Offloads::NONE),
        (CSUM, small),
        (CUTS & !fake_card::HOST_TSO6, small),
        (CUTS, large),
        (CUTS | JOINS, large),
    ] {
        let fake = fake_card::idle(features);
        let (card, _) = card(&fake, RECEIVE_BYTES);
        assert_eq!((card.offloads(), card.mtu()), (offloads, 1500));
        assert_eq!(card.mac(), Mac([2, 0, 0, 0, 0, 1]));
    }
}

#[test]
fn joining_is_agreed_on_only_if_it_can_be_left_again() {
    let all = CUTS | JOINS;
    for (features, receive_bytes, is_joined) in [
        (all, RECEIVE_BYTES, true),
        (all & !fake_card::CTRL_VQ, RECEIVE_BYTES, false),
        (all & !fake_card::CTRL_GUEST_OFFLOADS, RECEIVE_BYTES, false),
        (all & !GUEST_CSUM, RECEIVE_BYTES, false),
        (all, 64 * 1024, false),
    ] {
        let fake = fake_card::idle(features);
        let _card = card(&fake, receive_bytes);
        assert_eq!(fake.has(fake_card::GUEST_TSO4), is_joined, "{features:#x}");
        assert_eq!(fake.has(fake_card::GUEST_TSO6), is_joined, "{features:#x}");
    }
}

#[test]
fn a_card_says_how_much_a_frame_carries() {
    for (offered, mtu) in [(9000, 9000), (1280, 1280), (65_535, 65_535), (1279, 1500), (0, 1500)] {
        let class = sarab_virtio::Class::Card;
        let fake = Rc::new(Fake::new(class, MAC | MTU, config(1, offered), &[256, 256]));
        let (card, _) = card(&fake, RECEIVE_BYTES);
        assert_eq!(card.mtu(), mtu);
    }
}

#[test]
fn the_card_is_told_once_what_form_frames_have() {
    let [one, other] = fake_card::pair(CUTS | JOINS | MRG_RXBUF, &SIZES);
    let (sender, its) = card(&one.fake, RECEIVE_BYTES);
    let (receiver, others) = card(&other.fake, RECEIVE_BYTES);
    let events: [&dyn Events; 2] = [&*its, &*others];
    let mut counts = Vec::new();
    for is_packet in [true, true, false, false, true] {
        run(&events, sender.send(frame(60, 1))).expect("it is sent");
        if is_packet {
            run(&events, receiver.recv_packet()).expect("it comes");
        } else {
            run(&events, receiver.recv()).expect("it comes");
        }
        counts.push(other.commands.get());
    }
    assert_eq!(counts, [0, 0, 1, 1, 2]);
}

fn frame(size: usize, number: u8) -> Bytes {
    let mut frame = vec![number; size];
    frame[..12].fill(2);
    frame.into()
}

/// A frame that is to be cut, of so many bytes.
fn large(size: usize) -> Packet {
    let mut frame: Vec<u8> = (0..=250).cycle().take(size).collect();
    frame[34 + 12] = 5 << 4;
    let checksum = Checksum::Partial { start: 34, offset: 16 };
    let version = IpVersion::V4;
    let segmentation = Some(Segmentation { version, header_bytes: 54, segment_bytes: 1460 });
    Packet { frame: frame.into(), checksum, segmentation }
}

#[test]
fn a_frame_in_many_buffers_is_one_again() {
    for (buffers, sizes) in [(MRG_RXBUF, SIZES), (0, SIZES), (MRG_RXBUF, [16, 16, 4])] {
        let [one, other] = fake_card::pair(CUTS | JOINS | buffers, &sizes);
        let (sender, its) = card(&one.fake, RECEIVE_BYTES);
        let (receiver, others) = card(&other.fake, RECEIVE_BYTES);
        let events: [&dyn Events; 2] = [&*its, &*others];
        // Among these, some lie over the end of a piece of memory.
        for size in (100..LARGE_BYTES_MAX).step_by(911).chain([LARGE_BYTES_MAX]) {
            let packet = large(size);
            run(&events, sender.send_packet(packet.clone())).expect("it is sent");
            let joined = run(&events, receiver.recv_packet()).expect("it comes");
            assert_eq!(joined, packet, "{size} bytes");
        }
    }
}

#[test]
fn frames_in_one_buffer_are_not_copied() {
    let [one, other] = fake_card::pair(MRG_RXBUF, &SIZES);
    let (sender, its) = card(&one.fake, RECEIVE_BYTES);
    let (receiver, others) = card(&other.fake, RECEIVE_BYTES);
    let events: [&dyn Events; 2] = [&*its, &*others];
    let frames: Vec<_> = (0..10)
        .map(|number| {
            run(&events, sender.send(frame(1000, number))).expect("it is sent");
            run(&events, receiver.recv()).expect("it comes")
        })
        .collect();
    let places: Vec<_> = frames.iter().map(|frame| frame.as_ptr().addr()).collect();
    assert!(places.windows(2).all(|two| two[0] + 1536 == two[1]), "{places:x?}");
    assert!((0..10).zip(&frames).all(|(number, it)| *it == frame(1000, number)));
}

#[test]
fn a_burst_of_frames_costs_one_notification() {
    for features in [0, EVENT_INDEX] {
        let [one, _other] = fake_card::pair(features, &SIZES);
        let (sender, its) = card(&one.fake, RECEIVE_BYTES);
        for number in 0..20 {
            run(&[], sender.send(frame(60, number))).expect("there is room");
        }
        assert!(one.fake.notified.borrow().is_empty());
        turn(&[&*its]);
        turn(&[&*its]);
        assert_eq!(one.fake.notified.borrow()[..], [1]);
    }
}

#[test]
fn a_sender_waits_for_room_and_is_told_of_it() {
    for features in [0, EVENT_INDEX] {
        let [one, _other] = fake_card::pair(features, &[16, 16]);
        one.fake.serve_nothing();
        let (sender, its) = card(&one.fake, RECEIVE_BYTES);
        let slots = 8;
        for number in 0..slots {
            run(&[], sender.send(frame(60, number))).expect("there is room");
        }
        let mut last = pin!(sender.send(frame(60, 99)));
        let context = &mut Context::from_waker(Waker::noop());
        assert!(last.as_mut().poll(context).is_pending());
        its.notify();
        its.listen(true);
        let chains: Vec<_> = std::iter::from_fn(|| one.fake.take(1)).collect();
        let interrupts = chains.iter().map(|chain| {
            one.fake.give(1, chain.head, 0);
            one.fake.interrupts.get()
        });
        // Where it can be said, one interrupt when there is room for half of all.
        let expected = [[1, 2, 3, 4, 5, 6, 7, 8], [0, 0, 0, 0, 1, 1, 1, 1]];
        let expected = expected[usize::from(features == EVENT_INDEX)];
        assert_eq!(interrupts.collect::<Vec<_>>(), expected);
        assert!(its.deliver());
        assert!(last.as_mut().poll(context).is_ready());
    }
}

#[test]
fn sent_frames_cost_no_interrupt_while_there_is_room() {
    for features in [0, EVENT_INDEX] {
        let [one, _other] = fake_card::pair(features, &SIZES);
        let (sender, its) = card(&one.fake, RECEIVE_BYTES);
        its.listen(true);
        for number in 0..100 {
            run(&[], sender.send(frame(60, number))).expect("there is room");
            its.notify();
            its.listen(true);
        }
        assert_eq!(one.fake.interrupts.get(), 0);
    }
}

#[test]
fn a_lot_of_sent_memory_is_worth_an_interrupt() {
    for (count, interrupts) in [(4, 0), (5, 1)] {
        let fake = fake_card::idle(CUTS | EVENT_INDEX);
        let (sender, its) = card(&fake, RECEIVE_BYTES);
        for _ in 0..count {
            run(&[], sender.send_packet(large(65_000))).expect("there is room");
        }
        its.notify();
        its.listen(true);
        while let Some(chain) = fake.take(1) {
            fake.give(1, chain.head, 0);
        }
        assert_eq!(fake.interrupts.get(), interrupts);
    }
}

#[test]
fn congestion_is_told_to_who_knows_it() {
    for (features, kind) in [(CUTS, 1), (CUTS | HOST_ECN, 0x81)] {
        let fake = fake_card::idle(features);
        let (sender, its) = card(&fake, RECEIVE_BYTES);
        let mut packet = large(4000);
        let mut frame = packet.frame.to_vec();
        // CWR in the header of TCP.
        frame[34 + 13] = 0x80;
        packet.frame = frame.into();
        run(&[], sender.send_packet(packet)).expect("there is room");
        its.notify();
        assert_eq!(fake.take(1).expect("a packet").sent()[..2], [1, kind]);
    }
}

#[test]
fn what_a_card_says_of_the_size_of_a_sent_frame_means_nothing() {
    let fake = fake_card::idle(0);
    let (sender, its) = card(&fake, RECEIVE_BYTES);
    for size in [0, 72, u32::MAX] {
        run(&[], sender.send(frame(60, 1))).expect("there is room");
        its.notify();
        let chain = fake.take(1).expect("a frame");
        fake.give(1, chain.head, size);
        its.deliver();
    }
    assert_eq!(fake.resets.get(), 1);
}

#[test]
fn a_frame_is_kept_until_it_was_taken() {
    let [one, _other] = fake_card::pair(0, &SIZES);
    one.fake.serve_nothing();
    let (sender, its) = card(&one.fake, RECEIVE_BYTES);
    let sent = frame(60, 1);
    run(&[], sender.send(sent.clone())).expect("there is room");
    its.notify();
    its.deliver();
    assert!(!sent.is_unique());
    let chain = one.fake.take(1).expect("a frame");
    one.fake.give(1, chain.head, 0);
    its.deliver();
    assert!(sent.is_unique());
}

#[test]
fn memory_is_lent_when_somebody_receives_and_more_when_it_is_used_up() {
    let [one, _other] = fake_card::pair(MRG_RXBUF, &SIZES);
    let (receiver, its) = card(&one.fake, RECEIVE_BYTES);
    turn(&[&*its]);
    assert!(one.fake.take(0).is_none());
    let context = &mut Context::from_waker(Waker::noop());
    let mut lents = Vec::new();
    for _ in 0..8 {
        while pin!(receiver.recv()).poll(context).is_ready() {}
        lents.push(lent(&one));
        (0..lent(&one)).for_each(|_| one.add(frame(60, 1).into()));
        one.deliver();
        turn(&[&*its]);
    }
    assert_eq!(lents, [16, 32, 64, 128, 256, 256, 256, 256]);
}

/// Returns how many buffers the card has.
fn lent(end: &End) -> usize {
    let count = std::iter::from_fn(|| end.fake.take(0)).count();
    end.fake.with_side(0, |side| side.take_back(count));
    count
}
