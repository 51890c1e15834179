//! What a layer lets through, and tells of what is below it.

use futures_lite::future::block_on;
use sarab_device::Error as _;
use sarab_device::ErrorKind;
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
