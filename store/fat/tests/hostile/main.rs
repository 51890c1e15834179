//! Volumes that were changed at random, and the corpus of the fuzz target.
#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod harness;

use std::{fs, path::PathBuf, rc::Rc};

use embassy_futures::block_on;
use sarab_device::{Block, Bytes, File, Fs, Open};
use sarab_fat::{Fat, Format, Width};
use sarab_memory::RamDisk;

/// Set it to write the corpus.
const UPDATE: &str = "UPDATE";

const SHAPES: [(&str, Width, u64); 3] =
    [("fat12", Width::Fat12, 100), ("fat16", Width::Fat16, 4200), ("fat32", Width::Fat32, 100)];

/// Changed volumes of each width.
const VOLUMES: usize = 150;

/// Returns a volume with a bit of everything, without the zeroes at its end.
fn volume(width: Width, sectors: u64) -> Vec<u8> {
    let disk = Rc::new(RamDisk::new(512, sectors).unwrap());
    let options = Format {
        width: Some(width),
        cluster_bytes: Some(512),
        table_count: Some(1),
        label: Some("FUZZ".into()),
        ..Format::default()
    };
    block_on(Fat::format(&disk, &options)).unwrap();
    block_on(async {
        let fat = Fat::mount_with(Rc::clone(&disk), || None).await.unwrap();
        fat.create_folder("folder").await.unwrap();
        fat.create_folder("folder/In It").await.unwrap();
        for (name, size) in [("A.TXT", 10), ("A longer name", 3000), ("folder/In It/b", 700)] {
            let file = fat.open(name, Open::New).await.unwrap();
            file.write_at(0, Bytes::from(vec![b'x'; size])).await.unwrap();
        }
        fat.sync().await.unwrap();
        let sectors = u32::try_from(sectors).unwrap();
        let bytes = disk.read(0, sectors).await.unwrap();
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        bytes[..=end].to_vec()
    })
}

/// A stream of numbers that is the same in every run (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

fn corpus(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/mount").join(name)
}

#[test]
fn the_corpus_holds_a_volume_of_each_width() {
    for (name, width, sectors) in SHAPES {
        let bytes = volume(width, sectors);
        if std::env::var_os(UPDATE).is_some() {
            fs::write(corpus(name), &bytes).unwrap();
        }
        assert!(fs::read(corpus(name)).unwrap() == bytes, "{name}: run it with {UPDATE}=1");
        harness::survive(&bytes);
    }
}

#[test]
fn a_volume_that_was_changed_at_random_does_no_harm() {
    let mut random = Random(0x5a5a_1234);
    for (name, _, _) in SHAPES {
        let bytes = fs::read(corpus(name)).unwrap();
        // Bytes that are not zero are those that mean something.
        let places: Vec<_> =
            (0..bytes.len()).filter(|at| bytes[*at] != 0 && bytes[*at] != b'x').collect();
        for _ in 0..VOLUMES {
            let mut changed = bytes.clone();
            for _ in 0..=random.below(4) {
                let near = places[random.below(places.len())] + random.below(2);
                let value = [0, 1, 2, 0xff, 0xe5, 0xf8, random.below(256)][random.below(7)];
                let at = near.min(changed.len() - 1);
                changed[at] = u8::try_from(value).unwrap();
            }
            harness::survive(&changed);
        }
    }
}
