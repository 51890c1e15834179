//! Volumes that somebody has damaged: what a check finds, and what a repair leaves.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::rc::Rc;

use embassy_futures::block_on;
use sarab_device::{Block, Bytes, Error, ErrorKind, File, Fs, KvRead, Open};
use sarab_fat::{Fat, Finding, Format, Report, Width};
use sarab_memory::RamDisk;

/// A FAT16 volume with clusters of a sector: one table after the boot sector, then another, then
/// 32 sectors of the root.
struct Damaged(Rc<RamDisk>);

/// The first clusters of what it holds.
const A: u16 = 2;
const B: u16 = 12;
const FOLDER: u16 = 22;

impl Damaged {
    fn new() -> Self {
        let disk = Rc::new(RamDisk::new(512, 5000).unwrap());
        let options =
            Format { width: Some(Width::Fat16), cluster_bytes: Some(512), ..Format::default() };
        block_on(Fat::format(&disk, &options)).unwrap();
        block_on(async {
            let fat = Fat::mount_with(Rc::clone(&disk), || None).await.unwrap();
            for name in ["A", "B"] {
                let file = fat.open(name, Open::New).await.unwrap();
                file.write_at(0, Bytes::from(vec![name.as_bytes()[0]; 5000])).await.unwrap();
            }
            fat.create_folder("FOLDER").await.unwrap();
            let file = fat.open("FOLDER/A longer name", Open::New).await.unwrap();
            file.write_at(0, Bytes::from_static(b"inside")).await.unwrap();
            fat.sync().await.unwrap();
        });
        assert!(block_on(Fat::check(&disk)).unwrap().is_clean());
        Self(disk)
    }

    fn change(&self, sector: u64, at: usize, bytes: &[u8]) {
        let mut data = block_on(self.0.read(sector, 1)).unwrap().to_vec();
        data[at..at + bytes.len()].copy_from_slice(bytes);
        block_on(self.0.write(sector, data.into())).unwrap();
    }

    fn field(&self, at: usize) -> u64 {
        let boot = block_on(self.0.read(0, 1)).unwrap();
        u64::from(u16::from_le_bytes([boot[at], boot[at + 1]]))
    }

    /// Writes an entry of both tables.
    fn link(&self, cluster: u16, next: u16) {
        for table in [0, 1] {
            let sector = self.field(14) + table * self.field(22) + u64::from(cluster) / 256;
            self.change(sector, usize::from(cluster) % 256 * 2, &next.to_le_bytes());
        }
    }

    /// Writes bytes of an entry of the root.
    fn entry(&self, slot: usize, at: usize, bytes: &[u8]) {
        let root = self.field(14) + 2 * self.field(22);
        self.change(root, slot * 32 + at, bytes);
    }

    /// Checks, repairs, and checks again; returns what was found.
    fn findings(&self) -> Vec<Finding> {
        let found: Report = block_on(Fat::check(&self.0)).unwrap();
        assert_eq!(block_on(Fat::repair(&self.0)).unwrap().findings, found.findings);
        let after = block_on(Fat::check(&self.0)).unwrap();
        assert!(after.is_clean(), "{:?} after {:?}", after.findings, found.findings);
        found.findings
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let fat = block_on(Fat::mount_with(Rc::clone(&self.0), || None)).unwrap();
        block_on(fat.get(name)).unwrap().map(|bytes| bytes.to_vec())
    }
}

