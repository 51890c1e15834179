//! Futures that run beside the one that spawned them.

use alloc::boxed::Box;
use alloc::rc::{Rc, Weak};
use alloc::sync::Arc;
use core::cell::{Cell, RefCell};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use crate::current;
use crate::executor::{Handle, Run};
use crate::runtime::Runtime;

/// Runs `future` beside the present one, from the next time this one waits.
///
/// It need not be awaited: a task whose [`Task`] was dropped runs on. When
/// [`run`](crate::run) ends, what still runs is dropped.
///
/// # Panics
///
/// If no runtime runs here.
#[track_caller]
pub fn spawn<F: Future + 'static>(future: F) -> Task<F::Output> {
    let runtime = current::get();
    let body = Rc::new(Body {
        future: RefCell::new(Some(Box::pin(future))),
        is_cancelled: Cell::new(false),
        join: RefCell::new(Join::Running(None)),
    });
    let handle = runtime.executor.add(Rc::clone(&body) as Rc<dyn Run>);
    if handle.is_none() {
        body.cancel();
    }
    Task { body, handle, runtime: Rc::downgrade(&runtime) }
}

/// A future that was spawned. Awaiting it gives its output.
///
/// Dropping it lets the future run on.
pub struct Task<T> {
    body: Rc<dyn Joined<T>>,
    handle: Option<Arc<Handle>>,
    runtime: Weak<Runtime>,
}

/// A task has no output: it was cancelled, or the runtime has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

impl<T> Task<T> {
    /// Ends the task where it waits: its future is dropped before this returns.
    ///
    /// A task that cancels itself runs on to the next place where it waits, or to its end. A task
    /// that has ended keeps its output.
    pub fn cancel(&self) {
        if let (Some(runtime), Some(handle)) = (self.runtime.upgrade(), &self.handle) {
            runtime.executor.cancel(handle);
        }
    }

    /// Tells whether the task has ended, in whichever way.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.body.is_finished()
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T, Cancelled>;

    /// # Panics
    ///
    /// If polled again after it was ready.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.body.poll_join(context)
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("is_finished", &self.is_finished()).finish()
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the task was cancelled")
    }
}

impl core::error::Error for Cancelled {}

/// A task, shared by the executor and its [`Task`].
struct Body<F: Future> {
    future: RefCell<Option<Pin<Box<F>>>>,
    is_cancelled: Cell<bool>,
    join: RefCell<Join<F::Output>>,
}

enum Join<T> {
    Running(Option<Waker>),
    Ended(Result<T, Cancelled>),
    Taken,
}

/// What a [`Task`] needs of a body of any future.
trait Joined<T> {
    fn poll_join(&self, context: &mut Context<'_>) -> Poll<Result<T, Cancelled>>;
    fn is_finished(&self) -> bool;
}

impl<F: Future> Body<F> {
    fn end(&self, output: Result<F::Output, Cancelled>) {
        let before = self.join.replace(Join::Ended(output));
        if let Join::Running(Some(waker)) = before {
            waker.wake();
        }
    }

    /// Polls the future; `None` if it waits and was cancelled meanwhile.
    fn poll_future(&self, context: &mut Context<'_>) -> Option<Poll<F::Output>> {
        let mut future = self.future.borrow_mut();
        let poll = future.as_mut()?.as_mut().poll(context);
        (poll.is_ready() || !self.is_cancelled.get()).then_some(poll)
    }

    fn drop_future(&self) {
        let future = self.future.borrow_mut().take();
        drop(future);
    }
}

impl<F: Future> Run for Body<F> {
    fn poll(&self, context: &mut Context<'_>) -> bool {
        let output = match self.poll_future(context) {
            Some(Poll::Pending) => return false,
            Some(Poll::Ready(output)) => Ok(output),
            None => Err(Cancelled),
        };
        self.drop_future();
        self.end(output);
        true
    }

    fn cancel(&self) {
        if self.is_finished() {
            return;
        }
        self.is_cancelled.set(true);
        let Ok(mut future) = self.future.try_borrow_mut() else { return };
        let future = { future.take() };
        drop(future);
        self.end(Err(Cancelled));
    }
}

impl<F: Future> Joined<F::Output> for Body<F> {
    fn poll_join(&self, context: &mut Context<'_>) -> Poll<Result<F::Output, Cancelled>> {
        let mut join = self.join.borrow_mut();
        if let Join::Running(waker) = &mut *join {
            match waker {
                Some(waker) => waker.clone_from(context.waker()),
                None => *waker = Some(context.waker().clone()),
            }
            return Poll::Pending;
        }
        match core::mem::replace(&mut *join, Join::Taken) {
            Join::Ended(output) => Poll::Ready(output),
            _ => panic!("a task was polled again after it gave its output"),
        }
    }

    fn is_finished(&self) -> bool {
        !matches!(*self.join.borrow(), Join::Running(_))
    }
}

#[cfg(test)]
mod tests;
