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
/// When the time is over the future is dropped. If it is ready at that very moment, it wins.
///
/// # Panics
///
/// If no runtime runs here.
pub async fn timeout<F: Future>(length: Duration, future: F) -> Result<F::Output, TimedOut> {
    let mut future = pin!(future);
    let mut time = pin!(sleep(length));
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        time.as_mut().poll(context).map(|()| Err(TimedOut))
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

    fn cancel(&mut self) {
        if let Some((runtime, key)) = self.timer.take() {
            runtime.timers.cancel(key);
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let runtime = match &self.timer {
            Some((runtime, _)) => Rc::clone(runtime),
            None => current::get(),
        };
        if runtime.machine.now() >= self.deadline {
            self.cancel();
            return Poll::Ready(());
        }
        let pending = self.timer.as_ref().map(|(_, key)| *key);
        let key = runtime.timers.wake_at(pending, self.deadline, context.waker());
        self.timer = Some((runtime, key));
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl fmt::Debug for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sleep").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// The timers of a runtime.
pub(crate) struct Timers(RefCell<Wheel<Waker>>);

impl Timers {
    pub(crate) fn new() -> Self {
        Self(RefCell::new(Wheel::new()))
    }

    /// Wakes all whose deadline has come, in order.
    pub(crate) fn fire(&self, now: Instant) {
        let expired: Vec<Expired<Waker>> = self.0.borrow_mut().advance(now.as_nanos());
        for timer in expired {
            timer.value.wake();
        }
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.0.borrow().next_deadline().map(Instant::from_nanos)
    }

    /// Lets `waker` be woken at `deadline`, by the pending timer if there is one.
    fn wake_at(&self, pending: Option<Key>, deadline: Instant, waker: &Waker) -> Key {
        let mut wheel = self.0.borrow_mut();
        match pending.and_then(|key| Some((key, wheel.get_mut(key)?))) {
            Some((key, before)) => {
                before.clone_from(waker);
                key
            }
            None => wheel.insert(deadline.as_nanos(), waker.clone()),
        }
    }

    fn cancel(&self, key: Key) {
        let waker = self.0.borrow_mut().cancel(key);
        drop(waker);
    }
}

#[cfg(test)]
mod tests;
