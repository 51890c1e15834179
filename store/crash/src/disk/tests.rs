//! The disk as its users see it.

use embassy_futures::{block_on, join::join3};
use sarab_device::{Error, ErrorKind, check};

use super::*;
use crate::{Harm, When};

fn blank() -> Image {
    Image::new(512, 64)
}

fn full(value: u8) -> Bytes {
    vec![value; 512].into()
}

fn with(harm: Harm, when: When) -> Disk {
    Disk::new(blank()).with_faults(vec![Fault { harm, when }], 7)
}

#[test]
fn it_keeps_the_promises_of_a_block() {
    for (sector_bytes, sector_count) in [(512, 0), (512, 1), (512, 3000), (4096, 17)] {
        for through in [Through::Native, Through::Emulated] {
            let image = Image::new(sector_bytes, sector_count);
            let disk = Disk::new(image.clone()).with_through(through);
            assert_eq!(block_on(check::block(&disk)), Ok(()));
            for seed in 0..4 {
                let disk = Disk::new(image.clone()).with_through(through).with_delays(5, seed);
                assert_eq!(block_on(check::block(&disk)), Ok(()), "seed {seed}");
            }
        }
    }
    assert_eq!(block_on(check::block(&Disk::new(blank()).read_only())), Ok(()));
}

#[test]
fn a_failed_flush_is_not_forgotten_until_the_disk_is_opened_again() {
    let disk = with(Harm::FailFlush, When::Nth(1));
    assert_eq!(block_on(check::block_after_failed_flush(&disk)), Ok(()));
    disk.heal();
    assert_eq!(block_on(disk.flush()), Ok(()));
}

#[test]
fn requests_complete_in_an_order_that_the_seed_decides() {
    let order = |seed| {
        let disk = Disk::new(blank()).with_delays(8, seed);
        let done = RefCell::new(Vec::new());
        let write = async |name: u8| {
            disk.write(name.into(), full(name)).await.unwrap();
            done.borrow_mut().push(name);
        };
        block_on(join3(write(0), write(1), write(2)));
        done.into_inner()
    };
    let orders: std::collections::BTreeSet<_> = (0..200).map(order).collect();
    assert_eq!(orders.len(), 6, "all orders come about");
    assert_eq!(order(3), order(3));
}

#[test]
fn a_dropped_write_lands_later_or_never() {
    let seen: std::collections::BTreeSet<_> = (0..50)
        .map(|seed| {
            let disk = Disk::new(blank()).with_delays(4, seed);
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            {
                let write = disk.write(0, full(1));
                let mut write = std::pin::pin!(write);
                assert!(write.as_mut().poll(&mut context).is_pending() || seed > 0);
            }
            block_on(disk.flush()).unwrap();
            block_on(disk.read(0, 1)).unwrap()[0]
        })
        .collect();
    assert_eq!(seen, [0, 1].into());
}

#[test]
fn a_fault_strikes_the_request_that_was_named() {
    block_on(async {
        let disk = with(Harm::FailRead, When::Nth(2));
        assert!(disk.read(0, 1).await.is_ok());
        assert_eq!(disk.read(0, 1).await.unwrap_err().kind(), ErrorKind::Failed);
        assert!(disk.read(0, 1).await.is_ok());

        let disk = with(Harm::FullWrite, When::From(2));
        assert!(disk.write(0, full(1)).await.is_ok());
        assert_eq!(disk.write(0, full(1)).await.unwrap_err().kind(), ErrorKind::NoSpace);
        assert_eq!(disk.write(0, full(1)).await.unwrap_err().kind(), ErrorKind::NoSpace);
    });
}

#[test]
fn a_lost_write_changes_nothing_and_a_misdirected_one_another_place() {
    block_on(async {
        let disk = with(Harm::LoseWrite, When::Nth(1));
        disk.write(3, full(1)).await.unwrap();
        assert_eq!(disk.image().written(), Vec::<u64>::new());

        let disk = with(Harm::MisdirectWrite, When::Nth(1));
        disk.write(3, full(1)).await.unwrap();
        assert_eq!(disk.image().written().len(), 1);
        assert_ne!(disk.image().written(), [3]);
    });
}

#[test]
fn a_stale_read_returns_what_was_there_before() {
    let disk = with(Harm::StaleRead, When::Nth(1));
    block_on(async {
        disk.write(0, full(1)).await.unwrap();
        disk.flush().await.unwrap();
        disk.write(0, full(2)).await.unwrap();
        assert_eq!(disk.read(0, 1).await.unwrap(), full(1));
        assert_eq!(disk.read(0, 1).await.unwrap(), full(2));
    });
}

#[test]
fn a_garbled_write_and_a_flipped_read_differ_in_what_stays() {
    block_on(async {
        let disk = with(Harm::GarbleWrite, When::Nth(1));
        disk.write(0, full(1)).await.unwrap();
        assert_ne!(disk.read(0, 1).await.unwrap(), full(1));

        let disk = with(Harm::FlipRead, When::Nth(1));
        disk.write(0, full(1)).await.unwrap();
        assert_ne!(disk.read(0, 1).await.unwrap(), full(1));
        assert_eq!(disk.read(0, 1).await.unwrap(), full(1));
    });
}

#[test]
#[should_panic(expected = "the limit of requests")]
fn who_asks_for_ever_is_found_out() {
    let disk = Disk::new(blank()).with_limit(1000);
    block_on(async { while disk.read(0, 1).await.is_ok() {} });
}

#[test]
fn a_discarded_sector_holds_the_old_zeroes_or_noise_and_others_stay() {
    let disk = Disk::new(blank());
    block_on(async {
        for at in 0..60 {
            disk.write(at, full(9)).await.unwrap();
        }
        disk.discard(10, 40).await.unwrap();
    });
    let image = disk.image();
    let kinds = (10..50).map(|at| match image.read(at, 1)[..2] {
        [9, 9] => 0,
        [0, 0] => 1,
        _ => 2,
    });
    assert_eq!(kinds.collect::<std::collections::BTreeSet<_>>().len(), 3);
    assert!((0..10).chain(50..60).all(|at| image.read(at, 1) == full(9)));
}
