//! Disks, and back ends that serve them well, badly, or not at all.

mod backend;
mod hostile;
mod returning;

use alloc::{boxed::Box, rc::Rc, vec, vec::Vec};
use core::{future::Future, pin::pin, task::Poll};

use bytes::Bytes;
use sarab_device::{Block, Error, ErrorKind, Geometry, check};
use sarab_queue::{Events, disk::Requests};

use super::{Guest, poll};
use crate::block::{self, BlockQueue, Disk, Flush};
use backend::{Backend, FRONT, HANDLE};

/// A guest with a disk.
struct Machine {
    guest: Guest,
    backend: Rc<Backend>,
    disk: Disk,
    requests: Rc<Requests<BlockQueue>>,
}

impl Machine {
    /// Opens a disk of 4 MiB whose back end says `features` of it.
    fn new(features: &[(&str, &str)]) -> Self {
        let guest = Guest::new();
        let backend = Backend::new(&guest, features);
        let (disk, requests) = block::open(&guest.store, HANDLE, "data").expect("a disk");
        Self { guest, backend, disk, requests }
    }

    fn turn(&self) -> bool {
        self.requests.notify();
        self.guest.world.run();
        self.guest.store.deliver() | self.requests.deliver()
    }

    /// Runs until a future has ended, as a machine does.
    fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        for _ in 0..10_000 {
            if let Poll::Ready(result) = poll(future.as_mut()) {
                return result;
            }
            self.turn();
        }
        panic!("a request that never ends");
    }

    /// Runs until nothing happens any more.
    fn rest(&self) {
        while self.turn() {}
    }
}

const FLUSHES: &[(&str, &str)] = &[("feature-flush-cache", "1")];

#[test]
fn a_disk_keeps_its_promises() {
    for features in [
        &[("feature-flush-cache", "1"), ("feature-discard", "1")][..],
        &[("feature-barrier", "1"), ("feature-max-indirect-segments", "256")],
        &[("sector-size", "4096")],
        &[("info", "4")],
        &[("sectors", "0")],
        &[("sectors", "9"), ("feature-flush-cache", "1")],
    ] {
        let machine = Machine::new(features);
        machine.run(check::block(&machine.disk)).unwrap();
        machine.rest();
        // Those of the ring, and of pages for segments.
        assert!(machine.guest.world.granted() <= 33, "{features:?}");
    }
}

#[test]
fn a_disk_has_the_shape_that_its_back_end_says() {
    let shape = |features| Machine::new(features).disk.geometry();
    let geometry = Geometry { sector_bytes: 512, sector_count: 8192, is_writable: true };
    assert_eq!(shape(&[]), geometry);
    assert_eq!(shape(&[("info", "5")]), Geometry { is_writable: false, ..geometry });
    let large = Geometry { sector_bytes: 4096, sector_count: 1024, ..geometry };
    assert_eq!(shape(&[("sector-size", "4096")]), large);
}

#[test]
fn a_shape_that_cannot_be_is_refused() {
    for (key, value) in [
        ("sector-size", "0"),
        ("sector-size", "1000"),
        ("sector-size", "8192"),
        ("sectors", "none"),
        ("sectors", "18446744073709551615"),
    ] {
        let guest = Guest::new();
        let _backend = Backend::new(&guest, &[(key, value)]);
        let error = block::open(&guest.store, HANDLE, "data").err().expect("an impossible disk");
        let message = alloc::format!("{error}");
        assert!(message.contains(key), "{message}");
    }
}

#[test]
fn a_disk_that_is_not_there_or_not_served_is_not_waited_for_for_ever() {
    let guest = Guest::new();
    let error = block::open(&guest.store, HANDLE, "data").err().expect("no disk");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let backend = Backend::new(&guest, &[]);
    backend.is_paused.set(true);
    let error = block::open(&guest.store, HANDLE, "data").err().expect("no back end");
    let message = alloc::format!("{error}");
    assert!(message.contains("`InitWait`"), "{message}");
}

