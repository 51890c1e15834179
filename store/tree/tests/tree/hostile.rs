//! Images that somebody has forged.

use embassy_futures::block_on;
use sarab_tree::Tree;

use crate::{
    disk::Recorder,
    forge, golden,
    model::{OPTIONS, SPACE, small},
    random::Random,
};

#[test]
fn no_image_makes_it_panic_or_run_for_ever() {
    let (image, ..) = golden::store();
    forge::run(&image, &[]);
    let mut random = Random::new(11);
    for _ in 0..150 {
        let size = 5 * (1 + random.below(4) as usize);
        forge::run(&image, &random.bytes(size));
    }
}

/// The inputs of the fuzz target that are kept.
fn corpus() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/mount");
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

#[test]
fn the_corpus_of_the_fuzz_target_does_no_harm() {
    let (image, ..) = golden::store();
    let mut random = Random::new(12);
    let corpus = corpus();
    assert!(!corpus.is_empty());
    for input in corpus {
        forge::run(&image, &input);
        for _ in 0..8 {
            let size = 5 * (1 + random.below(2) as usize);
            let more = random.bytes(size);
            forge::run(&image, &[&input[..], &more].concat());
        }
    }
}

/// Returns the image of a store with `pairs` in it and nothing in its log.
fn image(pairs: &[(&[u8], usize)]) -> Vec<u8> {
    let disk = Recorder::blank(160);
    block_on(async {
        let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        for (key, size) in pairs {
            let mut transaction = tree.write().await.unwrap();
            transaction.put(SPACE, key, &vec![0; *size]).await.unwrap();
            transaction.commit().await.unwrap();
        }
        tree.checkpoint().await.unwrap();
    });
    disk.image()
}

/// Puts `to` in place of `from` wherever that stands in a leaf, and signs the image. Returns how often it did.
fn forge(image: &mut [u8], from: &[u8], to: &[u8]) -> usize {
    let mut count = 0;
    for page in image.chunks_mut(4096).filter(|page| page.starts_with(b"L\0")) {
        for at in 0..page.len() - from.len() {
            if page[at..].starts_with(from) {
                page[at..at + to.len()].copy_from_slice(to);
                count += 1;
            }
        }
    }
    forge::sign(image);
    count
}

/// Removes keys one by one, and goes on for a while. Whatever comes of it but a panic is right.
fn remove(image: Vec<u8>, keys: &[&[u8]]) {
    block_on(async {
        let Ok(tree) = Tree::mount(Recorder::new(image), OPTIONS).await else { return };
        for key in keys {
            let Ok(mut transaction) = tree.write().await else { return };
            if transaction.remove(SPACE, key).await.is_ok() {
                let _ = transaction.commit().await;
            }
        }
        for _ in 0..3 {
            let _ = tree.checkpoint().await;
            let space = tree.space();
            assert!(space.free_bytes <= space.total_bytes);
        }
    });
}

#[test]
fn leaves_that_overlap_are_not_put_together() {
    let pairs: [(&[u8], usize); 6] =
        [(b"aaaa1", 100), (b"b", 1800), (b"c", 1600), (b"d", 10), (b"m", 100), (b"naaa2", 1000)];
    let mut image = image(&pairs);
    // A key alone on its page is all prefix.
    assert!(forge(&mut image, b"naaa2", b"aaaa2") > 0);
    remove(image, &[b"b", b"c", b"d"]);
}

#[test]
fn an_extent_past_the_end_of_the_disk_or_on_the_log_is_not_given_out() {
    let pairs: [(&[u8], usize); 2] = [(b"large", 9000), (b"small", 10)];
    for (address, size) in [(150, u32::MAX), (150, 1 << 20), (3, 9000), (8, 9000), (u64::MAX, 9000)]
    {
        let mut image = image(&pairs);
        let size_bytes = [&9000u32.to_le_bytes()[..], &[0; 4]].concat();
        for page in image.chunks_mut(4096).filter(|page| page.starts_with(b"L\0")) {
            for at in 8..page.len() - 8 {
                // The value number before the same size is 1.
                if page[at..].starts_with(&size_bytes) && page[at - 8] > 1 {
                    page[at - 8..at].copy_from_slice(&u64::to_le_bytes(address));
                    page[at..at + 4].copy_from_slice(&size.to_le_bytes());
                }
            }
        }
        forge::sign(&mut image);
        remove(image, &[b"large", b"small"]);
    }
}
