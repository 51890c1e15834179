//! Random requests, beside a file system in memory and `fsck.fat`.

use std::{collections::BTreeMap, rc::Rc};

use embassy_futures::block_on;
use sarab_device::{Bytes, Error, ErrorKind, File, Fs, Open};
use sarab_fat::{Fat, FatFile, Format, Width};
use sarab_memory::{RamDisk, RamFile, RamFs};

use crate::{exchange::listed, tool::Lab};

/// A stream of numbers that is the same in every run (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Names that differ in more than case, of one entry, a few, and many.
fn name(random: &mut Random) -> String {
    let folder = ["", "one/", "two/", "one/in/", "Folder With A Long Name/"];
    let folder = folder[usize::try_from(random.below(5)).unwrap()];
    match random.below(9) {
        0 => format!("{folder}short"),
        1 => format!("{folder}SHORT2.TXT"),
        2 => format!("{folder}A long name with dots.in.it"),
        3 => format!("{folder}{}", "very long ".repeat(24).trim()),
        4 => format!("{folder}A long name {}", random.below(40)),
        5 => "one".into(),
        6 => "two".into(),
        7 => "one/in".into(),
        _ => "Folder With A Long Name".into(),
    }
}

/// What came of a request, as far as both sides must agree.
fn kind<T, E: Error>(result: &Result<T, E>) -> Result<(), ErrorKind> {
    result.as_ref().map(drop).map_err(Error::kind)
}

struct Pair {
    fat: Fat<Rc<RamDisk>>,
    model: RamFs,
    open: Vec<(FatFile<Rc<RamDisk>>, RamFile)>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Pair {
    fn step(&mut self, random: &mut Random) {
        let (one, other) = (name(random), name(random));
        match random.below(12) {
            0..3 => self.open(
                &one,
                [Open::Create, Open::New, Open::Existing]
                    [usize::try_from(random.below(3)).unwrap()],
            ),
            3 => {
                let ours = block_on(Fs::create_folder(&self.fat, &one));
                let theirs = block_on(self.model.create_folder(&one));
                assert_eq!(kind(&ours), kind(&theirs), "create folder {one}");
            }
            4 => {
                let ours = block_on(self.fat.remove(&one));
                let theirs = block_on(self.model.remove(&one));
                assert_eq!(kind(&ours), kind(&theirs), "remove {one}");
            }
            5 | 6 => {
                let ours = block_on(self.fat.rename(&one, &other));
                let theirs = block_on(self.model.rename(&one, &other));
                assert_eq!(kind(&ours), kind(&theirs), "rename {one} to {other}");
            }
            7 if !self.open.is_empty() => {
                let at = usize::try_from(random.below(self.open.len() as u64)).unwrap();
                drop(self.open.swap_remove(at));
            }
            8 if random.below(4) == 0 => block_on(self.fat.sync()).unwrap(),
            _ if !self.open.is_empty() => self.change(random),
            _ => {}
        }
    }

    fn open(&mut self, name: &str, how: Open) {
        let ours = block_on(self.fat.open(name, how));
        let theirs = block_on(self.model.open(name, how));
        assert_eq!(kind(&ours), kind(&theirs), "open {name} {how:?}");
        if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
            self.open.push((ours, theirs));
        }
    }

    fn change(&mut self, random: &mut Random) {
        let at = usize::try_from(random.below(self.open.len() as u64)).unwrap();
        let (ours, theirs) = &self.open[at];
        let (offset, size) = (random.below(9000), usize::try_from(random.below(6000)).unwrap());
        match random.below(4) {
            0 => {
                block_on(ours.set_size(offset)).unwrap();
                block_on(theirs.set_size(offset)).unwrap();
            }
            1 => {
                let read = block_on(ours.read_at(offset, size)).unwrap();
                assert_eq!(read, block_on(theirs.read_at(offset, size)).unwrap());
            }
            2 => block_on(ours.sync()).unwrap(),
            _ => {
                let data: Vec<u8> = (0..size).map(|_| random.below(256).to_le_bytes()[0]).collect();
                block_on(ours.write_at(offset, Bytes::from(data.clone()))).unwrap();
                block_on(theirs.write_at(offset, Bytes::from(data))).unwrap();
            }
        }
    }

    /// Fails unless both hold the same files.
    fn compare(&mut self) {
        self.files = listed(&self.fat);
        for (name, data) in &self.files {
            let file = block_on(self.model.open(name, Open::Read)).unwrap();
            let theirs = block_on(file.read_at(0, usize::MAX >> 1)).unwrap();
            assert!(theirs == data, "{name} differs");
        }
    }
}

fn run(seed: u64, sectors: u64, width: Width, requests: u32, lab: Option<&Lab>) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let disk = Rc::new(RamDisk::new(512, sectors).unwrap());
    let options = Format { width: Some(width), cluster_bytes: Some(512), ..Format::default() };
    block_on(Fat::format(&disk, &options)).unwrap();
    let fat = block_on(Fat::mount_with(Rc::clone(&disk), || None)).unwrap();
    let mut pair = Pair { fat, model: RamFs::new(), open: Vec::new(), files: BTreeMap::new() };
    for request in 0..requests {
        pair.step(&mut random);
        if request % 200 == 199 {
            pair.open.clear();
            pair.compare();
            block_on(pair.fat.sync()).unwrap();
            let info = block_on(pair.fat.info()).unwrap();
            assert!(!info.was_dirty);
            if let Some(lab) = lab {
                lab.must_be_sound(&disk);
            }
            let kept = std::mem::take(&mut pair.files);
            pair.fat = block_on(Fat::mount_with(Rc::clone(&disk), || None)).unwrap();
            assert!(listed(&pair.fat) == kept, "what was written is read anew");
            assert_eq!(block_on(pair.fat.info()).unwrap().free_count, info.free_count);
        }
    }
}

#[test]
fn random_requests_do_what_they_do_in_memory() {
    for seed in 1..=4 {
        run(seed, 4000, Width::Fat12, 1000, None);
        run(seed, 6000, Width::Fat16, 1000, None);
        run(seed, 6000, Width::Fat32, 1000, None);
    }
}

#[test]
fn fsck_finds_nothing_after_random_requests() {
    let test = "fsck_finds_nothing_after_random_requests";
    let Some(lab) = Lab::new(test, &["fsck.fat"]) else { return };
    for seed in 100..=101 {
        run(seed, 4000, Width::Fat12, 1000, Some(&lab));
        run(seed, 6000, Width::Fat16, 1000, Some(&lab));
        run(seed, 6000, Width::Fat32, 1000, Some(&lab));
    }
}
