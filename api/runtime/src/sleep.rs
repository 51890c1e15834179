//! Waiting for time to pass.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use crate::current;
use crate::runtime::Runtime;
use crate::wheel::{Expired, Key, Wheel};
use crate::{Instant, WallTime};

/// Returns the time since boot.
///
/// # Panics
///
/// If no runtime runs here.
#[must_use]
#[track_caller]
pub fn now() -> Instant {
    current::get().machine.now()
}

/// Returns the date, if the machine knows it.
///
/// It may jump, also backwards; measure time with [`now`].
///
/// # Panics
///
/// If no runtime runs here.
#[must_use]
#[track_caller]
pub fn wall_clock() -> Option<WallTime> {
    current::get().machine.wall_clock()
}

/// Waits for `length`, counted from this call.
///
/// Never ends early. Dropping the future cancels the timer.
///
/// # Panics
///
/// If no runtime runs here.
#[track_caller]
pub fn sleep(length: Duration) -> Sleep {
    sleep_until(now() + length)
}

/// Waits until `deadline`; does not wait if it has passed.
///
/// Never ends early. Tasks that wait for different deadlines go on in the order of these, for the
/// same one in the order in which they began to wait. Dropping the future cancels the timer.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { deadline, timer: None }
}

/// Waits for `future`, but for no longer than `length`.
///
/// When the time is over the future is dropped. If it is ready at that very moment, it wins. The
/// time counts from the moment when the future first has to wait.
///
/// # Panics
///
/// If the future has to wait and no runtime runs here.
pub async fn timeout<F: Future>(length: Duration, future: F) -> Result<F::Output, TimedOut> {
    let mut future = pin!(future);
    let mut time = None; // what is ready at once never asks for it
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        let time = time.get_or_insert_with(|| sleep(length));
        Pin::new(time).poll(context).map(|()| Err(TimedOut))
    })
    .await
}

/// Lets every other task that is ready run first.
pub async fn yield_now() {
    let mut has_yielded = false;
    poll_fn(|context| {
        if has_yielded {
            return Poll::Ready(());
        }
        has_yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The time given for something has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time has run out")
    }
}

impl core::error::Error for TimedOut {}

/// The future of [`sleep`] and [`sleep_until`].
#[must_use = "a sleep does nothing until it is awaited"]
pub struct Sleep {
    deadline: Instant,
    /// The timer, from the first poll that had to wait.
    timer: Option<(Rc<Runtime>, Key)>,
}

impl Sleep {
    /// Returns the moment it ends.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Some((runtime, key)) = &self.timer {
            let is_pending = runtime.timers.renew(*key, context.waker());
            return if is_pending { Poll::Pending } else { Poll::Ready(()) };
        }
        let runtime = current::get();
        if self.deadline <= runtime.machine.now() {
            return Poll::Ready(());
        }
        if self.deadline < Instant::NEVER {
            let key = runtime.timers.insert(self.deadline, context.waker());
            self.timer = Some((runtime, key));
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some((runtime, key)) = self.timer.take() {
            runtime.timers.cancel(key);
        }
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// The timers of a runtime.
pub(crate) struct Timers {
    wheel: RefCell<Wheel<Waker>>,
    /// Empty, and large enough for what expired at once before.
    expired: RefCell<Vec<Expired<Waker>>>,
}

impl Timers {
    pub(crate) fn new() -> Self {
        Self { wheel: RefCell::new(Wheel::new()), expired: RefCell::default() }
    }

    /// Wakes all whose deadline has come, in order.
    pub(crate) fn fire(&self, now: Instant) {
        let mut expired = self.expired.take();
        self.wheel.borrow_mut().advance(now.as_nanos(), &mut expired);
        for timer in expired.drain(..) {
            timer.value.wake();
        }
        self.expired.replace(expired);
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.wheel.borrow().next_deadline().map(Instant::from_nanos)
    }

    /// Lets `waker` be woken at `deadline`.
    fn insert(&self, deadline: Instant, waker: &Waker) -> Key {
        self.wheel.borrow_mut().insert(deadline.as_nanos(), waker.clone())
    }

    /// Lets a timer wake `waker` instead; `false` if it has expired.
    fn renew(&self, key: Key, waker: &Waker) -> bool {
        let mut wheel = self.wheel.borrow_mut();
        let before = wheel.get_mut(key);
        before.map(|before| before.clone_from(waker)).is_some()
    }

    fn cancel(&self, key: Key) {
        let waker = self.wheel.borrow_mut().cancel(key);
        drop(waker);
    }
}

#[cfg(test)]
mod tests;
