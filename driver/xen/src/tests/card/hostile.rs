//! Back ends that break the rules, and frames that make no sense.

use alloc::{boxed::Box, vec, vec::Vec};

use sarab_device::Net;

use super::{
    LINUX, Machine,
    bridge::{Sent, front},
    frames::{datagram4, plain, segment4, segment6},
    poll,
};
use crate::net::wire::{Extra, Receive, Received, Transmitted};

/// Has the back end of the second card answer a request to receive by what `respond` makes of it.
fn respond(machine: &Machine, respond: impl Fn(Receive) -> Received) {
    let link = machine.bridge.links[1].borrow();
    let ring = &link.as_ref().unwrap().receive;
    let request: Receive = ring.take().unwrap();
    ring.give(&machine.guest.world, respond(request));
}

fn is_given_up(machine: &Machine, card: usize) -> bool {
    machine.guest.xenstored.get(&alloc::format!("{}/state", front(card))).unwrap() == "6"
}

/// A sound frame still comes.
fn assert_alive(machine: &Machine) {
    machine.run(machine.cards[0].send(plain(77))).unwrap();
    let packet = machine.run(machine.cards[1].recv_packet()).unwrap();
    assert_eq!(packet, plain(77).into());
    assert!(!is_given_up(machine, 1));
}

#[test]
fn an_answer_to_another_request_gives_the_card_up() {
    for id in [200, 0x8000, 0xffff] {
        let machine = Machine::new(LINUX);
        machine.listen();
        respond(&machine, |it| Received { id: it.id ^ id, offset: 0, flags: 0, status: 60 });
        machine.turn();
        assert!(is_given_up(&machine, 1));
        // What is sent now is lost, and nobody waits.
        machine.run(machine.cards[1].send(plain(60))).unwrap();
        machine.rest();
        assert!(is_given_up(&machine, 1));
    }
}

#[test]
fn more_answers_than_requests_give_the_card_up() {
    for count in [1_u32, 129, 0x8000_0000, u32::MAX] {
        let machine = Machine::new(LINUX);
        machine.rest();
        let link = machine.bridge.links[1].borrow();
        // Nothing is lent before somebody receives.
        link.as_ref().unwrap().receive.window.store(8, count);
        drop(link);
        machine.turn();
        assert!(is_given_up(&machine, 1));
    }
}

#[test]
fn answers_to_frames_that_nobody_has_sent_give_the_card_up() {
    for ids in [[300, 301], [0xffff, 0], [255, 255], [5, 5]] {
        let machine = Machine::new(LINUX);
        machine.bridge.is_slow.set(true);
        for _ in 0..2 {
            machine.run(machine.cards[0].send(plain(60))).unwrap();
        }
        machine.turn();
        let link = machine.bridge.links[0].borrow();
        let ring = &link.as_ref().unwrap().transmit;
        for id in ids {
            ring.give(&machine.guest.world, Transmitted { id, status: 0 });
        }
        drop(link);
        machine.turn();
        assert!(is_given_up(&machine, 0));
        assert!(!is_given_up(&machine, 1));
    }
}

#[test]
fn parts_outside_of_their_pages_are_passed_over() {
    let machine = Machine::new(LINUX);
    machine.listen();
    for (offset, status) in
        [(4000, 97), (0, 4097), (0xffff, 1), (1, i16::MAX), (0, -1), (0, -32768)]
    {
        respond(&machine, |it| Received { id: it.id, offset, flags: 0, status });
        machine.rest();
    }
    assert_alive(&machine);
}

#[test]
fn a_frame_without_end_is_no_longer_than_one_may_be() {
    for features in [LINUX, &[]] {
        let machine = Machine::new(features);
        machine.listen();
        for _ in 0..1000 {
            respond(&machine, |it| Received { id: it.id, offset: 0, flags: 4, status: 4096 });
            machine.turn();
        }
        respond(&machine, |it| Received { id: it.id, offset: 0, flags: 0, status: 1 });
        assert_alive(&machine);
    }
}

