//! Power that fails at every moment of random workloads: what is found on the disk, by our own
//! check, by `fsck.fat`, and by reading all that must be there.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod judge;
mod together;
mod work;

use std::{collections::HashSet, rc::Rc};

use embassy_futures::block_on;
use sarab_crash::{Disk, Image, Random, Replay, Sampling};
use sarab_device::{Block, Bytes};
use sarab_fat::{Fat, Finding, Format, Width};

use judge::{Fsck, Judge};
use work::{Request, Work};

/// How the volumes are: a width, and sectors.
const SHAPES: [(Width, u64); 3] = [(Width::Fat12, 600), (Width::Fat16, 4500), (Width::Fat32, 700)];

/// Requests of a workload.
const REQUESTS: usize = 24;

fn formatted(width: Width, sectors: u64) -> Image {
    let disk = Rc::new(Disk::new(Image::new(512, sectors)));
    let options = Format { width: Some(width), cluster_bytes: Some(512), ..Format::default() };
    block_on(Fat::format(&disk, &options)).unwrap();
    disk.image()
}

/// Runs the workload of a seed and judges what a crash can leave of it; returns how many states.
fn crash(width: Width, sectors: u64, seed: u64, fsck: &Fsck) -> usize {
    crash_in(&Work::draw(seed, REQUESTS), width, sectors, seed, fsck)
}

fn crash_in(work: &Work, width: Width, sectors: u64, seed: u64, fsck: &Fsck) -> usize {
    let blank = formatted(width, sectors);
    let disk = Rc::new(Disk::new(blank.clone()));
    block_on(work.run(&disk));
    let trace = disk.trace().clone();
    let judge = Judge { work, fsck };
    let mut replay = Replay::new(blank, &trace);
    let sampling = Sampling { exhaustive_max: 64, random: 8, regular_max: 6 };
    let mut random = Random::new(seed);
    let mut judged = HashSet::new();
    while replay.step() {
        let progress = replay.progress();
        let mut states = Vec::new();
        replay.states(&sampling, &mut random, &mut |state| {
            if judged.insert((state.digest(), progress)) {
                states.push(state.image());
            }
        });
        for (number, image) in states.into_iter().enumerate() {
            let place = format!("{width}, seed {seed}, event {}, state {number}", replay.place());
            judge.judge(&image, progress, &place);
        }
    }
    judged.len()
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
    assert!(states > 1500, "{states}");
}

#[test]
fn a_chain_that_goes_on_in_another_sector_of_the_table_never_leads_nowhere() {
    // The entries of clusters 255 and 256 of FAT16 stand in two sectors.
    let path = String::from("A");
    let work = Work::of(vec![
        Request::Make("FILLER".into(), vec![1; 253 * 512]),
        Request::Make(path.clone(), vec![2; 512]),
        Request::Sync,
        Request::Write(path.clone(), 512, vec![3; 1000]),
        Request::SyncFile(path.clone()),
        Request::SetSize(path.clone(), 100),
        Request::Write(path, 100, vec![4; 2000]),
        Request::Sync,
    ]);
    assert!(crash_in(&work, Width::Fat16, 4500, 1, &Fsck::none()) > 20);
}

#[test]
fn a_chain_of_fat12_never_ends_in_an_entry_of_two_sectors() {
    // The entry of cluster 341 of FAT12 stands in two sectors.
    let path = String::from("A");
    let work = Work::of(vec![
        Request::Make("FILLER".into(), vec![1; 339 * 512]),
        Request::Make(path.clone(), vec![2; 512]),
        Request::Sync,
        Request::Write(path.clone(), 512, vec![3; 1000]),
        Request::SyncFile(path.clone()),
        Request::SetSize(path.clone(), 100),
        Request::SyncFile(path.clone()),
        Request::Write(path, 100, vec![4; 2000]),
        Request::Sync,
    ]);
    assert!(crash_in(&work, Width::Fat12, 600, 1, &Fsck::none()) > 20);
}

#[test]
fn a_name_that_is_given_again_is_never_there_twice() {
    let make = |number: u8| Request::Make(format!("F{number}"), vec![number; 10]);
    let mut requests: Vec<_> = (0..40).map(make).collect();
    requests.push(Request::Remove("F3".into()));
    requests.push(Request::Sync);
    requests.push(Request::Remove("F35".into()));
    requests.push(make(35));
    requests.push(Request::Rename("F36".into(), "F3".into()));
    requests.push(make(36));
    requests.push(Request::Sync);
    assert!(crash_in(&Work::of(requests), Width::Fat12, 600, 1, &Fsck::none()) > 20);
}

#[test]
fn a_name_of_two_sectors_is_whole_or_not_there() {
    let name = |letter: &str| letter.repeat(230);
    let paths: Vec<_> = (0..64).map(|number| format!("F{number}")).collect();
    let mut requests: Vec<_> =
        paths.iter().map(|path| Request::Make(path.clone(), Vec::new())).collect();
    requests.push(Request::Sync);
    requests.extend(paths.into_iter().skip(1).map(Request::Remove)); // else zeroes end the folder
    requests.extend([
        Request::Make(name("a"), vec![1; 10]),
        Request::Sync,
        Request::Make(name("b"), vec![2; 10]),
        Request::Rename(name("a"), name("c")),
        Request::Remove(name("b")),
        Request::Sync,
    ]);
    let work = Work::of(requests);
    assert!(crash_in(&work, Width::Fat32, 700, 1, &Fsck::none()) > 20);
}

/// Takes away the marks of a FAT16 volume, as a system does that has repaired it.
fn unmark(image: &Image) -> Image {
    let disk = Disk::new(image.clone());
    let change = |sector: u64, at: usize, change: fn(u8) -> u8| {
        let mut bytes = block_on(disk.read(sector, 1)).unwrap().to_vec();
        bytes[at] = change(bytes[at]);
        block_on(disk.write(sector, Bytes::from(bytes))).unwrap();
    };
    change(0, 37, |state| state & !1);
    change(1, 3, |entry| entry | 0x80);
    disk.image()
}

#[test]
fn a_move_is_not_finished_on_a_volume_that_was_repaired_since() {
    let (width, sectors) = SHAPES[1];
    let blank = formatted(width, sectors);
    let work = Work::of(vec![
        Request::Folder("D".into()),
        Request::Make("FROM".into(), vec![1; 700]),
        Request::Sync,
        Request::Rename("FROM".into(), "D/TO".into()),
        Request::Sync,
    ]);
    let disk = Rc::new(Disk::new(blank.clone()));
    block_on(work.run(&disk));
    let trace = disk.trace().clone();
    let mut replay = Replay::new(blank, &trace);
    let mut moving = 0;
    while replay.step() {
        replay.states(&Sampling::default(), &mut Random::new(1), &mut |state| {
            let image = state.image();
            let report = block_on(Fat::check(&Rc::new(Disk::new(image.clone())))).unwrap();
            let is_lost = |finding: &Finding| matches!(finding, Finding::Lost { .. });
            if report.findings.contains(&Finding::Moving) && report.findings.iter().any(is_lost) {
                moving += 1;
                assert!(judge::mount(&image).1.contains_key("D/TO"));
                assert!(judge::mount(&unmark(&image)).1.is_empty());
            }
        });
    }
    assert!(moving > 0);
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
