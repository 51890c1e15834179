//! What may be found after a crash, checked by hand.

use std::collections::BTreeSet;

use embassy_futures::{block_on, join::join};
use sarab_device::{Block, Bytes};

use super::*;
use crate::{Disk, Fault, Harm, When};

fn sectors(values: &[u8]) -> Bytes {
    values.iter().flat_map(|value| [*value; 512]).collect::<Vec<_>>().into()
}

/// Returns the first bytes of the sectors of all states of the last moment.
fn found(disk: &Disk) -> BTreeSet<Vec<u8>> {
    let trace = disk.trace().clone();
    let mut replay = Replay::new(Image::new(512, 4), &trace);
    while replay.step() {}
    let mut all = BTreeSet::new();
    replay.states(&Sampling::default(), &mut Random::new(0), &mut |state| {
        let image = state.image();
        assert_eq!(image.digest(), state.digest());
        all.insert((0..4).map(|at| image.read(at, 1)[0]).collect());
    });
    all
}

fn expect<const N: usize>(disk: &Disk, states: [[u8; 4]; N]) {
    assert_eq!(found(disk), states.iter().map(|state| state.to_vec()).collect());
}

fn disk() -> Disk {
    Disk::new(Image::new(512, 4))
}

async fn put(disk: &Disk, first: u64, values: &[u8]) {
    disk.write(first, sectors(values)).await.unwrap();
}

#[test]
fn each_unflushed_sector_is_old_or_any_that_was_written() {
    let disk = disk();
    block_on(async {
        put(&disk, 0, &[1, 2]).await;
        put(&disk, 1, &[3]).await;
    });
    let states = [[0; 4], [1, 0, 0, 0], [0, 2, 0, 0], [1, 2, 0, 0], [0, 3, 0, 0], [1, 3, 0, 0]];
    expect(&disk, states);
}

#[test]
fn a_flush_leaves_one_state() {
    let disk = disk();
    block_on(async {
        put(&disk, 0, &[1, 2]).await;
        put(&disk, 1, &[3]).await;
        disk.flush().await.unwrap();
    });
    expect(&disk, [[1, 3, 0, 0]]);
}

#[test]
fn a_write_through_survives_by_itself_and_says_nothing_of_others() {
    let disk = disk();
    block_on(async {
        put(&disk, 0, &[1, 2]).await;
        disk.write_through(1, sectors(&[3])).await.unwrap();
    });
    expect(&disk, [[0, 3, 0, 0], [1, 3, 0, 0]]);
}

#[test]
fn a_write_on_its_way_when_a_flush_begins_is_not_covered() {
    let mut uncovered = 0;
    for seed in 0..20 {
        let disk = disk().with_delays(9, seed);
        block_on(async {
            put(&disk, 0, &[1]).await;
            join(put(&disk, 1, &[2]), async { disk.flush().await.unwrap() }).await;
        });
        let states = found(&disk);
        assert!(states.contains(&vec![1, 2, 0, 0]), "seed {seed}");
        uncovered += usize::from(states.contains(&vec![1, 0, 0, 0]));
    }
    assert!(uncovered > 10, "it was covered {uncovered} times of 20");
}

#[test]
fn a_lying_flush_leaves_everything_open() {
    let disk = disk().with_faults(vec![Fault { harm: Harm::LieFlush, when: When::Nth(1) }], 0);
    block_on(async {
        put(&disk, 0, &[1]).await;
        disk.flush().await.unwrap();
    });
    expect(&disk, [[0; 4], [1, 0, 0, 0]]);
    block_on(disk.flush()).unwrap();
    expect(&disk, [[1, 0, 0, 0]]);
}

#[test]
fn a_held_write_is_passed_over_by_one_flush() {
    let disk = disk().with_faults(vec![Fault { harm: Harm::HoldWrite, when: When::Nth(1) }], 0);
    block_on(async {
        put(&disk, 0, &[1]).await;
        put(&disk, 1, &[2]).await;
        disk.flush().await.unwrap();
    });
    expect(&disk, [[0, 2, 0, 0], [1, 2, 0, 0]]);
    block_on(disk.flush()).unwrap();
    expect(&disk, [[1, 2, 0, 0]]);
}

#[test]
fn a_held_write_through_is_not_even_covered_by_the_next_flush() {
    let disk = disk().with_faults(vec![Fault { harm: Harm::HoldWrite, when: When::Nth(1) }], 0);
    block_on(disk.write_through(0, sectors(&[1]))).unwrap();
    block_on(disk.flush()).unwrap();
    expect(&disk, [[0; 4], [1, 0, 0, 0]]);
    block_on(disk.flush()).unwrap();
    expect(&disk, [[1, 0, 0, 0]]);
}

#[test]
fn progress_is_the_strictest_of_a_moment() {
    let disk = disk();
    block_on(async {
        disk.attempted(1);
        put(&disk, 0, &[1]).await;
        disk.flush().await.unwrap();
        disk.acknowledged(1);
        disk.attempted(2);
    });
    let trace = disk.trace().clone();
    let mut replay = Replay::new(Image::new(512, 4), &trace);
    let mut seen = Vec::new();
    while replay.step() {
        seen.push((replay.progress().acknowledged, replay.progress().attempted));
    }
    assert_eq!(seen, [(0, 0), (0, 1), (1, 1)]);
}

#[test]
fn many_states_are_sampled_and_all_are_possible() {
    let disk = Disk::new(Image::new(512, 4));
    block_on(async {
        for round in 0..40 {
            put(&disk, 0, &[round, round, round, round]).await;
        }
    });
    let some = found(&disk);
    assert!(some.len() > 100, "there are {}", some.len());
    assert!(some.contains(&vec![39; 4]) && some.contains(&vec![0; 4]));
    assert!(some.contains(&vec![0, 0, 39, 0]), "a single sector survives");
}
