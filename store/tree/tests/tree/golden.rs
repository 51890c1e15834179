//! An image as version 1 has written it: it is still read, and still written so.

use std::path::PathBuf;

use embassy_futures::block_on;
use sarab_tree::{Head, Tree};

use crate::{
    disk::Recorder,
    model::{Model, OPTIONS, SPACE, change, holds, small},
    random::Random,
};

const PAGES: usize = 160;

/// Makes the store of the image: a bit of everything, some of it in the log only.
pub(crate) fn store() -> (Vec<u8>, Model, Model) {
    let mut random = Random::new(1);
    let disk = Recorder::blank(PAGES);
    let (mut model, mut kept) = (Model::new(), Model::new());
    block_on(async {
        let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        for round in 0..5 {
            let mut transaction = tree.write().await.unwrap();
            let named = transaction.keyspace("named").await.unwrap();
            transaction.put(named, b"round", &[round]).await.unwrap();
            for _ in 0..9 {
                change(&mut transaction, &mut model, &mut random, 6000).await;
            }
            transaction.commit().await.unwrap();
            if round == 2 {
                tree.snapshot(Head::MAIN, "two").await.unwrap();
                let clone = tree.clone_snapshot("two", "clone").await.unwrap();
                let mut transaction = tree.write_head(clone).await.unwrap();
                transaction.put(SPACE, b"clone", b"own").await.unwrap();
                transaction.commit().await.unwrap();
                kept = model.clone();
            }
        }
    });
    (disk.image(), model, kept)
}

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/version-1.pages")
}

/// Takes the pages of an image that are not zero, each after its number.
fn pack(image: &[u8]) -> Vec<u8> {
    let pages = image.chunks(4096).zip(0u32..).filter(|(page, _)| page.iter().any(|b| *b != 0));
    pages.flat_map(|(page, number)| [&number.to_le_bytes()[..], page].concat()).collect()
}

fn unpack(packed: &[u8]) -> Vec<u8> {
    let mut image = vec![0; PAGES * 4096];
    for page in packed.chunks(4 + 4096) {
        let at = u32::from_le_bytes(*page.first_chunk().unwrap()) as usize * 4096;
        image[at..at + 4096].copy_from_slice(&page[4..]);
    }
    image
}

#[test]
fn the_image_of_version_1_is_read() {
    let image = unpack(&std::fs::read(path()).unwrap());
    let (_, model, kept) = store();
    block_on(async {
        let tree = Tree::mount(Recorder::new(image), OPTIONS).await.unwrap();
        holds(&tree.read(), &model).await;
        holds(&tree.read_snapshot("two").unwrap(), &kept).await;
        let named = tree.keyspace("named").await.unwrap().unwrap();
        assert_eq!(tree.read().get(named, b"round").await.unwrap().as_deref(), Some(&[4][..]));
        let clone = tree.heads()[1].1;
        let clone = tree.read_head(clone).unwrap();
        assert_eq!(clone.get(SPACE, b"clone").await.unwrap().as_deref(), Some(&b"own"[..]));
        assert_eq!(tree.scrub().await.unwrap().problems, []);
    });
}

/// Set it to write the image, for a new version.
const UPDATE: &str = "UPDATE";

#[test]
fn what_is_written_is_still_version_1() {
    let (image, ..) = store();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(path(), pack(&image)).unwrap();
    }
    let held = unpack(&std::fs::read(path()).unwrap());
    assert!(image == held, "the bytes have changed: {UPDATE}=1 writes them anew");
}
