//! Power that fails at every moment of random workloads: what is found on the disk, by our own
//! check, by `fsck.fat`, and by reading all that must be there.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod judge;
mod work;

use std::{collections::HashSet, rc::Rc};

use embassy_futures::block_on;
use sarab_crash::{Disk, Image, Random, Replay, Sampling};
use sarab_fat::{Fat, Format, Width};

use judge::{Fsck, Judge};
use work::Work;

/// How the volumes are: a width, and sectors.
const SHAPES: [(Width, u64); 3] = [(Width::Fat12, 600), (Width::Fat16, 4500), (Width::Fat32, 700)];

/// Requests of a workload.
const REQUESTS: usize = 30;

fn formatted(width: Width, sectors: u64) -> Image {
    let disk = Rc::new(Disk::new(Image::new(512, sectors)));
    let options = Format { width: Some(width), cluster_bytes: Some(512), ..Format::default() };
    block_on(Fat::format(&disk, &options)).unwrap();
    disk.image()
}

/// Runs the workload of a seed and judges what a crash can leave of it; returns how many states.
fn crash(width: Width, sectors: u64, seed: u64, fsck: &Fsck) -> usize {
    let blank = formatted(width, sectors);
    let work = Work::draw(seed, REQUESTS);
    let disk = Rc::new(Disk::new(blank.clone()));
    block_on(work.run(&disk));
    let trace = disk.trace().clone();
    let judge = Judge { work: &work, fsck };
    let mut replay = Replay::new(blank, &trace);
    let sampling = Sampling { exhaustive_max: 64, random: 8, regular_max: 6 };
    let mut random = Random::new(seed);
    let mut seen = HashSet::new();
    while replay.step() {
        let progress = replay.progress();
        let mut states = Vec::new();
        replay.states(&sampling, &mut random, &mut |state| {
            if seen.insert((state.digest(), progress)) {
                states.push(state.image());
            }
        });
        for (number, image) in states.into_iter().enumerate() {
            let place = format!("{width}, seed {seed}, event {}, state {number}", replay.place());
            judge.judge(&image, progress, &place);
        }
    }
    seen.len()
}

#[test]
fn a_crash_leaves_lost_clusters_and_nothing_worse() {
    let fsck = Fsck::none();
    let mut states = 0;
    for (width, sectors) in SHAPES {
        for seed in 1..=2 {
            states += crash(width, sectors, seed, &fsck);
        }
    }
    println!("{states} states");
    assert!(states > 2000, "{states}");
}

#[test]
fn fsck_finds_lost_clusters_after_a_crash_and_nothing_worse() {
    let Some(fsck) = Fsck::find("fsck_finds_lost_clusters_after_a_crash_and_nothing_worse") else {
        return;
    };
    for (width, sectors) in SHAPES {
        crash(width, sectors, 77, &fsck);
    }
}
