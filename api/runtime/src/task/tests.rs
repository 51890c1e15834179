//! Spawning, joining and cancelling.

use super::*;
use crate::{Rehearsal, block_on_virtual, now, sleep, yield_now};
use core::future::{pending, poll_fn};
use core::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// Counts how often it is dropped.
struct Dropped(Rc<Cell<u32>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

fn drops() -> (Rc<Cell<u32>>, Dropped) {
    let count = Rc::new(Cell::new(0));
    (Rc::clone(&count), Dropped(count))
}

#[test]
fn a_task_gives_its_output_before_or_after_it_is_awaited() {
    block_on_virtual(async {
        let quick = spawn(async { 1 });
        let slow = spawn(async {
            sleep(SECOND).await;
            2
        });
        yield_now().await;
        assert!(quick.is_finished() && !slow.is_finished());
        assert_eq!((quick.await, slow.await), (Ok(1), Ok(2)));
    });
}

#[test]
fn a_task_whose_handle_is_dropped_runs_on() {
    block_on_virtual(async {
        let (count, guard) = drops();
        drop(spawn(async move {
            sleep(SECOND).await;
            drop(guard);
        }));
        sleep(SECOND / 2).await;
        assert_eq!(count.get(), 0);
        sleep(SECOND).await;
        assert_eq!(count.get(), 1);
    });
}

#[test]
fn cancelling_drops_the_future_at_once_and_wakes_who_waits_for_it() {
    block_on_virtual(async {
        let (count, guard) = drops();
        let task = Rc::new(spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        }));
        yield_now().await;
        task.cancel();
        assert_eq!((count.get(), task.is_finished()), (1, true));
        let task = Rc::into_inner(task).unwrap();
        assert_eq!(task.await, Err(Cancelled));
    });
}

#[test]
fn a_task_that_is_cancelled_before_it_ran_never_runs() {
    block_on_virtual(async {
        let (count, guard) = drops();
        let task = spawn(async move {
            let _guard = guard;
            panic!("it ran");
        });
        task.cancel();
        assert_eq!(count.get(), 1);
        assert_eq!(task.await, Err::<(), _>(Cancelled));
    });
}

#[test]
fn a_task_that_has_ended_keeps_its_output_when_cancelled() {
    block_on_virtual(async {
        let task = spawn(async { 3 });
        yield_now().await;
        task.cancel();
        assert_eq!(task.await, Ok(3));
    });
}

#[test]
fn a_task_that_cancels_itself_ends_where_it_waits_next() {
    block_on_virtual(async {
        let (count, guard) = drops();
        let own: Rc<RefCell<Option<Task<()>>>> = Rc::default();
        let task = spawn({
            let own = Rc::clone(&own);
            async move {
                own.borrow().as_ref().unwrap().cancel();
                assert_eq!(guard.0.get(), 0, "it is still here");
                pending::<()>().await;
            }
        });
        *own.borrow_mut() = Some(task);
        yield_now().await;
        assert_eq!(count.get(), 1);
        assert_eq!(own.take().unwrap().await, Err(Cancelled));
    });
}

#[test]
fn a_future_may_cancel_its_own_task_and_spawn_while_it_is_dropped() {
    struct Last(Rc<RefCell<Option<Task<()>>>>);
    impl Drop for Last {
        fn drop(&mut self) {
            self.0.borrow().as_ref().unwrap().cancel();
            drop(spawn(async {}));
        }
    }
    for is_cancelled in [true, false] {
        block_on_virtual(async {
            let own: Rc<RefCell<Option<Task<()>>>> = Rc::default();
            let last = Last(Rc::clone(&own));
            let task = spawn(async move {
                let _last = last;
                yield_now().await;
            });
            *own.borrow_mut() = Some(task);
            if is_cancelled {
                own.borrow().as_ref().unwrap().cancel();
            }
            sleep(SECOND).await;
            let expected = if is_cancelled { Err(Cancelled) } else { Ok(()) };
            assert_eq!(own.take().unwrap().await, expected);
        });
    }
}

