//! Random changes of a store, beside a map in memory.

use std::collections::BTreeMap;

use embassy_futures::block_on;
use sarab_device::Block;
use sarab_tree::{Format, Keyspace, Options, Reader, Transaction, Tree};

use crate::{disk::Recorder, random::Random};

pub(crate) type Model = BTreeMap<Vec<u8>, Vec<u8>>;

pub(crate) const SPACE: Keyspace = Keyspace::DEFAULT;

pub(crate) const OPTIONS: Options =
    Options { memory_bytes: 1 << 20, discard: sarab_tree::Discard::Keep };

/// Returns the format of a small store with a small log.
pub(crate) fn small() -> Format {
    Format { log_bytes: Some(16 * 4096), group_pages: Some(128), ..Format::new([7; 16]) }
}

/// A key: short ones that meet often, long ones that share much.
pub(crate) fn key(random: &mut Random) -> Vec<u8> {
    match random.below(8) {
        0 => vec![],
        1 => [&[b'p'; 900][..], &random.below(40).to_be_bytes()].concat(),
        2 => vec![b'p'; random.below(1025) as usize],
        _ => format!("key {}", random.below(300)).into_bytes(),
    }
}

pub(crate) fn value(random: &mut Random, most: u64) -> Vec<u8> {
    let size = match random.below(10) {
        0 => 0,
        1 => random.below(most),
        2 => random.below(3000),
        _ => random.below(120),
    };
    let size = usize::try_from(size.min(most)).unwrap();
    random.bytes(size)
}

/// Makes one random change in `transaction` and in `model`.
pub(crate) async fn change<B: Block>(
    transaction: &mut Transaction<'_, B>,
    model: &mut Model,
    random: &mut Random,
    most: u64,
) {
    let key = key(random);
    match random.below(12) {
        0..=6 => {
            let value = value(random, most);
            transaction.put(SPACE, &key, &value).await.unwrap();
            model.insert(key, value);
        }
        7..=9 => {
            transaction.remove(SPACE, &key).await.unwrap();
            model.remove(&key);
        }
        10 => {
            let found = transaction.get(SPACE, &key).await.unwrap();
            assert_eq!(found.as_deref(), model.get(&key).map(Vec::as_slice));
        }
        _ => {
            let end = [&key[..], b"4"].concat();
            transaction.remove_range(SPACE, &key[..]..&end[..]).await.unwrap();
            model.retain(|other, _| !(*other >= key && *other < end));
        }
    }
}

/// Holds a reader to all that `model` has, and to nothing else, both ways.
pub(crate) async fn holds<B: Block>(reader: &Reader<'_, B>, model: &Model) {
    assert_eq!(&contents(reader).await, model);
    let mut range = reader.range(SPACE, ..);
    for (key, _) in model.iter().rev() {
        assert_eq!(range.next_back().await.unwrap().unwrap().key, key);
    }
    assert!(range.next_back().await.unwrap().is_none());
}

/// Returns all that a reader sees.
pub(crate) async fn contents<B: Block>(reader: &Reader<'_, B>) -> Model {
    let mut model = Model::new();
    let mut range = reader.range(SPACE, ..);
    while let Some(item) = range.next().await.unwrap() {
        let key = item.key.to_vec();
        let value = reader.get(SPACE, &key).await.unwrap().unwrap();
        model.insert(key, value.to_vec());
    }
    model
}

fn run(seed: u64, pages: usize, options: Options, steps: u32, most: u64) {
    let mut random = Random::new(seed);
    let disk = Recorder::blank(pages);
    let mut model = Model::new();
    block_on(async {
        let mut tree = Tree::format(disk.clone(), &small(), options).await.unwrap();
        for step in 0..steps {
            let mut changed = model.clone();
            let mut transaction = tree.write().await.unwrap();
            for _ in 0..random.below(12) {
                change(&mut transaction, &mut changed, &mut random, most).await;
            }
            match random.below(8) {
                0 => drop(transaction),
                1 => {
                    transaction.commit_relaxed().await.unwrap();
                    model = changed;
                }
                _ => {
                    transaction.commit().await.unwrap();
                    model = changed;
                }
            }
            if random.below(20) == 0 {
                tree.checkpoint().await.unwrap();
            }
            if random.below(25) == 0 {
                tree.sync().await.unwrap();
                drop(tree);
                tree = Tree::mount(disk.clone(), options).await.unwrap();
            }
            if step % 10 == 0 {
                holds(&tree.read(), &model).await;
            }
        }
        holds(&tree.read(), &model).await;
    });
}

#[test]
fn it_holds_what_a_map_holds() {
    for seed in 0..6 {
        run(seed, 2048, OPTIONS, 400, 20_000);
    }
}

#[test]
fn it_holds_what_a_map_holds_with_large_values() {
    for seed in 100..103 {
        run(seed, 8192, OPTIONS, 150, 400_000);
    }
}
