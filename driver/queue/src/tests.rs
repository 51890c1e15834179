//! A disk and a card whose queues the tests play the other side of.

use alloc::{boxed::Box, collections::VecDeque, rc::Rc, vec, vec::Vec};
use core::{
    cell::{Cell, RefCell},
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::{Buf, Bytes};
use sarab_device::{Block, Geometry, Mac, Net, Offloads, Packet};

use crate::{
    Events, card,
    card::{Form, Frames},
    disk,
    disk::{DiskError, Kind, Outcome, Requests},
};

/// A queue of two requests.
#[derive(Default)]
struct Two {
    submitted: RefCell<Vec<(u32, disk::Request)>>,
    completed: RefCell<VecDeque<(u32, Outcome)>>,
}

impl disk::Queue for Two {
    fn has_room(&self) -> bool {
        self.submitted.borrow().len() < 2
    }
    unsafe fn submit(&self, token: u32, request: disk::Request) {
        self.submitted.borrow_mut().push((token, request));
    }
    fn next(&self) -> Option<(u32, Outcome)> {
        self.completed.borrow_mut().pop_front()
    }
    fn align_bytes(&self) -> usize {
        512
    }
}

impl Two {
    /// Completes the oldest request.
    fn complete(&self, outcome: Outcome) -> disk::Request {
        let (token, request) = self.submitted.borrow_mut().remove(0);
        self.completed.borrow_mut().push_back((token, outcome));
        request
    }
}

fn disk() -> (disk::Disk<Two>, Rc<Requests<Two>>) {
    let geometry = Geometry { sector_bytes: 512, sector_count: 100, is_writable: true };
    let properties = disk::Properties { geometry, writes_through: false, discards: true };
    let requests = Rc::new(Requests::new(Two::default()));
    (disk::Disk::new("data", properties, Rc::clone(&requests)), requests)
}

fn poll<F: Future>(future: core::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn memory_is_aligned_as_the_queue_wants_it() {
    let (disk, requests) = disk();
    let odd = Bytes::from(vec![7_u8; 1025]).slice(1..);
    let mut write = pin!(disk.write(3, odd));
    assert!(poll(write.as_mut()).is_pending());
    let mut read = pin!(disk.read(3, 2));
    assert!(poll(read.as_mut()).is_pending());
    for kind in [Kind::Write, Kind::Read] {
        let request = requests.queue().complete(Outcome::Done);
        assert_eq!((request.kind, request.first, request.count), (kind, 3, 2));
        assert_eq!((request.memory.address % 512, request.memory.size_bytes), (0, 1024));
    }
    assert!(requests.deliver());
    assert_eq!(poll(write), Poll::Ready(Ok(())));
    assert!(matches!(poll(read), Poll::Ready(Ok(data)) if data.len() == 1024));
}

#[test]
fn a_full_queue_makes_requests_wait() {
    let (disk, requests) = disk();
    let mut reads: Vec<_> = (0..3).map(|first| Box::pin(disk.read(first, 1))).collect();
    assert!(reads.iter_mut().all(|read| poll(read.as_mut()).is_pending()));
    assert_eq!(requests.queue().submitted.borrow().len(), 2);
    requests.queue().complete(Outcome::Done);
    assert!(requests.deliver());
    assert!(poll(reads[2].as_mut()).is_pending());
    assert_eq!(requests.queue().submitted.borrow().len(), 2);
}

#[test]
fn an_abandoned_request_keeps_its_memory_until_it_has_ended() {
    let (disk, requests) = disk();
    let mut data = Bytes::from(vec![1; 512 * 3]);
    data.advance(data.as_ptr().align_offset(512));
    data.truncate(512);
    let mut write = Box::pin(disk.write(0, data.clone()));
    assert!(poll(write.as_mut()).is_pending());
    drop(write);
    assert!(!data.is_unique());
    requests.queue().complete(Outcome::Done);
    assert!(requests.deliver());
    assert!(data.is_unique());
}

#[test]
fn a_flush_that_failed_stays_failed() {
    let (disk, requests) = disk();
    let mut flush = Box::pin(disk.flush());
    assert!(poll(flush.as_mut()).is_pending());
    requests.queue().complete(Outcome::Failed);
    assert!(requests.deliver());
    let failed = DiskError::Refused { name: "data", kind: Kind::Flush, outcome: Outcome::Failed };
    assert_eq!(poll(flush.as_mut()), Poll::Ready(Err(failed)));
    assert_eq!(poll(pin!(disk.flush())), Poll::Ready(Err(failed)));
    assert!(requests.queue().submitted.borrow().is_empty());
}

#[test]
fn a_write_that_must_survive_is_followed_by_a_flush() {
    let (disk, requests) = disk();
    let mut write = pin!(disk.write_through(1, Bytes::from(vec![1; 512])));
    for kind in [Kind::Write, Kind::Flush] {
        assert!(poll(write.as_mut()).is_pending());
        assert_eq!(requests.queue().complete(Outcome::Done).kind, kind);
        assert!(requests.deliver());
    }
    assert_eq!(poll(write), Poll::Ready(Ok(())));
}

#[test]
fn a_completion_that_nobody_waits_for_is_passed_over() {
    let (_disk, requests) = disk();
    requests.queue().completed.borrow_mut().extend([(0, Outcome::Done), (u32::MAX, Outcome::Done)]);
    assert!(requests.deliver());
    assert!(!requests.deliver());
}

/// A port with room for one packet.
#[derive(Default)]
struct One {
    sent: RefCell<Option<Packet>>,
    is_taken: Cell<bool>,
    lent: RefCell<Vec<Form>>,
    came: RefCell<VecDeque<Packet>>,
}

impl card::Port for One {
    fn has_room(&self) -> bool {
        self.sent.borrow().is_none()
    }
    fn send(&self, packet: Packet) {
        *self.sent.borrow_mut() = Some(packet);
    }
    fn drop_sent(&self) -> bool {
        self.is_taken.take() && self.sent.take().is_some()
    }
    fn lend(&self, form: Form) {
        self.lent.borrow_mut().push(form);
    }
    fn next(&self) -> Option<Packet> {
        self.came.borrow_mut().pop_front()
    }
}

fn card() -> (card::Card<One>, Rc<Frames<One>>) {
    let frames = Rc::new(Frames::new(One::default()));
    let mac = Mac([2, 0, 0, 0, 0, 1]);
    let properties = card::Properties { mac, mtu: 1500, offloads: Offloads::NONE };
    (card::Card::new(properties, Rc::clone(&frames)), frames)
}

fn frame(size_bytes: usize) -> Bytes {
    Bytes::from(vec![0; size_bytes])
}

#[test]
fn nothing_is_lent_before_somebody_receives() {
    let (card, frames) = card();
    assert!(!frames.deliver());
    assert_eq!(frames.port().lent.borrow()[..], []);
    assert!(poll(pin!(card.recv())).is_pending());
    assert_eq!(frames.port().lent.borrow()[..], [Form::Frames]);
}

#[test]
fn a_frame_longer_than_the_wire_is_passed_over() {
    let (card, frames) = card();
    frames.port().came.borrow_mut().extend([frame(1515).into(), frame(1514).into()]);
    assert!(frames.deliver());
    assert!(matches!(poll(pin!(card.recv())), Poll::Ready(Ok(frame)) if frame.len() == 1514));
}

#[test]
fn a_sender_waits_until_the_device_has_taken_something() {
    let (card, frames) = card();
    assert_eq!(poll(pin!(card.send(frame(60)))), Poll::Ready(Ok(())));
    let mut second = pin!(card.send(frame(61)));
    assert!(poll(second.as_mut()).is_pending());
    frames.port().is_taken.set(true);
    assert!(frames.deliver());
    assert_eq!(poll(second), Poll::Ready(Ok(())));
}

#[test]
fn frames_of_a_wrong_size_are_refused() {
    let (card, _frames) = card();
    for size_bytes in [0, 13, 1515] {
        let refused = card::CardError::Size { size_bytes, frame_bytes_max: 1514 };
        assert_eq!(poll(pin!(card.send(frame(size_bytes)))), Poll::Ready(Err(refused)));
    }
}

#[test]
fn packets_that_nobody_takes_end_the_lending() {
    let (card, frames) = card();
    assert!(poll(pin!(card.recv_packet())).is_pending());
    let many = core::iter::repeat_with(|| frame(60).into()).take(2000);
    frames.port().came.borrow_mut().extend(many);
    assert!(frames.deliver());
    let lent = frames.port().lent.borrow().len();
    assert!(!frames.deliver());
    assert_eq!(frames.port().lent.borrow().len(), lent);
}
