//! Disks that are full, and disks that grow.

use embassy_futures::block_on;
use sarab_tree::{Error, Head, Tree};

use crate::{
    disk::Recorder,
    model::{Model, OPTIONS, SPACE, contents, holds, small},
    random::Random,
};

/// Puts values of `size` until the disk is full.
async fn fill(tree: &Tree<Recorder>, size: usize, random: &mut Random) -> Model {
    let mut model = Model::new();
    loop {
        let (key, value) = (random.bytes(12), random.bytes(size));
        let mut transaction = tree.write().await.unwrap();
        let put = transaction.put(SPACE, &key, &value).await;
        let done = match put {
            Ok(()) => transaction.commit().await,
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => model.insert(key, value),
            Err(Error::NoSpace) => return model,
            Err(error) => panic!("{error}"),
        };
    }
}

#[test]
fn what_is_full_can_be_emptied_key_by_key() {
    for (seed, size) in [(1, 100), (2, 1500), (3, 5000), (4, 60_000)] {
        block_on(async {
            let mut random = Random::new(seed);
            let disk = Recorder::blank(400);
            let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
            let model = fill(&tree, size, &mut random).await;
            assert_eq!(contents(&tree.read()).await, model);
            drop(tree);
            let tree = Tree::mount(disk, OPTIONS).await.unwrap();
            holds(&tree.read(), &model).await;
            assert_eq!(tree.check().await.unwrap().problems, []);
            for key in model.keys() {
                let mut transaction = tree.write().await.unwrap();
                transaction.remove(SPACE, key).await.unwrap();
                transaction.commit().await.unwrap();
            }
            assert_eq!(contents(&tree.read()).await, Model::new());
            let again = fill(&tree, size, &mut random).await;
            assert!(again.len() * 10 >= model.len() * 9, "{} of {}", again.len(), model.len());
        });
    }
}

#[test]
fn what_is_full_can_be_emptied_at_once_even_with_a_snapshot() {
    block_on(async {
        let mut random = Random::new(8);
        let tree = Tree::format(Recorder::blank(400), &small(), OPTIONS).await.unwrap();
        let model = fill(&tree, 100, &mut random).await;
        let mut transaction = tree.write().await.unwrap();
        transaction.remove_range(SPACE, ..).await.unwrap();
        transaction.commit().await.unwrap();
        tree.checkpoint().await.unwrap();
        tree.checkpoint().await.unwrap();
        let half = model.len() / 2;
        for (key, value) in model.iter().take(half) {
            let mut transaction = tree.write().await.unwrap();
            transaction.put(SPACE, key, value).await.unwrap();
            transaction.commit().await.unwrap();
        }
        tree.snapshot(Head::MAIN, "half").await.unwrap();
        let more = fill(&tree, 100, &mut random).await;
        for key in more.keys().chain(model.keys()) {
            let mut transaction = tree.write().await.unwrap();
            transaction.remove(SPACE, key).await.unwrap();
            transaction.commit().await.unwrap();
        }
        assert_eq!(tree.check().await.unwrap().problems, []);
        tree.delete_snapshot("half").await.unwrap();
        assert_eq!(tree.check().await.unwrap().problems, []);
    });
}

#[test]
fn a_disk_that_has_grown_holds_more() {
    block_on(async {
        let mut random = Random::new(9);
        let disk = Recorder::blank(300);
        let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        let model = fill(&tree, 1000, &mut random).await;
        drop(tree);
        let mut image = disk.image();
        image.resize(1000 * 4096, 0);
        let disk = Recorder::new(image);
        let tree = Tree::mount(disk.clone(), OPTIONS).await.unwrap();
        let before = tree.space();
        tree.grow().await.unwrap();
        assert!(tree.space().free_bytes > before.free_bytes + 600 * 4096);
        let more = fill(&tree, 1000, &mut random).await;
        assert!(more.len() > model.len());
        assert_eq!(tree.check().await.unwrap().problems, []);
        drop(tree);
        disk.change(|image| image[..4096].fill(0));
        let tree = Tree::mount(disk, OPTIONS).await.unwrap();
        let all: Model = model.into_iter().chain(more).collect();
        holds(&tree.read(), &all).await;
    });
}
