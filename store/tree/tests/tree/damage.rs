//! Disks that hold something else than what was written.

use embassy_futures::block_on;
use sarab_tree::{Error, Head, Options, Tree};

use crate::{
    disk::Recorder,
    model::{Model, OPTIONS, SPACE, change, small},
    random::Random,
};

/// Makes a store with a bit of everything.
fn store(seed: u64) -> (Vec<u8>, Model) {
    let mut random = Random::new(seed);
    let disk = Recorder::blank(512);
    let mut model = Model::new();
    block_on(async {
        let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        for round in 0..12 {
            let mut transaction = tree.write().await.unwrap();
            for _ in 0..20 {
                change(&mut transaction, &mut model, &mut random, 9000).await;
            }
            transaction.commit().await.unwrap();
            if round == 6 {
                tree.snapshot(Head::MAIN, "six").await.unwrap();
                tree.clone_snapshot("six", "clone").await.unwrap();
            }
        }
        // A damaged last record of the log looks like one that a crash has torn.
        tree.checkpoint().await.unwrap();
    });
    (disk.image(), model)
}

/// Mounts an image and reads all of it. What it says must be right, or an error.
fn read_all(image: Vec<u8>, model: &Model) -> Result<(), Error<crate::disk::DiskError>> {
    block_on(async {
        let tree = Tree::mount(Recorder::new(image), OPTIONS).await?;
        let reader = tree.read();
        for (key, value) in model {
            match reader.get(SPACE, key).await {
                Ok(found) => assert_eq!(found.as_deref(), Some(&value[..]), "{key:?}"),
                Err(Error::Corrupt(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let report = tree.scrub().await?;
        if report.problems.is_empty() { Ok(()) } else { Err(Error::Foreign) }
    })
}

#[test]
fn a_damaged_page_is_noticed_and_never_believed() {
    let (image, model) = store(1);
    assert_eq!(read_all(image.clone(), &model), Ok(()));
    let mut random = Random::new(2);
    let mut noticed = 0;
    for page in 0..image.len() / 4096 {
        let mut image = image.clone();
        let at = page * 4096 + random.below(4096) as usize;
        image[at] ^= 1 << random.below(8);
        noticed += u32::from(read_all(image, &model).is_err());
    }
    assert!(noticed > 30, "{noticed}");
}

#[test]
fn a_page_at_the_wrong_place_is_noticed_and_never_believed() {
    let (image, model) = store(3);
    let mut random = Random::new(4);
    for _ in 0..200 {
        let mut image = image.clone();
        let pages = (image.len() / 4096) as u64;
        let (from, to) = (random.below(pages) as usize * 4096, random.below(pages) as usize * 4096);
        image.copy_within(from..from + 4096, to);
        let _ = read_all(image, &model);
    }
}

#[test]
fn a_record_lost_from_the_middle_of_the_log_is_noticed() {
    block_on(async {
        let disk = Recorder::blank(512);
        let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        for n in 0..3u8 {
            let mut transaction = tree.write().await.unwrap();
            transaction.put(SPACE, &[n], &[n]).await.unwrap();
            transaction.commit().await.unwrap();
        }
        drop(tree);
        let log = 4096 * 7;
        assert!(disk.image()[log..].starts_with(b"SarabLOG"));
        disk.change(|image| image[log + 4096 + 70] ^= 1);
        let refused = Tree::mount(disk, Options::default()).await.err();
        assert!(matches!(refused, Some(Error::Corrupt(_))), "{refused:?}");
    });
}

#[test]
fn the_newest_root_may_be_lost_from_one_ring_or_from_both() {
    block_on(async {
        let disk = Recorder::blank(512);
        let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        for n in 0..6u8 {
            let mut transaction = tree.write().await.unwrap();
            transaction.put(SPACE, &[n], &[n]).await.unwrap();
            transaction.commit().await.unwrap();
            if n == 2 || n == 4 {
                tree.checkpoint().await.unwrap();
            }
        }
        drop(tree);
        let slot = (3 + 3) * 4096; // generation 3, in ring A
        assert!(disk.image()[slot..].starts_with(b"SarabROO"));
        let other = (512 - 1 - 4 + 3) * 4096;
        for at in [slot, other] {
            disk.change(|image| image[at..at + 4096].fill(0));
            let tree = Tree::mount(disk.clone(), OPTIONS).await.unwrap();
            for n in 0..6u8 {
                assert!(tree.read().get(SPACE, &[n]).await.unwrap().is_some(), "{n}");
            }
        }
    });
}
