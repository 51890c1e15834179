//! Jobs beside each other, and errors with names.

use super::*;
use crate::{Status, block_on_virtual, now, sleep};
use alloc::string::ToString;
use core::cell::Cell;
use core::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn boot() -> Boot {
    Boot::new(Values::default())
}

#[test]
fn an_error_of_opening_is_named() {
    let error = Err::<(), _>("file data.img: No such file");
    let failure = boot().opened("data", error).unwrap_err();
    assert_eq!(failure.to_string(), "cannot open \"data\": file data.img: No such file");
    assert_eq!(boot().opened("data", Ok::<_, String>(5)).unwrap(), 5);
}

#[test]
fn jobs_run_beside_each_other_until_all_have_ended() {
    block_on_virtual(async {
        let boot = boot();
        let job = |seconds| boot.job("nap", async move { sleep(seconds * SECOND).await });
        boot.jobs([job(2), job(3), job(1)]).await.unwrap();
        assert_eq!(now().since_boot(), 3 * SECOND);
        boot.jobs([]).await.unwrap();
    });
}

#[test]
fn the_first_failure_decides_and_ends_the_others() {
    block_on_virtual(async {
        let has_ended = Rc::new(Cell::new(false));
        let boot = boot();
        let slow = boot.job("slow", {
            let has_ended = Rc::clone(&has_ended);
            async move {
                sleep(9 * SECOND).await;
                has_ended.set(true);
            }
        });
        let early = boot.job("early", async {
            sleep(SECOND).await;
            Status(4)
        });
        let late = boot.job("late", async {
            sleep(2 * SECOND).await;
            Err::<(), _>("too late")
        });
        let failure = boot.jobs([slow, late, early]).await.unwrap_err();
        assert_eq!((failure.status(), now().since_boot()), (Status(4), SECOND));
        sleep(20 * SECOND).await;
        assert!(!has_ended.get());
    });
}

#[test]
fn a_job_that_fails_is_named() {
    block_on_virtual(async {
        let failure = boot().job("start", async { Err::<(), _>("boom") }).await.unwrap_err();
        assert_eq!(failure.to_string(), "job start: boom");
    });
}
