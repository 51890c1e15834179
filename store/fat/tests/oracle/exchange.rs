//! Files that one side writes and the other reads.

use std::{collections::BTreeMap, fs, path::Path, process::Command, rc::Rc, time::Duration};

use embassy_futures::block_on;
use sarab_device::{Bytes, EntryKind, File, Fs, Open, WallTime, key};
use sarab_fat::{Fat, Format, Width};
use sarab_memory::RamDisk;

use crate::tool::{Lab, load, succeed};

/// Names that are short, long, of one case and of several, and from many alphabets. None takes two
/// units for a letter: mtools does not know such letters.
const NAMES: [&str; 13] = [
    "README.TXT",
    "readme2.txt",
    "Mixed Case.Txt",
    "no ending",
    ".hidden",
    "many.dots.in.it",
    "exactly8.abc",
    "+,;=[]",
    "caf\u{e9} \u{fc}ber.txt",
    "\u{65e5}\u{672c}\u{8a9e}.txt",
    "\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442}",
    "folder/inside",
    "folder/Another One/deep down.bin",
];

fn data(name: &str) -> Vec<u8> {
    name.bytes().cycle().take(name.len() * 997 % 20_000).collect()
}

fn widths() -> [(u64, Width); 3] {
    [(4000, Width::Fat12), (40_000, Width::Fat16), (80_000, Width::Fat32)]
}

#[test]
fn mtools_reads_what_is_written_here() {
    let Some(lab) = Lab::new("mtools_reads_what_is_written_here", &["mcopy", "fsck.fat"]) else {
        return;
    };
    for (sectors, width) in widths() {
        let disk = Rc::new(RamDisk::new(512, sectors).unwrap());
        let options = Format { width: Some(width), ..Format::default() };
        block_on(Fat::format(&disk, &options)).unwrap();
        let clock = || Some(WallTime::new(Duration::from_secs(1_700_000_000)));
        block_on(async {
            let fat = Fat::mount_with(Rc::clone(&disk), clock).await.unwrap();
            fat.create_folder("folder").await.unwrap();
            fat.create_folder("folder/Another One").await.unwrap();
            for name in NAMES {
                let file = fat.open(name, Open::New).await.unwrap();
                file.write_at(0, Bytes::from(data(name))).await.unwrap();
            }
            fat.sync().await.unwrap();
        });
        lab.must_be_sound(&disk);
        let image = lab.save("ours.img", &disk);
        let folder = lab.path(&format!("out-{width}"));
        fs::create_dir(&folder).unwrap();
        succeed(
            Command::new("mcopy").args(["-s", "-m", "-n", "-i"]).arg(image).arg("::*").arg(&folder),
        );
        must_be_all(&files(&folder));
        let changed = fs::metadata(folder.join("README.TXT")).unwrap().modified().unwrap();
        let changed = changed.duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(changed.as_secs(), 1_700_000_000);
    }
}

#[test]
fn what_mtools_writes_is_read_here() {
    let test = "what_mtools_writes_is_read_here";
    let Some(lab) = Lab::new(test, &["mcopy", "mkfs.fat"]) else { return };
    for (sectors, width) in widths() {
        let source = lab.path(&format!("source-{width}"));
        for name in NAMES {
            let path = source.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, data(name)).unwrap();
        }
        let image = lab.path("theirs.img");
        fs::File::create(&image).unwrap().set_len(sectors * 512).unwrap();
        let bits = width.to_string()[3..].to_owned();
        succeed(Command::new("mkfs.fat").args(["-F", &bits]).arg(&image));
        let sources: Vec<_> =
            fs::read_dir(&source).unwrap().map(|entry| entry.unwrap().path()).collect();
        succeed(Command::new("mcopy").args(["-s", "-i"]).arg(&image).args(sources).arg("::"));
        let fat = block_on(Fat::mount_with(load(&image, 512), || None)).unwrap();
        must_be_all(&listed(&fat));
    }
}

/// Fails unless those are the files, byte for byte.
fn must_be_all(found: &BTreeMap<String, Vec<u8>>) {
    let mut names = NAMES;
    names.sort_unstable();
    assert_eq!(found.keys().collect::<Vec<_>>(), names);
    for (name, bytes) in found {
        assert!(*bytes == data(name), "{name} differs");
    }
}

/// Returns all files of a folder of the host.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(String::new(), folder.to_owned())];
    while let Some((prefix, folder)) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                waiting.push((name + "/", entry.path()));
            } else {
                found.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

/// Returns all files of a volume.
pub(crate) fn listed(fat: &Fat<Rc<RamDisk>>) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![String::new()];
    while let Some(folder) = waiting.pop() {
        for entry in block_on(Fs::list(fat, &folder)).unwrap() {
            let name = key::prefix(&folder) + &entry.name;
            if entry.kind == EntryKind::Folder {
                waiting.push(name);
                continue;
            }
            let file = block_on(fat.open(&name, Open::Read)).unwrap();
            let bytes = block_on(file.read_at(0, usize::MAX)).unwrap();
            found.insert(name, bytes.to_vec());
        }
    }
    found
}
