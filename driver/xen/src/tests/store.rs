//! Conversations with the store.

use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::task::Poll;

use sarab_queue::Events;

use super::{Guest, poll};
use crate::{
    Channel,
    bus::{self, Kind},
    store::{Fault, Refusal, StoreError},
};

fn refused(path: &str, refusal: Refusal) -> StoreError {
    StoreError::Refused { path: path.into(), refusal }
}

#[test]
fn what_is_written_is_read_listed_and_removed() {
    let guest = Guest::new();
    let store = &guest.store;
    assert_eq!(store.read("a/b"), Err(refused("a/b", Refusal::NotFound)));
    store.write("a/b", "one").unwrap();
    store.write("a/c", "").unwrap();
    assert_eq!(store.read("a/b").unwrap(), "one");
    assert_eq!(store.read("a/c").unwrap(), "");
    assert_eq!(store.directory("a").unwrap(), ["b", "c"]);
    store.remove("a/b").unwrap();
    assert_eq!(store.directory("a").unwrap(), ["c"]);
    assert_eq!(store.read_number("a/c"), Err(StoreError::Garbled { path: "a/c".into() }));
}

#[test]
fn values_longer_than_the_ring_go_through_it_in_both_directions() {
    let guest = Guest::new();
    let long = "x".repeat(4000);
    guest.store.write("long", &long).unwrap();
    assert_eq!(guest.store.read("long").unwrap(), long);
}

#[test]
fn a_request_longer_than_the_store_takes_is_not_made() {
    let guest = Guest::new();
    let error = guest.store.write("long", &"x".repeat(4092)).unwrap_err();
    assert_eq!(error, StoreError::Long { size_bytes: 4097 });
    assert_eq!(guest.store.read("a\0b"), Err(StoreError::Garbled { path: "a\0b".into() }));
    guest.store.write("long", &"x".repeat(4091)).unwrap();
}

#[test]
fn a_transaction_that_others_disturb_is_done_anew() {
    let guest = Guest::new();
    guest.store.write("count", "1").unwrap();
    guest.xenstored.conflicts.set(3);
    let count = guest.store.transaction(|it| {
        let count: u32 = it.read("count")?.parse().unwrap();
        it.write("count", &format!("{}", count + 1))?;
        Ok(count)
    });
    assert_eq!(count, Ok(1));
    assert_eq!(guest.store.read("count").unwrap(), "2");
}

#[test]
fn a_transaction_that_is_always_disturbed_ends() {
    let guest = Guest::new();
    guest.xenstored.conflicts.set(u32::MAX);
    assert_eq!(guest.store.transaction(|it| it.write("a", "1")), Err(StoreError::Busy));
    assert_eq!(guest.store.read("a"), Err(refused("a", Refusal::NotFound)));
}

#[test]
fn a_transaction_that_fails_changes_nothing() {
    let guest = Guest::new();
    let failed: Result<(), _> = guest.store.transaction(|it| {
        it.write("a", "1")?;
        it.read("b").map(drop)
    });
    assert_eq!(failed, Err(refused("b", Refusal::NotFound)));
    assert_eq!(guest.store.read("a"), Err(refused("a", Refusal::NotFound)));
}

#[test]
fn a_watch_fires_at_once_and_at_each_change_below() {
    let guest = Guest::new();
    let watch = guest.store.watch("a").unwrap();
    guest.world.run();
    assert!(guest.store.deliver());
    assert!(watch.take());
    assert!(!watch.take());
    for path in ["a", "a/b"] {
        guest.xenstored.set(path, "1");
        guest.world.run();
        assert!(guest.store.deliver());
        assert!(watch.take());
    }
    guest.xenstored.set("ab", "1");
    guest.world.run();
    assert!(!guest.store.deliver());
    assert!(!watch.take());
}

#[test]
fn a_watch_that_is_dropped_is_ended() {
    let guest = Guest::new();
    drop(guest.store.watch("a").unwrap());
    assert!(guest.xenstored.watches.borrow().is_empty());
}

#[test]
fn an_event_between_request_and_answer_is_kept_and_ends_the_next_wait() {
    let guest = Guest::new();
    let watch = guest.store.watch("a").unwrap();
    guest.world.run();
    guest.store.deliver();
    assert!(watch.take());
    guest.domain.channels().take_pending(|_| {});
    guest.xenstored.before.borrow_mut().push(("a".into(), "1".into()));
    // The answer is there before it is waited for.
    guest.world.is_eager.set(true);
    guest.store.write("b", "1").unwrap();
    assert!(guest.world.is_pending(super::xenstored::CHANNEL));
    assert!(watch.take());
    assert!(guest.store.deliver());
    assert!(!guest.store.deliver());
}

