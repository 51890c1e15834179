//! Small images, made byte by byte, to be right or wrong in any place.

use sarab_abi::manifest::{Entry, OWNER};

/// Where the parts of an image are, in the file and in memory alike.
pub(crate) const CODE: u64 = 0x1000;
pub(crate) const DATA: u64 = 0x2000;
pub(crate) const END: u64 = 0x3000;
const NOTE: u64 = 0x200;
const RELR: u64 = 0x300;
const DYNAMIC: u64 = 0x2100;

const LOAD: u32 = 1;
const DYNAMIC_SEGMENT: u32 = 2;
const NOTE_SEGMENT: u32 = 4;

/// An image of three segments, with a manifest and one packed relocation at [`DATA`].
pub(crate) fn image(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut elf = vec![0; usize::try_from(END).expect("it is small")];
    put(&mut elf, 0, b"\x7fELF\x02\x01\x01");
    put(&mut elf, 16, &3_u16.to_le_bytes());
    put(&mut elf, 18, &62_u16.to_le_bytes());
    put(&mut elf, 20, &1_u32.to_le_bytes());
    put(&mut elf, 24, &CODE.to_le_bytes());
    put(&mut elf, 32, &64_u64.to_le_bytes());
    put(&mut elf, 52, &64_u16.to_le_bytes());
    put(&mut elf, 54, &56_u16.to_le_bytes());
    let note = note(entries);
    let headers = [
        (LOAD, 4, 0, 0x1000),
        (LOAD, 5, CODE, 0x1000),
        (LOAD, 6, DATA, 0x1000),
        (NOTE_SEGMENT, 4, NOTE, note.len() as u64),
        (DYNAMIC_SEGMENT, 6, DYNAMIC, 3 * 16),
    ];
    put(&mut elf, 56, &u16::try_from(headers.len()).expect("they are few").to_le_bytes());
    for (index, header) in headers.into_iter().enumerate() {
        segment(&mut elf, index, header);
    }
    put(&mut elf, NOTE, &note);
    put(&mut elf, RELR, &DATA.to_le_bytes());
    for (index, word) in [36_u64, RELR, 35, 8, 0, 0].into_iter().enumerate() {
        put(&mut elf, DYNAMIC + 8 * index as u64, &word.to_le_bytes());
    }
    put(&mut elf, DATA, &0x1234_u64.to_le_bytes());
    // An endless loop, should anybody run it.
    put(&mut elf, CODE, b"\xeb\xfe");
    elf
}

/// Writes program header `index`: type, flags, place and size.
pub(crate) fn segment(
    elf: &mut [u8],
    index: usize,
    (kind, flags, start, size): (u32, u32, u64, u64),
) {
    let at = 64 + 56 * index as u64;
    put(elf, at, &kind.to_le_bytes());
    put(elf, at + 4, &flags.to_le_bytes());
    let align = if kind == LOAD { 0x1000 } else { 4 };
    for (offset, value) in
        [(8, start), (16, start), (24, start), (32, size), (40, size), (48, align)]
    {
        put(elf, at + offset, &value.to_le_bytes());
    }
}

pub(crate) fn put(elf: &mut [u8], at: u64, bytes: &[u8]) {
    let at = usize::try_from(at).expect("it is small");
    elf[at..at + bytes.len()].copy_from_slice(bytes);
}

fn note(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut manifest = sarab_abi::VERSION.to_le_bytes().to_vec();
    manifest.extend(u32::try_from(entries.len()).expect("they are few").to_le_bytes());
    for entry in entries {
        let kind = match entry {
            Entry::Network(_) => 1,
            Entry::Disk(_) => 2,
        };
        let name = entry.name().as_bytes();
        manifest.extend([kind, u8::try_from(name.len()).expect("it is short")]);
        manifest.extend(name);
    }
    let sizes = [OWNER.len(), manifest.len(), 1].map(|it| u32::try_from(it).expect("it is small"));
    let mut note: Vec<u8> = sizes.iter().flat_map(|size| size.to_le_bytes()).collect();
    note.extend(OWNER);
    note.extend([0, 0]);
    note.extend(manifest);
    note.resize(note.len().next_multiple_of(4), 0);
    note
}
