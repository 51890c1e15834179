//! Any bytes as an image: it is refused, or loaded into the memory that it says it takes.
#![no_main]

use std::{fs, path::PathBuf, sync::OnceLock};

use libfuzzer_sys::fuzz_target;
use sarab_monitor::{image::Image, memory::Memory};

static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    let folder = FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder can be made"));
    let path: PathBuf = folder.path().join("image");
    fs::write(&path, bytes).expect("a file can be written");
    let Ok(image) = Image::open(&path) else { return };
    if image.span_bytes <= 1 << 24 {
        let memory = Memory::map(image.span_bytes).expect("there is memory");
        let _ = image.load(&memory, memory.base());
    }
});
