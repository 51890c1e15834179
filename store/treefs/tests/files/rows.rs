//! What a long file asks of the disk.

use std::{rc::Rc, time::Duration};

use embassy_futures::block_on;
use sarab_device::{Block, Bytes, File, Fs, Open, middleware::Watched};
use sarab_disk::BlockTrace;
use sarab_tree::{Format, Options, Tree};
use sarab_treefs::TreeFs;

use crate::{clock, disk};

const FILE_BYTES: usize = 8 << 20;
/// What 8 MiB take in requests of 1 MiB, and as much again for what the store keeps beside them.
const REQUESTS_MAX: u64 = 16;

#[test]
fn a_long_file_is_written_and_read_in_long_rows() {
    block_on(async {
        let disk = disk(32 << 20);
        let trace = BlockTrace::new(disk.geometry(), 0, || Duration::ZERO);
        let disk = Rc::new(Watched::new(disk, trace));
        let format = Format::new(*b"a file system...");
        let tree = Tree::format(Rc::clone(&disk), &format, Options::default()).await;
        let fs = TreeFs::over(tree.unwrap(), clock).await.unwrap();
        let file = fs.open("long", Open::New).await.unwrap();
        let data: Bytes = (0..=250).cycle().take(FILE_BYTES).collect();
        let before = disk.observer().summary();
        file.write_at(0, data.clone()).await.unwrap();
        fs.sync().await.unwrap();
        let written = disk.observer().summary();
        assert!(written.writes.count - before.writes.count <= REQUESTS_MAX, "{written:?}");
        assert_eq!(file.read_at(0, FILE_BYTES).await.unwrap(), data);
        let read = disk.observer().summary();
        assert!(read.reads.count - written.reads.count <= REQUESTS_MAX, "{read:?}");
    });
}
