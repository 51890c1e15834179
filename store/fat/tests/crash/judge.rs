//! What may be found after a crash.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    process::{Command, Stdio},
    rc::Rc,
};

use embassy_futures::block_on;
use sarab_crash::{Disk, Image, Progress, Random, Replay, Sampling};
use sarab_device::{EntryKind, Fs, KvRead, key};
use sarab_fat::Fat;
use sarab_skip::skip;
use tempfile::TempDir;

use crate::work::{Request, Work};

pub(crate) struct Judge<'a> {
    pub(crate) work: &'a Work,
    pub(crate) fsck: &'a Fsck,
}

/// A file that must be found: where it may be, and what must be in it, if it was not written to.
struct Owed {
    paths: Vec<String>,
    data: Option<Vec<u8>>,
}

impl Judge<'_> {
    /// Fails unless `image` is a volume with nothing worse than lost clusters, in which, once it is
    /// mounted, all is that must be; also where power fails again while it is mounted.
    pub(crate) fn judge(&self, image: &Image, progress: Progress, place: &str) {
        self.sound(image, place);
        let (disk, found) = mount(image);
        self.complete(&found, progress, place);
        let trace = disk.trace().clone();
        let mut replay = Replay::new(image.clone(), &trace);
        let mut seen = HashSet::from([image.digest()]);
        while replay.step() {
            let sampling = Sampling { exhaustive_max: 16, random: 4, regular_max: 4 };
            let mut states = Vec::new();
            replay.states(&sampling, &mut Random::new(1), &mut |state| states.push(state.image()));
            for state in states.into_iter().filter(|state| seen.insert(state.digest())) {
                let place = format!("{place}, and again");
                self.sound(&state, &place);
                self.complete(&mount(&state).1, progress, &place);
            }
        }
        repair(image, &found, place);
    }

    fn sound(&self, image: &Image, place: &str) {
        let disk = Rc::new(Disk::new(image.clone()));
        let report = block_on(Fat::check(&disk)).unwrap();
        assert!(report.is_harmless(), "{place}: {:?}", report.findings);
        self.fsck.judge(image, place);
    }

    fn complete(&self, found: &BTreeMap<String, Vec<u8>>, progress: Progress, place: &str) {
        let moments = &self.work.models[progress.acknowledged..=progress.attempted];
        let all = moments.iter().flat_map(|model| model.files.keys());
        let names: HashSet<&str> = all.map(|path| key::split(path).1).collect();
        for path in found.keys() {
            let is_known = names.contains(key::split(path).1);
            assert!(is_known, "{place}: `{path}` never had that name");
        }
        for owed in self.owed(progress) {
            let paths = &owed.paths;
            let here: Vec<_> = paths.iter().filter_map(|path| found.get(path)).collect();
            assert!(!here.is_empty(), "{place}: none of {paths:?} is in {:?}", found.keys());
            if let Some(data) = &owed.data {
                let is_there = here.contains(&data);
                assert!(is_there, "{place}: {paths:?} has another contents");
            }
        }
    }

    /// Returns what must be found: all that was there at the last `sync`, and has not been removed.
    fn owed(&self, progress: Progress) -> Vec<Owed> {
        let files = &self.work.models[progress.acknowledged].files;
        let mut owed: Vec<_> = files
            .iter()
            .map(|(path, data)| Owed { paths: vec![path.clone()], data: Some(data.clone()) })
            .collect();
        for request in &self.work.requests[progress.acknowledged..progress.attempted] {
            match request {
                Request::Remove(path) => owed.retain(|it| it.now() != path),
                Request::Write(path, ..) | Request::SetSize(path, _) => {
                    owed.iter_mut().filter(|it| it.now() == path).for_each(|it| it.data = None);
                }
                Request::Rename(from, to) => {
                    owed.retain(|it| it.now() != to);
                    for it in &mut owed {
                        let now = it.now().clone();
                        match now.strip_prefix(from.as_str()) {
                            Some(rest) if rest.is_empty() || rest.starts_with('/') => {
                                it.paths.push(format!("{to}{rest}"));
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        owed
    }
}

impl Owed {
    fn now(&self) -> &String {
        self.paths.last().unwrap()
    }
}

/// Mounts an image and reads all files.
pub(crate) fn mount(image: &Image) -> (Rc<Disk>, BTreeMap<String, Vec<u8>>) {
    let disk = Rc::new(Disk::new(image.clone()));
    let fat = block_on(Fat::mount_with(Rc::clone(&disk), || None)).unwrap();
    (disk, block_on(all(&fat)))
}

/// Reads all files.
pub(crate) async fn all(fat: &Fat<Rc<Disk>>) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![String::new()];
    while let Some(folder) = waiting.pop() {
        for entry in Fs::list(fat, &folder).await.unwrap() {
            let name = key::prefix(&folder) + &entry.name;
            if entry.kind == EntryKind::Folder {
                waiting.push(name);
            } else {
                let data = fat.get(&name).await.unwrap().unwrap();
                found.insert(name, data.to_vec());
            }
        }
    }
    found
}

/// Fails unless a repair leaves nothing to find, and all files.
fn repair(image: &Image, found: &BTreeMap<String, Vec<u8>>, place: &str) {
    let disk = Rc::new(Disk::new(image.clone()));
    block_on(Fat::repair(&disk)).unwrap();
    let report = block_on(Fat::check(&disk)).unwrap();
    assert!(report.is_clean(), "{place}: {:?} after a repair", report.findings);
    assert!(mount(&disk.image()).1 == *found, "{place}: a repair changes files");
}

/// `fsck.fat`, where it is there and wanted.
pub(crate) struct Fsck(Option<TempDir>);

/// What it may say of a volume whose power has failed.
const HARMLESS: [&str; 16] = [
    "fsck.fat 4",
    "Dirty bit is set",
    "Automatically removing dirty bit",
    "There are differences between boot sector and its backup",
    "This is mostly harmless. Differences: (offset:original/backup)",
    "  65:",
    "Not automatically fixing this",
    "FATs differ",
    "Using first FAT",
    "Reclaimed ",
    "Reclaiming ",
    "Free cluster summary wrong",
    "  Auto-correcting",
    "Orphaned long file name part",
    "  Auto-deleting",
    "Leaving filesystem unchanged",
];

/// To start a program takes long, so it sees one of so many states.
const ONE_OF: u64 = 8;

impl Fsck {
    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn find(test: &str) -> Option<Self> {
        match Command::new("fsck.fat").arg("--help").output() {
            Ok(_) => Some(Self(Some(TempDir::new().unwrap()))),
            Err(error) => {
                skip(&format!("{test}: fsck.fat: {error}"));
                None
            }
        }
    }

    fn judge(&self, image: &Image, place: &str) {
        let Some(folder) = &self.0 else { return };
        if !image.digest().is_multiple_of(ONE_OF) {
            return;
        }
        let path = folder.path().join("crashed.img");
        fs::write(&path, image.to_vec()).unwrap();
        let mut command = Command::new("fsck.fat");
        let output = command.arg("-n").arg(&path).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        for line in said.lines().filter(|line| !line.is_empty()) {
            let is_tally = line.starts_with(&*path.to_string_lossy());
            let is_long =
                line.contains("cluster chain length is >") || line.contains("Truncating file to");
            let is_path = line.starts_with('/');
            let is_known = HARMLESS
                .iter()
                .any(|known| line.starts_with(known) || line.trim().starts_with(known.trim()));
            assert!(is_tally || is_long || is_path || is_known, "{place}: {line:?} in\n{said}");
        }
    }
}
