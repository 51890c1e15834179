//! What the headers of an image say: what is loaded of it when it starts, and what it asks for.

use std::{fs, path::Path};

use object::{
    Endianness, Object,
    elf::{FileHeader64, PT_INTERP, PT_LOAD},
    read::elf::{ElfFile, ProgramHeader},
};

/// What the headers of an image say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Headers {
    /// The bytes of memory that its segments take; the rest of the file is for debuggers.
    pub(super) loaded_bytes: u64,
    /// The libraries that are to be loaded beside it.
    pub(super) libraries: Vec<String>,
    /// The symbols that those are to define.
    pub(super) symbols: Vec<String>,
    /// Whether it wants a loader of its own.
    pub(super) has_interpreter: bool,
}

impl Headers {
    /// Reads those of `file`; `None` where it is no 64-bit ELF file.
    pub(super) fn read(file: &Path) -> Option<Self> {
        Self::of(&fs::read(file).ok()?)
    }

    fn of(file: &[u8]) -> Option<Self> {
        let elf = ElfFile::<FileHeader64<Endianness>>::parse(file).ok()?;
        let endian = elf.endian();
        let segments = elf.elf_program_headers();
        let loaded = segments.iter().filter(|segment| segment.p_type(endian) == PT_LOAD);
        let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        let libraries = elf.import_libraries().ok()?.map_while(Result::ok);
        let symbols = elf.imports().ok()?.map_while(Result::ok);
        Some(Self {
            loaded_bytes: loaded.map(|segment| segment.p_memsz(endian)).sum(),
            libraries: libraries.map(|library| text(library.name())).collect(),
            symbols: symbols.filter_map(|symbol| symbol.name().name().map(text)).collect(),
            has_interpreter: segments.iter().any(|segment| segment.p_type(endian) == PT_INTERP),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_the_host_is_loaded_in_part_and_asks_for_the_c_library() {
        let this = std::env::current_exe().unwrap();
        let headers = Headers::read(&this).unwrap();
        let size = headers.loaded_bytes;
        assert!(size > 100_000, "{size}");
        assert!(size < 2 * fs::metadata(&this).unwrap().len(), "{size}");
        assert!(headers.libraries.iter().any(|name| name.starts_with("libc.")), "{headers:?}");
        assert!(headers.symbols.iter().any(|name| name == "write"), "{headers:?}");
        assert!(headers.has_interpreter);
    }

    #[test]
    fn segments_are_added_up() {
        let mut elf = vec![0; 64 + 2 * 56];
        elf[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        (elf[20], elf[32], elf[52], elf[54], elf[56]) = (1, 64, 64, 56, 2);
        (elf[64], elf[64 + 40]) = (1, 7);
        (elf[120], elf[120 + 41]) = (1, 1);
        let mut expected = Headers {
            loaded_bytes: 7 + 256,
            libraries: Vec::new(),
            symbols: Vec::new(),
            has_interpreter: false,
        };
        assert_eq!(Headers::of(&elf).as_ref(), Some(&expected));
        elf[120] = 3;
        (expected.loaded_bytes, expected.has_interpreter) = (7, true);
        assert_eq!(Headers::of(&elf), Some(expected));
    }

    #[test]
    fn what_is_no_program_has_no_headers() {
        for bytes in [&b""[..], b"#!/bin/sh", b"\x7fELF\x02\x01", b"\x7fELF\x01\x01"] {
            assert_eq!(Headers::of(bytes), None);
        }
        let mut far = vec![0xff; 64];
        far[..6].copy_from_slice(b"\x7fELF\x02\x01");
        assert_eq!(Headers::of(&far), None);
    }
}
