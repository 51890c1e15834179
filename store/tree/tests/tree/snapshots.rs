//! Snapshots and clones, beside copies of a map.

use std::collections::BTreeMap;

use embassy_futures::block_on;
use sarab_tree::{Error, Head, Tree};

use crate::{
    disk::Recorder,
    model::{Model, OPTIONS, SPACE, change, holds, small},
    random::Random,
};

async fn edit(tree: &Tree<Recorder>, head: Head, model: &mut Model, random: &mut Random) {
    let mut transaction = tree.write_head(head).await.unwrap();
    for _ in 0..random.below(20) {
        change(&mut transaction, model, random, 9000).await;
    }
    transaction.commit().await.unwrap();
}

async fn is_sound(tree: &Tree<Recorder>) {
    assert_eq!(tree.check().await.unwrap().problems, []);
}

#[test]
fn a_snapshot_stays_as_it_was() {
    block_on(async {
        let disk = Recorder::blank(4096);
        let mut random = Random::new(5);
        let mut tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        let (mut model, mut kept) = (Model::new(), BTreeMap::<String, Model>::new());
        for round in 0..120 {
            edit(&tree, Head::MAIN, &mut model, &mut random).await;
            match random.below(6) {
                0 | 1 if kept.len() < 6 => {
                    let name = format!("round {round}");
                    tree.snapshot(Head::MAIN, &name).await.unwrap();
                    kept.insert(name, model.clone());
                }
                2 if !kept.is_empty() => {
                    let at = random.below(kept.len() as u64) as usize;
                    let name = kept.keys().nth(at).unwrap().clone();
                    tree.delete_snapshot(&name).await.unwrap();
                    kept.remove(&name);
                    is_sound(&tree).await;
                }
                3 => {
                    drop(tree);
                    tree = Tree::mount(disk.clone(), OPTIONS).await.unwrap();
                }
                _ => {}
            }
            if round % 7 == 0 {
                for (name, model) in &kept {
                    holds(&tree.read_snapshot(name).unwrap(), model).await;
                }
                holds(&tree.read(), &model).await;
                is_sound(&tree).await;
            }
        }
        assert_eq!(tree.snapshots().len(), kept.len());
    });
}

#[test]
fn deleting_all_snapshots_gives_their_space_back() {
    block_on(async {
        let disk = Recorder::blank(4096);
        let mut random = Random::new(6);
        let tree = Tree::format(disk, &small(), OPTIONS).await.unwrap();
        let mut model = Model::new();
        for round in 0..8 {
            edit(&tree, Head::MAIN, &mut model, &mut random).await;
            tree.snapshot(Head::MAIN, &format!("{round}")).await.unwrap();
        }
        for round in [3, 0, 7, 5, 1, 2, 6, 4] {
            tree.delete_snapshot(&format!("{round}")).await.unwrap();
            is_sound(&tree).await;
        }
        let mut transaction = tree.write().await.unwrap();
        transaction.remove_range(SPACE, ..).await.unwrap();
        transaction.commit().await.unwrap();
        is_sound(&tree).await;
        let empty = Tree::format(Recorder::blank(4096), &small(), OPTIONS).await.unwrap();
        let used = |tree: &Tree<Recorder>| tree.space().used_bytes;
        assert!(used(&tree) <= used(&empty) + 2 * 4096);
    });
}

#[test]
fn a_clone_goes_its_own_way() {
    block_on(async {
        let disk = Recorder::blank(4096);
        let mut random = Random::new(7);
        let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        let mut model = Model::new();
        edit(&tree, Head::MAIN, &mut model, &mut random).await;
        tree.snapshot(Head::MAIN, "base").await.unwrap();
        let clone = tree.clone_snapshot("base", "clone").await.unwrap();
        let (base, mut other) = (model.clone(), model.clone());
        for round in 0..30 {
            edit(&tree, Head::MAIN, &mut model, &mut random).await;
            edit(&tree, clone, &mut other, &mut random).await;
            if round == 10 {
                tree.snapshot(clone, "of the clone").await.unwrap();
            }
        }
        drop(tree);
        let tree = Tree::mount(disk, OPTIONS).await.unwrap();
        holds(&tree.read(), &model).await;
        holds(&tree.read_head(clone).unwrap(), &other).await;
        holds(&tree.read_snapshot("base").unwrap(), &base).await;
        is_sound(&tree).await;
        let in_use = |name: &str| Err(Error::InUse { name: name.into() });
        assert_eq!(tree.delete_snapshot("base").await, in_use("base"));
        assert_eq!(tree.delete_head("clone").await, in_use("clone"));
        tree.delete_snapshot("of the clone").await.unwrap();
        is_sound(&tree).await;
        tree.delete_head("clone").await.unwrap();
        is_sound(&tree).await;
        tree.delete_snapshot("base").await.unwrap();
        is_sound(&tree).await;
        holds(&tree.read(), &model).await;
        assert!(tree.read_head(clone).is_none());
    });
}

#[test]
fn names_are_held_to_be_new_and_to_be_there() {
    block_on(async {
        let tree = Tree::format(Recorder::blank(256), &small(), OPTIONS).await.unwrap();
        tree.snapshot(Head::MAIN, "a").await.unwrap();
        let exists = Err(Error::Exists { name: "a".into() });
        assert_eq!(tree.snapshot(Head::MAIN, "a").await, exists);
        let missing = || Error::Missing { name: "b".into() };
        assert_eq!(tree.delete_snapshot("b").await, Err(missing()));
        assert_eq!(tree.clone_snapshot("b", "c").await, Err(missing()));
        assert_eq!(tree.delete_head("b").await, Err(missing()));
        assert_eq!(tree.read_snapshot("b").err(), Some(missing()));
        let long = "n".repeat(256);
        assert!(matches!(tree.snapshot(Head::MAIN, &long).await, Err(Error::NameTooLong { .. })));
    });
}
