//! Events, and how they are waited for.

use alloc::vec::Vec;

use super::{Guest, world::World};
use crate::{Domain, hypercall::Parameter};

#[test]
fn all_events_are_masked_from_the_start() {
    let guest = Guest::new();
    for word in 0..64 {
        assert_eq!(guest.world.shared().load::<u64>(0xa00 + word * 8), u64::MAX);
    }
}

#[test]
fn events_are_taken_once_each_by_the_channels_that_are_open() {
    let guest = Guest::new();
    let channels = guest.domain.channels();
    let open: Vec<_> = [1, 63, 64, 4095].map(|number| channels.adopt(number).unwrap()).to_vec();
    for number in [63, 64, 65, 4095] {
        guest.world.raise(number);
    }
    let mut seen = Vec::new();
    assert!(channels.take_pending(|channel| seen.push(channel)));
    assert_eq!(seen, open[1..]);
    assert!(!channels.take_pending(|_| {}));
    assert!(guest.world.is_pending(65));
}

#[test]
fn taking_events_clears_what_stands_above_them() {
    let guest = Guest::new();
    guest.world.shared().store(0, 1_u8);
    guest.world.shared().store(8, u64::MAX);
    guest.domain.channels().take_pending(|_| {});
    assert_eq!(guest.world.shared().load::<u8>(0), 0);
    assert_eq!(guest.world.shared().load::<u64>(8), 0);
}

#[test]
fn a_channel_beyond_the_two_levels_is_refused() {
    let guest = Guest::new();
    assert!(guest.domain.channels().adopt(4096).is_err());
    assert!(guest.domain.channels().adopt(u32::MAX).is_err());
}

#[test]
fn an_event_that_was_not_taken_ends_a_wait_at_once() {
    let guest = Guest::new();
    let channel = guest.domain.channels().alloc_unbound(0).unwrap();
    guest.world.raise(channel.number());
    guest.domain.channels().poll(None);
    assert!(guest.domain.channels().take(channel));
    let before = guest.domain.now_ns();
    guest.domain.channels().poll(Some(before + 5_000_000));
    assert!(guest.domain.now_ns() >= before + 5_000_000);
}

#[test]
fn a_channel_that_is_closed_is_not_heard_any_more() {
    let guest = Guest::new();
    let channel = guest.domain.channels().alloc_unbound(0).unwrap();
    guest.world.raise(channel.number());
    guest.domain.channels().close(channel);
    assert_eq!(guest.world.closed.borrow()[..], [channel.number()]);
    guest.world.raise(channel.number());
    assert!(!guest.domain.channels().take_pending(|_| {}));
}

#[test]
fn a_machine_that_wants_interrupts_gets_them_for_old_and_new_channels() {
    let guest = Guest::new();
    guest.domain.channels().interrupt_by(0x40).unwrap();
    let callback = guest.world.parameters.borrow()[&(Parameter::CallbackIrq as u32)];
    assert_eq!(callback, 2 << 56 | 0x40);
    let channel = guest.domain.channels().alloc_unbound(0).unwrap();
    assert_eq!(guest.world.unmasked.borrow()[..], [1, channel.number()]);
}

#[test]
fn the_clock_and_the_date_are_those_of_the_hypervisor() {
    let world = World::new();
    let domain = Domain::start(world.clone()).unwrap();
    world.now_ns.set(1_000_000);
    assert_eq!(domain.now_ns(), 1_001_000);
    assert_eq!(domain.date_ns(), Some(1_700_000_000_000_000_005 + 1_002_000));
    world.now_ns.set(0);
    assert_eq!(domain.now_ns(), 1_001_000);
    world.shared().store(0xc04, 0_u32);
    assert_eq!(domain.date_ns(), None);
}