#[test]
fn who_waits_for_a_watch_is_woken() {
    let guest = Guest::new();
    let watch = guest.store.watch("a").unwrap();
    let mut changed = Box::pin(watch.changed());
    assert!(poll(changed.as_mut()).is_pending());
    guest.world.run();
    guest.store.deliver();
    assert_eq!(poll(changed.as_mut()), Poll::Ready(()));
}

#[test]
fn events_for_nobody_are_passed_over() {
    let guest = Guest::new();
    let watch = guest.store.watch("a").unwrap();
    guest.world.run();
    guest.store.deliver();
    assert!(watch.take());
    for payload in [&b"a\x002\0"[..], b"a\0", b"", b"\xff\xff\0\xff\0", b"a\x001x\0"] {
        let size = u32::try_from(payload.len()).unwrap();
        let header: Vec<u8> = [15, 0, 0, size].into_iter().flat_map(u32::to_le_bytes).collect();
        guest.xenstored.say_raw(&[&header, payload].concat());
    }
    guest.world.run();
    assert!(!guest.store.deliver());
    assert!(!watch.take());
    guest.store.write("a", "1").unwrap();
}

#[test]
fn an_answer_longer_than_one_may_be_breaks_the_store() {
    let guest = Guest::new();
    guest.xenstored.garbling.set(Some(|[kind, id, transaction, _], _| {
        [kind, id, transaction, 4097].into_iter().flat_map(u32::to_le_bytes).collect()
    }));
    let broken = StoreError::Broken(Fault::Size(4097));
    assert_eq!(guest.store.read("a"), Err(broken.clone()));
    assert_eq!(guest.store.read("a"), Err(broken));
    assert!(!guest.store.deliver());
}

#[test]
fn counts_that_cannot_be_break_the_store() {
    for (at, value) in [(0x80c, 1025_u32), (0x800, 5000)] {
        let guest = Guest::new();
        guest.xenstored.window().store(at, value);
        assert_eq!(guest.store.read("a"), Err(StoreError::Broken(Fault::Counts)));
    }
}

#[test]
fn an_answer_of_another_kind_or_without_text_is_an_error() {
    let guest = Guest::new();
    guest.store.write("a", "1").unwrap();
    let garbled = Err(StoreError::Garbled { path: "a".into() });
    guest.xenstored.garbling.set(Some(|[_, id, transaction, size], payload| {
        let header = [99, id, transaction, size].into_iter().flat_map(u32::to_le_bytes);
        header.chain(payload).collect()
    }));
    assert_eq!(guest.store.read("a"), garbled);
    guest.xenstored.values.borrow_mut().insert("a".into(), String::from("x"));
    guest.xenstored.garbling.set(Some(|[kind, id, transaction, size], _| {
        let header = [kind, id, transaction, size].into_iter().flat_map(u32::to_le_bytes);
        header.chain([0xff]).collect()
    }));
    assert_eq!(guest.store.read("a"), garbled);
    assert_eq!(guest.store.read("a").unwrap(), "x");
}

#[test]
fn a_store_that_does_not_answer_is_not_waited_for_for_ever() {
    let guest = Guest::new();
    guest.xenstored.is_silent.set(true);
    assert_eq!(guest.store.read("a"), Err(StoreError::Silent));
    guest.xenstored.is_silent.set(false);
    // The late answer is passed over.
    assert_eq!(guest.store.read("b"), Err(refused("b", Refusal::NotFound)));
}

#[test]
fn a_store_that_takes_no_request_is_broken() {
    let guest = Guest::new();
    guest.xenstored.is_silent.set(true);
    let long = "x".repeat(2000);
    assert_eq!(guest.store.write("a", &long), Err(StoreError::Broken(Fault::Stuck)));
    assert_eq!(guest.store.read("a"), Err(StoreError::Broken(Fault::Stuck)));
}

#[test]
fn devices_are_listed_in_the_order_of_their_numbers() {
    let guest = Guest::new();
    assert_eq!(bus::handles(&guest.store, Kind::Network).unwrap(), Vec::<u32>::new());
    for name in ["51744", "51712", "5728", "odd"] {
        guest.xenstored.set(&format!("device/vbd/{name}/state"), "1");
    }
    assert_eq!(bus::handles(&guest.store, Kind::Disk).unwrap(), [5728, 51712, 51744]);
}

#[test]
fn watches_are_set_again_in_a_new_domain() {
    let guest = Guest::new();
    let watch = guest.store.watch("a").unwrap();
    guest.world.run();
    guest.store.deliver();
    assert!(watch.take());
    guest.xenstored.watches.borrow_mut().clear();
    let channel: Channel = guest.domain.channels().adopt(super::xenstored::CHANNEL).unwrap();
    guest.store.resume(channel).unwrap();
    guest.world.run();
    guest.store.deliver();
    assert!(watch.take());
}
