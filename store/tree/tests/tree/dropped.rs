//! Futures that are dropped in the middle, then a commit, then a crash.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    pin::Pin,
    rc::Rc,
};

use sarab_crash::{Disk, Image, Random, Replay, Sampling};
use sarab_tree::{Discard, Error, Head, Options, Transaction, Tree};

use crate::{
    model::{Model, OPTIONS, SPACE, contents, small},
    polls::{poll, run},
};

type Store = Tree<Rc<Disk>>;
type Running<'t> = Pin<Box<dyn Future<Output = ()> + 't>>;

/// Something to do with a store, of which each poll may be the last.
type Begin = for<'t> fn(&'t Store) -> Running<'t>;

const OPERATIONS: [(&str, Begin); 9] = [
    ("commit", |tree| Box::pin(async { put(tree, 3, 50).await.commit().await.unwrap() })),
    ("long commit", |tree| Box::pin(async { put(tree, 60, 200).await.commit().await.unwrap() })),
    ("large value", |tree| Box::pin(async { put(tree, 1, 9000).await.commit().await.unwrap() })),
    ("relaxed commit", |tree| {
        Box::pin(async {
            put(tree, 3, 50).await.commit_relaxed().await.unwrap();
            tree.sync().await.unwrap();
        })
    }),
    ("checkpoint", |tree| {
        Box::pin(async {
            put(tree, 3, 50).await.commit_relaxed().await.unwrap();
            tree.checkpoint().await.unwrap();
        })
    }),
    ("snapshot", |tree| Box::pin(async { tree.snapshot(Head::MAIN, "new").await.unwrap() })),
    ("delete", |tree| Box::pin(async { tree.delete_snapshot("base").await.unwrap() })),
    ("clone", |tree| {
        Box::pin(async { tree.clone_snapshot("base", "copy").await.map(|_| ()).unwrap() })
    }),
    ("grow", |tree| Box::pin(async { tree.grow().await.unwrap() })),
];

/// Begins a transaction with `count` values of `size` bytes.
async fn put(tree: &Store, count: u32, size: usize) -> Transaction<'_, Rc<Disk>> {
    let mut transaction = tree.write().await.unwrap();
    for number in 0..count {
        let key = [&b"new"[..], &number.to_be_bytes()].concat();
        transaction.put(SPACE, &key, &vec![number as u8; size]).await.unwrap();
    }
    transaction
}

async fn put_one(tree: &Store, key: &[u8]) {
    let mut transaction = tree.write().await.unwrap();
    transaction.put(SPACE, key, b"1").await.unwrap();
    transaction.commit().await.unwrap();
}

/// What can be seen of a store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    main: Model,
    snapshots: BTreeMap<String, Model>,
    heads: Vec<String>,
    total_bytes: u64,
}

async fn look(tree: &Store) -> Seen {
    let mut snapshots = BTreeMap::new();
    for snapshot in tree.snapshots() {
        let reader = tree.read_snapshot(&snapshot.name).unwrap();
        snapshots.insert(snapshot.name, contents(&reader).await);
    }
    Seen {
        main: contents(&tree.read()).await,
        snapshots,
        heads: tree.heads().into_iter().map(|(name, _)| name).collect(),
        total_bytes: tree.space().total_bytes,
    }
}

/// Returns a disk with a store that has a snapshot, a log, and room to grow.
fn base() -> Image {
    run(async {
        let disk = Rc::new(Disk::new(Image::new(512, 192 * 8)));
        let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        for number in 0..8u32 {
            let mut transaction = tree.write().await.unwrap();
            for step in 0..6u32 {
                let key = (step * 7 + number).to_be_bytes();
                transaction.put(SPACE, &key, &vec![step as u8; 700]).await.unwrap();
            }
            transaction.commit().await.unwrap();
            if number == 3 {
                tree.snapshot(Head::MAIN, "base").await.unwrap();
            }
        }
        disk.image().resized(300 * 8)
    })
}

fn open(image: Image, spread: u64, seed: u64) -> (Rc<Disk>, Store) {
    let disk = Disk::new(image).with_limit(100_000);
    let disk = Rc::new(if spread > 0 { disk.with_delays(spread, seed) } else { disk });
    // Every other one tells the disk of what is free.
    let discard = if seed % 2 == 1 { Discard::Tell } else { Discard::Keep };
    let tree = run(Tree::mount(disk.clone(), Options { discard, ..OPTIONS })).unwrap();
    (disk, tree)
}

/// What a store holds without and with an operation.
fn outcomes(base: &Image, begin: Begin) -> [Seen; 2] {
    let (_, tree) = open(base.clone(), 0, 0);
    let before = run(look(&tree));
    run(begin(&tree));
    [before, run(look(&tree))]
}

