//! Waking from other threads, on a machine that really waits.

use crate::{App, Instant, Machine, NoEntropy, Status, WallTime, run};
use alloc::rc::Rc;
use alloc::sync::Arc;
use core::cell::RefCell;
use core::future::poll_fn;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use core::task::{Poll, Waker};
use core::time::Duration;
use std::sync::mpsc;
use std::sync::{Condvar, Mutex};
use std::thread;

static APP: App = App { name: "site", version: "1.2.3", target: "test", crates: &[], keys: &[] };

/// A machine whose only events come from other threads; its time stands still.
#[derive(Default)]
struct Threads {
    signal: Arc<(Mutex<bool>, Condvar)>,
    interrupts: Arc<AtomicU32>,
}

impl Machine for Threads {
    fn now(&self) -> Instant {
        Instant::BOOT
    }
    fn wall_clock(&self) -> Option<WallTime> {
        None
    }
    fn entropy(&self, _: &mut [u8; 32]) -> Result<(), NoEntropy> {
        Ok(())
    }
    fn print(&self, _: &str) {}

    fn wait(&self, deadline: Option<Instant>) {
        let (signal, changed) = &*self.signal;
        let mut is_set = signal.lock().unwrap();
        if deadline.is_none() && !*is_set {
            let limit = Duration::from_mins(1);
            let waited = changed.wait_timeout_while(is_set, limit, |is_set| !*is_set).unwrap();
            assert!(!waited.1.timed_out(), "a wake was lost");
            is_set = waited.0;
        }
        *is_set = false;
    }

    fn interrupter(&self) -> Arc<dyn Fn() + Send + Sync> {
        let (signal, interrupts) = (Arc::clone(&self.signal), Arc::clone(&self.interrupts));
        Arc::new(move || {
            interrupts.fetch_add(1, Ordering::Relaxed);
            *signal.0.lock().unwrap() = true;
            signal.1.notify_one();
        })
    }
}

#[test]
fn no_wake_from_another_thread_is_lost() {
    let (sender, receiver) = mpsc::channel::<(Waker, Arc<AtomicBool>)>();
    let other = thread::spawn(move || {
        for (waker, is_done) in receiver {
            is_done.store(true, Ordering::Release);
            waker.wake();
        }
    });
    let status = run(Rc::new(Threads::default()), &APP, [], async move |_| {
        for _ in 0..5000 {
            let is_done = Arc::new(AtomicBool::new(false));
            let mut is_asked = false;
            poll_fn(|context| {
                if is_done.load(Ordering::Acquire) {
                    return Poll::Ready(());
                }
                if !core::mem::replace(&mut is_asked, true) {
                    sender.send((context.waker().clone(), Arc::clone(&is_done))).unwrap();
                }
                Poll::Pending
            })
            .await;
        }
    });
    assert_eq!(status, Status::SUCCESS);
    other.join().unwrap();
}

#[test]
fn a_wake_while_a_task_runs_does_not_interrupt() {
    let machine = Rc::new(Threads::default());
    let interrupts = Arc::clone(&machine.interrupts);
    run(machine, &APP, [], async |_| {
        for _ in 0..100 {
            crate::yield_now().await;
        }
    });
    assert_eq!(interrupts.load(Ordering::Relaxed), 0);
}

#[test]
fn a_waker_that_outlives_its_runtime_does_nothing() {
    let (sender, receiver) = mpsc::channel();
    run(Rc::new(Threads::default()), &APP, [], async move |_| {
        poll_fn(|context| {
            sender.send(context.waker().clone()).unwrap();
            Poll::Ready(())
        })
        .await;
    });
    let waker = receiver.recv().unwrap();
    waker.wake_by_ref();
    waker.wake();
}

#[test]
fn a_wake_from_another_thread_is_seen_while_a_task_is_busy() {
    let status = run(Rc::new(Threads::default()), &APP, [], async |_| {
        let waker = Rc::new(RefCell::new(None::<Waker>));
        let kept = Rc::clone(&waker);
        let sleeper = crate::spawn(poll_fn(move |context| {
            let is_first = kept.replace(Some(context.waker().clone())).is_none();
            if is_first { Poll::Pending } else { Poll::Ready(()) }
        }));
        crate::yield_now().await;
        let waker = waker.borrow().clone().unwrap();
        thread::spawn(move || waker.wake()).join().unwrap();
        for _ in 0..200 {
            crate::yield_now().await;
        }
        assert!(sleeper.is_finished(), "the sleeper starves");
    });
    assert_eq!(status, Status::SUCCESS);
}
