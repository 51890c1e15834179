//! Disks that are told of what is free.

use embassy_futures::{block_on, join::join, yield_now};
use sarab_device::{Block, Bytes, Geometry};
use sarab_tree::{Discard, Options, Tree};

use crate::{
    disk::{DiskError, Recorder, SECTOR_BYTES},
    model::{SPACE, small},
    random::Random,
};

const TELL: Options = Options { memory_bytes: 1 << 20, discard: Discard::Tell };

/// Polls that a discard takes.
const POLLS: usize = 40;

/// A disk that takes its time to discard, and leaves zeroes.
#[derive(Clone)]
struct Trimming(Recorder);

impl Block for Trimming {
    type Error = DiskError;

    fn geometry(&self) -> Geometry {
        self.0.geometry()
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, DiskError> {
        self.0.read(first, count).await
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        self.0.write(first, data).await
    }

    async fn flush(&self) -> Result<(), DiskError> {
        self.0.flush().await
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), DiskError> {
        for _ in 0..POLLS {
            yield_now().await;
        }
        let (start, size) = (first as usize * SECTOR_BYTES, count as usize * SECTOR_BYTES);
        self.0.change(|image| image[start..start + size].fill(0));
        Ok(())
    }
}

/// Returns a store with little space but what is about to become free.
async fn emptied() -> Tree<Trimming> {
    let disk = Trimming(Recorder::blank(512));
    let tree = Tree::format(disk, &small(), TELL).await.unwrap();
    for is_there in [true, false] {
        let mut transaction = tree.write().await.unwrap();
        for number in 0..20u8 {
            if is_there {
                transaction.put(SPACE, &[number], &vec![number; 60_000]).await.unwrap();
            } else {
                transaction.remove(SPACE, &[number]).await.unwrap();
            }
        }
        transaction.commit().await.unwrap();
    }
    tree
}

async fn checkpoints(tree: &Tree<Trimming>) {
    for _ in 0..4 {
        tree.checkpoint().await.unwrap();
    }
}

#[test]
fn what_is_written_while_the_disk_is_told_of_free_pages_stays() {
    block_on(async {
        let tree = emptied().await;
        let mut random = Random::new(4);
        let values: Vec<_> = (0..18).map(|_| random.bytes(60_000)).collect();
        let write = async {
            for (number, value) in (0u8..).zip(&values) {
                let mut transaction = tree.write().await.unwrap();
                transaction.put(SPACE, &[number], value).await.unwrap();
                transaction.commit().await.unwrap();
            }
        };
        join(checkpoints(&tree), write).await;
        let reader = tree.read();
        for (number, value) in (0u8..).zip(&values) {
            assert_eq!(reader.get(SPACE, &[number]).await.unwrap().as_ref().unwrap(), value);
        }
        assert_eq!(tree.scrub().await.unwrap().problems, []);
    });
}

#[test]
fn telling_the_disk_of_free_pages_loses_none_of_them_even_when_it_is_given_up() {
    let free = block_on(async {
        let tree = emptied().await;
        checkpoints(&tree).await;
        tree.space().free_bytes
    });
    for polls in (0..5 * POLLS).step_by(7) {
        block_on(async {
            let tree = emptied().await;
            crate::polls::poll(checkpoints(&tree), polls);
            checkpoints(&tree).await;
            assert_eq!(tree.space().free_bytes, free, "after {polls} polls");
            assert_eq!(tree.space().pending_bytes, 0, "after {polls} polls");
            assert_eq!(tree.check().await.unwrap().problems, [], "after {polls} polls");
        });
    }
}

#[test]
fn the_disk_is_not_told_of_what_is_used_again_by_then() {
    block_on(async {
        let disk = Trimming(Recorder::blank(512));
        let tree = Tree::format(disk, &small(), TELL).await.unwrap();
        for round in 0..3u8 {
            let mut transaction = tree.write().await.unwrap();
            transaction.put(SPACE, b"a", &[round; 100]).await.unwrap();
            assert!(transaction.get(SPACE, b"a").await.unwrap().is_some());
            drop(transaction);
            let mut transaction = tree.write().await.unwrap();
            for number in 0..40u8 {
                transaction.put(SPACE, &[round, number], &vec![number; 5000]).await.unwrap();
            }
            transaction.commit().await.unwrap();
            checkpoints(&tree).await;
            assert_eq!(tree.scrub().await.unwrap().problems, [], "round {round}");
        }
    });
}