/// Goes through all crashes of what was done on `disk`, each state once.
fn crash(
    name: &str,
    base: &Image,
    disk: &Disk,
    outcomes: &[Seen; 2],
    seen: &mut HashSet<(u64, usize)>,
) {
    let sampling = Sampling { exhaustive_max: 8, random: 2, regular_max: 2 };
    let trace = disk.trace().clone();
    let mut replay = Replay::new(base.clone(), &trace);
    let mut random = Random::new(trace.events.len() as u64);
    while replay.step() {
        let acknowledged = replay.progress().acknowledged;
        replay.states(&sampling, &mut random, &mut |state| {
            if seen.insert((state.digest(), acknowledged)) {
                judge(name, state.image(), outcomes, acknowledged);
            }
        });
    }
}

/// Holds what a crash has left to what may be there.
fn judge(name: &str, image: Image, outcomes: &[Seen; 2], acknowledged: usize) {
    let disk = Rc::new(Disk::new(image).without_trace());
    let tree = run(Tree::mount(disk, OPTIONS)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut found = run(look(&tree));
    let later: BTreeSet<_> = [&b"later"[..], b"last"]
        .into_iter()
        .filter(|key| found.main.remove(*key).is_some())
        .collect();
    assert!(later.len() >= acknowledged, "{name}: {later:?} of {acknowledged}");
    assert!(outcomes.contains(&found), "{name}: it is neither whole nor not at all");
    let problems = run(tree.check()).unwrap().problems;
    assert_eq!(problems, [], "{name}");
}

/// Drops an operation after each number of polls, commits twice, and goes through the crashes.
fn drop_everywhere(name: &str, begin: Begin, seeds: std::ops::Range<u64>) {
    let base = base();
    let outcomes = outcomes(&base, begin);
    let mut seen = HashSet::new();
    for seed in seeds {
        // Telling the disk of what is free takes many polls that are alike.
        for polls in (0..).step_by(1 + 3 * seed as usize) {
            let (disk, tree) = open(base.clone(), 3, seed);
            let is_done = poll(begin(&tree), polls);
            run(put_one(&tree, b"later"));
            disk.acknowledged(1);
            run(put_one(&tree, b"last"));
            disk.acknowledged(2);
            run(tree.sync()).unwrap();
            crash(name, &base, &disk, &outcomes, &mut seen);
            if is_done {
                break;
            }
        }
    }
}

#[test]
fn what_is_dropped_anywhere_is_whole_or_not_at_all() {
    for (name, begin) in OPERATIONS {
        drop_everywhere(name, begin, 0..2);
    }
}

#[test]
fn a_sync_after_anything_that_was_dropped_ends() {
    let base = base();
    for (name, begin) in OPERATIONS {
        for polls in 0.. {
            let (disk, tree) = open(base.clone(), 3, 1);
            let is_done = poll(begin(&tree), polls);
            run(tree.sync()).unwrap_or_else(|error| panic!("{name}: {error}"));
            let seen = run(look(&tree));
            drop(tree);
            let (_, tree) = open(disk.image(), 0, 0);
            assert_eq!(run(look(&tree)), seen, "{name} after {polls} polls");
            if is_done {
                break;
            }
        }
    }
}

/// Returns a disk whose snapshot keeps more pages than a page of the catalog can name.
fn kept() -> Image {
    run(async {
        let disk = Rc::new(Disk::new(Image::new(512, 1024 * 8)));
        let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        for round in 0..2 {
            put(&tree, 1000, 700 + round).await.commit().await.unwrap();
            if round == 0 {
                tree.snapshot(Head::MAIN, "base").await.unwrap();
            }
        }
        tree.checkpoint().await.unwrap();
        disk.image()
    })
}

#[test]
fn a_snapshot_that_is_deleted_in_part_cannot_be_cloned_and_can_be_deleted_again() {
    let base = kept();
    for polls in 0.. {
        let (_, tree) = open(base.clone(), 3, 1);
        let was_done = poll(Box::pin(async { tree.delete_snapshot("base").await.unwrap() }), polls);
        let has_gone = tree.snapshots().is_empty();
        let is_cloned = run(tree.clone_snapshot("base", "copy")).is_ok();
        assert_eq!(is_cloned, !has_gone, "after {polls} polls");
        assert_eq!(run(tree.check()).unwrap().problems, [], "after {polls} polls");
        if was_done {
            break;
        }
        if has_gone {
            // It was on the disk, or is all gone by now.
            let again = run(tree.delete_snapshot("base"));
            assert!(matches!(again, Ok(()) | Err(Error::Missing { .. })), "{again:?}");
            assert_eq!(run(tree.check()).unwrap().problems, [], "after {polls} polls");
        }
    }
}
