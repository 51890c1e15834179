//! How much of an image is loaded when it starts: the rest of the file is for debuggers.

use std::{fs::File, io::Read, path::Path};

/// How much of a file is read for its headers, which linkers put first.
const HEAD_BYTES: u64 = 4096;

/// Returns the bytes of memory that the segments of the ELF file `file` take; `None` where it is no
/// 64-bit little-endian ELF file.
pub(super) fn size_bytes(file: &Path) -> Option<u64> {
    let mut head = Vec::new();
    File::open(file).ok()?.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    of(&head)
}

/// A segment that is loaded (`PT_LOAD`).
const LOAD: u64 = 1;

/// Reads the program headers (System V ABI, "Program Header").
///
/// ```text
/// file header   0 magic, 4 class, 5 order, 32 offset of the headers (8 bytes),
///               54 size of one (2), 56 how many (2)
/// segment       0 type (4), 40 size in memory (8)
/// ```
fn of(elf: &[u8]) -> Option<u64> {
    if !elf.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let start = number(elf, 32, 8)?;
    let (size, count) = (number(elf, 54, 2)?, number(elf, 56, 2)?);
    let mut total = 0_u64;
    for index in 0..count {
        let segment = start.checked_add(index.checked_mul(size)?)?;
        if number(elf, segment, 4)? == LOAD {
            total = total.checked_add(number(elf, segment.checked_add(40)?, 8)?)?;
        }
    }
    Some(total)
}

/// Reads a little-endian number of `width` bytes at `at`.
fn number(elf: &[u8], at: u64, width: usize) -> Option<u64> {
    let at = usize::try_from(at).ok()?;
    let bytes = elf.get(at..at.checked_add(width)?)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loaded_part_of_a_program_is_smaller_than_its_file() {
        let this = std::env::current_exe().unwrap();
        let size = size_bytes(&this).unwrap();
        assert!(size > 100_000, "{size}");
        assert!(size < 2 * std::fs::metadata(&this).unwrap().len(), "{size}");
    }

    #[test]
    fn segments_are_added_up() {
        let mut elf = vec![0; 64 + 2 * 56];
        elf[..6].copy_from_slice(b"\x7fELF\x02\x01");
        (elf[32], elf[54], elf[56]) = (64, 56, 2);
        (elf[64], elf[64 + 40]) = (1, 7);
        (elf[120], elf[120 + 41]) = (1, 1);
        assert_eq!(of(&elf), Some(7 + 256));
        elf[120] = 2;
        assert_eq!(of(&elf), Some(7));
    }

    #[test]
    fn what_is_no_program_has_no_loaded_part() {
        for bytes in [&b""[..], b"#!/bin/sh", b"\x7fELF\x02\x01", b"\x7fELF\x01\x01"] {
            assert_eq!(of(bytes), None);
        }
        let mut far = vec![0xff; 64];
        far[..6].copy_from_slice(b"\x7fELF\x02\x01");
        assert_eq!(of(&far), None);
    }
}
