//! The queue through which tasks become ready, from any thread.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::task::Wake;
use core::sync::atomic::{AtomicBool, Ordering, fence};

use crossbeam_queue::SegQueue;

use crate::current::Home;

/// The index of the future that is not in the slab of tasks.
const ROOT: usize = usize::MAX;

/// The tasks that have become ready, and whether their core waits.
pub(crate) struct Ready {
    queue: SegQueue<Arc<Handle>>,
    home: Home,
    is_asleep: AtomicBool,
    is_closed: AtomicBool,
    interrupt: Arc<dyn Fn() + Send + Sync>,
}

/// Names a task to whoever wakes it.
pub(crate) struct Handle {
    index: usize,
    is_queued: AtomicBool,
    ready: Arc<Ready>,
}

impl Ready {
    pub(crate) fn new(interrupt: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            queue: SegQueue::new(),
            home: Home::here(),
            is_asleep: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
            interrupt,
        }
    }

    pub(crate) fn drain_into(&self, line: &mut VecDeque<Arc<Handle>>) {
        while let Some(handle) = self.queue.pop() {
            line.push_back(handle);
        }
    }

    /// Announces a wait; `false`, and none is announced, if a task is ready.
    ///
    /// The fence and the one in [`push`](Ready::push) order the two pairs "announce, then look at
    /// the queue" and "queue, then look at the announcement": one of them sees the other.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.is_asleep.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let is_empty = self.queue.is_empty();
        if !is_empty {
            self.wake_up();
        }
        is_empty
    }

    pub(crate) fn wake_up(&self) {
        self.is_asleep.store(false, Ordering::Relaxed);
    }

    /// Lets later wakes go nowhere.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        while self.queue.pop().is_some() {}
    }

    fn push(&self, handle: Arc<Handle>) {
        if self.is_closed.load(Ordering::Relaxed) {
            return;
        }
        self.queue.push(handle);
        fence(Ordering::SeqCst);
        let is_asleep = self.is_asleep.load(Ordering::Relaxed);
        if is_asleep && !self.home.is_here() && self.is_asleep.swap(false, Ordering::Relaxed) {
            (self.interrupt)();
        }
    }
}

impl Handle {
    pub(crate) fn new(ready: &Arc<Ready>, index: usize) -> Self {
        Self { index, is_queued: AtomicBool::new(false), ready: Arc::clone(ready) }
    }

    pub(crate) fn root(ready: &Arc<Ready>) -> Self {
        Self::new(ready, ROOT)
    }

    pub(crate) fn is_root(&self) -> bool {
        self.index == ROOT
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// Takes the task out of the queue: a wake from now on queues it again.
    ///
    /// Acquires what the waker's thread did before it woke, for the poll that follows.
    pub(crate) fn take(&self) {
        self.is_queued.swap(false, Ordering::AcqRel);
    }
}

impl Wake for Handle {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_queued.swap(true, Ordering::AcqRel) {
            self.ready.push(Arc::clone(self));
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use core::sync::atomic::AtomicU32;
    use core::task::Waker;
    use std::thread;

    #[test]
    fn only_another_thread_interrupts_a_wait_and_only_once() {
        let count = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&count);
        let ready = Arc::new(Ready::new(Arc::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        })));
        let wakers = [0, 1, 2].map(|index| Waker::from(Arc::new(Handle::new(&ready, index))));

        assert!(ready.fall_asleep());
        wakers[0].wake_by_ref();
        assert_eq!(count.load(Ordering::Relaxed), 0, "whoever wakes here does not wait");
        thread::scope(|scope| {
            scope.spawn(|| wakers[1..].iter().for_each(Waker::wake_by_ref));
        });
        assert_eq!(count.load(Ordering::Relaxed), 1);
        assert!(!ready.fall_asleep(), "three tasks are ready");
    }
}
