//! How a task becomes ready, from any thread.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering, fence};

use crossbeam_queue::SegQueue;

use crate::current;

/// The index of the future that is not in the slab of tasks.
const ROOT: usize = usize::MAX;

/// What the core of the tasks does.
const AWAKE: u8 = 0;
const ASLEEP: u8 = 1;
const CLOSED: u8 = 2;

/// The tasks that have become ready where their runtime does not run, and whether their core waits.
pub(crate) struct Injector {
    queue: SegQueue<Arc<Handle>>,
    state: AtomicU8,
    interrupt: Arc<dyn Fn() + Send + Sync>,
}

/// Names a task to whoever wakes it.
pub(crate) struct Handle {
    index: usize,
    is_queued: AtomicBool,
    injector: Arc<Injector>,
}

impl Injector {
    pub(crate) fn new(interrupt: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { queue: SegQueue::new(), state: AtomicU8::new(AWAKE), interrupt }
    }

    pub(crate) fn drain_into(&self, queue: &mut VecDeque<Arc<Handle>>) {
        while let Some(handle) = self.queue.pop() {
            queue.push_back(handle);
        }
    }

    /// Announces a wait; `false`, and none is announced, if a task is ready.
    ///
    /// The fence and the one in [`push`](Injector::push) order the two pairs "announce, then look at
    /// the queue" and "queue, then look at the announcement": one of them sees the other.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.state.store(ASLEEP, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let is_empty = self.queue.is_empty();
        if !is_empty {
            self.wake_up();
        }
        is_empty
    }

    pub(crate) fn wake_up(&self) {
        self.state.store(AWAKE, Ordering::Relaxed);
    }

    /// Lets later wakes go nowhere.
    ///
    /// The queue must end empty, for what it holds holds it too. The fences order this as they do
    /// a wait: either the queued task is seen here, or its waker sees the end.
    pub(crate) fn close(&self) {
        self.state.store(CLOSED, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        self.clear();
    }

    fn push(&self, handle: Arc<Handle>) {
        self.queue.push(handle);
        fence(Ordering::SeqCst);
        match self.state.load(Ordering::Relaxed) {
            ASLEEP if self.ends_wait() => (self.interrupt)(),
            CLOSED => self.clear(),
            _ => {}
        }
    }

    /// Tells whether this is the first wake since the wait was announced.
    fn ends_wait(&self) -> bool {
        let order = Ordering::Relaxed;
        self.state.compare_exchange(ASLEEP, AWAKE, order, order).is_ok()
    }

    fn clear(&self) {
        while self.queue.pop().is_some() {}
    }
}

impl Handle {
    pub(crate) fn new(injector: &Arc<Injector>, index: usize) -> Self {
        Self { index, is_queued: AtomicBool::new(false), injector: Arc::clone(injector) }
    }

    pub(crate) fn root(injector: &Arc<Injector>) -> Self {
        Self::new(injector, ROOT)
    }

    pub(crate) fn is_root(&self) -> bool {
        self.index == ROOT
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    pub(crate) fn belongs_to(&self, injector: &Arc<Injector>) -> bool {
        Arc::ptr_eq(&self.injector, injector)
    }

    /// Takes the task out of the queue: a wake from now on queues it again.
    ///
    /// Acquires what the waker's thread did before it woke, for the poll that follows.
    pub(crate) fn take(&self) {
        self.is_queued.swap(false, Ordering::AcqRel);
    }

    /// Tells whether the task was not queued before; it is from now on.
    fn is_first_wake(&self) -> bool {
        !self.is_queued.swap(true, Ordering::AcqRel)
    }

    /// Queues the task: where its runtime runs without anything that threads share.
    fn queue(self: Arc<Self>) {
        if let Err(handle) = current::queue_here(self) {
            Arc::clone(&handle.injector).push(handle);
        }
    }
}

impl Wake for Handle {
    fn wake(self: Arc<Self>) {
        if self.is_first_wake() {
            self.queue();
        }
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.is_first_wake() {
            Arc::clone(self).queue();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::AtomicU32;
    use core::task::Waker;

    fn injector() -> (Arc<Injector>, Arc<AtomicU32>) {
        let count = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&count);
        let injector = Injector::new(Arc::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        }));
        (Arc::new(injector), count)
    }

    fn waker(injector: &Arc<Injector>, index: usize) -> Waker {
        Waker::from(Arc::new(Handle::new(injector, index)))
    }

    #[test]
    fn many_wakes_from_elsewhere_interrupt_a_wait_once() {
        let (injector, count) = injector();
        waker(&injector, 0).wake();
        assert_eq!(count.load(Ordering::Relaxed), 0, "nobody waits");
        injector.drain_into(&mut VecDeque::new());
        assert!(injector.fall_asleep());
        (1..4).for_each(|index| waker(&injector, index).wake());
        assert_eq!(count.load(Ordering::Relaxed), 1);
        assert!(!injector.fall_asleep(), "three tasks are ready");
    }

    #[test]
    fn a_wake_after_the_end_leaves_nothing_behind() {
        let (injector, count) = injector();
        let kept = Arc::downgrade(&injector);
        let waker = waker(&injector, 0);
        assert!(injector.fall_asleep());
        injector.close();
        waker.wake();
        assert_eq!(count.load(Ordering::Relaxed), 0);
        drop(injector);
        assert!(kept.upgrade().is_none(), "the queue holds itself");
    }
}
