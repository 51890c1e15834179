//! What has reached the disk when.

use embassy_futures::join::join;

use super::*;

type Watching = Rc<Watched<RamDisk, Record>>;

fn watching() -> (Watching, Cache<Watching>) {
    let disk = Rc::new(Watched::new(ram(512, 4096), Record::new(1000)));
    let cache = cache(Rc::clone(&disk), 1 << 20);
    (disk, cache)
}

fn seen(disk: &Watching) -> Vec<alloc::string::String> {
    disk.observer().operations().iter().map(ToString::to_string).collect()
}

#[test]
fn a_flush_writes_all_before_it_flushes_the_disk() {
    let (disk, cache) = watching();
    for sector in [4000, 7, 90] {
        block_on(cache.write(sector, sectors(1, 5))).unwrap();
    }
    block_on(cache.flush()).unwrap();
    let writes = ["write 7, 512 bytes", "write 90, 512 bytes", "write 4000, 512 bytes"];
    assert_eq!(seen(&disk), [&writes[..], &["flush, 0 bytes"]].concat());
}

#[test]
fn a_flush_with_nothing_to_write_still_flushes_the_disk() {
    let (disk, cache) = watching();
    block_on(cache.flush()).unwrap();
    assert_eq!(seen(&disk), ["flush, 0 bytes"]);
}

#[test]
fn flushes_asked_for_together_share_one() {
    let disk = Rc::new(Watched::new(Slow::new(ram(512, 4096), 3), Record::new(100)));
    let cache = cache(Rc::clone(&disk), 1 << 20);
    block_on(cache.write(1, sectors(1, 5))).unwrap();
    let (one, two) = block_on(join(cache.flush(), cache.flush()));
    assert_eq!((one.is_ok(), two.is_ok()), (true, true));
    let flushes = disk.observer().operations().iter().filter(|it| it.verb == Verb::Flush).count();
    assert_eq!(flushes, 1);
}

#[test]
fn a_write_through_is_on_the_disk_and_in_the_cache() {
    let (disk, cache) = watching();
    block_on(cache.write(8, sectors(3, 1))).unwrap();
    block_on(cache.write_through(9, sectors(1, 2))).unwrap();
    assert_eq!(seen(&disk), ["write_through 9, 512 bytes"]);
    let read = block_on(cache.read(8, 3)).unwrap();
    assert_eq!(read, [sectors(1, 1), sectors(1, 2), sectors(1, 1)].concat());
    disk.observer().clear();
    block_on(cache.flush()).unwrap();
    assert_eq!(seen(&disk), ["write 8, 512 bytes", "write 10, 512 bytes", "flush, 0 bytes"]);
    assert_eq!(block_on(disk.read(8, 3)).unwrap(), read);
}

#[test]
fn a_write_through_may_be_larger_than_the_memory() {
    let (disk, cache) = watching();
    block_on(cache.write_through(0, sectors(4096, 3))).unwrap();
    assert_eq!(block_on(disk.read(0, 4096)).unwrap(), sectors(4096, 3));
    assert_eq!(cache.statistics().unwritten, 0);
}

#[test]
fn what_was_discarded_is_not_written() {
    let (disk, cache) = watching();
    block_on(cache.write(10, sectors(4, 1))).unwrap();
    block_on(cache.discard(11, 2)).unwrap();
    disk.observer().clear();
    block_on(cache.flush()).unwrap();
    assert_eq!(seen(&disk), ["write 10, 512 bytes", "write 13, 512 bytes", "flush, 0 bytes"]);
}

#[test]
fn what_is_written_after_a_discard_that_was_given_up_is_kept() {
    for seed in 0..200 {
        let disk = Rc::new(ram(512, 64));
        let cache = cache(Slow::new(Rc::clone(&disk), seed), 1 << 20);
        block_on(cache.write(0, sectors(64, 1))).unwrap();
        block_on(async {
            drop(embassy_futures::poll_once(cache.discard(0, 64)));
            cache.write(3, sectors(2, 7)).await.unwrap();
            cache.flush().await.unwrap();
        });
        assert_eq!(block_on(disk.read(3, 2)).unwrap(), sectors(2, 7), "seed {seed}");
    }
}

#[test]
fn writes_during_a_flush_do_not_hold_it_up() {
    let disk = Slow::new(ram(512, 4096), 11);
    let cache = cache(disk, 4 << 20);
    block_on(async {
        cache.write(0, sectors(64, 1)).await.unwrap();
        let is_flushed = core::cell::Cell::new(false);
        let flush = async {
            cache.flush().await.unwrap();
            is_flushed.set(true);
        };
        let write = async {
            let mut writes = 0_u64;
            while !is_flushed.get() {
                cache.write(writes % 4096, sectors(1, 2)).await.unwrap();
                writes += 1;
                embassy_futures::yield_now().await;
                assert!(writes < 100_000, "the flush never ends");
            }
        };
        join(flush, write).await;
    });
}
