//! The file system in a store, on a disk in memory.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{cell::Cell, rc::Rc, time::Duration};

use embassy_futures::block_on;
use sarab_device::{Bytes, File, Fs, Open, WallTime, check};
use sarab_memory::RamDisk;
use sarab_tree::{Format, Options, Tree};
use sarab_treefs::TreeFs;

mod handles;
mod holes;
mod links;
mod model;
mod names;
mod rows;

/// A disk that stays when a file system on it is closed.
type Disk = Rc<RamDisk>;
type Files = TreeFs<Disk>;

fn disk(size_bytes: u64) -> Disk {
    Rc::new(RamDisk::new(512, size_bytes / 512).unwrap())
}

async fn format(disk: &Disk) -> Files {
    let format = Format::new(*b"a file system...");
    let tree = Tree::format(Rc::clone(disk), &format, Options::default()).await.unwrap();
    TreeFs::over(tree, clock).await.unwrap()
}

async fn mount(disk: &Disk) -> Files {
    let tree = Tree::mount(Rc::clone(disk), Options::default()).await.unwrap();
    TreeFs::over(tree, clock).await.unwrap()
}

thread_local! {
    static SECONDS: Cell<u64> = const { Cell::new(1_700_000_000) };
}

/// A clock that goes on by a second each time it is looked at.
#[expect(clippy::unnecessary_wraps, reason = "it is what a `Clock` has to be")]
fn clock() -> Option<WallTime> {
    SECONDS.set(SECONDS.get() + 1);
    Some(WallTime::new(Duration::from_secs(SECONDS.get())))
}

async fn write(fs: &Files, path: &str, data: &[u8]) {
    let file = fs.open(path, Open::Create).await.unwrap();
    file.set_size(0).await.unwrap();
    file.write_at(0, Bytes::copy_from_slice(data)).await.unwrap();
}

async fn read(fs: &Files, path: &str) -> Bytes {
    let file = fs.open(path, Open::Read).await.unwrap();
    file.read_at(0, usize::MAX).await.unwrap()
}

#[test]
fn it_keeps_the_promises_of_a_file_system() {
    block_on(async {
        let disk = disk(16 << 20);
        assert_eq!(check::fs(&format(&disk).await).await, Ok(()));
        assert_eq!(check::fs(&mount(&disk).await).await, Ok(()), "it is as good as new");
    });
}

#[test]
fn it_keeps_the_promises_of_a_store_that_is_read() {
    block_on(async {
        let fs = format(&disk(16 << 20)).await;
        let long = vec![7; 100_000];
        let values: [(&str, &[u8]); 5] =
            [("B", b"1"), ("a/b/c", &long), ("a/empty", b""), ("a-b", b"2"), ("b", b"3")];
        for folder in ["a", "a/b"] {
            fs.create_folder(folder).await.unwrap();
        }
        for (path, data) in values {
            write(&fs, path, data).await;
        }
        assert_eq!(check::kv_read(&fs, &values).await, Ok(()));
    });
}

#[test]
fn two_file_systems_in_one_store_are_apart() {
    block_on(async {
        let disk = disk(16 << 20);
        let fs = format(&disk).await;
        write(&fs, "one", b"1").await;
        fs.sync().await.unwrap();
        drop(fs);
        let tree = Tree::mount(Rc::clone(&disk), Options::default()).await.unwrap();
        let other = TreeFs::over_keyspace(tree, "other", clock).await.unwrap();
        assert!(other.list("").await.unwrap().is_empty());
    });
}
