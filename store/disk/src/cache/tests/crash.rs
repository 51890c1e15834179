//! What is on the disk below when the power fails, at each moment and in each way that it can.

extern crate std;

use embassy_futures::{block_on, poll_once};
use sarab_crash::{Disk, Image, Progress, Random, Replay, Sampling};

use super::*;

const SECTORS: u64 = 320;

/// What was asked of the cache, in order; each is over before the next begins.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Write {
        first: u64,
        count: u64,
    },
    Through {
        first: u64,
        count: u64,
    },
    Flush,
    /// A flush whose future was dropped.
    Dropped,
}

fn script(random: &mut Random, length: usize) -> Vec<Asked> {
    let ask = |_| {
        let first = random.below(SECTORS / 16) * 16 + random.below(6);
        let count = 1 + random.below(9);
        match random.below(10) {
            0 => Asked::Flush,
            1 => Asked::Dropped,
            2 => Asked::Through { first, count },
            _ => Asked::Write { first, count },
        }
    };
    (0..length).map(ask).collect()
}

/// Runs a script; each sector written holds the number of its request, from 1.
async fn run(cache: &Cache<Rc<Disk>>, disk: &Disk, script: &[Asked]) {
    for (number, asked) in (1..).zip(script) {
        disk.attempted(number);
        let stamped = |count: u64| -> Bytes {
            let number = u32::try_from(number).unwrap().to_le_bytes();
            number.repeat(128 * usize::try_from(count).unwrap()).into()
        };
        match *asked {
            Asked::Write { first, count } => cache.write(first, stamped(count)).await.unwrap(),
            Asked::Through { first, count } => {
                cache.write_through(first, stamped(count)).await.unwrap();
                disk.acknowledged(number);
            }
            Asked::Flush => {
                cache.flush().await.unwrap();
                disk.acknowledged(number);
            }
            Asked::Dropped => drop(poll_once(cache.flush())),
        }
    }
}

/// What each sector must hold at a moment: the number of the newest request that must survive, or 0.
///
/// It may hold what was written later, too.
fn musts(script: &[Asked], progress: Progress) -> Vec<usize> {
    let acknowledged = &script[..progress.acknowledged];
    let flushed = acknowledged.iter().rposition(|asked| matches!(asked, Asked::Flush)).unwrap_or(0);
    let mut musts = vec![0; usize::try_from(SECTORS).unwrap()];
    for (at, asked) in acknowledged.iter().enumerate() {
        match asked {
            Asked::Through { .. } => {}
            Asked::Write { .. } if at < flushed => {}
            _ => continue,
        }
        musts[asked.sectors()].fill(at + 1);
    }
    musts
}

impl Asked {
    fn sectors(self) -> core::ops::Range<usize> {
        let (Self::Write { first, count } | Self::Through { first, count }) = self else {
            return 0..0;
        };
        usize::try_from(first).unwrap()..usize::try_from(first + count).unwrap()
    }
}

/// Checks one state of the disk; returns what is wrong.
fn wrong(script: &[Asked], attempted: usize, musts: &[usize], image: &Image) -> Option<usize> {
    let holds = |sector: usize| {
        let data = image.read(sector as u64, 1);
        assert_eq!(data[..4], data[508..], "a sector is torn");
        u32::from_le_bytes(data[..4].try_into().unwrap()) as usize
    };
    (0..musts.len()).find(|sector| {
        let (found, must) = (holds(*sector), musts[*sector]);
        let is_known =
            found == 0 || found <= attempted && script[found - 1].sectors().contains(sector);
        found < must || !is_known
    })
}

/// Returns how many scripts to run; more where the environment says `CRASH_SEEDS`.
fn seeds() -> u64 {
    std::env::var("CRASH_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(12)
}

#[test]
fn what_was_flushed_survives_every_loss_of_power() {
    let (mut states, sampling) = (0, Sampling { exhaustive_max: 16, random: 4, regular_max: 4 });
    for seed in 0..seeds() {
        let mut random = Random::new(seed);
        let disk = Rc::new(Disk::new(Image::new(512, SECTORS)).with_delays(seed % 5, seed));
        let script = script(&mut random, 60);
        let cache = cache(Rc::clone(&disk), 0);
        block_on(run(&cache, &disk, &script));
        let trace = disk.trace().clone();
        let mut replay = Replay::new(Image::new(512, SECTORS), &trace);
        while replay.step() {
            let progress = replay.progress();
            let musts = musts(&script, progress);
            replay.states(&sampling, &mut random, &mut |state| {
                states += 1;
                let wrong = wrong(&script, progress.attempted, &musts, &state.image());
                assert_eq!(wrong, None, "a sector, seed {seed}, {progress:?}");
            });
        }
    }
    assert!(states > 1000, "only {states} states");
    std::println!("{states} states of disks");
}
