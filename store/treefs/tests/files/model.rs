//! Random operations beside a file system of another make, which is simple.

use proptest::prelude::*;
use sarab_device::{Entry, Error, ErrorKind};
use sarab_memory::{RamFile, RamFs};
use sarab_treefs::TreeFile;

use super::*;

/// One operation. Small numbers choose paths and open files.
#[derive(Clone, Debug)]
enum Operation {
    Open(usize, u8),
    Close(usize),
    Write(usize, u64, usize, u8),
    SetSize(usize, u64),
    Read(usize, u64, usize),
    CreateFolder(usize),
    Remove(usize),
    Rename(usize, usize),
    Metadata(usize),
    Remount,
}

use Operation::{Close, CreateFolder, Metadata, Read, Remount, Remove, Rename, SetSize, Write};

const PATHS: [&str; 10] =
    ["a", "b", "a/b", "a/c", "a/b/d", "b/e", "\u{e9}", "a-b", "a/b/d/f", "a//b"];
/// Files that are open at once.
const OPEN_MAX: usize = 4;

fn operation() -> impl Strategy<Value = Operation> {
    let path = || 0..PATHS.len();
    let file = || 0..OPEN_MAX;
    // Near the borders of chunks, and far away.
    let offset = || prop_oneof![4 => 0..50_000_u64, 2 => 16_380..16_390_u64, 1 => 0..1_u64 << 40];
    let size = || prop_oneof![3 => 0..100_usize, 2 => 0..40_000_usize, 1 => Just(16_384)];
    prop_oneof![
        6 => (path(), 0..4_u8).prop_map(|(path, how)| Operation::Open(path, how)),
        2 => file().prop_map(Close),
        6 => (file(), offset(), size(), any::<u8>())
            .prop_map(|(file, offset, size, byte)| Write(file, offset, size, byte)),
        2 => (file(), offset()).prop_map(|(file, size)| SetSize(file, size)),
        4 => (file(), offset(), size()).prop_map(|(file, offset, size)| Read(file, offset, size)),
        3 => path().prop_map(CreateFolder),
        3 => path().prop_map(Remove),
        3 => (path(), path()).prop_map(|(from, to)| Rename(from, to)),
        2 => path().prop_map(Metadata),
        1 => Just(Remount),
    ]
}

/// Both file systems, with the files that are open in both.
struct Pair {
    disk: Disk,
    fs: Files,
    model: RamFs,
    open: Vec<(TreeFile<Disk>, RamFile)>,
}

/// Returns both results as they can be compared.
fn results<T, E: Error, F: Error>(
    ours: Result<T, E>,
    model: Result<T, F>,
) -> (Result<T, ErrorKind>, Result<T, ErrorKind>) {
    (ours.map_err(|error| error.kind()), model.map_err(|error| error.kind()))
}

impl Pair {
    async fn new() -> Self {
        let disk = disk(64 << 20);
        let fs = format(&disk).await;
        Self { disk, fs, model: RamFs::new(), open: Vec::new() }
    }

    async fn run(&mut self, operation: &Operation) {
        let path = |index: &usize| PATHS[*index];
        match operation {
            Operation::Open(index, how) => self.open(path(index), *how).await,
            Operation::Close(file) if *file < self.open.len() => drop(self.open.remove(*file)),
            Operation::CreateFolder(index) => {
                let ours = self.fs.create_folder(path(index)).await;
                same(results(ours, self.model.create_folder(path(index)).await));
            }
            Operation::Remove(index) => {
                let ours = self.fs.remove(path(index)).await;
                same(results(ours, self.model.remove(path(index)).await));
            }
            Operation::Rename(from, to) => {
                let ours = self.fs.rename(path(from), path(to)).await;
                same(results(ours, self.model.rename(path(from), path(to)).await));
            }
            Operation::Metadata(index) => {
                let ours = Fs::metadata(&self.fs, path(index)).await.map(size);
                same(results(ours, self.model.metadata(path(index)).await.map(size)));
            }
            Operation::Remount => self.remount().await,
            operation => self.run_on_file(operation).await,
        }
    }

    async fn open(&mut self, path: &str, how: u8) {
        let how = [Open::Read, Open::Existing, Open::Create, Open::New][usize::from(how)];
        match (self.fs.open(path, how).await, self.model.open(path, how).await) {
            (Ok(ours), Ok(model)) => {
                self.open.truncate(OPEN_MAX - 1);
                self.open.push((ours, model));
            }
            (ours, model) => same(results(ours.map(drop), model.map(drop))),
        }
    }

    async fn run_on_file(&self, operation: &Operation) {
        match operation {
            Operation::Write(file, offset, size, byte) => {
                let Some((ours, model)) = self.open.get(*file) else { return };
                let data = Bytes::from(vec![*byte; *size]);
                let wrote = ours.write_at(*offset, data.clone()).await;
                same(results(wrote, model.write_at(*offset, data).await));
            }
            Operation::SetSize(file, size) => {
                let Some((ours, model)) = self.open.get(*file) else { return };
                same(results(ours.set_size(*size).await, model.set_size(*size).await));
            }
            Operation::Read(file, offset, count) => {
                let Some((ours, model)) = self.open.get(*file) else { return };
                let read = ours.read_at(*offset, *count).await;
                same(results(read, model.read_at(*offset, *count).await));
                same(results(ours.size_bytes().await, model.size_bytes().await));
            }
            _ => {}
        }
    }

    /// Closes all and opens the file system again. The model has nothing to close.
    async fn remount(&mut self) {
        self.open.clear();
        self.fs.sync().await.unwrap();
        self.fs = mount(&self.disk).await;
        self.compare("").await;
    }

    /// Compares all that is in a folder.
    async fn compare(&self, folder: &str) {
        let entries: Vec<Entry> = self.model.list(folder).await.unwrap();
        assert_eq!(Fs::list(&self.fs, folder).await.unwrap(), entries);
        for Entry { name, kind } in entries {
            let path = format!("{folder}/{name}");
            if kind == sarab_device::EntryKind::Folder {
                Box::pin(self.compare(&path)).await;
                continue;
            }
            let size = size(self.model.metadata(&path).await.unwrap());
            assert_eq!(self::size(Fs::metadata(&self.fs, &path).await.unwrap()), size);
            if size.unwrap() <= 1 << 20 {
                let model = self.model.open(&path, Open::Read).await.unwrap();
                let expected = model.read_at(0, usize::MAX).await.unwrap();
                assert!(read(&self.fs, &path).await == expected, "{path} differs");
            }
        }
    }
}

fn size(metadata: Option<sarab_device::Metadata>) -> Option<u64> {
    metadata.map(|metadata| metadata.size_bytes)
}

fn same<T: PartialEq + std::fmt::Debug>((ours, model): (T, T)) {
    assert!(ours == model, "{ours:.200?} and not {model:.200?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_operations_do_what_a_simple_file_system_does(
        operations in proptest::collection::vec(operation(), 1..120),
    ) {
        block_on(async {
            let mut pair = Pair::new().await;
            for operation in &operations {
                pair.run(operation).await;
            }
            pair.remount().await;
        });
    }
}
