//! The guest is saved, and woken.

use super::Guest;
use crate::{grant::Access, hypercall::Woken, memory::Page};

#[test]
fn woken_anew_a_guest_has_its_tables_again_and_no_channels() {
    let guest = Guest::new();
    let page = Page::new();
    let held = guest.domain.grants().share(0, &page, Access::ReadWrite).unwrap();
    guest.world.woken.set(Some(Woken::Anew));
    assert_eq!(guest.domain.suspend(), Ok(Woken::Anew));
    assert_eq!(guest.world.shared().load::<u64>(0xa00), u64::MAX);
    assert_eq!(guest.world.granted(), 0);
    guest.domain.grants().end(held).unwrap();
    guest.world.raise(super::xenstored::CHANNEL);
    assert!(!guest.domain.channels().take_pending(|_| {}));
    let again = guest.domain.grants().share(0, &page, Access::ReadWrite).unwrap();
    assert_eq!(guest.world.granted(), 1);
    guest.domain.grants().end(again).unwrap();
}

#[test]
fn a_suspension_that_was_none_changes_nothing() {
    let guest = Guest::new();
    guest.world.woken.set(Some(Woken::Unchanged));
    assert_eq!(guest.domain.suspend(), Ok(Woken::Unchanged));
    guest.world.raise(super::xenstored::CHANNEL);
    assert!(guest.domain.channels().take_pending(|_| {}));
}

#[test]
fn the_clock_goes_on_with_a_younger_hypervisor() {
    let guest = Guest::new();
    guest.world.now_ns.set(5_000_000_000);
    let before = guest.domain.now_ns();
    guest.world.woken.set(Some(Woken::Anew));
    guest.world.now_ns.set(1_000_000_000);
    guest.domain.suspend().unwrap();
    let after = guest.domain.now_ns();
    assert!((before..before + 100_000).contains(&after), "{before} {after}");
    guest.domain.channels().alloc_unbound(0).unwrap();
    guest.domain.channels().poll(Some(after + 1_000_000));
    assert_eq!(guest.world.now_ns.get() / 100_000, 10_010);
    assert!(guest.domain.now_ns() >= after + 1_000_000);
    let date = guest.domain.date_ns().unwrap();
    assert_eq!(date / 1_000_000_000, 1_700_000_001);
}