#[test]
fn the_front_end_says_what_it_must() {
    let machine = Machine::new(FLUSHES);
    let said = |key: &str| machine.guest.xenstored.get(&alloc::format!("{FRONT}/{key}"));
    assert_eq!(said("protocol").as_deref(), Some("x86_64-abi"));
    assert_eq!(said("state").as_deref(), Some("4"));
    assert_eq!(said("feature-persistent"), None);
}

#[test]
fn a_flush_reaches_the_back_end_as_a_flush() {
    let machine = Machine::new(FLUSHES);
    assert_eq!(machine.requests.queue().flush(), Flush::Cache { has_barrier: false });
    machine.run(machine.disk.write(7, Bytes::from(vec![1; 512]))).unwrap();
    machine.run(machine.disk.flush()).unwrap();
    assert_eq!(machine.backend.taken(), [(1, 7, 1), (3, 0, 0)]);
}

#[test]
fn a_flush_is_a_barrier_where_there_is_no_other() {
    let machine = Machine::new(&[("feature-barrier", "1")]);
    assert_eq!(machine.requests.queue().flush(), Flush::Barrier);
    machine.run(machine.disk.write_through(7, Bytes::from(vec![1; 512]))).unwrap();
    assert_eq!(machine.backend.taken(), [(1, 7, 1), (2, 0, 0)]);
}

#[test]
fn a_flush_that_the_back_end_does_not_know_after_all_is_a_barrier_from_then_on() {
    let machine = Machine::new(&[("feature-flush-cache", "1"), ("feature-barrier", "1")]);
    machine.backend.statuses.borrow_mut().push_back(-2);
    machine.run(machine.disk.flush()).unwrap();
    machine.run(machine.disk.flush()).unwrap();
    assert_eq!(machine.backend.taken(), [(3, 0, 0), (2, 0, 0), (2, 0, 0)]);
}

#[test]
fn a_flush_that_is_refused_fails_for_good() {
    for status in [-1, -2, 7] {
        let machine = Machine::new(FLUSHES);
        machine.backend.statuses.borrow_mut().push_back(status);
        assert!(machine.run(machine.disk.flush()).is_err());
        machine.run(check::block_after_failed_flush(&machine.disk)).unwrap();
    }
}

#[test]
fn without_a_flush_the_disk_says_so() {
    let machine = Machine::new(&[]);
    assert_eq!(machine.requests.queue().flush(), Flush::Absent);
    machine.run(machine.disk.flush()).unwrap();
    assert_eq!(machine.backend.taken(), []);
}

#[test]
fn sectors_are_forgotten_where_the_back_end_can() {
    let machine = Machine::new(&[("feature-discard", "1")]);
    machine.run(machine.disk.discard(100, 5000)).unwrap();
    assert_eq!(machine.backend.taken(), [(5, 100, 5000)]);
    machine.backend.statuses.borrow_mut().push_back(-2);
    machine.run(machine.disk.discard(0, 1)).unwrap();
    let machine = Machine::new(&[]);
    machine.run(machine.disk.discard(100, 5000)).unwrap();
    assert_eq!(machine.backend.taken(), []);
}

fn pattern(size: usize) -> Bytes {
    (0..size).map(|at| (at / 512 * 7 + at) as u8).collect::<Vec<_>>().into()
}

#[test]
fn large_requests_are_cut_to_what_fits_the_ring() {
    let machine = Machine::new(FLUSHES);
    // 40 parts and more, for a ring of 32.
    let data = pattern(2 << 20);
    machine.run(machine.disk.write(5, data.clone())).unwrap();
    assert_eq!(machine.run(machine.disk.read(5, 4096)).unwrap(), data);
    let taken = machine.backend.taken();
    assert!(taken.len() > 80);
    assert!(taken.iter().all(|&(_, _, segments)| segments <= 11));
}

