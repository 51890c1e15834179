//! Sleeping in virtual time.

use super::*;
use crate::{Rehearsal, block_on_virtual, spawn};
use alloc::vec::Vec;
use core::cell::RefCell;
use core::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn pending_timers() -> bool {
    current::get().timers.next_deadline().is_some()
}

#[test]
fn a_sleep_ends_exactly_when_it_should() {
    let rehearsal = Rehearsal::new(0);
    rehearsal.run(async {
        for length in [1, 999, 1_000_000_007, 3_600_000_000_001] {
            let begin = now();
            sleep(Duration::from_nanos(length)).await;
            assert_eq!(now() - begin, Duration::from_nanos(length));
        }
    });
}

#[test]
fn a_sleep_of_no_length_does_not_wait() {
    block_on_virtual(async {
        let mut sleep = pin!(sleep(Duration::ZERO));
        let poll = poll_fn(|context| Poll::Ready(sleep.as_mut().poll(context))).await;
        assert_eq!(poll, Poll::Ready(()));
    });
}

#[test]
fn sleepers_go_on_by_deadline_and_then_in_the_order_they_began() {
    let order = Rc::new(RefCell::new(Vec::new()));
    block_on_virtual(async {
        let tasks: Vec<_> = [(0, 3), (1, 1), (2, 2), (3, 1), (4, 3)]
            .map(|(name, seconds)| {
                let order = Rc::clone(&order);
                spawn(async move {
                    sleep(seconds * SECOND).await;
                    order.borrow_mut().push(name);
                })
            })
            .into();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*order.borrow(), [1, 3, 2, 0, 4]);
}

#[test]
fn dropping_a_sleep_cancels_its_timer() {
    block_on_virtual(async {
        let mut sleep = sleep(SECOND);
        let _ = poll_fn(|context| Poll::Ready(Pin::new(&mut sleep).poll(context))).await;
        assert!(pending_timers());
        drop(sleep);
        assert!(!pending_timers());
    });
}

#[test]
fn a_sleep_that_was_never_polled_has_no_timer() {
    block_on_virtual(async {
        let sleep = sleep(SECOND);
        assert!(!pending_timers());
        assert_eq!(sleep.deadline(), Instant::BOOT + SECOND);
    });
}

#[test]
fn a_sleep_outlives_its_runtime_without_harm() {
    let kept = RefCell::new(None);
    block_on_virtual(async {
        let mut sleep = sleep(SECOND);
        let _ = poll_fn(|context| Poll::Ready(Pin::new(&mut sleep).poll(context))).await;
        *kept.borrow_mut() = Some(sleep);
    });
    drop(kept);
}

#[test]
fn a_timeout_gives_the_output_of_what_is_in_time() {
    block_on_virtual(async {
        let in_time = timeout(SECOND, async {
            sleep(SECOND / 2).await;
            5
        });
        assert_eq!(in_time.await, Ok(5));
        assert!(!pending_timers());
    });
}

#[test]
fn a_timeout_drops_what_is_too_late() {
    block_on_virtual(async {
        let late = timeout(SECOND, sleep(2 * SECOND));
        assert_eq!(late.await, Err(TimedOut));
        assert_eq!(now(), Instant::BOOT + SECOND);
        assert!(!pending_timers());
    });
}

#[test]
fn what_is_ready_at_the_very_end_is_in_time() {
    block_on_virtual(async {
        assert_eq!(timeout(SECOND, sleep(SECOND)).await, Ok(()));
    });
}

#[test]
fn a_yield_lets_the_others_run_first() {
    block_on_virtual(async {
        let order = Rc::new(RefCell::new(Vec::new()));
        let note = |name| {
            let order = Rc::clone(&order);
            async move { order.borrow_mut().push(name) }
        };
        drop((spawn(note("first")), spawn(note("second"))));
        yield_now().await;
        note("root").await;
        assert_eq!(*order.borrow(), ["first", "second", "root"]);
    });
}

#[test]
fn the_clock_on_the_wall_goes_with_the_time() {
    block_on_virtual(async {
        let before = wall_clock().unwrap();
        sleep(SECOND).await;
        assert_eq!(wall_clock().unwrap().since_epoch(), before.since_epoch() + SECOND);
    });
}

#[test]
fn a_sleep_that_moves_to_another_task_wakes_that_one() {
    block_on_virtual(async {
        let mut moving = sleep(SECOND);
        let first = spawn(poll_fn(move |context| {
            let _ = Pin::new(&mut moving).poll(context);
            Poll::Ready(core::mem::replace(&mut moving, sleep_until(Instant::NEVER)))
        }));
        let moving = first.await.unwrap();
        assert_eq!(timeout(2 * SECOND, moving).await, Ok(()));
        assert_eq!(now(), Instant::BOOT + SECOND);
    });
}

#[test]
#[should_panic(expected = "every task waits, no timer is set")]
fn the_end_of_time_never_comes() {
    block_on_virtual(async { sleep(Duration::MAX).await });
}

#[test]
fn a_sleep_that_is_polled_often_asks_for_the_time_once() {
    let rehearsal = Rehearsal::new(0);
    rehearsal.run(async {
        let mut sleep = sleep(SECOND);
        let _ = poll_fn(|context| Poll::Ready(Pin::new(&mut sleep).poll(context))).await;
        rehearsal.pass(2 * SECOND);
        let poll = poll_fn(|context| Poll::Ready(Pin::new(&mut sleep).poll(context))).await;
        assert!(poll.is_pending(), "the timers decide");
        sleep.await;
        assert_eq!(now(), Instant::BOOT + 2 * SECOND);
    });
}
