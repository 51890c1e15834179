//! Writes that are given up: they are finished, and never land over newer ones.

use alloc::{rc::Rc, vec};
use core::task::Waker;

use embassy_futures::block_on;
use sarab_crash::{Disk, Image, Task, give_up};
use sarab_device::check;
use sarab_memory::RamDisk;

use super::*;

const SEEDS: u64 = 64;

fn sectors(count: usize, byte: u8) -> Bytes {
    vec![byte; count * 512].into()
}

fn slow(seed: u64) -> Rc<Disk> {
    Rc::new(Disk::new(Image::new(512, 16)).with_delays(8, seed))
}

/// Gives a write up, makes another over it, and returns what is there after a flush.
fn after_giving_up(block: &impl Block, seed: u64) -> Bytes {
    block_on(async {
        give_up(1 + seed % 3, block.write(2, sectors(3, 1))).await;
        block.write(3, sectors(1, 2)).await.unwrap();
        block.flush().await.unwrap();
        block.read(2, 3).await.unwrap()
    })
}

#[test]
fn it_keeps_the_promises_of_a_block() {
    for (sector_bytes, sector_count) in [(512, 0), (512, 1), (512, 3001), (4096, 50)] {
        let owned = Owned::new(RamDisk::new(sector_bytes, sector_count).unwrap());
        assert_eq!(block_on(check::block(&owned)), Ok(()), "{sector_count} of {sector_bytes}");
    }
    for seed in 0..8 {
        let disk = Disk::new(Image::new(512, 300)).with_delays(8, seed);
        assert_eq!(block_on(check::block(&Owned::new(disk))), Ok(()), "seed {seed}");
    }
}

#[test]
fn a_write_that_was_given_up_does_not_land_over_a_later_one() {
    let mut bare = 0;
    for seed in 0..SEEDS {
        let whole = [sectors(1, 1), sectors(1, 2), sectors(1, 1)].concat();
        assert_eq!(after_giving_up(&Owned::new(slow(seed)), seed), whole, "seed {seed}");
        bare += u32::from(after_giving_up(&slow(seed), seed)[512] != 2);
    }
    assert!(bare > 0, "without an owner some do");
}

#[test]
fn a_flush_ends_after_what_was_given_up_before_it() {
    for seed in 0..SEEDS {
        let disk = slow(seed);
        let owned = Owned::new(Rc::clone(&disk));
        block_on(async {
            give_up(1, owned.write(0, sectors(1, 1))).await;
            give_up(1, owned.write_through(1, sectors(1, 1))).await;
            owned.flush().await.unwrap();
        });
        assert_eq!(disk.image().to_vec()[..1024], [1; 1024], "seed {seed}");
    }
}

/// A disk that learns of its failure only by the poll that a flush ends with.
struct Forgetful {
    disk: RamDisk,
    has_learned: Cell<bool>,
}

impl Block for Forgetful {
    type Error = <RamDisk as Block>::Error;

    fn geometry(&self) -> Geometry {
        self.disk.geometry()
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, Self::Error> {
        self.disk.read(first, count).await
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), Self::Error> {
        self.disk.write(first, data).await
    }

    async fn flush(&self) -> Result<(), Self::Error> {
        // Who owns it polls it again before anybody else is.
        for _ in 0..2 {
            embassy_futures::yield_now().await;
        }
        self.has_learned.set(true);
        self.disk.flush().await
    }
}

#[test]
fn a_flush_that_was_given_up_is_polled_to_its_end() {
    let disk = RamDisk::new(512, 8).unwrap();
    let disk = Rc::new(Forgetful { disk, has_learned: Cell::new(false) });
    let owned = Owned::new(Rc::clone(&disk));
    block_on(async {
        assert!(give_up(1, owned.flush()).await.is_none());
        assert!(!disk.has_learned.get());
        owned.write(0, sectors(1, 1)).await.unwrap();
    });
    assert!(disk.has_learned.get());
}

#[test]
fn who_waits_is_woken_when_the_one_who_polled_last_gives_up() {
    for seed in 0..SEEDS {
        let owned = Owned::new(slow(seed));
        let mut first = Task::new(owned.write(0, sectors(2, 1)));
        let mut second = Task::new(owned.write(1, sectors(2, 2)));
        let mut is_done = second.poll(Waker::noop()).is_ready();
        let _ = first.poll(Waker::noop());
        drop(first);
        while !is_done && second.is_woken() {
            is_done = second.poll(Waker::noop()).is_ready();
        }
        assert!(is_done, "seed {seed}");
    }
}
