//! Tables and partitions: promises, formats, hostile bytes.

mod hostile;
mod tables;
mod windows;

use alloc::{string::ToString, vec::Vec};

use embassy_futures::block_on;
use sarab_device::{Block, Bytes};
use sarab_memory::{DiskError, RamDisk};

use super::*;

/// The type of a partition with a Linux file system.
const LINUX: Guid = uguid::guid!("0fc63daf-8483-4772-8e79-3d69d8477de4");
const DISK: Guid = uguid::guid!("01234567-89ab-4cde-8123-456789abcdef");
const GPT: Scheme = Scheme::Gpt { disk: DISK };
const MBR: Scheme = Scheme::Mbr { disk: 0x1234_5678 };

fn disk(sector_bytes: u32, size_bytes: u64) -> RamDisk {
    RamDisk::new(sector_bytes, size_bytes / u64::from(sector_bytes)).unwrap()
}

/// Returns partitions of these sizes, the last of which takes the rest where it is `None`.
fn new(scheme: Scheme, sizes: &[Option<u64>]) -> Vec<New> {
    let (kind, guid) = match scheme {
        Scheme::Gpt { .. } => (Type::Gpt(LINUX), Some(DISK)),
        Scheme::Mbr { .. } => (Type::Mbr(0x83), None),
    };
    let new = |(index, size): (usize, &Option<u64>)| {
        let name = if guid.is_some() { ["eins", "zwei", "drei"][index % 3] } else { "" };
        New { kind, size_bytes: *size, name: name.to_string(), guid }
    };
    sizes.iter().enumerate().map(new).collect()
}

/// Divides a disk into partitions of these sizes.
fn divided(disk: &RamDisk, scheme: Scheme, sizes: &[Option<u64>]) -> Table {
    let table = Table::plan(scheme, disk.geometry(), &new(scheme, sizes)).unwrap();
    block_on(table.write(disk)).unwrap();
    table
}

fn read(disk: &RamDisk) -> Result<Table, TableError<DiskError>> {
    block_on(Table::read(disk))
}

/// Changes bytes of a sector.
fn poke(disk: &RamDisk, sector: u64, at: usize, bytes: &[u8]) {
    let mut data = block_on(disk.read(sector, 1)).unwrap().to_vec();
    data[at..at + bytes.len()].copy_from_slice(bytes);
    block_on(disk.write(sector, Bytes::from(data))).unwrap();
}
