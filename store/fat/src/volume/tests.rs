//! What a mounted volume keeps in memory.

use alloc::format;

use embassy_futures::block_on;
use sarab_device::Fs;
use sarab_memory::RamDisk;

use crate::{Fat, Format, Width, folder::KEPT_BYTES};

#[test]
fn memory_is_bounded_for_those_who_only_look() {
    const FOLDERS: usize = 300;
    const CLUSTER_BYTES: usize = 32 << 10;
    let disk = alloc::rc::Rc::new(RamDisk::new(512, 40_000).unwrap());
    let cluster_bytes = u32::try_from(CLUSTER_BYTES).ok();
    let options = Format { width: Some(Width::Fat12), cluster_bytes, ..Format::default() };
    block_on(async {
        Fat::format(&disk, &options).await.unwrap();
        let fat = Fat::mount_with(alloc::rc::Rc::clone(&disk), || None).await.unwrap();
        for number in 0..FOLDERS {
            fat.create_folder(&format!("F{number}")).await.unwrap();
        }
        fat.sync().await.unwrap();
        let fat = Fat::mount_with(disk, || None).await.unwrap();
        for number in 0..FOLDERS {
            assert!(Fs::list(&fat, &format!("F{number}")).await.unwrap().is_empty());
            let folders = fat.volume.folders.borrow();
            let kept: usize = folders.values().map(|it| it.entries.borrow().size_bytes()).sum();
            assert!(kept <= KEPT_BYTES + CLUSTER_BYTES, "{kept} bytes after {number} folders");
        }
    });
}
