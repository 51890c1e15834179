//! Traces of disks.

extern crate std;

use std::cell::Cell;
use std::string::ToString;

use embassy_futures::block_on;
use sarab_device::{
    Block, Bytes, ErrorKind, check,
    middleware::{Fault, Harm, Watched, When},
};
use sarab_memory::RamDisk;

use super::*;

std::thread_local! {
    static NOW: Cell<u64> = const { Cell::new(0) };
}

/// A clock that goes on by twice as much each time that somebody looks: 10 us, 20 us and so on.
fn now() -> Duration {
    NOW.set(NOW.get() * 2 + 10);
    Duration::from_micros(NOW.get())
}

fn traced(most: usize) -> Watched<RamDisk, BlockTrace> {
    let disk = RamDisk::new(512, 64).unwrap();
    let trace = BlockTrace::new(disk.geometry(), most, now);
    Watched::new(disk, trace)
}

#[test]
fn a_traced_disk_keeps_its_promises() {
    let disk = RamDisk::new(512, 64).unwrap();
    let trace = BlockTrace::new(disk.geometry(), 9, || Duration::MAX);
    assert_eq!(block_on(check::block(&Watched::new(disk, trace))), Ok(()));
}

#[test]
fn each_request_is_kept_with_its_place_and_time() {
    let disk = traced(3);
    block_on(async {
        disk.read(0, 1).await.unwrap();
        disk.write(8, Bytes::from_static(&[1; 1024])).await.unwrap();
        disk.flush().await.unwrap();
        disk.write_through(5, Bytes::from_static(&[1; 512])).await.unwrap();
    });
    let kept: Vec<_> = disk.observer().requests().iter().map(ToString::to_string).collect();
    assert_eq!(kept, ["write 8 +2, 80 us", "flush 0 +0, 320 us", "write_through 5 +1, 1280 us"]);
}

#[test]
fn requests_in_a_row_are_told_from_others() {
    let disk = traced(0);
    for first in [0, 2, 4, 10, 12] {
        block_on(disk.read(first, 2)).unwrap();
    }
    let reads = disk.observer().summary().reads;
    assert_eq!((reads.count, reads.sectors, reads.sequential), (5, 10, 3));
    assert_eq!(reads.sequential_percent(), 60);
    assert_eq!(disk.observer().requests(), []);
}

#[test]
fn a_summary_is_a_table() {
    let disk = traced(0);
    block_on(disk.read(0, 2)).unwrap();
    block_on(disk.read(2, 2)).unwrap();
    block_on(disk.flush()).unwrap();
    let expected = "               requests   sectors  in a row    failed    p50 us    p99 us    max us\n\
                    read                  2         4       50%         0        32       128        80\n\
                    flush                 1         0        0%         0       512       512       320";
    assert_eq!(disk.observer().summary().to_string(), expected);
}

#[test]
fn failures_are_counted() {
    let fault = Fault::new(1).on(Verb::Write, When::Every(2), Harm::Fail(ErrorKind::Failed));
    let disk = RamDisk::new(512, 64).unwrap();
    let trace = BlockTrace::new(disk.geometry(), 9, || Duration::ZERO);
    let disk = Watched::new(Watched::new(disk, fault), trace);
    for _ in 0..4 {
        let _ = block_on(disk.write(0, Bytes::from_static(&[1; 512])));
    }
    let writes = disk.observer().summary().writes;
    assert_eq!((writes.count, writes.failed), (4, 2));
    assert!(disk.observer().requests()[1].to_string().ends_with(", failed"));
}
