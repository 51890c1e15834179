//! The image of version 1 with any bytes in it, signed again: it is refused, or a store that does not panic.
#![no_main]

#[path = "../../tests/tree/forge.rs"]
mod forge;

use libfuzzer_sys::fuzz_target;

const PACKED: &[u8] = include_bytes!("../../tests/golden/version-1.pages");

fuzz_target!(|input: &[u8]| {
    let mut image = vec![0; 160 * 4096];
    for page in PACKED.chunks(4 + 4096) {
        let number = u32::from_le_bytes([page[0], page[1], page[2], page[3]]);
        let at = number as usize * 4096;
        image[at..at + 4096].copy_from_slice(&page[4..]);
    }
    forge::run(&image, input);
});
