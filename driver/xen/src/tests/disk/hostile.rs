//! Back ends that break the rules.

use alloc::{boxed::Box, vec, vec::Vec};

use bytes::Bytes;
use sarab_device::{Block, Error, ErrorKind};

use super::{FLUSHES, Machine, poll};

fn assert_given_up(machine: &Machine) {
    let error = machine.run(machine.disk.read(0, 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed);
    machine.rest();
    assert_eq!(machine.guest.world.granted(), 0);
    let state = machine.guest.xenstored.get("device/vbd/51712/state");
    assert_eq!(state.as_deref(), Some("6"));
}

#[test]
fn an_answer_that_nobody_has_asked_for_ends_all_requests() {
    let wild: [fn(u64) -> Vec<u64>; 5] = [
        |id| vec![id + 1],
        |id| vec![id | 0xff],
        |id| vec![id + 256],
        |_| vec![u64::MAX],
        |id| vec![id & 0xff],
    ];
    for garbling in wild {
        let machine = Machine::new(FLUSHES);
        machine.run(machine.disk.write(0, Bytes::from(vec![1; 512]))).unwrap();
        machine.backend.garbling.set(Some(garbling));
        assert!(machine.run(machine.disk.read(0, 100)).is_err());
        assert_given_up(&machine);
    }
}

#[test]
fn a_second_answer_is_one_too_many() {
    let machine = Machine::new(FLUSHES);
    machine.backend.garbling.set(Some(|id| vec![id, id]));
    // The first answer is as good as any.
    let _ = machine.run(machine.disk.read(0, 1));
    machine.rest();
    assert_given_up(&machine);
}

#[test]
fn a_late_second_answer_does_not_end_the_next_request_in_its_place() {
    let machine = Machine::new(FLUSHES);
    machine.run(machine.disk.read(0, 1)).unwrap();
    let old = {
        let ring = machine.backend.ring.borrow();
        let ring = ring.as_ref().unwrap();
        ring.window.load::<u64>(ring.place(0))
    };
    assert_eq!(old & 0xff, 0);
    machine.backend.garbling.set(Some(|id| vec![id - 256]));
    assert!(machine.run(machine.disk.read(0, 1)).is_err());
    assert_given_up(&machine);
}

#[test]
fn counts_that_cannot_be_end_all_requests() {
    for count in [2_u32, 33, 0x8000_0000, u32::MAX] {
        let machine = Machine::new(FLUSHES);
        machine.backend.is_slow.set(true);
        let mut read = Box::pin(machine.disk.read(0, 1));
        assert!(poll(read.as_mut()).is_pending());
        machine.turn();
        machine.backend.ring.borrow().as_ref().unwrap().window.store(8, count);
        assert!(machine.run(read).is_err());
        assert_given_up(&machine);
    }
}

#[test]
fn memory_that_a_back_end_holds_which_was_given_up_does_not_come_back() {
    let machine = Machine::new(FLUSHES);
    machine.backend.holds.set(true);
    machine.backend.garbling.set(Some(|_| vec![1 << 40]));
    let mut read = Box::pin(machine.disk.read(0, 8));
    for _ in 0..10 {
        assert!(poll(read.as_mut()).is_pending());
        machine.turn();
    }
    machine.backend.let_go(&machine.guest.world);
    assert!(machine.run(read).is_err());
    assert_given_up(&machine);
}
