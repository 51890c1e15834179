//! Disks that are honest.

use std::{cell::RefCell, pin::pin, rc::Rc};

use bytes::Bytes;
use sarab_device::{Block, Error, ErrorKind, check};
use sarab_queue::{Events, disk::Requests};
use sarab_virtio::block::{Disk, DiskQueue};

use crate::{
    fake::{EVENT_INDEX, Fake, INDIRECT},
    fake_disk::{self, BLK_SIZE, DISCARD, FLUSH, RO, SEG_MAX, SIZE_MAX, Shape},
    run, turn,
};

pub(crate) fn open(fake: &Rc<Fake>) -> DiskQueue {
    // SAFETY: the device is a function of this process, which writes to what it was lent only.
    unsafe { DiskQueue::open(Rc::clone(fake) as _) }.expect("a sound disk")
}

pub(crate) fn disk(fake: &Rc<Fake>) -> (Disk, Rc<Requests<DiskQueue>>) {
    open(fake).into_disk("data")
}

/// Shapes of disks, each odd in its own way.
fn shapes() -> Vec<Shape> {
    let plain = Shape::PLAIN;
    let rings = [0, INDIRECT, EVENT_INDEX, INDIRECT | EVENT_INDEX];
    let with = |more| plain.features | more;
    let mut shapes: Vec<_> =
        rings.map(|ring| Shape { features: with(ring), ..plain }).into_iter().collect();
    let cut = with(SIZE_MAX | SEG_MAX | INDIRECT);
    shapes.extend([
        Shape { units: 20_000, queue_size: 4, ..plain },
        Shape { features: with(SIZE_MAX), size_max: 4096, units: 20_000, ..plain },
        Shape { features: cut, size_max: 1000, seg_max: 5, units: 20_000, ..plain },
        Shape { features: cut, size_max: 512, seg_max: 254, units: 20_000, ..plain },
        Shape { features: with(BLK_SIZE), sector_bytes: 4096, units: 8 * 100, ..plain },
        Shape { features: with(DISCARD), discard_max: 7, ..plain },
        Shape { features: with(DISCARD | BLK_SIZE), sector_bytes: 1024, discard_max: 3, ..plain },
        Shape { features: with(RO), ..plain },
        Shape { features: 0, ..plain },
        Shape { units: 0, ..plain },
        Shape { units: 1, ..plain },
    ]);
    shapes
}

#[test]
fn it_keeps_the_promises_of_a_block() {
    for (number, shape) in shapes().into_iter().enumerate() {
        let (fake, _) = fake_disk::disk(shape);
        let (disk, requests) = disk(&fake);
        assert_eq!(run(&[&*requests], check::block(&disk)), Ok(()), "disk {number}");
    }
}

#[test]
fn a_small_queue_takes_tables_and_a_large_one_chains() {
    for (queue_size, is_indirect) in [(64, true), (512, false)] {
        let features = FLUSH | INDIRECT | SEG_MAX;
        let fake = fake_disk::idle(Shape { features, queue_size, seg_max: 254, ..Shape::PLAIN });
        let seen = Rc::new(RefCell::new(None));
        let kept = Rc::clone(&seen);
        fake.serve_by(move |fake, queue| *kept.borrow_mut() = fake.take(queue));
        let (disk, requests) = disk(&fake);
        let mut read = pin!(disk.read(5, 2));
        let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
        assert!(read.as_mut().poll(context).is_pending());
        requests.notify();
        let chain = seen.borrow_mut().take().expect("a chain");
        assert_eq!(chain.is_indirect, is_indirect);
        assert_eq!((chain.read.len(), chain.written.len(), chain.room()), (1, 2, 1025));
    }
}

#[test]
fn a_burst_of_requests_costs_one_notification() {
    for features in [FLUSH, FLUSH | EVENT_INDEX] {
        let (fake, log) = fake_disk::disk(Shape { features, ..Shape::PLAIN });
        let (disk, requests) = disk(&fake);
        let reads: Vec<_> = (0..10).map(|first| disk.read(first, 1)).collect();
        run(&[&*requests], together(reads));
        assert_eq!((fake.notified.borrow().len(), log.borrow().len()), (1, 10));
        assert!(!turn(&[&*requests]));
        assert_eq!(fake.notified.borrow().len(), 1, "there was nothing new");
        assert_eq!(fake.interrupts.get(), 0, "nobody has asked for any");
    }
}

