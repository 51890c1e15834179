//! Back ends that go and come back.

use alloc::boxed::Box;

use sarab_device::{IpVersion, Net, check};

use super::{
    LINUX, Machine,
    bridge::front,
    frames::{plain, segment4, sound},
    poll,
};
use crate::{hypercall::Woken, tests::xenstored};

fn state(machine: &Machine, card: usize) -> alloc::string::String {
    machine.guest.xenstored.get(&alloc::format!("{}/state", front(card))).unwrap()
}

#[test]
fn a_card_works_again_when_its_back_end_is_back() {
    let machine = Machine::new(LINUX);
    machine.listen();
    let before = machine.guest.world.granted();
    for card in [0, 1] {
        machine.bridge.set_state(card, "5");
    }
    machine.rest();
    assert_eq!((state(&machine, 0), state(&machine, 1)), ("4".into(), "4".into()));
    let [one, other] = &machine.cards;
    machine.run(check::net(one, other)).unwrap();
    machine.rest();
    // The first card has received since, too.
    assert_eq!(machine.guest.world.granted(), before + 128);
}

#[test]
fn without_a_back_end_frames_are_lost_and_nobody_waits() {
    let machine = Machine::new(LINUX);
    machine.listen();
    machine.bridge.is_slow.set(true);
    let mut waiting = loop {
        let mut send = Box::pin(machine.cards[0].send(plain(100)));
        if poll(send.as_mut()).is_pending() {
            break send;
        }
    };
    machine.guest.xenstored.set("/local/domain/0/backend/vif/1/0/online", "0");
    machine.bridge.set_state(0, "5");
    machine.rest();
    assert!(poll(waiting.as_mut()).is_ready());
    for _ in 0..1000 {
        machine.run(machine.cards[0].send(plain(100))).unwrap();
    }
    machine.bridge.is_slow.set(false);
    machine.bridge.set_state(0, "2");
    machine.rest();
    machine.run(machine.cards[0].send(plain(101))).unwrap();
    assert_eq!(machine.run(machine.cards[1].recv_packet()).unwrap(), plain(101).into());
}

#[test]
fn a_back_end_that_carries_less_than_the_first_gets_no_more() {
    let machine = Machine::new(LINUX);
    machine.listen();
    for card in [0, 1] {
        for key in ["feature-sg", "feature-gso-tcpv4", "feature-gso-tcpv6"] {
            machine.guest.xenstored.unset(&alloc::format!("{}/{key}", super::bridge::back(card)));
        }
        machine.bridge.set_state(card, "5");
    }
    machine.rest();
    let [one, other] = &machine.cards;
    machine.run(one.send_packet(segment4(3000, Some(1000)))).unwrap();
    for number in 0..3 {
        let packet = machine.run(other.recv_packet()).unwrap();
        assert_eq!(sound(&packet.frame, IpVersion::V4).sequence, 1000 + number * 1000);
    }
    assert!(machine.bridge.sent.take().iter().all(|sent| sent.slots == 1));
}

#[test]
fn nothing_of_an_old_connection_is_left() {
    let machine = Machine::new(LINUX);
    machine.listen();
    for card in [0, 1] {
        let back = super::bridge::back(card);
        machine.guest.xenstored.set(&alloc::format!("{back}/online"), "0");
        machine.bridge.set_state(card, "5");
    }
    machine.rest();
    assert_eq!(machine.guest.world.granted(), 0);
    assert_eq!(machine.guest.world.closed.borrow().len(), 2);
}

#[test]
fn a_guest_that_has_moved_has_its_cards_again() {
    let machine = Machine::new(LINUX);
    machine.listen();
    machine.guest.world.woken.set(Some(Woken::Anew));
    machine.guest.domain.suspend().unwrap();
    let channel = machine.guest.domain.channels().adopt(xenstored::CHANNEL).unwrap();
    for card in [0, 1] {
        machine.bridge.vanish(&machine.guest.world, card);
        machine.bridge.set_state(card, "2");
        machine.guest.xenstored.set(&alloc::format!("{}/state", front(card)), "1");
    }
    machine.guest.store.resume(channel).unwrap();
    for frames in &machine.frames {
        frames.port().resume().unwrap();
    }
    machine.rest();
    machine.run(machine.cards[0].send(plain(99))).unwrap();
    assert_eq!(machine.run(machine.cards[1].recv_packet()).unwrap(), plain(99).into());
}
