//! What the traits promise, on volumes of each width.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::rc::Rc;

use embassy_futures::block_on;
use sarab_crash::{Disk, Image};
use sarab_device::{Block, Bytes, File, Fs, Open, check};
use sarab_fat::{Fat, Format, Width};
use sarab_memory::RamDisk;

/// A disk of a sector size and a number of sectors, and a width for it.
const SHAPES: [(u32, u64, Option<Width>); 7] = [
    (512, 2880, None),
    (512, 2000, Some(Width::Fat12)),
    (512, 40_000, Some(Width::Fat16)),
    (512, 40_000, Some(Width::Fat32)),
    (512, 400, Some(Width::Fat32)),
    (4096, 20_000, Some(Width::Fat16)),
    (2048, 3000, Some(Width::Fat32)),
];

fn formatted(sector_bytes: u32, sectors: u64, width: Option<Width>) -> Rc<RamDisk> {
    let disk = Rc::new(RamDisk::new(sector_bytes, sectors).unwrap());
    let options = Format { width, ..Format::default() };
    block_on(Fat::format(&disk, &options)).unwrap();
    disk
}

#[test]
fn it_keeps_the_promises_of_a_file_system() {
    for (sector_bytes, sectors, width) in SHAPES {
        let disk = formatted(sector_bytes, sectors, width);
        let fat = block_on(Fat::mount_with(Rc::clone(&disk), || None)).unwrap();
        assert_eq!(block_on(check::fs(&fat)), Ok(()), "{sectors} {width:?}");
    }
}

#[test]
fn it_keeps_them_on_a_disk_whose_requests_take_turns_and_are_given_up() {
    for (sector_bytes, sectors, width) in SHAPES.into_iter().take(5) {
        let formatted = formatted(sector_bytes, sectors, width);
        let bytes = block_on(formatted.read(0, u32::try_from(sectors).unwrap())).unwrap();
        let image = Image::from_bytes(sector_bytes, &bytes);
        for seed in 1..=4 {
            let disk = Rc::new(Disk::new(image.clone()).with_delays(6, seed).without_trace());
            let fat = block_on(Fat::mount_with(Rc::clone(&disk), || None)).unwrap();
            assert_eq!(block_on(check::fs(&fat)), Ok(()), "{sectors} {width:?}, seed {seed}");
            drop(fat);
            let after = Rc::new(Disk::new(disk.image()));
            let report = block_on(Fat::check(&after)).unwrap();
            assert!(report.is_clean(), "{sectors} {width:?}, seed {seed}: {:?}", report.findings);
        }
    }
}

const FILES: [(&str, &[u8]); 9] = [
    ("404.html", b"gone"),
    ("Empty file with a long name", b""),
    ("css/print/a.css", b"a{}"),
    ("css/site.css", &[7; 5000]),
    ("css0", b"0"),
    ("INDEX.HTM", b"<h1>"),
    ("index.html", b"<h1>"),
    ("\u{1f600} \u{e4}\u{f6}.txt", b"smile"),
    ("x y z", &[9; 512]),
];

#[test]
fn it_keeps_the_promises_of_a_kv_read() {
    for (sector_bytes, sectors, width) in SHAPES {
        let disk = formatted(sector_bytes, sectors, width);
        block_on(async {
            let fat = Fat::mount_with(Rc::clone(&disk), || None).await.unwrap();
            Fs::create_folder(&fat, "css").await.unwrap();
            Fs::create_folder(&fat, "css/print").await.unwrap();
            for (name, data) in FILES {
                let file = fat.open(name, Open::New).await.unwrap();
                file.write_at(0, Bytes::from_static(data)).await.unwrap();
            }
            assert_eq!(check::kv_read(&fat, &FILES).await, Ok(()));
            fat.sync().await.unwrap();
            let again = Fat::mount_with(Rc::clone(&disk), || None).await.unwrap();
            assert_eq!(check::kv_read(&again, &FILES).await, Ok(()));
            assert!(!again.info().await.unwrap().was_dirty);
        });
    }
}

#[test]
fn what_others_keep_in_reserved_sectors_stays() {
    let disk = formatted(512, 40_000, Some(Width::Fat32));
    let mut others = vec![0; 512];
    others[200] = 0x77;
    for sector in [1, 9] {
        block_on(disk.write(sector, others.clone().into())).unwrap();
    }
    block_on(async {
        let fat = Fat::mount_with(Rc::clone(&disk), || None).await.unwrap();
        fat.create_folder("D").await.unwrap();
        fat.open("A", Open::New).await.unwrap();
        fat.rename("A", "D/B").await.unwrap();
        fat.sync().await.unwrap();
    });
    for sector in [1, 9] {
        assert_eq!(block_on(disk.read(sector, 1)).unwrap(), others, "sector {sector}");
    }
}
