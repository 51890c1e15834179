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

#[test]
fn a_disk_that_has_grown_twice_is_sound() {
    block_on(async {
        let mut disk = Recorder::blank(300);
        let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        drop(tree);
        for pages in [500, 700] {
            let mut image = disk.image();
            image.resize(pages * 4096, 0);
            disk = Recorder::new(image);
            let tree = Tree::mount(disk.clone(), OPTIONS).await.unwrap();
            tree.grow().await.unwrap();
            assert_eq!(tree.check().await.unwrap().problems, [], "{pages} pages");
        }
        disk.change(|image| image[..4096].fill(0));
        let tree = Tree::mount(disk, OPTIONS).await.unwrap();
        assert_eq!(tree.check().await.unwrap().problems, []);
    });
}

/// Puts `count` values that take half a page each.
async fn put_halves(
    tree: &Tree<Recorder>,
    count: u32,
) -> Result<(), Error<crate::disk::DiskError>> {
    for start in (0..count).step_by(500) {
        let mut transaction = tree.write().await?;
        for number in start..count.min(start + 500) {
            transaction.put(SPACE, &number.to_be_bytes(), &[7; 1800]).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

#[test]
fn what_a_snapshot_keeps_of_a_full_disk_never_stops_a_checkpoint() {
    block_on(async {
        let tree = Tree::format(Recorder::blank(6000), &small(), OPTIONS).await.unwrap();
        put_halves(&tree, 11_000).await.unwrap();
        tree.snapshot(Head::MAIN, "all").await.unwrap();
        fill(&tree, 1500, &mut Random::new(3)).await;
        let mut transaction = tree.write().await.unwrap();
        transaction.remove(SPACE, &0u32.to_be_bytes()).await.unwrap();
        transaction.commit().await.unwrap();
        let mut transaction = tree.write().await.unwrap();
        let removed = transaction.remove_range(SPACE, ..).await;
        match removed {
            Ok(()) => transaction.commit().await.unwrap(),
            Err(error) => {
                assert_eq!(error, Error::NoSpace);
                drop(transaction);
            }
        }
        tree.checkpoint().await.unwrap();
        let mut transaction = tree.write().await.unwrap();
        transaction.remove_range(SPACE, ..&100u32.to_be_bytes()[..]).await.unwrap();
        transaction.commit().await.unwrap();
        tree.delete_snapshot("all").await.unwrap();
        assert_eq!(tree.check().await.unwrap().problems, []);
        let mut transaction = tree.write().await.unwrap();
        transaction.remove_range(SPACE, ..).await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(contents(&tree.read()).await, Model::new());
        assert_eq!(tree.check().await.unwrap().problems, []);
    });
}