#[test]
fn a_chain_into_a_free_cluster_ends_before_it() {
    let volume = Damaged::new();
    volume.link(A + 3, 0);
    let fat = block_on(Fat::mount_with(Rc::clone(&volume.0), || None)).unwrap();
    let error = block_on(fat.get("A")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(error.to_string(), "cluster 5 leads to cluster 5, which is not in use");
    assert_eq!(block_on(KvRead::get(&fat, "B")).unwrap().unwrap().len(), 5000);
    let findings = volume.findings();
    assert_eq!(findings[0], Finding::Chain { path: "A".into(), cluster: 4 });
    assert_eq!(findings[1], Finding::Short { path: "A".into(), size_bytes: 5000, clusters: 3 });
    assert_eq!(findings[2], Finding::Lost { clusters: 6 });
    assert_eq!(volume.read("A").unwrap(), [b'A'; 3 * 512]);
}

#[test]
fn a_chain_without_an_end_gets_one() {
    let volume = Damaged::new();
    volume.link(A + 9, A);
    assert_eq!(volume.read("A").unwrap().len(), 5000); // nothing follows it further than it must
    assert_eq!(volume.findings(), [Finding::Crossed { path: "A".into(), cluster: 2 }]);
}

#[test]
fn of_two_files_with_one_cluster_the_second_loses_it() {
    let volume = Damaged::new();
    volume.link(B + 1, A + 5);
    let findings = volume.findings();
    assert_eq!(findings[0], Finding::Crossed { path: "B".into(), cluster: 7 });
    assert_eq!(findings[2], Finding::Lost { clusters: 8 });
    assert_eq!(volume.read("A").unwrap(), [b'A'; 5000]);
    assert_eq!(volume.read("B").unwrap(), [b'B'; 1024]);
}

#[test]
fn what_one_file_has_too_much_is_nobody_elses() {
    let volume = Damaged::new();
    volume.entry(0, 28, &100_u32.to_le_bytes());
    volume.entry(1, 26, &(A + 5).to_le_bytes());
    let findings = volume.findings();
    assert_eq!(findings[0], Finding::Long { path: "A".into(), clusters: 9 });
    assert_eq!(findings[1], Finding::Crossed { path: "B".into(), cluster: 7 });
    assert_eq!(volume.read("A").unwrap(), [b'A'; 100]);
    assert!(volume.read("B").unwrap().is_empty());
}

#[test]
fn sizes_follow_the_clusters_and_clusters_the_sizes() {
    let volume = Damaged::new();
    volume.entry(0, 28, &9000_u32.to_le_bytes());
    volume.entry(1, 28, &100_u32.to_le_bytes());
    assert_eq!(
        volume.findings(),
        [
            Finding::Short { path: "A".into(), size_bytes: 9000, clusters: 10 },
            Finding::Long { path: "B".into(), clusters: 9 },
        ]
    );
    assert_eq!(volume.read("A").unwrap().len(), 5120);
    assert_eq!(volume.read("B").unwrap(), [b'B'; 100]);
}

#[test]
fn a_folder_that_leads_to_itself_or_nowhere_is_removed() {
    let volume = Damaged::new();
    volume.change(
        u64::from(FOLDER - 2) + volume.field(14) + 2 * volume.field(22) + 32,
        64 + 32 + 26,
        &FOLDER.to_le_bytes(),
    );
    let fat = block_on(Fat::mount_with(Rc::clone(&volume.0), || None)).unwrap();
    assert_eq!(block_on(Fs::list(&fat, "FOLDER")).unwrap().len(), 1);
    let findings = volume.findings();
    assert_eq!(findings[0], Finding::Crossed { path: "FOLDER/A longer name".into(), cluster: 22 });
    let volume = Damaged::new();
    volume.entry(2, 26, &60_000_u16.to_le_bytes());
    assert_eq!(volume.findings()[1], Finding::NoFolder { path: "FOLDER".into() });
    assert_eq!(volume.read("FOLDER/A longer name"), None);
}

#[test]
fn of_two_of_one_name_the_second_gets_another() {
    let volume = Damaged::new();
    volume.entry(1, 0, b"A          ");
    assert_eq!(volume.findings(), [Finding::Twice { path: "A".into() }]);
    assert_eq!(volume.read("A~1").unwrap(), [b'B'; 5000]);
}

#[test]
fn copies_marks_and_lost_clusters_are_put_right() {
    let volume = Damaged::new();
    volume.link(100, 101);
    volume.link(101, 0xffff);
    volume.change(volume.field(14) + volume.field(22), 20, &[1, 2, 3]);
    volume.change(0, 37, &[1]);
    let findings = volume.findings();
    assert_eq!(
        findings,
        [Finding::Dirty, Finding::Copies { sectors: 1 }, Finding::Lost { clusters: 2 }]
    );
    assert!(findings.iter().all(Finding::is_harmless));
}

#[test]
fn the_clusters_of_a_damaged_chain_stay_in_use_when_the_file_is_removed() {
    for is_open in [false, true] {
        let volume = Damaged::new();
        volume.link(A + 3, 0);
        block_on(async {
            let fat = Fat::mount_with(Rc::clone(&volume.0), || None).await.unwrap();
            let file = fat.open("A", Open::Read).await.unwrap();
            assert_eq!(file.read_at(0, 600).await.unwrap().len(), 600);
            let file = is_open.then_some(file);
            fat.remove("A").await.unwrap();
            drop(file);
            fat.sync().await.unwrap();
        });
        assert_eq!(volume.findings(), [Finding::Lost { clusters: 9 }], "open: {is_open}");
    }
}

#[test]
fn whoever_walks_through_a_folder_that_lies_in_itself_comes_to_an_end() {
    let volume = Damaged::new();
    let entry = u64::from(FOLDER - 2) + volume.field(14) + 2 * volume.field(22) + 32;
    volume.change(entry, 64 + 32 + 11, &[0x10]);
    volume.change(entry, 64 + 32 + 26, &FOLDER.to_le_bytes());
    let fat = block_on(Fat::mount_with(Rc::clone(&volume.0), || None)).unwrap();
    assert_eq!(block_on(Fs::list(&fat, "FOLDER")).unwrap().len(), 1);
    let error = block_on(Fs::list(&fat, "FOLDER/A longer name")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
    assert_eq!(error.to_string(), "the folder that begins with cluster 22 lies in itself");
}

#[test]
fn files_that_stand_where_dots_are_to_be_stay_in_their_folder() {
    let volume = Damaged::new();
    let sector = u64::from(FOLDER - 2) + volume.field(14) + 2 * volume.field(22) + 32;
    for (slot, name, first) in [(0, b"ONE        ", 100_u16), (1, b"TWO        ", 101)] {
        volume.change(sector, slot * 32, name);
        volume.change(sector, slot * 32 + 11, &[0x20]);
        volume.change(sector, slot * 32 + 26, &first.to_le_bytes());
        volume.change(sector, slot * 32 + 28, &3_u32.to_le_bytes());
        volume.change(sector + u64::from(first - FOLDER), 0, &name[..3]);
        volume.link(first, 0xffff);
    }
    assert_eq!(volume.findings(), [Finding::Dots { path: "FOLDER".into() }]);
    for (path, data) in [("ONE", "ONE"), ("TWO", "TWO"), ("A longer name", "inside")] {
        assert_eq!(volume.read(&format!("FOLDER/{path}")).unwrap(), data.as_bytes());
    }
}

#[test]
fn what_is_left_of_dots_is_no_file() {
    let volume = Damaged::new();
    let sector = u64::from(FOLDER - 2) + volume.field(14) + 2 * volume.field(22) + 32;
    volume.change(sector, 0, b"x");
    volume.change(sector, 32, b"y");
    block_on(Fat::repair(&volume.0)).unwrap();
    assert!(block_on(Fat::check(&volume.0)).unwrap().is_clean());
    let fat = block_on(Fat::mount_with(Rc::clone(&volume.0), || None)).unwrap();
    assert_eq!(block_on(Fs::list(&fat, "FOLDER")).unwrap().len(), 1);
}