async fn together<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outputs = Vec::new();
    std::future::poll_fn(|context| {
        futures.retain_mut(|future| match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                outputs.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if futures.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    outputs
}

#[test]
fn a_disk_interrupts_only_while_it_is_asked_to() {
    for features in [FLUSH, FLUSH | EVENT_INDEX] {
        let (fake, _) = fake_disk::disk(Shape { features, ..Shape::PLAIN });
        let (disk, requests) = disk(&fake);
        for (is_wanted, count) in [(false, 0), (true, 1), (false, 1), (true, 2)] {
            requests.listen(is_wanted);
            run(&[&*requests], disk.read(0, 1)).expect("it is read");
            assert_eq!(fake.interrupts.get(), count);
        }
    }
}

#[test]
fn a_disk_that_looks_by_itself_is_not_notified() {
    for features in [FLUSH, FLUSH | EVENT_INDEX] {
        let fake = fake_disk::idle(Shape { features, ..Shape::PLAIN });
        let (disk, requests) = disk(&fake);
        fake.with_side(0, |side| {
            side.set_unwanted(features == FLUSH);
            side.want_notification(1);
        });
        let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
        let mut reads = [0, 1].map(|first| Box::pin(disk.read(first, 1)));
        for (read, count) in reads.iter_mut().zip([0, usize::from(features != FLUSH)]) {
            assert!(read.as_mut().poll(context).is_pending());
            requests.notify();
            assert_eq!(fake.notified.borrow().len(), count);
        }
    }
}

#[test]
fn rings_go_round_past_all_numbers() {
    let features = FLUSH | EVENT_INDEX;
    let (fake, log) = fake_disk::disk(Shape { features, queue_size: 4, ..Shape::PLAIN });
    let (disk, requests) = disk(&fake);
    for _ in 0..70_000 {
        run(&[&*requests], disk.flush()).expect("it is flushed");
    }
    assert_eq!((log.borrow().len(), fake.notified.borrow().len()), (70_000, 70_000));
}

#[test]
fn a_disk_without_a_flush_is_not_asked_for_one() {
    let (fake, log) = fake_disk::disk(Shape { features: 0, ..Shape::PLAIN });
    let (disk, requests) = disk(&fake);
    let data = Bytes::from(vec![7; 512]);
    run(&[&*requests], disk.write_through(3, data)).expect("it is written");
    run(&[&*requests], disk.flush()).expect("there is nothing to do");
    assert_eq!(log.borrow()[..], [(1, 512)]);
}

#[test]
fn a_write_that_must_survive_is_followed_by_a_flush() {
    let (fake, log) = fake_disk::disk(Shape::PLAIN);
    let (disk, requests) = disk(&fake);
    run(&[&*requests], disk.write_through(3, Bytes::from(vec![7; 512]))).expect("it is written");
    assert_eq!(log.borrow()[..], [(1, 512), (4, 0)]);
}

#[test]
fn a_discard_is_cut_as_the_disk_wants_it() {
    let features = DISCARD | BLK_SIZE;
    let shape = Shape { features, sector_bytes: 1024, discard_max: 5, ..Shape::PLAIN };
    let (fake, log) = fake_disk::disk(shape);
    let (disk, requests) = disk(&fake);
    run(&[&*requests], disk.discard(1, 5)).expect("a hint");
    assert_eq!(log.borrow()[..], [(11, 2048), (11, 2048), (11, 1024)]);
}

#[test]
fn a_disk_tells_its_serial_number() {
    let (fake, _) = fake_disk::disk(Shape::PLAIN);
    let queue = open(&fake);
    assert_eq!(queue.serial().map(|serial| serial.as_str().to_string()).as_deref(), Some("data"));
    let (disk, requests) = queue.into_disk("data");
    assert!(run(&[&*requests], disk.read(0, 1)).is_ok());
}

#[test]
fn a_failure_is_told_by_its_kind() {
    for (status, kind) in
        [(1, ErrorKind::Failed), (2, ErrorKind::InvalidInput), (9, ErrorKind::Failed)]
    {
        let features = FLUSH | SIZE_MAX;
        let fake = fake_disk::idle(Shape { features, size_max: 4096, ..Shape::PLAIN });
        fake.serve_by(move |fake, queue| {
            while let Some(chain) = fake.take(queue) {
                let mut answer = vec![0; chain.room()];
                answer[chain.room() - 1] = status;
                let written = chain.fill(&answer);
                fake.give(queue, chain.head, written);
            }
        });
        let (disk, requests) = disk(&fake);
        let error = run(&[&*requests], disk.read(0, 1)).expect_err("it has failed");
        assert_eq!(error.kind(), kind, "{error}");
        let error = run(&[&*requests], disk.read(0, 2000)).expect_err("it has failed");
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[test]
fn the_device_is_reset_when_its_driver_ends() {
    let (fake, _) = fake_disk::disk(Shape::PLAIN);
    let (disk, requests) = disk(&fake);
    fake.serve_nothing();
    let mut read = Box::pin(disk.read(0, 8));
    let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
    assert!(read.as_mut().poll(context).is_pending());
    assert_eq!((fake.resets.get(), fake.status.get()), (1, 0b1111));
    drop(read);
    drop((disk, requests));
    assert_eq!((fake.resets.get(), fake.status.get()), (2, 0));
}