#[test]
fn large_requests_have_their_segments_elsewhere_where_the_back_end_can() {
    let machine = Machine::new(&[("feature-max-indirect-segments", "100000")]);
    let data = pattern(2 << 20);
    machine.run(machine.disk.write(5, data.clone())).unwrap();
    assert_eq!(machine.run(machine.disk.read(5, 4096)).unwrap(), data);
    let taken = machine.backend.taken();
    assert!(taken.len() <= 4, "{taken:?}");
    assert!(taken.iter().any(|&(_, _, segments)| segments > 11));
}

#[test]
fn memory_at_the_end_of_a_page_is_found_there() {
    let machine = Machine::new(FLUSHES);
    let data = pattern(512 * 40);
    for lead in 0..9 {
        let mut room = vec![0; 4096 * 2 + 512 * 40];
        let start = room.as_ptr().align_offset(4096) + lead * 512;
        room[start..][..512 * 40].copy_from_slice(&data);
        let part = Bytes::from(room).slice(start..start + 512 * 40);
        machine.run(machine.disk.write(lead as u64 * 50, part)).unwrap();
        assert_eq!(machine.run(machine.disk.read(lead as u64 * 50, 40)).unwrap(), data);
    }
}

#[test]
fn one_part_that_fails_fails_its_request_alone() {
    let machine = Machine::new(FLUSHES);
    machine.backend.statuses.borrow_mut().extend([0, -1]);
    let error = machine.run(machine.disk.write(0, pattern(100 * 4096))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Failed);
    machine.run(machine.disk.write(0, pattern(4096))).unwrap();
}

#[test]
fn requests_run_beside_each_other_and_end_in_any_order() {
    let machine = Machine::new(FLUSHES);
    machine.backend.is_reversed.set(true);
    let mut reads: Vec<_> = (0..100).map(|first| Box::pin(machine.disk.read(first, 1))).collect();
    for _ in 0..1000 {
        reads.retain_mut(|read| poll(read.as_mut()).is_pending());
        machine.turn();
    }
    assert!(reads.is_empty());
    assert!(machine.backend.most.get() > 20);
}

#[test]
fn memory_that_the_back_end_holds_does_not_come_back() {
    let machine = Machine::new(FLUSHES);
    machine.backend.holds.set(true);
    let mut read = Box::pin(machine.disk.read(0, 8));
    for _ in 0..10 {
        assert!(poll(read.as_mut()).is_pending());
        machine.turn();
    }
    assert_eq!(machine.backend.taken().len(), 1);
    machine.backend.let_go(&machine.guest.world);
    assert_eq!(machine.run(read).unwrap().len(), 4096);
}

#[test]
fn without_grants_requests_wait_for_those_before_them() {
    let guest = Guest::new();
    guest.world.frames_max.set(1);
    let backend = Backend::new(&guest, FLUSHES);
    let (disk, requests) = block::open(&guest.store, HANDLE, "data").unwrap();
    let machine = Machine { guest, backend, disk, requests };
    // More pages than grants.
    let data = pattern(600 * 4096);
    machine.run(machine.disk.write(0, data.clone())).unwrap();
    assert_eq!(machine.run(machine.disk.read(0, 4800)).unwrap(), data);
}

#[test]
fn a_guest_that_sleeps_is_woken_by_each_answer() {
    for features in [FLUSHES, &[("feature-max-indirect-segments", "32")]] {
        let machine = Machine::new(features);
        let events: [&dyn Events; 1] = [&*machine.requests];
        machine.guest.run_asleep(&events, check::block(&machine.disk)).unwrap();
        let data = pattern(2 << 20);
        machine.guest.run_asleep(&events, machine.disk.write(0, data.clone())).unwrap();
        let read = machine.guest.run_asleep(&events, machine.disk.read(0, 4096)).unwrap();
        assert_eq!(read, data);
    }
}

#[test]
fn a_guest_that_sleeps_is_woken_when_its_back_end_is_back() {
    let machine = Machine::new(FLUSHES);
    let events: [&dyn Events; 1] = [&*machine.requests];
    machine.backend.set_state("5");
    machine.guest.run_asleep(&events, machine.disk.read(0, 1)).unwrap();
    machine.guest.run_asleep(&events, machine.disk.flush()).unwrap();
}
