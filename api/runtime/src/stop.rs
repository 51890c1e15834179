//! Ending because the host asks for it.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use slab::Slab;

use crate::runtime::Runtime;
use crate::sleep::Sleep;
use crate::{Status, current, print_error, sleep};

/// How long jobs that wait for [`stopping`] may go on after it.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// Waits until the host asks the program to end (on a terminal: Ctrl-C).
///
/// A job that has something to finish waits for it beside its work, and then ends by itself, within
/// five seconds; after that the run ends with status 1. If nobody has ever waited for it, the run
/// ends at once with status 0. Dropping the future is fine at any time.
///
/// # Panics
///
/// If no runtime runs here.
#[track_caller]
pub fn stopping() -> Stopping {
    Stopping { runtime: current::get(), key: None }
}

/// Asks the program to end, as the host does. A second call ends it at once, with status 1.
///
/// To be called where the runtime runs: by a task, or by the machine from within
/// [`wait`](crate::Machine::wait). Elsewhere it does nothing.
pub fn request_stop() {
    if let Some(runtime) = current::find() {
        runtime.stop.request();
    }
}

/// The future of [`stopping`].
#[must_use = "it does nothing until it is awaited"]
pub struct Stopping {
    runtime: Rc<Runtime>,
    key: Option<usize>,
}

impl Future for Stopping {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let stop = &self.runtime.stop;
        stop.is_heard.set(true);
        if stop.requests.get() > 0 {
            return Poll::Ready(());
        }
        self.key = Some(stop.watch(self.key, context.waker()));
        Poll::Pending
    }
}

impl Drop for Stopping {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.runtime.stop.forget(key);
        }
    }
}

impl core::fmt::Debug for Stopping {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Stopping").finish_non_exhaustive()
    }
}

/// Whether the program shall end, and who wants to know.
pub(crate) struct Stop {
    requests: Cell<u32>,
    /// Whether a job has ever waited for it.
    is_heard: Cell<bool>,
    watchers: RefCell<Slab<Waker>>,
}

impl Stop {
    pub(crate) fn new() -> Self {
        Self { requests: Cell::new(0), is_heard: Cell::new(false), watchers: RefCell::default() }
    }

    fn request(&self) {
        self.requests.set(self.requests.get().saturating_add(1));
        self.watchers.borrow().iter().for_each(|(_, waker)| waker.wake_by_ref());
    }

    fn watch(&self, key: Option<usize>, waker: &Waker) -> usize {
        let mut watchers = self.watchers.borrow_mut();
        match key {
            None => watchers.insert(waker.clone()),
            Some(key) => {
                watchers[key].clone_from(waker);
                key
            }
        }
    }

    fn forget(&self, key: usize) {
        let waker = self.watchers.borrow_mut().remove(key);
        drop(waker);
    }
}

/// Runs `program` to its end, or until a request to stop ends it.
pub(crate) async fn until_stopped(program: impl Future<Output = Status>) -> Status {
    let mut program = pin!(program);
    let mut end = End { runtime: current::get(), key: None, grace: None };
    poll_fn(|context| match program.as_mut().poll(context) {
        Poll::Ready(status) => Poll::Ready(status),
        Poll::Pending => end.poll(context),
    })
    .await
}

/// Becomes ready when the run must end although the program has not.
struct End {
    runtime: Rc<Runtime>,
    key: Option<usize>,
    grace: Option<Sleep>,
}

impl End {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Status> {
        let stop = &self.runtime.stop;
        self.key = Some(stop.watch(self.key, context.waker()));
        match (stop.requests.get(), stop.is_heard.get()) {
            (0, _) => Poll::Pending,
            (_, false) => Poll::Ready(Status::SUCCESS),
            (1, true) => self.poll_grace(context),
            (_, true) => Poll::Ready(Status::FAILURE),
        }
    }

    fn poll_grace(&mut self, context: &mut Context<'_>) -> Poll<Status> {
        let grace = self.grace.get_or_insert_with(|| sleep(GRACE));
        pin!(grace).poll(context).map(|()| {
            print_error(format_args!(
                "{}: stopped, but a job had not ended after {} s\n",
                self.runtime.app.name,
                GRACE.as_secs(),
            ));
            Status::FAILURE
        })
    }
}

impl Drop for End {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.runtime.stop.forget(key);
        }
    }
}

#[cfg(test)]
mod tests;