#[test]
fn a_place_that_is_used_again_is_not_woken_by_the_waker_of_the_former_task() {
    block_on_virtual(async {
        let kept: Rc<RefCell<Option<Waker>>> = Rc::default();
        let first = spawn({
            let kept = Rc::clone(&kept);
            poll_fn(move |context| {
                *kept.borrow_mut() = Some(context.waker().clone());
                Poll::<()>::Pending
            })
        });
        yield_now().await;
        first.cancel();
        let polls = Rc::new(Cell::new(0));
        let second = spawn({
            let polls = Rc::clone(&polls);
            poll_fn(move |_| {
                polls.set(polls.get() + 1);
                Poll::<()>::Pending
            })
        });
        yield_now().await;
        kept.take().unwrap().wake();
        yield_now().await;
        assert_eq!(polls.get(), 1);
        drop(second);
    });
}

#[test]
fn many_wakes_before_a_poll_are_one() {
    block_on_virtual(async {
        let polls = Rc::new(Cell::new(0));
        let task = spawn({
            let polls = Rc::clone(&polls);
            poll_fn(move |context| {
                polls.set(polls.get() + 1);
                for _ in 0..10 * u32::from(polls.get() == 1) {
                    context.waker().wake_by_ref();
                }
                Poll::<()>::Pending
            })
        });
        for _ in 0..5 {
            yield_now().await;
        }
        assert_eq!(polls.get(), 2);
        drop(task);
    });
}

#[test]
fn what_still_runs_at_the_end_is_dropped_in_the_runtime() {
    struct Last(Rc<Cell<u32>>);
    impl Drop for Last {
        fn drop(&mut self) {
            let _ = now();
            let late = spawn(pending::<()>());
            assert!(late.is_finished(), "nothing begins after the end");
            self.0.set(self.0.get() + 1);
        }
    }
    let count = Rc::new(Cell::new(0));
    block_on_virtual(async {
        for _ in 0..3 {
            let last = Last(Rc::clone(&count));
            drop(spawn(async move {
                let _last = last;
                pending::<()>().await;
            }));
        }
        yield_now().await;
    });
    assert_eq!(count.get(), 3);
}

#[test]
fn a_task_that_outlives_its_runtime_was_cancelled() {
    let kept = Cell::new(None);
    block_on_virtual(async { kept.set(Some(spawn(pending::<()>()))) });
    let task = kept.take().unwrap();
    assert!(task.is_finished());
    task.cancel();
    assert_eq!(block_on_virtual(task), Err(Cancelled));
}

#[test]
fn a_busy_task_does_not_keep_a_sleeper_from_its_deadline() {
    let rehearsal = Rehearsal::new(0);
    rehearsal.run(async {
        let sleeper = spawn(sleep(Duration::from_nanos(1)));
        let mut rounds = 0;
        while !sleeper.is_finished() {
            rounds += 1;
            assert!(rounds < 10_000, "the sleeper starves");
            yield_now().await;
            rehearsal.pass(Duration::from_nanos(1));
        }
    });
}

#[test]
#[should_panic(expected = "no runtime runs here")]
fn nothing_is_spawned_where_no_runtime_runs() {
    drop(spawn(async {}));
}

#[test]
fn a_panic_in_a_task_ends_the_run_and_leaves_the_thread_usable() {
    let run = || block_on_virtual(async { spawn(async { panic!("boom") }).await });
    let panic = std::panic::catch_unwind(run).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"boom"));
    assert!(crate::current::find().is_none());
    assert_eq!(block_on_virtual(async { 5 }), 5);
}

#[test]
fn a_runtime_within_a_runtime_has_its_own_time() {
    block_on_virtual(async {
        sleep(SECOND).await;
        let inner = block_on_virtual(async {
            sleep(SECOND / 2).await;
            now()
        });
        assert_eq!(inner.since_boot(), SECOND / 2);
        assert_eq!(now().since_boot(), SECOND);
    });
}
