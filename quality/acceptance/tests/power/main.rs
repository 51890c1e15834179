//! Examples that keep something, and lose power at any moment: QEMU notes what they have their disk do, and what the
//! disk may hold then is looked at.
//!
//! Killing a program, as the tests of survival do, loses nothing that it has written. Here any of what was not flushed
//! may be lost, as the driver of the target has really asked it of a monitor.
#![forbid(unsafe_code)]

mod fat;
mod guest;
mod judge;
mod log;
mod trace;
mod tree;

use std::fs;

use sarab_acceptance::{
    process::succeed,
    project::{empty, sarab_in},
};
use sarab_crash::Progress;

use guest::{Guest, Life, on_logged};
use judge::Judge;
use trace::{lose, promises, trace};

/// Entries that are added in one life: the log of the store turns over several times.
const ENTRIES: usize = 100;

/// The same where each flush is lost in turn.
const FEW_ENTRIES: usize = 16;

/// Looks at all that a life may leave; its guest has done so many steps at its end.
fn survives(judge: &mut Judge, life: &Life, steps: usize) {
    let trace = trace(life, judge).expect("the log can be followed");
    assert!(!promises(&trace).is_empty(), "nothing was flushed");
    let tally = judge.judge(&life.before, &trace).expect("all is there that must be");
    eprintln!("{} states of {} events", tally.states, trace.events.len());
    assert_eq!(tally.last, Progress { acknowledged: steps, attempted: steps });
}

/// Runs `example/tree` on a new disk.
fn tree(target: &str) -> Guest {
    Guest::new("tree", target, &vec![0; 4 << 20])
}

/// Runs `example/fat` on a new volume.
fn fat(target: &str) -> Guest {
    let folder = empty();
    for line in ["create disk.img 1440KiB", "format disk.img fat"] {
        succeed(sarab_in(folder.path()).arg("disk").args(line.split(' ')));
    }
    let disk = fs::read(folder.path().join("disk.img")).expect("it is there");
    Guest::new("fat", target, &disk)
}

/// Adds entries.
fn add(guest: &Guest, entries: usize) -> Life {
    guest.live(&["--times", &entries.to_string(), "--pause", "0s"])
}

#[test]
fn entries_of_the_tree_survive_each_loss_of_power() {
    on_logged("entries_of_the_tree_survive_each_loss_of_power", |target| {
        let (guest, mut judge) = (tree(target), Judge::new(tree::look));
        for life in 1..=2 {
            survives(&mut judge, &add(&guest, ENTRIES), 2 * ENTRIES * life);
        }
    });
}

#[test]
fn visits_of_the_fat_disk_survive_each_loss_of_power() {
    on_logged("visits_of_the_fat_disk_survive_each_loss_of_power", |target| {
        let (guest, mut judge) = (fat(target), Judge::new(fat::look));
        for life in 1..=3 {
            survives(&mut judge, &guest.live(&[]), life);
        }
    });
}

#[test]
fn a_flush_of_the_tree_that_is_lost_is_missed() {
    on_logged("a_flush_of_the_tree_that_is_lost_is_missed", |target| {
        let (life, mut judge) = (add(&tree(target), FEW_ENTRIES), Judge::new(tree::look));
        let trace = trace(&life, &mut judge).expect("the log can be followed");
        let promises = promises(&trace);
        assert_eq!(promises.len(), 2 * FEW_ENTRIES, "each step is flushed");
        judge.judge(&life.before, &lose(&trace, |_| true)).expect_err("all are lost");
        for flush in promises {
            let fault = judge.judge(&life.before, &lose(&trace, |place| place == flush));
            let fault = fault.expect_err("one is lost");
            assert!(fault.contains("steps are found"), "the flush at {flush}: {fault}");
        }
    });
}

#[test]
fn flushes_of_the_fat_disk_that_are_lost_are_missed() {
    on_logged("flushes_of_the_fat_disk_that_are_lost_are_missed", |target| {
        let (life, mut judge) = (fat(target).live(&[]), Judge::new(fat::look));
        let trace = trace(&life, &mut judge).expect("the log can be followed");
        judge.judge(&life.before, &lose(&trace, |_| true)).expect_err("all are lost");
        let last = promises(&trace).pop().expect("there is one");
        judge.judge(&life.before, &lose(&trace, |place| place >= last)).expect_err("it counts");
    });
}
