//! A rehearsal repeats, explores orders, and tells when nothing can happen.

use super::*;
use crate::{print, println, sleep, spawn};
use alloc::vec::Vec;
use core::time::Duration;

/// Returns the order in which ten tasks run that are ready together.
fn order(seed: u64) -> Vec<u32> {
    let order: Rc<RefCell<Vec<u32>>> = Rc::default();
    Rehearsal::new(seed).run(async {
        for name in 0..10 {
            let order = Rc::clone(&order);
            drop(spawn(async move { order.borrow_mut().push(name) }));
        }
        sleep(Duration::from_secs(1)).await;
    });
    order.take()
}

#[test]
fn seed_zero_runs_tasks_in_the_order_they_became_ready() {
    assert_eq!(order(0), (0..10).collect::<Vec<_>>());
}

#[test]
fn a_seed_repeats_its_order_and_others_have_others() {
    assert_eq!(order(1), order(1));
    let mut orders: Vec<_> = (1..20).map(order).collect();
    orders.sort();
    orders.dedup();
    assert!(orders.len() > 10, "only {} orders", orders.len());
}

#[test]
fn the_console_is_kept() {
    let rehearsal = Rehearsal::new(0);
    rehearsal.run(async {
        print!("one {}, ", 1);
        println!("two");
        println!();
        let three = 3;
        println!("{three} {}", three + 1);
    });
    assert_eq!(rehearsal.console(), "one 1, two\n\n3 4\n");
    assert_eq!(rehearsal.errors(), "");
}

#[test]
fn time_goes_on_from_one_run_to_the_next() {
    let rehearsal = Rehearsal::new(0);
    for _ in 0..2 {
        rehearsal.run(sleep_a_day());
    }
    assert_eq!(rehearsal.now().since_boot(), Duration::from_hours(48));
}

async fn sleep_a_day() {
    sleep(Duration::from_hours(24)).await;
}

#[test]
#[should_panic(expected = "every task waits, no timer is set")]
fn waiting_for_what_never_happens_is_found_out() {
    block_on_virtual(core::future::pending::<()>());
}
