//! What a single user sees.

use std::ops::{Bound, RangeBounds};

use embassy_futures::{block_on, join::join_array};
use sarab_device::Kv;
use sarab_tree::{Error, Format, KEY_BYTES_MAX, Options, Tree};

use crate::{
    disk::{Event, Recorder},
    model::{Model, OPTIONS, SPACE, contents, holds, small},
    random::Random,
};

async fn fresh(pages: usize) -> (Recorder, Tree<Recorder>) {
    let disk = Recorder::blank(pages);
    let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
    (disk, tree)
}

#[test]
fn a_committed_value_is_there_after_mounting_without_a_checkpoint() {
    block_on(async {
        let (disk, tree) = fresh(256).await;
        let mut transaction = tree.write().await.unwrap();
        transaction.put(SPACE, b"a", b"1").await.unwrap();
        transaction.commit().await.unwrap();
        drop(tree);
        let tree = Tree::mount(disk, OPTIONS).await.unwrap();
        assert_eq!(tree.read().get(SPACE, b"a").await.unwrap().as_deref(), Some(&b"1"[..]));
    });
}

#[test]
fn a_commit_is_one_write_through() {
    block_on(async {
        let (disk, tree) = fresh(256).await;
        let before = disk.event_count();
        let mut transaction = tree.write().await.unwrap();
        transaction.put(SPACE, b"a", b"1").await.unwrap();
        transaction.commit().await.unwrap();
        let events = disk.events().split_off(before);
        assert!(matches!(events[..], [Event::Write { .. }, Event::Through(_)]));
    });
}

#[test]
fn a_dropped_transaction_never_was() {
    block_on(async {
        let (_, tree) = fresh(256).await;
        let before = tree.space();
        let mut transaction = tree.write().await.unwrap();
        transaction.put(SPACE, b"a", b"1").await.unwrap();
        assert!(transaction.get(SPACE, b"a").await.unwrap().is_some());
        drop(transaction);
        assert_eq!(tree.read().get(SPACE, b"a").await.unwrap(), None);
        assert_eq!(tree.space(), before);
    });
}

#[test]
fn a_reader_sees_the_state_at_which_it_began() {
    block_on(async {
        let (_, tree) = fresh(1024).await;
        let mut random = Random::new(1);
        let mut old = Model::new();
        let mut transaction = tree.write().await.unwrap();
        for n in 0..200u32 {
            let value = random.bytes(100);
            transaction.put(SPACE, &n.to_be_bytes(), &value).await.unwrap();
            old.insert(n.to_be_bytes().to_vec(), value);
        }
        transaction.commit().await.unwrap();
        let reader = tree.read();
        for round in 0..20u32 {
            let mut transaction = tree.write().await.unwrap();
            for n in 0..200u32 {
                transaction.put(SPACE, &n.to_be_bytes(), &round.to_be_bytes()).await.unwrap();
            }
            transaction.commit().await.unwrap();
            tree.checkpoint().await.unwrap();
        }
        holds(&reader, &old).await;
    });
}

#[test]
fn a_large_value_is_read_whole_and_in_parts() {
    block_on(async {
        let (disk, tree) = fresh(2048).await;
        let value = Random::new(3).bytes(1_000_003);
        let mut transaction = tree.write().await.unwrap();
        let mut writer = transaction.writer(SPACE, b"large").unwrap();
        for part in value.chunks(7001) {
            writer.write(part).await.unwrap();
        }
        writer.finish().await.unwrap();
        transaction.commit().await.unwrap();
        drop(tree);
        let tree = Tree::mount(disk, OPTIONS).await.unwrap();
        let reader = tree.read();
        assert_eq!(reader.get(SPACE, b"large").await.unwrap().unwrap(), value);
        let large = reader.get_with(SPACE, b"large", |value| match value {
            sarab_tree::Value::Large(large) => large,
            sarab_tree::Value::Inline(_) => panic!("it is large"),
        });
        let large = large.await.unwrap().unwrap();
        for (start, end) in
            [(0, 1), (65535, 65537), (999_999, 2_000_000), (5, 5), (300_000, 700_000)]
        {
            let part = reader.read_large(large, start as u64..end as u64).await.unwrap();
            assert_eq!(part, &value[start..end.min(value.len())]);
        }
    });
}

