//! Requests that are on their way for long: who is woken, and what they may still change.

use alloc::{boxed::Box, collections::VecDeque, sync::Arc, task::Wake};
use core::{
    cell::{Cell, RefCell},
    future::poll_fn,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, Waker},
};

use super::*;

/// What holds requests of one kind up until the test says so, and then wakes who asked last.
#[derive(Default)]
struct Gate {
    holds: Cell<Option<Verb>>,
    flushes: Cell<u32>,
    open: RefCell<usize>,
    waiting: RefCell<VecDeque<Waker>>,
}

struct Gated(RamDisk, Rc<Gate>);

impl Gate {
    /// Waits, where requests of this kind are held up.
    async fn wait(&self, verb: Verb) {
        poll_fn(|context| {
            let mut open = self.open.borrow_mut();
            if self.holds.get() != Some(verb) {
                return Poll::Ready(());
            }
            if *open == 0 {
                self.waiting.borrow_mut().push_back(context.waker().clone());
                return Poll::Pending;
            }
            *open -= 1;
            Poll::Ready(())
        })
        .await;
    }

    /// Lets one request go on.
    fn pass(&self) {
        *self.open.borrow_mut() += 1;
        if let Some(waker) = self.waiting.borrow_mut().pop_back() {
            waker.wake();
        }
    }
}

impl Block for Gated {
    type Error = <RamDisk as Block>::Error;

    fn geometry(&self) -> Geometry {
        self.0.geometry()
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, Self::Error> {
        let data = self.0.read(first, count).await;
        if first == 0 {
            self.1.wait(Verb::Read).await;
        }
        data
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
        self.1.wait(Verb::Write).await;
        self.0.write(first, data).await
    }

    async fn flush(&self) -> Result<(), Self::Error> {
        self.1.flushes.set(self.1.flushes.get() + 1);
        self.1.wait(Verb::Flush).await;
        self.0.flush().await
    }
}

/// Somebody who waits, and whether it was woken.
struct Task<'a> {
    future: Pin<Box<dyn Future<Output = bool> + 'a>>,
    flag: Arc<Flag>,
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<'a> Task<'a> {
    fn new(future: impl Future<Output = bool> + 'a) -> Self {
        let flag = Arc::new(Flag(true.into()));
        Self { future: Box::pin(future), flag }
    }

    /// Polls it as an executor does: if it was woken. Returns its end.
    fn turn(&mut self) -> Option<bool> {
        if !self.flag.0.swap(false, Ordering::Relaxed) {
            return None;
        }
        let waker = Waker::from(Arc::clone(&self.flag));
        match self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(end) => Some(end),
            Poll::Pending => None,
        }
    }
}

/// Returns a cache over a disk that holds requests of one kind up.
fn gated(verb: Verb) -> (Rc<Gate>, Cache<Gated>) {
    let gate = Rc::new(Gate { holds: Cell::new(Some(verb)), ..Gate::default() });
    (Rc::clone(&gate), cache(Gated(ram(512, 4096), gate), 0))
}

#[test]
fn when_who_was_to_be_woken_has_gone_another_is() {
    let (gate, cache) = gated(Verb::Write);
    block_on(cache.write(0, sectors(1, 1))).unwrap();
    let flush = || Task::new(async { cache.flush().await.is_ok() });
    let (mut one, mut two) = (flush(), flush());
    assert_eq!((one.turn(), two.turn()), (None, None));
    drop(two);
    assert_eq!(one.turn(), None);
    gate.pass();
    assert_eq!(one.turn(), Some(true));
}

#[test]
fn who_sees_the_end_first_wakes_the_others() {
    let (gate, cache) = gated(Verb::Write);
    block_on(cache.write(0, sectors(1, 1))).unwrap();
    let flush = || Task::new(async { cache.flush().await.is_ok() });
    let mut tasks = vec![flush(), flush(), flush()];
    tasks.retain_mut(|task| task.turn().is_none());
    assert_eq!(tasks.len(), 3);
    gate.pass();
    for _ in 0..5 {
        tasks.retain_mut(|task| task.turn().is_none());
    }
    assert_eq!(tasks.len(), 0);
}

#[test]
fn a_write_that_goes_on_alone_is_finished_by_the_next_who_waits() {
    let (gate, cache) = gated(Verb::Write);
    block_on(cache.write(0, sectors(1, 1))).unwrap();
    let mut flush = Task::new(async { cache.flush().await.is_ok() });
    assert_eq!(flush.turn(), None);
    drop(flush);
    block_on(cache.write(0, sectors(1, 2))).unwrap();
    let mut flush = Task::new(async { cache.flush().await.is_ok() });
    assert_eq!(flush.turn(), None);
    gate.pass();
    assert_eq!(flush.turn(), None, "the second write waits for the first");
    gate.pass();
    assert_eq!(flush.turn(), Some(true));
    assert_eq!(block_on(cache.block.0.read(0, 1)).unwrap(), sectors(1, 2));
}

#[test]
fn a_flush_does_not_join_one_that_began_before_its_writes() {
    let (gate, cache) = gated(Verb::Flush);
    let flush = || Task::new(async { cache.flush().await.is_ok() });
    block_on(cache.write(0, sectors(1, 1))).unwrap();
    let mut one = flush();
    assert_eq!(one.turn(), None);
    block_on(cache.write(9, sectors(1, 2))).unwrap();
    let (mut two, mut three) = (flush(), flush());
    assert_eq!((two.turn(), three.turn(), gate.flushes.get()), (None, None, 1));
    gate.pass();
    assert_eq!((three.turn(), two.turn(), gate.flushes.get()), (None, None, 2));
    assert_eq!(one.turn(), Some(true));
    gate.pass();
    assert_eq!((two.turn(), three.turn(), gate.flushes.get()), (Some(true), Some(true), 2));
}

#[test]
fn what_a_read_brings_late_does_not_hide_what_was_written() {
    let (gate, cache) = gated(Verb::Read);
    let mut read = Task::new(async { cache.read(0, 1).await.is_ok() });
    assert_eq!(read.turn(), None);
    block_on(cache.write(0, sectors(1, 7))).unwrap();
    block_on(cache.flush()).unwrap();
    for page in 1..100 {
        block_on(cache.read(page * 8, 1)).unwrap();
    }
    gate.pass();
    assert_eq!(read.turn(), Some(true));
    gate.holds.set(None);
    assert_eq!(block_on(cache.read(0, 1)).unwrap(), sectors(1, 7));
}
