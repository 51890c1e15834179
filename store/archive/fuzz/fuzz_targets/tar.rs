//! Any bytes as an archive: it is refused, or a store that keeps its promises.
//!
//! Checksums are made right first, since nobody finds one by chance.
#![no_main]

use embassy_futures::block_on;
use libfuzzer_sys::fuzz_target;
use sarab_archive::Tar;
use sarab_device::{Block, EntryKind, KvRead, check, key};
use sarab_memory::RamDisk;

fuzz_target!(|input: &[u8]| {
    let mut archive = input.to_vec();
    archive.resize(input.len().next_multiple_of(512), 0);
    archive.chunks_exact_mut(512).for_each(sign);
    let disk = RamDisk::new(512, archive.len() as u64 / 512).expect("a shape");
    block_on(disk.write(0, archive.into())).expect("a write within the disk");
    let Ok(store) = block_on(Tar::open(disk)) else { return };
    let values = values(&store);
    let expected: Vec<_> = values.iter().map(|(key, value)| (key.as_str(), &value[..])).collect();
    let is_taken = |(key, _): &(&str, _)| key.starts_with("sarab-absent");
    if expected.iter().any(is_taken) {
        return; // the suite needs that name to be free
    }
    assert_eq!(block_on(check::kv_read(&store, &expected)), Ok(()));
});

/// Puts the right checksum into what may be a header.
fn sign(block: &mut [u8]) {
    let is_marked = block[148..156].iter().any(|byte| *byte != 0);
    if is_marked {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}

/// Returns what `store` lists, by key, with what is there.
fn values(store: &impl KvRead) -> Vec<(String, Vec<u8>)> {
    let (mut values, mut folders) = (Vec::new(), vec![String::new()]);
    while let Some(folder) = folders.pop() {
        for entry in block_on(store.list(&folder)).expect("a sound disk") {
            let name = key::prefix(&folder) + &entry.name;
            match entry.kind {
                EntryKind::Folder => folders.push(name),
                EntryKind::Link => unreachable!("an archive passes links over"),
                EntryKind::Value => {
                    let value = block_on(store.get(&name)).expect("a sound disk");
                    values.push((name, value.expect("what was listed").to_vec()));
                }
            }
        }
    }
    values
}
