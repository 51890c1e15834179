//! Disks that fail.

use sarab_device::{
    Error, ErrorKind,
    middleware::{Fault, Harm, When},
};

use super::*;

/// A cache over a disk of which some operations fail.
fn failing(verb: Verb, when: When) -> Cache<Watched<RamDisk, Fault>> {
    let fault = Fault::new(1).on(verb, when, Harm::Fail(ErrorKind::Failed));
    cache(Watched::new(ram(512, 4096), fault), 1 << 20)
}

#[test]
fn a_failed_write_back_is_a_failed_flush_and_never_forgotten() {
    let cache = failing(Verb::Write, When::Nth(1));
    block_on(cache.write(7, sectors(1, 1))).unwrap();
    let error = block_on(cache.flush()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a write below the cache failed, open the disk anew: write was made to fail with Failed"
    );
    assert_eq!(error.kind(), ErrorKind::Failed);
    assert_eq!(block_on(check::block_after_failed_flush(&cache)), Ok(()));
    assert_eq!(
        block_on(cache.read(7, 1)).unwrap(),
        sectors(1, 1),
        "what was written is still read"
    );
}

#[test]
fn a_failed_flush_is_never_forgotten() {
    let cache = failing(Verb::Flush, When::Nth(1));
    block_on(cache.write(7, sectors(1, 1))).unwrap();
    assert!(block_on(cache.flush()).is_err());
    assert_eq!(block_on(check::block_after_failed_flush(&cache)), Ok(()));
}

#[test]
fn a_write_back_that_failed_while_nobody_waited_fails_the_next_flush() {
    let cache = failing(Verb::Write, When::Nth(2));
    let most = cache.statistics().pages_max;
    for page in 0..most / 4 * 3 {
        block_on(cache.write(page * 16, sectors(1, 1))).unwrap();
    }
    assert!(block_on(cache.flush()).is_err());
}

#[test]
fn who_writes_more_than_fits_is_told_of_a_disk_that_takes_nothing() {
    let cache = failing(Verb::Write, When::From(1));
    let write = |page: u64| block_on(cache.write(page * 8, sectors(1, 1)));
    let failed = (0..512).find_map(|page| write(page).err()).expect("there is an end to it");
    assert!(failed.to_string().starts_with("a write below the cache failed"), "{failed}");
    let now = cache.statistics();
    assert!(now.unwritten <= now.pages_max / 4 * 3);
    assert_eq!(block_on(cache.read(0, 1)).unwrap(), sectors(1, 1));
}

#[test]
fn a_failed_write_through_is_told_and_leaves_the_new_value_to_be_written() {
    let cache = failing(Verb::WriteThrough, When::Nth(1));
    block_on(cache.write(7, sectors(1, 1))).unwrap();
    assert!(matches!(block_on(cache.write_through(7, sectors(1, 2))), Err(CacheError::Device(_))));
    assert_eq!(block_on(cache.read(7, 1)).unwrap(), sectors(1, 2));
    block_on(cache.flush()).unwrap();
    assert_eq!(cache.statistics().unwritten, 0);
}

#[test]
fn a_failed_read_is_told_and_may_be_tried_again() {
    let cache = failing(Verb::Read, When::From(1));
    assert!(matches!(block_on(cache.read(0, 4)), Err(CacheError::Device(_))));
    cache.block.observer().heal();
    assert_eq!(block_on(cache.read(0, 4)).unwrap(), sectors(4, 0));
}

#[test]
fn a_sector_ahead_that_cannot_be_read_hinders_nobody() {
    let fault = Fault::new(1).on(Verb::Read, When::Nth(3), Harm::Fail(ErrorKind::Failed));
    let cache = cache(Watched::new(ram(512, 4096), fault), 1 << 20);
    for first in (0..256).step_by(8) {
        assert_eq!(block_on(cache.read(first, 8)).unwrap(), sectors(8, 0));
    }
    assert_eq!(cache.block.observer().harmed(), 1);
}

#[test]
fn what_could_not_be_written_stays_in_memory() {
    let cache = failing(Verb::Write, When::From(1));
    block_on(cache.write(7, sectors(1, 1))).unwrap();
    assert!(block_on(cache.flush()).is_err());
    for page in 1..512 {
        block_on(cache.read(page * 8, 8)).unwrap();
    }
    assert_eq!(block_on(cache.read(7, 1)).unwrap(), sectors(1, 1));
}