#[test]
fn a_large_value_that_is_given_up_leaves_nothing() {
    block_on(async {
        let (_, tree) = fresh(2048).await;
        let before = tree.space().used_bytes;
        let mut transaction = tree.write().await.unwrap();
        let mut writer = transaction.writer(SPACE, b"large").unwrap();
        writer.write(&vec![1; 300_000]).await.unwrap();
        drop(writer);
        transaction.put(SPACE, b"small", b"1").await.unwrap();
        transaction.commit().await.unwrap();
        for _ in 0..3 {
            tree.checkpoint().await.unwrap();
        }
        assert_eq!(tree.read().get(SPACE, b"large").await.unwrap(), None);
        assert!(tree.space().used_bytes <= before + 4 * 4096);
    });
}

#[test]
fn keyspaces_are_apart_and_keep_their_numbers() {
    block_on(async {
        let (disk, tree) = fresh(256).await;
        let mut transaction = tree.write().await.unwrap();
        let red = transaction.keyspace("red").await.unwrap();
        let blue = transaction.keyspace("blue").await.unwrap();
        assert_ne!(red, blue);
        assert_eq!(transaction.keyspace("red").await.unwrap(), red);
        transaction.put(red, b"k", b"red").await.unwrap();
        transaction.put(blue, b"k", b"blue").await.unwrap();
        transaction.commit().await.unwrap();
        drop(tree);
        let tree = Tree::mount(disk, OPTIONS).await.unwrap();
        assert_eq!(tree.keyspace("red").await.unwrap(), Some(red));
        assert_eq!(tree.keyspace("green").await.unwrap(), None);
        assert_eq!(tree.read().get(blue, b"k").await.unwrap().as_deref(), Some(&b"blue"[..]));
        let reader = tree.read();
        let mut range = reader.range(red, ..);
        assert_eq!(range.next().await.unwrap().unwrap().key, b"k");
        assert_eq!(range.next().await.unwrap(), None);
    });
}

#[test]
fn a_key_that_is_too_long_is_refused() {
    block_on(async {
        let (_, tree) = fresh(256).await;
        let long = vec![b'k'; KEY_BYTES_MAX + 1];
        let mut transaction = tree.write().await.unwrap();
        transaction.put(SPACE, &long[1..], b"1").await.unwrap();
        let refused = transaction.put(SPACE, &long, b"1").await;
        assert_eq!(refused, Err(Error::KeyTooLong { size_bytes: KEY_BYTES_MAX + 1 }));
        assert_eq!(transaction.get(SPACE, &long).await.unwrap(), None);
    });
}

#[test]
fn both_ends_of_a_range_meet() {
    block_on(async {
        let (_, tree) = fresh(1024).await;
        let mut transaction = tree.write().await.unwrap();
        for n in 0..1000u32 {
            transaction.put(SPACE, &n.to_be_bytes(), &[0; 50]).await.unwrap();
        }
        transaction.commit().await.unwrap();
        let reader = tree.read();
        let (low, high) = (100u32.to_be_bytes(), 900u32.to_be_bytes());
        let mut range = reader.range(SPACE, &low[..]..&high[..]);
        for n in 0..400u32 {
            assert_eq!(range.next().await.unwrap().unwrap().key, (100 + n).to_be_bytes());
            assert_eq!(range.next_back().await.unwrap().unwrap().key, (899 - n).to_be_bytes());
        }
        assert_eq!(range.next().await.unwrap(), None);
        assert_eq!(range.next_back().await.unwrap(), None);
    });
}

