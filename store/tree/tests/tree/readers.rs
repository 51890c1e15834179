//! Readers that stay while others write.

use embassy_futures::block_on;
use sarab_tree::{Discard, Format, Options, Tree};

use crate::{
    disk::Recorder,
    model::{Model, SPACE, contents},
    polls::run,
};

/// The least memory: room for a few dozen new pages.
const LEAST: Options = Options { memory_bytes: 0, discard: Discard::Keep };

const KEYS: u32 = 400;

/// Returns a store with many leaves and a log that seldom asks for a checkpoint.
async fn store() -> (Recorder, Tree<Recorder>) {
    let disk = Recorder::blank(8192);
    let format = Format { log_bytes: Some(4 << 20), ..Format::new([7; 16]) };
    let tree = Tree::format(disk.clone(), &format, LEAST).await.unwrap();
    let mut transaction = tree.write().await.unwrap();
    for number in 0..KEYS {
        transaction.put(SPACE, &number.to_be_bytes(), &[0; 300]).await.unwrap();
    }
    transaction.commit().await.unwrap();
    (disk, tree)
}

async fn put(tree: &Tree<Recorder>, number: u32) {
    let mut transaction = tree.write().await.unwrap();
    for step in 0..3 {
        let key = (number * 7 + step * KEYS / 3) % KEYS;
        transaction.put(SPACE, &key.to_be_bytes(), &[number as u8; 300]).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

#[test]
fn others_may_commit_for_long_while_a_reader_looks_at_an_old_state() {
    run(async {
        let (disk, tree) = store().await;
        let old = contents(&tree.read()).await;
        let reader = tree.read();
        let mut range = reader.range(SPACE, ..);
        let (mut walked, before) = (Model::new(), disk.event_count());
        for number in 0..KEYS {
            put(&tree, number).await;
            let item = range.next().await.unwrap().unwrap();
            let key = item.key.to_vec();
            let value = reader.get(SPACE, &key).await.unwrap().unwrap();
            walked.insert(key, value.to_vec());
        }
        assert_eq!(walked, old);
        drop(range);
        drop(reader);
        // A write that is kept each, which is two events, and more for a checkpoint now and then.
        let events = disk.event_count() - before;
        assert!(events < KEYS as usize * 5 / 2, "{events} writes and flushes");
        assert_eq!(tree.check().await.unwrap().problems, []);
        let new = contents(&tree.read()).await;
        drop(tree);
        let tree = Tree::mount(disk, LEAST).await.unwrap();
        assert_eq!(contents(&tree.read()).await, new);
    });
}

#[test]
fn readers_that_come_and_go_leave_nothing_behind_in_memory() {
    run(async {
        let (disk, tree) = store().await;
        let before = disk.event_count();
        for number in 0..KEYS {
            let reader = tree.read();
            put(&tree, number).await;
            drop(reader);
        }
        let events = disk.event_count() - before;
        assert!(events < KEYS as usize * 4, "{events} writes and flushes");
    });
}

#[test]
fn space_that_no_reader_sees_is_used_again_while_one_looks() {
    block_on(async {
        let (_, tree) = store().await;
        let reader = tree.read();
        let mut most = 0;
        for number in 0..600 {
            put(&tree, number).await;
            if number % 20 == 0 {
                tree.checkpoint().await.unwrap();
            }
            if number == 200 {
                most = tree.space().total_bytes - tree.space().free_bytes;
            }
        }
        // By then it has let go of all that the reader sees.
        assert!(tree.space().total_bytes - tree.space().free_bytes <= most + 64 * 4096);
        assert_eq!(
            reader.get(SPACE, &7u32.to_be_bytes()).await.unwrap().as_deref(),
            Some(&[0; 300][..])
        );
    });
}

#[test]
fn a_transaction_that_a_checkpoint_went_through_may_remove_more_than_memory_holds() {
    run(async {
        let (_, tree) = store().await;
        let mut transaction = tree.write().await.unwrap();
        for number in 0..2000u32 {
            transaction.put(SPACE, &number.to_be_bytes(), &[1; 400]).await.unwrap();
        }
        transaction.commit().await.unwrap();
        let mut transaction = tree.write().await.unwrap();
        transaction.put(SPACE, b"last", b"1").await.unwrap();
        assert!(transaction.get(SPACE, b"last").await.unwrap().is_some());
        tree.checkpoint().await.unwrap();
        transaction.remove_range(SPACE, ..&b"last"[..]).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(contents(&tree.read()).await.len(), 1);
        assert_eq!(tree.check().await.unwrap().problems, []);
    });
}
