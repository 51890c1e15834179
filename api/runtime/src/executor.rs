//! Running tasks, one at a time, on one core.
//!
//! A task lives in a slab. What wakes it is a [`Handle`], the only part of it that other threads
//! may touch; a handle that is woken queues itself, once. There are two queues: the run queue, which
//! is a plain one, for wakes where the runtime runs, and these are nearly all; and the injector,
//! which threads share, for the others. A handle of a task that has ended is still valid and means
//! nothing.

mod wake;

use alloc::collections::VecDeque;
use alloc::rc::Rc;
use alloc::sync::Arc;
use alloc::task::Wake as _;
use core::cell::{Cell, RefCell};
use core::task::{Context, Waker};

use slab::Slab;

use crate::Machine;

pub(crate) use wake::Handle;
use wake::Injector;

/// The tasks of a runtime.
pub(crate) struct Executor {
    tasks: RefCell<Slab<Entry>>,
    injector: Arc<Injector>,
    /// Ready tasks, in the order in which they run.
    run_queue: RefCell<VecDeque<Arc<Handle>>>,
    is_closed: Cell<bool>,
}

/// What the executor can do with a task of any type.
pub(crate) trait Run {
    /// Polls the task; tells whether it has ended.
    fn poll(&self, context: &mut Context<'_>) -> bool;

    /// Drops the task's future, now or as soon as it is not being polled.
    fn cancel(&self);
}

struct Entry {
    handle: Arc<Handle>,
    body: Rc<dyn Run>,
}

impl Executor {
    pub(crate) fn new(interrupt: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self {
            tasks: RefCell::default(),
            injector: Arc::new(Injector::new(interrupt)),
            run_queue: RefCell::default(),
            is_closed: Cell::new(false),
        }
    }

    /// Returns the waker of the future that is not in the slab.
    pub(crate) fn root(&self) -> Waker {
        Waker::from(Arc::new(Handle::root(&self.injector)))
    }

    /// Adds a task, ready to run; `None` when the runtime has ended.
    pub(crate) fn add(&self, body: Rc<dyn Run>) -> Option<Arc<Handle>> {
        if self.is_closed.get() {
            return None;
        }
        let mut tasks = self.tasks.borrow_mut();
        let vacant = tasks.vacant_entry();
        let handle = Arc::new(Handle::new(&self.injector, vacant.key()));
        vacant.insert(Entry { handle: Arc::clone(&handle), body });
        drop(tasks);
        Arc::clone(&handle).wake();
        Some(handle)
    }

    /// Queues a task that was woken, if it is one of these and the queue is not in use.
    pub(crate) fn queue(&self, handle: Arc<Handle>) -> Result<(), Arc<Handle>> {
        match self.run_queue.try_borrow_mut() {
            Ok(mut queue) if handle.belongs_to(&self.injector) => queue.push_back(handle),
            _ => return Err(handle),
        }
        Ok(())
    }

    /// Takes over the tasks that were woken elsewhere.
    pub(crate) fn collect(&self) {
        self.injector.drain_into(&mut self.run_queue.borrow_mut());
    }

    /// Takes the task that runs next; it can be woken again from now on.
    pub(crate) fn next(&self, machine: &dyn Machine) -> Option<Arc<Handle>> {
        let mut queue = self.run_queue.borrow_mut();
        if queue.is_empty() {
            self.injector.drain_into(&mut queue);
        }
        let handle = match queue.len() {
            0 | 1 => queue.pop_front(),
            ready => queue.remove(machine.choose(ready).min(ready - 1)),
        }?;
        handle.take();
        Some(handle)
    }

    pub(crate) fn poll(&self, handle: Arc<Handle>) {
        let Some(body) = self.find(&handle) else { return };
        let index = handle.index();
        let waker = Waker::from(handle);
        if body.poll(&mut Context::from_waker(&waker)) {
            self.remove(index, &body);
        }
    }

    /// Ends a task; its future is dropped before this returns, unless it is the one that asks.
    pub(crate) fn cancel(&self, handle: &Arc<Handle>) {
        if let Some(body) = self.find(handle) {
            body.cancel();
            self.remove(handle.index(), &body);
        }
    }

    /// Announces a wait; `false` if a task is ready, so that there is nothing to wait for.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.run_queue.borrow().is_empty() && self.injector.fall_asleep()
    }

    pub(crate) fn wake_up(&self) {
        self.injector.wake_up();
    }

    /// Drops all tasks, also those that a destructor of one of them spawns.
    pub(crate) fn close(&self) {
        self.is_closed.set(true);
        let tasks = core::mem::take(&mut *self.tasks.borrow_mut());
        tasks.iter().for_each(|(_, entry)| entry.body.cancel());
        self.injector.close();
        self.run_queue.take();
    }

    fn find(&self, handle: &Arc<Handle>) -> Option<Rc<dyn Run>> {
        let tasks = self.tasks.borrow();
        let entry = tasks.get(handle.index())?;
        Arc::ptr_eq(&entry.handle, handle).then(|| Rc::clone(&entry.body))
    }

    /// Takes a task out of the slab, if it is still there.
    fn remove(&self, index: usize, body: &Rc<dyn Run>) {
        let mut tasks = self.tasks.borrow_mut();
        if tasks.get(index).is_some_and(|entry| Rc::ptr_eq(&entry.body, body)) {
            let entry = tasks.remove(index);
            drop(tasks);
            drop(entry);
        }
    }
}

#[cfg(test)]
mod tests;