#[test]
fn commits_at_once_share_a_flush() {
    block_on(async {
        let disk = Recorder::blank(4096);
        let tree = Tree::format(disk.clone(), &Format::new([7; 16]), OPTIONS).await.unwrap();
        let before = disk.event_count();
        let commit = async |n: u8| {
            let mut transaction = tree.write().await.unwrap();
            transaction.put(SPACE, &[n], &[n]).await.unwrap();
            transaction.commit().await.unwrap();
        };
        Box::pin(join_array([0, 1, 2, 3, 4, 5, 6, 7].map(commit))).await;
        let events = disk.event_count() - before;
        assert!(events <= 6, "{events} writes and flushes for 8 commits");
        for n in 0..8u8 {
            assert!(tree.read().get(SPACE, &[n]).await.unwrap().is_some());
        }
    });
}

#[test]
fn a_transaction_larger_than_memory_goes_through() {
    block_on(async {
        let (disk, tree) = fresh(4096).await;
        let mut random = Random::new(9);
        let mut model = Model::new();
        let mut transaction = tree.write().await.unwrap();
        for _ in 0..40_000 {
            let (key, value) = (random.bytes(16), random.bytes(100));
            transaction.put(SPACE, &key, &value).await.unwrap();
            model.insert(key, value);
        }
        transaction.commit().await.unwrap();
        holds(&tree.read(), &model).await;
        drop(tree);
        let tree = Tree::mount(disk, OPTIONS).await.unwrap();
        holds(&tree.read(), &model).await;
    });
}

#[test]
fn other_disks_are_refused_with_the_reason() {
    block_on(async {
        let mount = async |disk: Recorder| Tree::mount(disk, Options::default()).await.err();
        assert_eq!(mount(Recorder::blank(100)).await, Some(Error::Blank));
        assert_eq!(mount(Recorder::new(vec![9; 4096 * 100])).await, Some(Error::Foreign));
        assert!(matches!(mount(Recorder::blank(10)).await, Some(Error::Unfit(_))));
        let small = Recorder::blank(20);
        let refused = Tree::format(small, &Format::new([1; 16]), OPTIONS).await;
        assert!(matches!(refused.err(), Some(Error::Unfit(_))));
    });
}

#[test]
fn a_damaged_superblock_is_replaced_by_its_copy() {
    block_on(async {
        let (disk, tree) = fresh(256).await;
        let mut transaction = tree.write().await.unwrap();
        transaction.put(SPACE, b"a", b"1").await.unwrap();
        transaction.commit().await.unwrap();
        drop(tree);
        disk.change(|image| image[100] ^= 1);
        let tree = Tree::mount(disk, OPTIONS).await.unwrap();
        assert!(tree.read().get(SPACE, b"a").await.unwrap().is_some());
    });
}

#[test]
fn after_a_failed_write_nothing_is_written_any_more() {
    block_on(async {
        for good in 0..2 {
            let (disk, tree) = fresh(256).await;
            disk.fail_after(good);
            let mut transaction = tree.write().await.unwrap();
            transaction.put(SPACE, b"a", b"1").await.unwrap();
            assert!(matches!(transaction.commit().await, Err(Error::Disk(_))));
            disk.repair();
            assert!(matches!(tree.write().await.err(), Some(Error::Poisoned)));
            assert!(matches!(tree.sync().await.err(), Some(Error::Poisoned)));
            drop(tree);
            Tree::mount(disk, OPTIONS).await.unwrap();
        }
    });
}

#[test]
fn commits_that_fill_the_log_at_once_share_a_checkpoint() {
    block_on(async {
        let (disk, tree) = fresh(512).await;
        let commit = async |n: u8| {
            let mut transaction = tree.write().await.unwrap();
            transaction.put(SPACE, &[n], &[n]).await.unwrap();
            transaction.commit().await.unwrap();
        };
        for n in 0..5 {
            commit(n).await;
        }
        let before = disk.events().len();
        Box::pin(join_array([5, 6, 7, 8, 9, 10, 11, 12].map(commit))).await;
        let events = disk.events().split_off(before);
        let is_flush = |event: &&Event| !matches!(event, Event::Write { .. });
        let flushes = events.iter().filter(is_flush).count();
        assert!(flushes <= 6, "{flushes} flushes for 8 commits and a checkpoint");
    });
}

