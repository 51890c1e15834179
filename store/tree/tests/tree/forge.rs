//! Images that were changed and signed again, so that what is wrong in them gets past the checksums.

use embassy_futures::block_on;
use sarab_device::Block;
use sarab_memory::RamDisk;
use sarab_tree::{Discard, Head, Keyspace, Options, Tree};
use xxhash_rust::xxh3::xxh3_64_with_seed;

const PAGE: usize = 4096;

/// Changes the image `base` as `input` says, signs it, and does all that can be done with a store.
pub(crate) fn run(base: &[u8], input: &[u8]) {
    let mut image = base.to_vec();
    for patch in input.chunks_exact(5) {
        let page = usize::from(patch[0]) * PAGE % image.len();
        // Most changes go to the first bytes of a page, where its numbers are.
        let at = (usize::from(u16::from_le_bytes([patch[1], patch[2]])) % PAGE) >> (patch[3] % 6);
        image[page + at] = patch[4];
    }
    sign(&mut image);
    let disk = RamDisk::new(512, image.len() as u64 / 512).expect("a shape");
    block_on(disk.write(0, image.into())).expect("a write within the disk");
    block_on(use_all(disk));
}

/// Signs what is in an image, whatever it is.
pub(crate) fn sign(image: &mut [u8]) {
    Forger { image, depth: 0 }.sign();
}

/// Whatever comes of it but a panic is right.
async fn use_all(disk: RamDisk) {
    let options = Options { memory_bytes: 0, discard: Discard::Tell };
    let Ok(tree) = Tree::mount(disk, options).await else { return };
    let space = Keyspace::DEFAULT;
    let mut steps = 0;
    let reader = tree.read();
    let (mut up, mut down) = (reader.range(space, ..), reader.range(space, ..));
    while let (Ok(Some(_)), Ok(Some(_)), 0..1000) = (up.next().await, down.next_back().await, steps)
    {
        steps += 1;
    }
    drop((up, down));
    drop(reader);
    let _ = tree.scrub().await;
    if let Ok(mut transaction) = tree.write().await {
        let _ = transaction.put(space, b"key 1", &[1; 1500]).await;
        let _ = transaction.remove_range(space, &b"key"[..]..&b"key 5"[..]).await;
        let _ = transaction.put(space, b"large", &vec![2; 9000]).await;
        let _ = transaction.commit().await;
    }
    let _ = tree.snapshot(Head::MAIN, "new").await;
    let _ = tree.delete_snapshot("two").await;
    let _ = tree.checkpoint().await;
    if let Ok(mut transaction) = tree.write().await {
        let _ = transaction.remove_range(space, ..).await;
        let _ = transaction.commit().await;
    }
    for _ in 0..3 {
        let _ = tree.checkpoint().await;
        let _ = tree.space();
    }
    let _ = tree.check().await;
}

/// Whether the leaves of a tree lead to other trees.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Catalog,
    Head,
}

/// Signs what is in an image, whatever it is.
struct Forger<'i> {
    image: &'i mut [u8],
    depth: u32,
}

impl Forger<'_> {
    fn sign(&mut self) {
        self.sum(0, 0, 504, 504, 0);
        let store = self.number(48);
        let pages = self.image.len() / PAGE;
        for page in 0..pages {
            let at = page * PAGE;
            match &self.image[at..at + 8] {
                b"SarabMAP" => {
                    let head = xxh3_64_with_seed(&self.image[at..at + 56], 0).max(1);
                    self.sum(at, 64, PAGE, 56, head);
                }
                b"SarabROO" => {
                    self.depth = 0;
                    let sum = self.tree(at + 32, self.image[at + 56], store, Kind::Catalog);
                    self.put(at + 48, sum);
                    self.sum(at, 0, 504, 504, store);
                }
                _ => {}
            }
        }
    }

    /// Signs the tree whose pointer is at `pointer`; returns the checksum of its top.
    fn tree(&mut self, pointer: usize, level: u8, store: u64, kind: Kind) -> u64 {
        let address = self.number(pointer);
        let page = usize::try_from(address).unwrap_or(usize::MAX).saturating_mul(PAGE);
        self.depth += 1;
        if page.saturating_add(PAGE) > self.image.len() || self.depth > 500 {
            return 1;
        }
        let count = usize::from(u16::from_le_bytes([self.image[page + 2], self.image[page + 3]]));
        let prefix = usize::from(u16::from_le_bytes([self.image[page + 8], self.image[page + 9]]));
        for slot in 0..count {
            let slot = page + 32 + prefix.next_multiple_of(8) + slot * 8;
            if slot + 8 > page + PAGE {
                break;
            }
            let offset = usize::from(u16::from_le_bytes([self.image[slot], self.image[slot + 1]]));
            if level > 0 && offset + 24 <= PAGE {
                let sum = self.tree(page + offset, level - 1, store, kind);
                self.put(page + offset + 16, sum);
            }
            let key = usize::from(u16::from_le_bytes([self.image[slot + 2], self.image[slot + 3]]));
            let value = offset + 2 + key;
            let first = if prefix > 0 { page + 32 } else { page + (offset + 2) % PAGE };
            let is_top = matches!(self.image[first], 1 | 2) && value + 25 <= PAGE;
            if level == 0 && kind == Kind::Catalog && is_top {
                let level = self.image[page + value + 24];
                let sum = self.tree(page + value, level, store, Kind::Head);
                self.put(page + value + 16, sum);
            }
        }
        let seed = store.wrapping_add(address.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        xxh3_64_with_seed(&self.image[page..page + PAGE], seed).max(1)
    }

    fn sum(&mut self, at: usize, start: usize, end: usize, field: usize, seed: u64) {
        let sum = xxh3_64_with_seed(&self.image[at + start..at + end], seed);
        self.put(at + field, if seed == 0 { sum } else { sum.max(1) });
    }

    fn number(&self, at: usize) -> u64 {
        self.image[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }

    fn put(&mut self, at: usize, number: u64) {
        self.image[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }
}
