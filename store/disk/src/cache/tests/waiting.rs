//! Who is woken when several wait, and some go.

use alloc::{boxed::Box, collections::VecDeque, sync::Arc, task::Wake};
use core::{
    cell::RefCell,
    future::poll_fn,
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll, Waker},
};

use super::*;

/// A disk whose writes are done when the test says so, and that then wakes who asked last.
#[derive(Default)]
struct Gate {
    open: RefCell<usize>,
    waiting: RefCell<VecDeque<Waker>>,
}

struct Gated(RamDisk, Rc<Gate>);

impl Gate {
    /// Lets one write go on.
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
        self.0.read(first, count).await
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
        poll_fn(|context| {
            let mut open = self.1.open.borrow_mut();
            if *open == 0 {
                self.1.waiting.borrow_mut().push_back(context.waker().clone());
                return Poll::Pending;
            }
            *open -= 1;
            Poll::Ready(())
        })
        .await;
        self.0.write(first, data).await
    }

    async fn flush(&self) -> Result<(), Self::Error> {
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

fn gated() -> (Rc<Gate>, Cache<Gated>) {
    let gate = Rc::new(Gate::default());
    (Rc::clone(&gate), cache(Gated(ram(512, 64), gate), 1 << 20))
}

#[test]
fn when_who_was_to_be_woken_has_gone_another_is() {
    let (gate, cache) = gated();
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
    let (gate, cache) = gated();
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
    let (gate, cache) = gated();
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