#[test]
fn relaxed_commits_of_large_values_flush_nothing_and_a_sync_flushes_once_before_its_record() {
    block_on(async {
        let disk = Recorder::blank(4096);
        let tree = Tree::format(disk.clone(), &Format::new([7; 16]), OPTIONS).await.unwrap();
        let before = disk.event_count();
        for n in 0..10u8 {
            let mut transaction = tree.write().await.unwrap();
            transaction.put(SPACE, &[n], &vec![n; 9000]).await.unwrap();
            transaction.commit_relaxed().await.unwrap();
        }
        let events = disk.events().split_off(before);
        assert!(events.iter().all(|event| matches!(event, Event::Write { .. })));
        let before = disk.event_count();
        tree.sync().await.unwrap();
        let events = disk.events().split_off(before);
        assert!(matches!(events[..], [Event::Flush, Event::Write { .. }, Event::Through(_)]));
        drop(tree);
        let tree = Tree::mount(disk, OPTIONS).await.unwrap();
        assert_eq!(contents(&tree.read()).await.len(), 10);
    });
}

#[test]
fn who_looks_at_a_value_may_use_the_store() {
    block_on(async {
        let (_, tree) = fresh(256).await;
        let mut transaction = tree.write().await.unwrap();
        transaction.put(SPACE, b"a", b"1").await.unwrap();
        transaction.commit().await.unwrap();
        let reader = tree.read();
        let look =
            reader.get_with(SPACE, b"a", |value| (value.size_bytes(), tree.read(), tree.space()));
        let (size_bytes, inner, _) = look.await.unwrap().unwrap();
        assert_eq!(size_bytes, 1);
        assert!(inner.get(SPACE, b"a").await.unwrap().is_some());
    });
}

type Bounds<'k> = (Bound<&'k [u8]>, Bound<&'k [u8]>);

/// Ranges that `x` bounds, of each kind.
fn bounds(x: &[u8]) -> [Bounds<'_>; 4] {
    let (first, last) = (Bound::Included(&b"a"[..]), Bound::Unbounded);
    [
        (Bound::Included(x), last),
        (Bound::Excluded(x), last),
        (first, Bound::Included(x)),
        (first, Bound::Excluded(x)),
    ]
}

#[test]
fn a_range_may_have_bounds_longer_than_any_key() {
    block_on(async {
        let keys: Vec<Vec<u8>> =
            [b"b".to_vec(), vec![b'x'; KEY_BYTES_MAX], b"y".to_vec()].into_iter().collect();
        for size in [1023, 1024, 1025, 1026, 32768, 40_000, 70_000] {
            let long = vec![b'x'; size];
            for bounds in bounds(&long) {
                let (disk, tree) = fresh(256).await;
                let mut transaction = tree.write().await.unwrap();
                for key in &keys {
                    transaction.put(SPACE, key, b"1").await.unwrap();
                }
                transaction.commit().await.unwrap();
                let mut transaction = tree.write().await.unwrap();
                transaction.remove_range(SPACE, bounds).await.unwrap();
                transaction.commit().await.unwrap();
                drop(tree);
                let tree = Tree::mount(disk, OPTIONS).await.unwrap();
                let is_left = |key: &&Vec<u8>| !RangeBounds::<[u8]>::contains(&bounds, &key[..]);
                let left: Vec<_> = keys.iter().filter(is_left).cloned().collect();
                let found: Vec<_> = contents(&tree.read()).await.into_keys().collect();
                assert_eq!(found, left, "{size}");
            }
        }
    });
}

#[test]
fn removing_a_value_that_cannot_be_there_leaves_a_store_that_mounts() {
    block_on(async {
        for size in [1023, 1024, 1025, 1100, 40_000, 70_000] {
            let (disk, tree) = fresh(256).await;
            Kv::remove(&tree, &"x".repeat(size)).await.unwrap();
            tree.sync().await.unwrap();
            drop(tree);
            Tree::mount(disk, OPTIONS).await.unwrap();
        }
    });
}
