//! Back ends that go and come back.

use alloc::{boxed::Box, format, vec, vec::Vec};

use bytes::Bytes;
use sarab_device::{Block, check};
use sarab_queue::Events;

use super::{FLUSHES, Machine, backend::BACK, poll};
use crate::{hypercall::Woken, tests::xenstored};

/// Has the back end close as one does that is restarted in good order.
fn close(machine: &Machine) {
    machine.backend.is_slow.set(true);
    machine.backend.set_state("5");
    machine.rest();
}

/// Has the back end go without a word, and another come.
fn crash(machine: &Machine) {
    machine.backend.vanish(&machine.guest.world);
    machine.backend.set_state("1");
    machine.rest();
    machine.backend.set_state("2");
    machine.rest();
}

#[test]
fn requests_in_flight_are_made_again_to_the_one_that_comes() {
    let machine = Machine::new(FLUSHES);
    machine.backend.is_slow.set(true);
    let data = Bytes::from(vec![7; 100 * 4096]);
    let mut write = Box::pin(machine.disk.write(3, data.clone()));
    assert!(poll(write.as_mut()).is_pending());
    machine.turn();
    close(&machine);
    machine.backend.is_slow.set(false);
    machine.run(write).unwrap();
    assert_eq!(machine.run(machine.disk.read(3, 800)).unwrap(), data);
    assert_eq!(machine.guest.xenstored.get("device/vbd/51712/state").as_deref(), Some("4"));
    machine.run(machine.disk.flush()).unwrap();
    machine.run(check::block(&machine.disk)).unwrap();
}

#[test]
fn requests_that_are_made_meanwhile_wait() {
    let machine = Machine::new(FLUSHES);
    machine.guest.xenstored.set(&format!("{BACK}/online"), "0");
    close(&machine);
    let mut read = Box::pin(machine.disk.read(0, 1));
    for _ in 0..5 {
        assert!(poll(read.as_mut()).is_pending());
        machine.turn();
    }
    assert_eq!(machine.guest.xenstored.get("device/vbd/51712/state").as_deref(), Some("6"));
    machine.backend.is_slow.set(false);
    machine.backend.set_state("2");
    machine.run(read).unwrap();
}

#[test]
fn nothing_of_an_old_connection_is_left() {
    let machine = Machine::new(&[("feature-max-indirect-segments", "64")]);
    machine.run(machine.disk.read(0, 400)).unwrap();
    machine.guest.xenstored.set(&format!("{BACK}/online"), "0");
    close(&machine);
    assert_eq!(machine.guest.world.granted(), 0);
    assert_eq!(machine.guest.world.closed.borrow().len(), 1);
}

#[test]
fn a_back_end_that_takes_less_at_a_time_gets_smaller_requests() {
    let machine = Machine::new(&[("feature-max-indirect-segments", "64")]);
    machine.backend.is_slow.set(true);
    let data: Bytes = (0..50 * 4096_usize).map(|at| (at / 1000) as u8).collect::<Vec<_>>().into();
    let mut write = Box::pin(machine.disk.write(0, data.clone()));
    assert!(poll(write.as_mut()).is_pending());
    machine.turn();
    machine.guest.xenstored.unset(&format!("{BACK}/feature-max-indirect-segments"));
    close(&machine);
    machine.backend.is_slow.set(false);
    machine.run(write).unwrap();
    assert!(machine.backend.taken().iter().all(|&(_, _, segments)| segments <= 11));
    assert_eq!(machine.run(machine.disk.read(0, 400)).unwrap(), data);
}

#[test]
fn writes_that_went_with_a_back_end_are_missed_by_the_next_flush() {
    let machine = Machine::new(FLUSHES);
    machine.run(machine.disk.write(0, Bytes::from(vec![1; 512]))).unwrap();
    crash(&machine);
    machine.run(machine.disk.read(0, 1)).unwrap();
    machine.run(check::block_after_failed_flush(&machine.disk)).unwrap();
}

#[test]
fn flushed_writes_are_not_missed() {
    let machine = Machine::new(FLUSHES);
    machine.run(machine.disk.write(0, Bytes::from(vec![1; 512]))).unwrap();
    machine.run(machine.disk.flush()).unwrap();
    crash(&machine);
    machine.run(machine.disk.flush()).unwrap();
}

#[test]
fn a_disk_that_comes_back_smaller_is_another_disk() {
    let machine = Machine::new(FLUSHES);
    machine.guest.xenstored.set(&format!("{BACK}/sectors"), "100");
    close(&machine);
    machine.backend.is_slow.set(false);
    assert!(machine.run(machine.disk.read(0, 1)).is_err());
}

#[test]
fn a_guest_that_has_moved_makes_its_requests_again() {
    let machine = Machine::new(FLUSHES);
    machine.run(machine.disk.write(0, Bytes::from(vec![3; 512]))).unwrap();
    machine.backend.is_slow.set(true);
    let mut read = Box::pin(machine.disk.read(0, 1));
    assert!(poll(read.as_mut()).is_pending());
    machine.turn();
    machine.guest.world.woken.set(Some(Woken::Anew));
    machine.guest.domain.suspend().unwrap();
    let channel = machine.guest.domain.channels().adopt(xenstored::CHANNEL).unwrap();
    machine.backend.vanish(&machine.guest.world);
    machine.backend.set_state("2");
    machine.guest.xenstored.set("device/vbd/51712/state", "1");
    machine.guest.store.resume(channel).unwrap();
    machine.requests.queue().resume().unwrap();
    machine.backend.is_slow.set(false);
    assert_eq!(machine.run(read).unwrap()[..], [3; 512]);
    machine.run(machine.disk.flush()).unwrap();
}

#[test]
fn a_back_end_that_closes_may_still_answer_and_keeps_what_it_has_until_it_has_closed() {
    let machine = Machine::new(FLUSHES);
    machine.backend.is_slow.set(true);
    let mut read = Box::pin(machine.disk.read(0, 1));
    assert!(poll(read.as_mut()).is_pending());
    machine.turn();
    let granted = machine.guest.world.granted();
    machine.backend.is_lasting.set(true);
    machine.backend.set_state("5");
    machine.rest();
    assert_eq!(machine.guest.xenstored.get("device/vbd/51712/state").as_deref(), Some("6"));
    assert_eq!(machine.guest.world.granted(), granted);
    assert!(poll(read.as_mut()).is_pending());
    // What is asked for now waits for the next.
    let mut later = Box::pin(machine.disk.read(1, 1));
    assert!(poll(later.as_mut()).is_pending());
    machine.backend.is_slow.set(false);
    machine.turn();
    assert!(poll(read.as_mut()).is_ready());
    assert_eq!(machine.backend.taken().len(), 1);
    machine.backend.is_lasting.set(false);
    machine.run(later).unwrap();
    assert_eq!(machine.backend.taken(), [(0, 0, 1), (0, 1, 1)]);
}

#[test]
fn the_last_answers_of_a_back_end_that_closes_count() {
    let machine = Machine::new(FLUSHES);
    let mut read = Box::pin(machine.disk.read(0, 1));
    assert!(poll(read.as_mut()).is_pending());
    machine.requests.notify();
    // It is answered, and closed, before anybody looks.
    machine.guest.world.run();
    machine.backend.set_state("5");
    machine.run(read).unwrap();
    machine.rest();
    machine.run(machine.disk.read(0, 1)).unwrap();
    assert_eq!(machine.backend.taken().len(), 2);
}
