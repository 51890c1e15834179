//! Requests to end.

use alloc::{boxed::Box, vec::Vec};
use core::task::Poll;

use sarab_queue::Events;

use super::{Guest, poll};
use crate::{
    shutdown::{Control, Request},
    store::StoreError,
};

#[test]
fn a_request_is_taken_once_and_acknowledged() {
    let guest = Guest::new();
    let control = Control::new(&guest.store, &["poweroff", "reboot"]).unwrap();
    assert_eq!(guest.xenstored.get("control/feature-reboot").unwrap(), "1");
    assert_eq!(control.take(), Ok(None));
    let words = ["poweroff", "reboot", "halt", "suspend", "dance"];
    let seen: Vec<_> = words
        .into_iter()
        .map(|word| {
            guest.xenstored.set("control/shutdown", word);
            let request = control.take().unwrap();
            assert_eq!(guest.xenstored.get("control/shutdown").unwrap(), "");
            assert_eq!(control.take(), Ok(None));
            request.unwrap()
        })
        .collect();
    let other = Request::Other("dance".into());
    let expected = [Request::PowerOff, Request::Reboot, Request::Halt, Request::Suspend, other];
    assert_eq!(seen, expected);
}

#[test]
fn who_listens_is_woken_by_a_request() {
    let guest = Guest::new();
    let control = Control::new(&guest.store, &[]).unwrap();
    guest.world.run();
    guest.store.deliver();
    assert_eq!(control.take(), Ok(None));
    let mut changed = Box::pin(control.changed());
    assert!(poll(changed.as_mut()).is_pending());
    guest.xenstored.set("control/shutdown", "poweroff");
    guest.world.run();
    guest.store.deliver();
    assert_eq!(poll(changed.as_mut()), Poll::Ready(()));
    assert_eq!(control.take(), Ok(Some(Request::PowerOff)));
}

#[test]
fn a_disturbed_acknowledgement_is_done_anew() {
    let guest = Guest::new();
    let control = Control::new(&guest.store, &[]).unwrap();
    guest.xenstored.set("control/shutdown", "halt");
    guest.xenstored.conflicts.set(2);
    assert_eq!(control.take(), Ok(Some(Request::Halt)));
    assert_eq!(guest.xenstored.get("control/shutdown").unwrap(), "");
}

#[test]
fn a_request_that_cannot_be_acknowledged_is_told_of_and_stays() {
    let guest = Guest::new();
    let control = Control::new(&guest.store, &[]).unwrap();
    guest.xenstored.set("control/shutdown", "halt");
    guest.xenstored.conflicts.set(u32::MAX);
    assert_eq!(control.take(), Err(StoreError::Busy));
    assert_eq!(guest.xenstored.get("control/shutdown").unwrap(), "halt");
    guest.xenstored.conflicts.set(0);
    assert_eq!(control.take(), Ok(Some(Request::Halt)));
}
