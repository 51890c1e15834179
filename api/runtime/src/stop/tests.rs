//! Ending at once, in time, and too late.

use super::*;
use crate::{Boot, Machine, Outcome, Rehearsal, run, spawn};
use alloc::string::String;
use core::future::pending;

static APP: crate::App =
    crate::App { name: "site", version: "1.2.3", target: "test", crates: &[], keys: &[] };

const SECOND: Duration = Duration::from_secs(1);

/// Runs a program that the host asks to stop after a second, and then each second again.
fn stopped<O: Outcome>(times: u32, start: impl AsyncFnOnce(Boot) -> O) -> (Status, u64, String) {
    let rehearsal = Rehearsal::new(0);
    let machine: Rc<dyn Machine> = rehearsal.machine();
    let status = run(machine, &APP, [], async |boot| {
        drop(spawn(async move {
            for _ in 0..times {
                sleep(SECOND).await;
                request_stop();
            }
        }));
        start(boot).await
    });
    (status, rehearsal.now().since_boot().as_secs(), rehearsal.errors())
}

#[test]
fn a_program_that_nobody_asks_to_stop_is_not_stopped() {
    let (status, seconds, _) = stopped(0, async |_| sleep(10 * SECOND).await);
    assert_eq!((status, seconds), (Status(0), 10));
}

#[test]
fn a_program_that_does_not_listen_ends_at_once() {
    let (status, seconds, errors) = stopped(1, async |_| pending::<()>().await);
    assert_eq!((status, seconds, errors.as_str()), (Status(0), 1, ""));
}

#[test]
fn a_job_that_listens_finishes_in_its_own_time() {
    let (status, seconds, errors) = stopped(1, async |_| {
        stopping().await;
        sleep(3 * SECOND).await;
        Status(7)
    });
    assert_eq!((status, seconds, errors.as_str()), (Status(7), 4, ""));
}

#[test]
fn a_job_in_a_task_may_listen_too() {
    let (status, seconds, _) = stopped(1, async |_| {
        let listener = spawn(async {
            stopping().await;
            sleep(SECOND).await;
        });
        listener.await.unwrap();
    });
    assert_eq!((status, seconds), (Status(0), 2));
}

#[test]
fn a_job_that_takes_too_long_is_ended_and_that_is_told() {
    let (status, seconds, errors) = stopped(1, async |_| {
        stopping().await;
        pending::<()>().await;
    });
    assert_eq!((status, seconds), (Status(1), 6));
    assert_eq!(errors, "site: stopped, but a job had not ended after 5 s\n");
}

#[test]
fn a_second_request_ends_at_once() {
    let (status, seconds, _) = stopped(2, async |_| {
        stopping().await;
        pending::<()>().await;
    });
    assert_eq!((status, seconds), (Status(1), 2));
}

#[test]
fn whoever_asks_after_the_request_is_told_at_once() {
    let (status, seconds, _) = stopped(1, async |_| {
        stopping().await;
        stopping().await;
    });
    assert_eq!((status, seconds), (Status(0), 1));
}

#[test]
fn a_request_where_nothing_runs_does_nothing() {
    request_stop();
}