#[test]
fn extras_without_end_end_with_what_follows_them() {
    let machine = Machine::new(LINUX);
    machine.listen();
    respond(&machine, |it| Received { id: it.id, offset: 0, flags: 8, status: 60 });
    for _ in 0..500 {
        respond(&machine, |_| {
            zerocopy::transmute!(Extra { kind: 1, flags: 1, ..Extra::default() })
        });
        machine.turn();
    }
    respond(&machine, |_| zerocopy::transmute!(Extra { kind: 1, ..Extra::default() }));
    assert_alive(&machine);
}

#[test]
fn a_frame_that_is_not_what_is_said_of_it_is_passed_over() {
    let machine = Machine::new(LINUX);
    machine.listen();
    let cut =
        |kind, cut, segment_bytes| Some(Extra { kind, segment_bytes, cut, ..Extra::default() });
    let (four, six, datagram) =
        (segment4(3000, None).frame, segment6(3000, None).frame, datagram4(3000).frame);
    let mut fragment = four.to_vec();
    fragment[20] = 0x20;
    let mut short = four.to_vec();
    short[16] = 0xff;
    let mut headless = four.to_vec();
    headless[46] = 0xf0;
    headless.truncate(80);
    headless[16..18].copy_from_slice(&66_u16.to_be_bytes());
    let mut nested = six.to_vec();
    nested[20] = 60;
    nested[54..].fill(60);
    for (bytes, is_open, cut) in [
        (four.to_vec(), true, cut(1, 0, 1448)),
        (four.to_vec(), true, cut(1, 2, 1448)),
        (four.to_vec(), true, cut(1, 1, 0)),
        (four.to_vec(), true, cut(0, 1, 1448)),
        (four.to_vec(), true, cut(2, 1, 1448)),
        (six.to_vec(), true, cut(1, 1, 1448)),
        (datagram.to_vec(), true, cut(1, 1, 1448)),
        (plain(3000).to_vec(), true, None),
        (plain(3000).to_vec(), true, cut(1, 1, 1448)),
        (fragment, true, None),
        (short, true, None),
        (headless, true, cut(1, 1, 1448)),
        (nested, true, None),
        (vec![8; 5], true, None),
        (four[..20].to_vec(), true, None),
        (six[..60].to_vec(), true, cut(1, 2, 1448)),
    ] {
        let sent = Sent { bytes, is_open, is_valid: true, cut, slots: 0 };
        machine.bridge.push(1, sent);
    }
    machine.rest();
    assert_alive(&machine);
}

#[test]
fn a_frame_that_is_cut_too_fine_is_passed_over() {
    let machine = Machine::new(LINUX);
    let mut recv = Box::pin(machine.cards[1].recv());
    assert!(poll(recv.as_mut()).is_pending());
    let bytes = segment4(3000, None).frame.to_vec();
    let cut = Some(Extra { kind: 1, cut: 1, segment_bytes: 1, ..Extra::default() });
    machine.bridge.push(1, Sent { bytes, is_open: true, is_valid: true, cut, slots: 0 });
    machine.rest();
    machine.run(machine.cards[0].send(plain(77))).unwrap();
    assert_eq!(machine.run(recv).unwrap(), plain(77));
}

#[test]
fn no_header_makes_a_frame_panic() {
    use crate::net::headers::Transport;
    let mut frames: Vec<_> = [datagram4(20), segment4(20, None), segment6(20, None)]
        .into_iter()
        .map(|it| it.frame.to_vec())
        .collect();
    for frame in &mut frames {
        for at in 0..frame.len() {
            let old = frame[at];
            for value in [0, 1, 0x0f, 0x45, 0x7f, 0x80, 0xff] {
                frame[at] = value;
                for size in [at, frame.len() / 2, frame.len()] {
                    let part = &frame[..size];
                    if let Some(found) = Transport::find(part) {
                        assert!(found.start + found.offset + 2 <= part.len());
                        assert!(found.header_bytes(part).is_none_or(|it| it <= part.len()));
                    }
                }
            }
            frame[at] = old;
        }
    }
}
