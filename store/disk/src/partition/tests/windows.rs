//! Partitions as disks.

use alloc::rc::Rc;

use sarab_device::{SpanError, check};

use super::*;
use crate::RequestError;

#[test]
fn a_partition_keeps_the_promises_of_a_block() {
    for (sector_bytes, scheme) in [(512, GPT), (4096, GPT), (512, MBR), (4096, MBR)] {
        let disk = Rc::new(disk(sector_bytes, 8 << 20));
        divided(&disk, scheme, &[Some(1 << 20), None]);
        for number in [1, 2] {
            let part = block_on(Partition::open(Rc::clone(&disk), number)).unwrap();
            assert_eq!(block_on(check::block(&part)), Ok(()));
        }
    }
}

#[test]
fn a_partition_of_no_sectors_is_a_disk_too() {
    let part = Partition::new(disk(512, 4096), 8, 0).unwrap();
    assert_eq!(block_on(check::block(&part)), Ok(()));
}

#[test]
fn partitions_are_written_apart() {
    let disk = Rc::new(disk(512, 8 << 20));
    let table = divided(&disk, MBR, &[Some(4096), Some(8192)]);
    for (number, byte) in [(1, 7), (2, 9)] {
        let part = block_on(Partition::open(Rc::clone(&disk), number)).unwrap();
        let size = usize::try_from(part.geometry().size_bytes()).unwrap();
        block_on(part.write(0, Bytes::from(alloc::vec![byte; size]))).unwrap();
    }
    for (entry, byte) in table.entries.iter().zip([7, 9]) {
        let count = u32::try_from(entry.count).unwrap();
        let around = block_on(disk.read(entry.first - 1, count + 2)).unwrap();
        let (inside, after) = around[512..].split_at(around.len() - 1024);
        assert!(inside.iter().all(|it| *it == byte));
        assert!(around[..512].iter().all(|it| *it != byte));
        assert!(after.iter().all(|it| *it != byte));
    }
}

#[test]
fn nothing_outside_of_a_partition_is_reached() {
    let disk = disk(512, 8192);
    let error = |first, count| Some(SpanError::PastEnd { first, count, sector_count: 16 });
    for (first, count) in [(0, 17), (16, 1), (u64::MAX, 2), (2, u64::MAX)] {
        assert_eq!(Partition::new(&disk, first, count).err(), error(first, count));
    }
    let part = Partition::new(&disk, 4, 4).unwrap();
    let discard = block_on(part.discard(3, 2));
    let error = SpanError::PastEnd { first: 3, count: 2, sector_count: 4 };
    assert_eq!(discard, Err(RequestError::Span(error)));
}

#[test]
fn a_partition_that_is_not_there_is_named_with_those_that_are() {
    let disk = disk(512, 8 << 20);
    divided(&disk, GPT, &[Some(4096), Some(4096)]);
    let error = block_on(Partition::open(&disk, 3)).unwrap_err();
    assert_eq!(error.to_string(), "there is no partition 3; there are: 1, 2");
}
