//! Images that are none.

use std::{fs, path::PathBuf};

use sarab_abi::manifest::Entry;
use sarab_monitor::{
    Error,
    image::{Image, Want},
    memory::{Memory, Protection},
};

use crate::elf::{self, CODE, DATA, END, image, put, segment};

const BASE: u64 = 0x7000_0000;

fn open(bytes: &[u8]) -> Result<Image, Error> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path: PathBuf = folder.path().join("image");
    fs::write(&path, bytes).expect("a file can be written");
    Image::open(&path)
}

fn why(bytes: &[u8]) -> String {
    let error = open(bytes).err().expect("it is refused").to_string();
    error.split_once("image: ").map_or(error.clone(), |(_, why)| why.into())
}

#[test]
fn a_good_image_is_loaded_and_relocated() {
    let entries = [Entry::Network("service"), Entry::Disk("data")];
    let image = open(&image(&entries)).expect("it is an image");
    let wants = [Want::Network("service".into()), Want::Disk("data".into())];
    assert_eq!((image.entry, image.span_bytes, &image.wants[..]), (CODE, END, &wants[..]));
    let parts: Vec<_> = image.parts().collect();
    let (read, execute) = (Protection::Read, Protection::ReadExecute);
    assert_eq!(
        parts,
        [(0, CODE, read), (CODE, DATA, execute), (DATA, END, Protection::ReadWrite),]
    );
    let mut memory = Memory::map(END).expect("there is memory");
    memory.set_base(BASE);
    image.load(&memory, BASE).expect("it fits");
    let part = |start, end| sarab_monitor::memory::Part {
        start,
        end,
        protection: Protection::ReadWrite,
        is_shared: false,
    };
    memory.set_parts(vec![part(0, END)]);
    assert_eq!(memory.get::<u64>(BASE + DATA), Some(BASE + 0x1234));
    assert_eq!(memory.get::<u16>(BASE + CODE), Some(0xfeeb));
}

/// A change to a good image.
type Damage = fn(&mut Vec<u8>);

#[test]
fn a_wrong_image_is_refused_with_the_reason() {
    let cases: [(Damage, &str); 15] = [
        (|elf| put(elf, 0x200, &[9]), "its notes are broken"),
        (|elf| elf.clear(), "not an image; `sarab build -t spt` makes one"),
        (|elf| elf.truncate(100), "not an image; `sarab build -t spt` makes one"),
        (|elf| put(elf, 18, &[183, 0]), "not an image for x86-64"),
        (|elf| put(elf, 16, &[2, 0]), "not position-independent, so not an image of a tender"),
        (|elf| put(elf, 24, &DATA.to_le_bytes()), "its entry point is not in its code"),
        (
            |elf| segment(elf, 2, (1, 7, DATA, 0x1000)),
            "it has a segment that is writable and executable",
        ),
        (|elf| segment(elf, 2, (1, 6, CODE + 0x800, 0x1000)), "its segments overlap"),
        (|elf| segment(elf, 2, (1, 6, DATA, 0x1001)), "it is cut short"),
        (|elf| segment(elf, 2, (1, 6, DATA, 1 << 40)), "it is larger than 4 GiB"),
        (|elf| segment(elf, 2, (1, 6, u64::MAX - 0xfff, 0x1000)), "it is larger than 4 GiB"),
        (|elf| put(elf, 0x200 + 12, b"Z"), "it has no manifest, so it is not an image of a tender"),
        (
            |elf| put(elf, 0x200 + 20, &[9]),
            "it is of version 9 of the ABI; build it with the same `sarab`",
        ),
        (|elf| put(elf, 0x200 + 24, &[9]), "its manifest is broken"),
        (|elf| put(elf, 0x2100, &[1]), "it needs a library, so it is not an image"),
    ];
    for (damage, expected) in cases {
        let mut elf = image(&[]);
        damage(&mut elf);
        assert_eq!(why(&elf), expected);
    }
}

#[test]
fn a_relocation_outside_of_the_image_is_refused() {
    for place in [END, END - 6, u64::MAX - 1, 1 << 40] {
        let mut elf = image(&[]);
        put(&mut elf, 0x300, &place.to_le_bytes());
        let image = open(&elf).expect("it is an image so far");
        let mut memory = Memory::map(END).expect("there is memory");
        memory.set_base(BASE);
        let error = image.load(&memory, BASE).expect_err("the relocation is outside").to_string();
        assert!(error.contains("a relocation lies outside of it"), "{error}");
    }
}

#[test]
fn a_device_named_twice_is_refused() {
    let elf = elf::image(&[Entry::Disk("a"), Entry::Disk("a")]);
    assert_eq!(why(&elf), "its manifest names a device twice");
}

#[test]
fn an_image_damaged_in_any_byte_is_refused_or_loaded_but_never_more() {
    let good = image(&[Entry::Network("service")]);
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("image");
    for at in (0..0x180).chain(0x200..0x240).chain(0x300..0x310).chain(0x2100..0x2130) {
        for value in [0, 0x7f, 0xff] {
            let mut elf = good.clone();
            elf[at] = value;
            fs::write(&path, &elf).expect("a file can be written");
            let Ok(image) = Image::open(&path) else { continue };
            if image.span_bytes <= 1 << 24 {
                let mut memory = Memory::map(image.span_bytes.max(4096)).expect("there is memory");
                memory.set_base(BASE);
                let _ = image.load(&memory, BASE);
            }
        }
    }
}
