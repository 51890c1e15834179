//! The cache: promises, order, failures, memory.

mod copies;
mod crash;
mod failures;
mod order;
#[expect(clippy::cast_possible_truncation, reason = "its disks are small")]
mod random;
mod slow;
mod waiting;

use alloc::{rc::Rc, string::ToString, vec, vec::Vec};

use embassy_futures::block_on;
use sarab_device::{
    Block, Bytes, check,
    middleware::{Record, Verb, Watched},
};
use sarab_key::Size;
use sarab_memory::RamDisk;

use super::*;
use slow::Slow;

fn ram(sector_bytes: u32, sector_count: u64) -> RamDisk {
    RamDisk::new(sector_bytes, sector_count).unwrap()
}

fn cache<B: Block + 'static>(block: B, memory_bytes: u64) -> Cache<B> {
    Cache::new(block, Size::from_bytes(memory_bytes))
}

fn sectors(count: usize, byte: u8) -> Bytes {
    vec![byte; count * 512].into()
}

#[test]
fn it_keeps_the_promises_of_a_block() {
    for (sector_bytes, sector_count) in
        [(512, 0), (512, 1), (512, 3), (512, 3001), (1024, 77), (4096, 50), (65536, 40)]
    {
        for memory in [0, 1 << 20, 16 << 20] {
            let quick = cache(ram(sector_bytes, sector_count), memory);
            assert_eq!(block_on(check::block(&quick)), Ok(()), "{sector_count} of {sector_bytes}");
            let slow = cache(Slow::new(ram(sector_bytes, sector_count), memory), memory);
            assert_eq!(block_on(check::block(&slow)), Ok(()), "{sector_count} of {sector_bytes}");
        }
    }
}

#[test]
fn small_writes_reach_the_disk_in_long_rows() {
    let disk = Rc::new(Watched::new(ram(512, 4096), Record::new(1000)));
    let cache = cache(Rc::clone(&disk), 1 << 20);
    for sector in (0..128).rev() {
        block_on(cache.write(sector, sectors(1, 1))).unwrap();
    }
    assert_eq!(disk.observer().operations(), []);
    block_on(cache.flush()).unwrap();
    let seen: Vec<_> =
        disk.observer().operations().iter().map(|it| (it.verb, it.size_bytes)).collect();
    let row = (Verb::Write, 32 << 10);
    assert_eq!(seen, [row, row, (Verb::Flush, 0)]);
}

#[test]
fn only_what_was_written_is_written() {
    let disk = Rc::new(Watched::new(ram(512, 4096), Record::new(1000)));
    let cache = cache(Rc::clone(&disk), 1 << 20);
    block_on(cache.read(0, 16)).unwrap();
    for sector in [1, 3, 4, 9] {
        block_on(cache.write(sector, sectors(1, 1))).unwrap();
    }
    disk.observer().clear();
    block_on(cache.flush()).unwrap();
    let seen: Vec<_> = disk.observer().operations().iter().map(ToString::to_string).collect();
    let writes = ["write 1, 512 bytes", "write 3, 1024 bytes", "write 9, 512 bytes"];
    assert_eq!(seen, [&writes[..], &["flush, 0 bytes"]].concat());
}

#[test]
fn what_was_read_is_read_from_memory() {
    let disk = Rc::new(Watched::new(ram(512, 4096), Record::new(1000)));
    let cache = cache(Rc::clone(&disk), 1 << 20);
    for _ in 0..5 {
        block_on(cache.read(100, 20)).unwrap();
        block_on(cache.read(105, 3)).unwrap();
    }
    assert_eq!(disk.observer().operations().len(), 1);
    assert_eq!((cache.statistics().misses, cache.statistics().hits), (1, 9));
}

#[test]
fn who_reads_in_a_row_waits_for_few_reads() {
    let disk = Rc::new(Watched::new(ram(512, 4096), Record::new(1000)));
    let cache = cache(Rc::clone(&disk), 4 << 20);
    for first in (0..4096).step_by(8) {
        block_on(cache.read(first, 8)).unwrap();
    }
    let reads = disk.observer().operations().len();
    assert!(reads < 40, "{reads} reads of the disk for 512");
    let asked: u64 = disk.observer().operations().iter().map(|it| it.size_bytes).sum();
    assert_eq!(asked, 4096 * 512, "nothing is read twice");
}

#[test]
fn who_reads_here_and_there_reads_nothing_else() {
    let disk = Rc::new(Watched::new(ram(512, 1 << 20), Record::new(1000)));
    let cache = cache(Rc::clone(&disk), 4 << 20);
    for index in 0..200_u64 {
        block_on(cache.read(index * 7919 % (1 << 20), 1)).unwrap();
    }
    assert_eq!(cache.statistics().ahead, 0);
}

#[test]
fn what_is_read_again_outlives_what_is_read_once() {
    let disk = Rc::new(Watched::new(ram(4096, 4096), Record::new(10_000)));
    let cache = cache(Rc::clone(&disk), 64 * 4096);
    let (favourites, mut again) = ([1000, 2000, 3000], 0);
    for index in 0..900 {
        block_on(cache.read(index * 3 % 997 + 4, 1)).unwrap();
        for favourite in favourites {
            let before = cache.statistics().misses;
            block_on(cache.read(favourite, 1)).unwrap();
            again += cache.statistics().misses - before;
        }
    }
    assert_eq!(again, 3, "each comes from the disk once");
}

#[test]
fn memory_is_bounded() {
    let disk = ram(512, 1 << 16);
    let cache = cache(Slow::new(disk, 7), 256 << 10);
    let most = cache.statistics().pages_max;
    assert!(most * 4096 <= 256 << 10);
    for index in 0..400_u64 {
        let first = index * 7919 % 65000;
        block_on(cache.write(first, sectors(1 + (index % 300) as usize, 1))).unwrap();
        block_on(cache.read(65000 - first, 99)).unwrap();
        let now = cache.statistics();
        assert!(now.pages <= most && now.unwritten <= most / 4 * 3, "{now:?}");
    }
}
