//! redb beside other stores: the same operations, the same results.

use std::rc::Rc;

use embassy_futures::block_on;
use proptest::prelude::*;
use sarab_device::{Bytes, Error, ErrorKind, Kv, KvRead, check};
use sarab_memory::{RamDisk, RamKv};
use sarab_redb::RedbKv;
use sarab_tree::{Format, Options, Tree};

#[derive(Clone, Debug)]
enum Operation {
    Set(usize, usize, u8),
    Remove(usize),
    Get(usize),
    Range(usize, u64, u64),
    List(usize),
    Sync,
}

const KEYS: [&str; 12] =
    ["a", "b", "a/b", "a/c", "a/b/d", "a-b", "a0", "\u{e9}/f", "/b", "", "a//b", "b/../a"];

fn operation() -> impl Strategy<Value = Operation> {
    let key = || 0..KEYS.len();
    // Some fit a page of a tree, some do not.
    let size = prop_oneof![3 => 0..100_usize, 1 => 0..10_000_usize, 1 => 60_000..70_000_usize];
    prop_oneof![
        6 => (key(), size, any::<u8>()).prop_map(|(key, size, byte)| Operation::Set(key, size, byte)),
        2 => key().prop_map(Operation::Remove),
        3 => key().prop_map(Operation::Get),
        2 => (key(), 0..12_000_u64, 0..12_000_u64)
            .prop_map(|(key, start, end)| Operation::Range(key, start, end)),
        2 => key().prop_map(Operation::List),
        1 => Just(Operation::Sync),
    ]
}

/// Does `operation` in a store and returns what it has to say, as text.
async fn run(store: &impl Kv, operation: &Operation) -> Result<String, ErrorKind> {
    let result = match operation {
        Operation::Set(key, size, byte) => {
            let value: Vec<u8> = (0..=250).cycle().take(*size).map(|it: u8| it ^ byte).collect();
            store.set(KEYS[*key], value.into()).await.map(|()| String::new())
        }
        Operation::Remove(key) => store.remove(KEYS[*key]).await.map(|()| String::new()),
        Operation::Get(key) => store.get(KEYS[*key]).await.map(|it| format!("{it:?}")),
        Operation::Range(key, start, end) => {
            store.get_range(KEYS[*key], *start..*end).await.map(|it| format!("{it:?}"))
        }
        Operation::List(key) => store.list(KEYS[*key]).await.map(|it| format!("{it:?}")),
        Operation::Sync => store.sync().await.map(|()| String::new()),
    };
    result.map_err(|error| error.kind())
}

async fn everything(store: &impl Kv) -> Vec<Result<String, ErrorKind>> {
    let mut all = Vec::new();
    for (index, key) in KEYS.iter().enumerate() {
        all.push(run(store, &Operation::Get(index)).await);
        all.push(run(store, &Operation::List(index)).await);
        let metadata = store.metadata(key).await.map_err(|error| error.kind());
        all.push(metadata.map(|it| format!("{:?}", it.map(|it| it.size_bytes))));
    }
    all
}

/// Does all operations in both stores and compares each result.
async fn compare(one: &impl Kv, other: &impl Kv, operations: &[Operation]) {
    for operation in operations {
        let (one, other) = (run(one, operation).await, run(other, operation).await);
        assert!(one == other, "{operation:?}: {one:.100?} and {other:.100?}");
    }
    assert!(everything(one).await == everything(other).await, "they differ in the end");
}

#[test]
fn it_keeps_the_promises_of_a_kv() {
    block_on(async {
        assert_eq!(check::kv(&RedbKv::in_memory().unwrap()).await, Ok(()));
    });
}

#[test]
fn a_file_holds_what_was_synced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store");
    block_on(async {
        let store = RedbKv::open_file(&file).unwrap();
        assert_eq!(check::kv(&store).await, Ok(()));
        store.set("a/b", Bytes::from_static(b"text")).await.unwrap();
        store.sync().await.unwrap();
        let twice = RedbKv::open_file(&file).unwrap_err();
        assert_eq!(twice.kind(), ErrorKind::InUse);
        drop(store);
        let store = RedbKv::open_file(&file).unwrap();
        assert_eq!(store.get("a/b").await.unwrap().as_deref(), Some(&b"text"[..]));
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_does_what_a_store_in_memory_does(
        operations in proptest::collection::vec(operation(), 1..60),
    ) {
        block_on(compare(&RedbKv::in_memory().unwrap(), &RamKv::new(), &operations));
    }

    #[test]
    fn it_does_what_a_tree_on_a_disk_does_before_and_after_a_mount(
        before in proptest::collection::vec(operation(), 1..60),
        after in proptest::collection::vec(operation(), 1..30),
    ) {
        block_on(async {
            let redb = RedbKv::in_memory().unwrap();
            let disk = Rc::new(RamDisk::new(512, 32_768).unwrap());
            let tree = Tree::format(Rc::clone(&disk), &Format::new([7; 16]), Options::default()).await.unwrap();
            compare(&redb, &tree, &before).await;
            Tree::sync(&tree).await.unwrap();
            drop(tree);
            let tree = Tree::mount(disk, Options::default()).await.unwrap();
            compare(&redb, &tree, &after).await;
        });
    }
}
