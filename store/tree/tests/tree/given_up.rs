//! Large values that are given up in the middle of a transaction that goes on.

use std::rc::Rc;

use sarab_crash::{Disk, Image};
use sarab_tree::{Transaction, Tree};

use crate::{
    model::{OPTIONS, SPACE, small},
    polls::{poll, run},
    random::Random,
};

const LARGE_BYTES: usize = 1_500_000;

fn value(seed: u64, size_bytes: usize) -> Vec<u8> {
    Random::new(seed).bytes(size_bytes)
}

async fn put(transaction: &mut Transaction<'_, Rc<Disk>>, key: &[u8], size_bytes: usize) {
    transaction.put(SPACE, key, &value(key[0].into(), size_bytes)).await.unwrap();
}

/// Does `middle` between two large values, commits, and looks at all that there is then. Returns the value under `given`,
/// and what `middle` has returned.
async fn between(
    middle: impl AsyncFnOnce(&mut Transaction<'_, Rc<Disk>>) -> bool,
) -> (Option<Vec<u8>>, bool) {
    let disk = Rc::new(Disk::new(Image::new(512, 2048 * 8)).with_delays(9, 1));
    let tree = Tree::format(Rc::clone(&disk), &small(), OPTIONS).await.unwrap();
    let mut transaction = tree.write().await.unwrap();
    put(&mut transaction, b"first", 300_000).await;
    let is_whole = middle(&mut transaction).await;
    put(&mut transaction, b"third", 200_000).await;
    transaction.commit().await.unwrap();
    drop(tree);
    let tree = Tree::mount(disk, OPTIONS).await.unwrap();
    assert!(tree.scrub().await.unwrap().problems.is_empty());
    let reader = tree.read();
    for (key, size_bytes) in [(b"first", 300_000), (b"third", 200_000)] {
        let found = reader.get(SPACE, key).await.unwrap().unwrap();
        assert!(found == value(key[0].into(), size_bytes));
    }
    (reader.get(SPACE, b"given").await.unwrap().map(Vec::from), is_whole)
}

#[test]
fn a_large_value_whose_put_is_given_up_is_not_there_and_spoils_no_other() {
    let large = value(7, LARGE_BYTES);
    for polls in 0.. {
        let (found, is_whole) =
            run(between(async |transaction| poll(transaction.put(SPACE, b"given", &large), polls)));
        assert!(found == is_whole.then(|| large.clone()), "after {polls} polls");
        if is_whole {
            assert!(polls > 1, "nothing was given up");
            break;
        }
    }
}

#[test]
fn a_value_of_which_a_write_was_given_up_is_a_part_of_what_was_written() {
    let large = value(7, LARGE_BYTES);
    for polls in 0.. {
        let (found, is_whole) = run(between(async |transaction| {
            let mut writer = transaction.writer(SPACE, b"given").unwrap();
            let is_whole = poll(writer.write(&large), polls);
            writer.finish().await.unwrap();
            is_whole
        }));
        assert!(large.starts_with(&found.unwrap()), "after {polls} polls");
        if is_whole {
            assert!(polls > 1, "nothing was given up");
            break;
        }
    }
}
