//! The file system in the transactional store as a subject.

use std::rc::Rc;

use sarab_crash::{Disk, Failure, Image, Random, Subject};
use sarab_device::{Entry, EntryKind, Error, ErrorKind, File, Fs, Open};
use sarab_tree::{Format, Options, Tree};
use sarab_treefs::{FsError, TreeFs};

use model::{Change, Files, Node};

mod model;

/// The file system. Its operations survive in order, and from a sync on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TreeFsSubject;

/// What is done to it.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Change(Change),
    /// Makes a change and syncs.
    Synced(Change),
    /// Removes a file while it is open, and writes to it after that if it has no name left.
    RemoveOpen(&'static str),
    Sync,
}

type Store = TreeFs<Rc<Disk>>;
type StoreError = FsError<sarab_crash::DiskError>;

const PATHS: [&str; 7] = ["a", "b", "a/b", "a/c", "a/b/d", "c", "long"];

/// Sectors of the disk: room for some files, not for many.
const SECTORS: u64 = 4096;

impl Subject for TreeFsSubject {
    type Operation = Operation;
    type State = Files;

    fn name(&self) -> &'static str {
        "treefs"
    }

    fn blank(&self) -> Image {
        Image::new(512, SECTORS)
    }

    async fn format(&self, disk: Rc<Disk>) -> Result<(), Failure> {
        let format = Format { log_bytes: Some(64 << 10), ..Format::new([7; 16]) };
        let tree = Tree::format(disk, &format, Options::default()).await?;
        let fs = TreeFs::over(tree, || None).await?;
        Ok(fs.sync().await?)
    }

    async fn run(&self, disk: Rc<Disk>, operations: &[Operation]) -> Result<(), Failure> {
        let fs = open(Rc::clone(&disk)).await?;
        let mut expected = contents(&fs).await?;
        for (place, operation) in operations.iter().enumerate() {
            disk.attempted(place + 1);
            let mut after = expected.clone();
            let is_possible = apply(&mut after, operation);
            match run(&fs, operation).await {
                Ok(()) if is_possible => {
                    expected = after;
                    if matches!(operation, Operation::Sync | Operation::Synced(_)) {
                        disk.acknowledged(place + 1);
                    }
                }
                Ok(()) => return Err(Failure::Wrong(format!("{operation:?} succeeds"))),
                Err(error) if is_refusal(&error) && !is_possible => {}
                Err(FsError::NoSpace) => disk.refused(place),
                Err(error) if is_refusal(&error) => {
                    return Err(Failure::Wrong(format!("{operation:?} fails: {error}")));
                }
                Err(error) => return Err(error.into()),
            }
        }
        let found = contents(&fs).await?;
        if found != expected {
            return Err(Failure::Wrong(format!("{found:?} is read, and not {expected:?}")));
        }
        Ok(())
    }

    async fn recover(&self, disk: Rc<Disk>) -> Result<Files, Failure> {
        let fs = open(disk).await?;
        let report = fs.tree().check().await?;
        if let Some(problem) = report.problems.first() {
            return Err(Failure::Wrong(format!("the store's check: {problem:?}")));
        }
        contents(&fs).await
    }

    fn apply(&self, state: &mut Files, operation: &Operation) {
        apply(state, operation);
    }

    fn sorts(&self) -> &'static [&'static str] {
        &["create", "folder", "write", "cut", "remove", "rename", "link", "remove open", "sync"]
    }

    fn draw(&self, sort: usize, random: &mut Random) -> Operation {
        let (path, other) = (*random.pick(&PATHS), *random.pick(&PATHS));
        // Sizes around those of pages and of chunks.
        let size = *random.pick(&[1, 100, 1800, 4096, 9000, 16_384, 40_000]);
        let offset = *random.pick(&[0, 0, 50, 5000, 16_000, 100_000]);
        let change = match sort {
            0 => Change::Create(path),
            1 => Change::Folder(path),
            2 => Change::Write(path, offset, size, random.below(256).to_le_bytes()[0]),
            3 => Change::Cut(path, offset),
            4 => Change::Remove(path),
            5 => Change::Rename(path, other),
            6 => Change::Link(path, other),
            7 => return Operation::RemoveOpen(path),
            _ => return Operation::Sync,
        };
        if random.one_in(2) { Operation::Synced(change) } else { Operation::Change(change) }
    }

    fn alphabet(&self) -> Vec<Operation> {
        vec![
            Operation::Synced(Change::Create("a")),
            Operation::Synced(Change::Write("a", 10, 5000, 7)),
            Operation::Change(Change::Rename("a", "b")),
            Operation::Synced(Change::Link("a", "c")),
            Operation::Synced(Change::Remove("a")),
            Operation::RemoveOpen("a"),
            Operation::Sync,
        ]
    }
}

