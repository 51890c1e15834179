//! What is on disks that are made for it.

use std::rc::Rc;

use futures_lite::future::block_on;
use sarab_device::Bytes;
use sarab_disk::{
    Encrypted,
    encrypted::{Cost, New},
    partition::Scheme,
};
use sarab_fat::{Fat, Format};
use sarab_memory::RamDisk;
use sarab_tree::{Options, Tree};

use super::*;

fn disk() -> RamDisk {
    RamDisk::new(512, 16384).unwrap()
}

fn kind(disk: &RamDisk) -> Kind {
    block_on(Kind::of(disk)).unwrap()
}

/// Returns a disk with these bytes at a place.
fn marked(at: usize, mark: &[u8]) -> RamDisk {
    let disk = disk();
    let mut start = vec![0; 128 << 10];
    start[at..at + mark.len()].copy_from_slice(mark);
    block_on(disk.write(0, Bytes::from(start))).unwrap();
    disk
}

#[test]
fn what_sarab_makes_is_known() {
    let disk = Rc::new(disk());
    assert_eq!(kind(&disk), Kind::Blank);
    block_on(Fat::format(&disk, &Format::default())).unwrap();
    assert_eq!(kind(&disk), Kind::Fat);
    let format = sarab_tree::Format::new([7; 16]);
    let store = block_on(Tree::format(Rc::clone(&disk), &format, Options::default())).unwrap();
    assert_eq!(kind(&disk), Kind::Tree);
    drop(store);
    let table = Table::plan(Scheme::Mbr { disk: 1 }, disk.geometry(), &[]).unwrap();
    block_on(table.write(&disk)).unwrap();
    assert_eq!(kind(&disk), Kind::Table);
    let cost = Cost { memory_kib: 8, passes: 1 };
    let new = New { passphrase: "x", cost, random: |bytes: &mut [u8]| bytes.fill(7) };
    block_on(Encrypted::format(&disk, new)).unwrap();
    assert_eq!(kind(&disk), Kind::Encrypted);
}

#[test]
fn what_others_make_is_known() {
    for (at, mark, expected) in MARKS {
        assert_eq!(kind(&marked(at, mark)), expected);
    }
}

#[test]
fn file_systems_of_the_ext_family_are_told_apart() {
    let disk = marked(1080, b"\x53\xef");
    for (at, bit, expected) in [(0x5c, 4, Kind::Ext3), (0x60, 0x40, Kind::Ext4)] {
        let mut sector = block_on(disk.read(2, 1)).unwrap().to_vec();
        sector[at] |= bit;
        block_on(disk.write(2, Bytes::from(sector))).unwrap();
        assert_eq!(kind(&disk), expected);
    }
}

#[test]
fn what_nobody_knows_and_what_is_too_short_is_told_so() {
    assert_eq!(kind(&marked(5000, b"something")), Kind::Unknown);
    assert_eq!(kind(&RamDisk::new(512, 0).unwrap()), Kind::Blank);
    assert_eq!(kind(&RamDisk::new(512, 1).unwrap()), Kind::Blank);
}
