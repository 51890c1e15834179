//! What a layer lets through, and tells of what is below it.

use futures_lite::future::block_on;
use sarab_device::{Error as _, ErrorKind};
use sarab_disk::encrypted::{Cost, New};
use tempfile::NamedTempFile;

use super::*;

fn place(file: &NamedTempFile) -> Place {
    Place { file: file.path().to_owned(), partition: None }
}

fn image() -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    file.as_file().set_len(1 << 20).unwrap();
    file
}

#[test]
fn who_only_looks_does_not_write() {
    let file = image();
    for access in [Access::Read, Access::Write] {
        let below = Below::Plain(block_on(part(&place(&file), access, None)).unwrap());
        let cache = Cache::new(Layer { below, access }, Size::from_bytes(CACHE_BYTES));
        let written = block_on(cache.write(0, vec![1; 512].into()));
        match access {
            Access::Read => assert_eq!(written.unwrap_err().kind(), ErrorKind::ReadOnly),
            Access::Write => written.unwrap(),
        }
    }
}

#[test]
fn an_encrypted_image_is_told_apart_from_one_that_something_was_written_to() {
    let file = image();
    let opened = || block_on(part(&place(&file), Access::Write, None)).unwrap();
    let random = |bytes: &mut [u8]| bytes.fill(7);
    let cost = Cost { memory_kib: 8, passes: 1 };
    block_on(Encrypted::format(&opened(), New { passphrase: "sesame", cost, random })).unwrap();
    let encrypted = || {
        let disk = block_on(Encrypted::open(opened(), "sesame".into())).unwrap();
        Layer { below: Below::Encrypted(Box::new(disk)), access: Access::Write }
    };
    let layer = encrypted();
    assert!(block_on(layer.is_unwritten()).unwrap());
    let last = layer.geometry().sector_count - 1;
    block_on(layer.write(last, vec![1; 512].into())).unwrap();
    drop(layer);
    assert!(!block_on(encrypted().is_unwritten()).unwrap());
    let plain = Layer { below: Below::Plain(opened()), access: Access::Write };
    assert!(!block_on(plain.is_unwritten()).unwrap());
}