async fn open(disk: Rc<Disk>) -> Result<Store, Failure> {
    let tree = Tree::mount(disk, Options::default()).await?;
    Ok(TreeFs::over(tree, || None).await?)
}

/// Does `operation` to a state, and returns whether it is possible.
fn apply(state: &mut Files, operation: &Operation) -> bool {
    match operation {
        Operation::Change(change) | Operation::Synced(change) => state.apply(change),
        Operation::RemoveOpen(path) => state.is_file(path) && state.apply(&Change::Remove(path)),
        Operation::Sync => true,
    }
}

async fn run(fs: &Store, operation: &Operation) -> Result<(), StoreError> {
    match operation {
        Operation::Change(change) => change_now(fs, change).await,
        Operation::Synced(change) => {
            change_now(fs, change).await?;
            fs.sync().await
        }
        Operation::RemoveOpen(path) => {
            let file = fs.open(path, Open::Existing).await?;
            let is_last = fs.stat(path).await?.is_some_and(|stat| stat.links == 1);
            fs.remove(path).await?;
            if is_last { file.write_at(3, vec![9; 5000].into()).await } else { Ok(()) }
        }
        Operation::Sync => fs.sync().await,
    }
}

async fn change_now(fs: &Store, change: &Change) -> Result<(), StoreError> {
    match *change {
        Change::Create(path) => fs.open(path, Open::New).await.map(drop),
        Change::Folder(path) => fs.create_folder(path).await,
        Change::Write(path, offset, size, byte) => {
            let file = fs.open(path, Open::Existing).await?;
            file.write_at(offset as u64, vec![byte; size].into()).await
        }
        Change::Cut(path, size) => fs.open(path, Open::Existing).await?.set_size(size as u64).await,
        Change::Remove(path) => fs.remove(path).await,
        Change::Rename(from, to) => fs.rename(from, to).await,
        Change::Link(from, to) => fs.link(from, to).await,
    }
}

/// Returns whether an error says that a request makes no sense as things are.
fn is_refusal(error: &StoreError) -> bool {
    use ErrorKind::{AlreadyExists, InvalidInput, NotFound};
    matches!(error.kind(), AlreadyExists | InvalidInput | NotFound)
}

/// Reads all that is in a file system.
async fn contents(fs: &Store) -> Result<Files, Failure> {
    let mut files = Files::default();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        for Entry { name, kind } in Fs::list(fs, &folder).await? {
            let path = format!("{folder}/{name}");
            let stat = fs.stat(&path).await?;
            let stat = stat.ok_or_else(|| Failure::Wrong(format!("`{path}` leads nowhere")))?;
            if kind == EntryKind::Folder {
                files.insert(&path, Node::Folder);
                folders.push(path);
                continue;
            }
            let file = fs.open(&path, Open::Read).await?;
            let data = file.read_at(0, usize::MAX).await?;
            files.insert(&path, Node::File { inode: stat.inode, links: stat.links });
            files.fill(stat.inode, data.to_vec());
        }
    }
    files.number();
    Ok(files)
}
