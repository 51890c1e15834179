//! Any bytes as a volume: it is refused, or checked, read, changed and repaired without a panic.

use std::rc::Rc;

use embassy_futures::block_on;
use sarab_device::{Block, Bytes, EntryKind, File, Fs, KvRead, Open, key};
use sarab_fat::Fat;
use sarab_memory::RamDisk;

/// The most sectors of a volume that is tried; bytes that are left out at its end are zeroes.
const SECTORS_MAX: u64 = 8192;
/// Files and folders that are looked at.
const THINGS_MAX: usize = 60;

/// Does with the volume all that can be done with one.
pub(crate) fn survive(image: &[u8]) {
    let mut image = image.to_vec();
    if image.len() < 512 {
        return;
    }
    image[510..512].copy_from_slice(&[0x55, 0xaa]); // nobody finds that by chance
    image[11..13].copy_from_slice(&512_u16.to_le_bytes());
    let said = [image[19], image[20]];
    let sectors = match u16::from_le_bytes(said) {
        0 => u32::from_le_bytes([image[32], image[33], image[34], image[35]]),
        sectors => u32::from(sectors),
    };
    let sectors = u64::from(sectors).clamp(1, SECTORS_MAX);
    image.resize(usize::try_from(sectors * 512).expect("it is small"), 0);
    let disk = |image: &[u8]| {
        let disk = RamDisk::new(512, sectors).expect("a shape");
        block_on(disk.write(0, Bytes::copy_from_slice(image))).expect("room");
        Rc::new(disk)
    };
    let Ok(report) = block_on(Fat::check(&disk(&image))) else { return };
    if report.is_clean() {
        all_is_read(&disk(&image));
    }
    block_on(use_it(disk(&image)));
    let repaired = disk(&image);
    if block_on(Fat::repair(&repaired)).is_ok() {
        let after = block_on(Fat::check(&repaired)).expect("it was a volume before");
        assert!(after.is_clean(), "{:?} after {:?}", after.findings, report.findings);
        all_is_read(&repaired);
        block_on(use_it(repaired));
    }
}

/// Fails unless every file of a sound volume can be read.
fn all_is_read(disk: &Rc<RamDisk>) {
    let Ok(fat) = block_on(Fat::mount_with(Rc::clone(disk), || None)) else { return };
    for (path, kind) in block_on(things(&fat)) {
        if kind == EntryKind::Value {
            let read = block_on(fat.get(&path));
            assert!(matches!(read, Ok(Some(_))), "{path:?}: {:?}", read.err());
        }
    }
}

/// Returns the first files and folders.
async fn things(fat: &Fat<Rc<RamDisk>>) -> Vec<(String, EntryKind)> {
    let mut things = Vec::new();
    let mut waiting = vec![String::new()];
    while let Some(folder) = waiting.pop() {
        for entry in Fs::list(fat, &folder).await.unwrap_or_default() {
            if things.len() < THINGS_MAX {
                let path = key::prefix(&folder) + &entry.name;
                things.push((path.clone(), entry.kind));
                if entry.kind == EntryKind::Folder {
                    waiting.push(path);
                }
            }
        }
    }
    things
}

/// Reads and changes what there is; each request may fail.
async fn use_it(disk: Rc<RamDisk>) {
    let Ok(fat) = Fat::mount_with(disk, || None).await else { return };
    let _ = fat.info().await;
    let things = things(&fat).await;
    for (number, (path, _)) in things.iter().enumerate() {
        let _ = fat.get(path).await;
        if let Ok(file) = fat.open(path, Open::Existing).await {
            let _ = file.read_at(100, 5000).await;
            let size = file.size_bytes().await.unwrap_or_default().min(1 << 20);
            let _ = file.write_at(size / 2, Bytes::from(vec![1; 700])).await;
            let _ = file.set_size(size * (number as u64 % 3)).await;
        }
        let _ = match number % 4 {
            0 => fat.rename(path, &format!("A new name {number}")).await,
            1 => fat.remove(path).await,
            2 => fat.create_folder(&format!("{path}/A new folder")).await,
            _ => fat.sync().await,
        };
    }
    for number in 0..20 {
        if let Ok(file) = fat.open(&format!("A new file {number}"), Open::Create).await {
            let _ = file.write_at(0, Bytes::from(vec![2; 900])).await;
        }
    }
    let _ = fat.sync().await;
    let _ = fat.info().await;
}
