//! New volumes.

use std::{fs::File, process::Command, rc::Rc};

use embassy_futures::block_on;
use sarab_device::{Bytes, File as _, Fs, Open};
use sarab_fat::{Fat, Format, Info, Width};
use sarab_memory::RamDisk;

use crate::tool::{Lab, load, succeed};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// Sizes around each choice that is made by size.
const SIZES: [u64; 14] = [
    360 * KIB,
    720 * KIB,
    1440 * KIB,
    2880 * KIB,
    MIB,
    4 * MIB,
    7 * MIB,
    9 * MIB,
    17 * MIB,
    100 * MIB,
    300 * MIB,
    511 * MIB,
    512 * MIB,
    9000 * MIB,
];

fn info(disk: &Rc<RamDisk>) -> Info {
    let fat = block_on(Fat::mount_with(Rc::clone(disk), || None)).unwrap();
    block_on(fat.info()).unwrap()
}

#[test]
fn width_and_clusters_are_those_that_mkfs_chooses() {
    let test = "width_and_clusters_are_those_that_mkfs_chooses";
    let Some(lab) = Lab::new(test, &["mkfs.fat"]) else { return };
    for size in SIZES {
        let path = lab.path("theirs.img");
        File::create(&path).unwrap().set_len(size).unwrap();
        succeed(Command::new("mkfs.fat").arg(&path));
        let head = std::fs::File::open(&path).unwrap();
        let theirs = head_of(&head, size);
        let ours = Rc::new(RamDisk::new(512, size / 512).unwrap());
        block_on(Fat::format(&ours, &Format::default())).unwrap();
        let (ours, theirs) = (info(&ours), info(&theirs));
        assert_eq!(
            (ours.width, ours.cluster_bytes),
            (theirs.width, theirs.cluster_bytes),
            "{size}"
        );
        let difference = ours.cluster_count.abs_diff(theirs.cluster_count);
        assert!(difference <= 1 + theirs.cluster_count / 1000, "{size}: {ours:?} {theirs:?}");
    }
}

/// Returns a disk with the first bytes of a file, and zeroes for the rest.
fn head_of(file: &File, size: u64) -> Rc<RamDisk> {
    use std::os::unix::fs::FileExt;
    let disk = RamDisk::new(512, size / 512).unwrap();
    let mut bytes = vec![0; usize::try_from(size.min(20 * MIB)).unwrap()];
    file.read_exact_at(&mut bytes, 0).unwrap();
    block_on(sarab_device::Block::write(&disk, 0, Bytes::from(bytes))).unwrap();
    Rc::new(disk)
}

#[test]
fn fsck_finds_nothing_on_a_new_volume_nor_on_one_in_use() {
    let test = "fsck_finds_nothing_on_a_new_volume_nor_on_one_in_use";
    let Some(lab) = Lab::new(test, &["fsck.fat"]) else { return };
    let widths = [None, Some(Width::Fat12), Some(Width::Fat16), Some(Width::Fat32)];
    for (sector_bytes, size, width) in [
        (512, 1440 * KIB, widths[0]),
        (512, 3 * MIB, widths[1]),
        (512, 20 * MIB, widths[2]),
        (512, 40 * MIB, widths[3]),
        (512, 300 * KIB, widths[3]),
        (2048, 20 * MIB, widths[2]),
        (4096, 60 * MIB, widths[2]),
        (4096, 20 * MIB, widths[3]),
    ] {
        let disk = Rc::new(RamDisk::new(sector_bytes, size / u64::from(sector_bytes)).unwrap());
        let options = Format { width, label: Some("MY DISK".into()), ..Format::default() };
        block_on(Fat::format(&disk, &options)).unwrap();
        lab.must_be_sound(&disk);
        block_on(async {
            let fat = Fat::mount_with(Rc::clone(&disk), || None).await.unwrap();
            assert_eq!(fat.info().await.unwrap().label.as_deref(), Some("MY DISK"));
            Fs::create_folder(&fat, "a folder").await.unwrap();
            for number in 0..200 {
                let file = fat.open(&format!("a folder/File {number}"), Open::New).await.unwrap();
                file.write_at(0, Bytes::from(vec![1; number * 3])).await.unwrap();
            }
            for number in (0..200).step_by(3) {
                fat.remove(&format!("a folder/file {number}")).await.unwrap();
            }
            fat.sync().await.unwrap();
        });
        lab.must_be_sound(&disk);
    }
}

#[test]
fn each_width_of_mkfs_can_be_used() {
    let test = "each_width_of_mkfs_can_be_used";
    let Some(lab) = Lab::new(test, &["mkfs.fat", "fsck.fat"]) else { return };
    for (bits, size, more) in [
        ("12", 2 * MIB, ["-s", "1"]),
        ("12", 2 * MIB, ["-f", "1"]),
        ("16", 16 * MIB, ["-R", "7"]),
        ("16", 40 * MIB, ["-S", "2048"]),
        ("32", 40 * MIB, ["-s", "1"]),
        ("32", 40 * MIB, ["-S", "1024"]),
    ] {
        let path = lab.path("theirs.img");
        File::create(&path).unwrap().set_len(size).unwrap();
        succeed(Command::new("mkfs.fat").args(["-F", bits]).args(more).arg(&path));
        let disk = load(&path, 512);
        block_on(async {
            let fat = Fat::mount_with(Rc::clone(&disk), || None).await.unwrap();
            for number in 0..100_usize {
                let file = fat.open(&format!("{number} of many"), Open::New).await.unwrap();
                file.write_at(number as u64, Bytes::from(vec![2; 3000])).await.unwrap();
                file.set_size(2000).await.unwrap();
            }
            fat.sync().await.unwrap();
        });
        lab.must_be_sound(&disk);
    }
}
