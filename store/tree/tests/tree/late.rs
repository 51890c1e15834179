//! Writes whose checkpoint was given up: none of them lands after what follows.

use std::{cell::RefCell, rc::Rc};

use embassy_futures::yield_now;
use sarab_device::{Block, Bytes, Geometry};
use sarab_tree::Tree;

use crate::{
    disk::{DiskError, Recorder, SECTOR_BYTES},
    model::{Model, OPTIONS, SPACE, contents, small},
    polls::{poll, run},
};

/// A disk that keeps what was given up, until it is told to write it.
#[derive(Clone)]
struct Late {
    disk: Recorder,
    given_up: Rc<RefCell<Vec<(u64, Bytes)>>>,
}

impl Late {
    fn new(image: Vec<u8>) -> Self {
        Self { disk: Recorder::new(image), given_up: Rc::default() }
    }

    fn land(&self) {
        for (first, data) in self.given_up.take() {
            let start = first as usize * SECTOR_BYTES;
            self.disk.change(|image| image[start..start + data.len()].copy_from_slice(&data));
        }
    }
}

/// A write on its way.
struct Flight<'d> {
    disk: &'d Late,
    write: Option<(u64, Bytes)>,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.disk.given_up.borrow_mut().extend(self.write.take());
    }
}

impl Block for Late {
    type Error = DiskError;

    fn geometry(&self) -> Geometry {
        self.disk.geometry()
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, DiskError> {
        self.disk.read(first, count).await
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), DiskError> {
        let mut flight = Flight { disk: self, write: Some((first, data)) };
        yield_now().await;
        match flight.write.take() {
            Some((first, data)) => self.disk.write(first, data).await,
            None => Ok(()),
        }
    }

    async fn flush(&self) -> Result<(), DiskError> {
        self.disk.flush().await
    }
}

async fn put(tree: &Tree<Late>, number: u32) {
    let mut transaction = tree.write().await.unwrap();
    for step in 0..3 {
        let key = (step * 3 + number).to_be_bytes();
        transaction.put(SPACE, &key, &vec![number as u8; 900]).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

#[test]
fn no_write_of_a_checkpoint_that_was_given_up_lands_after_the_next_one() {
    let image = run(async {
        let disk = Late::new(vec![0; 300 * 4096]);
        let tree = Tree::format(disk.clone(), &small(), OPTIONS).await.unwrap();
        put(&tree, 0).await;
        disk.disk.image()
    });
    for polls in 0.. {
        let disk = Late::new(image.clone());
        let tree = run(Tree::mount(disk.clone(), OPTIONS)).unwrap();
        run(put(&tree, 1));
        let is_done = poll(tree.checkpoint(), polls);
        run(put(&tree, 2));
        run(tree.checkpoint()).unwrap();
        let held: Model = run(contents(&tree.read()));
        assert!(disk.given_up.borrow().is_empty(), "after {polls} polls something may still land");
        drop(tree);
        disk.land();
        let tree = run(Tree::mount(disk, OPTIONS))
            .unwrap_or_else(|error| panic!("after {polls} polls: {error}"));
        assert_eq!(run(contents(&tree.read())), held, "after {polls} polls");
        assert_eq!(run(tree.check()).unwrap().problems, [], "after {polls} polls");
        if is_done {
            break;
        }
    }
}
