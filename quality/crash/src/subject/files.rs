//! A file system as a subject.

use std::rc::Rc;

use sarab_crash::{Disk, Failure, Image, Past, Random, Subject, Trouble, give_up};
use sarab_device::{EntryKind, ErrorKind, File, Fs, Open};

mod judge;
mod model;

use super::together::{Running, together};
pub(crate) use model::{Model, Node, Operation};

/// A file system on a disk.
pub(crate) trait Volume {
    /// The file system.
    type Fs: Fs;

    /// Returns its name.
    fn name(&self) -> &'static str;

    /// Returns the disk that it is made on.
    fn blank(&self) -> Image;

    /// Makes an empty one.
    async fn format(&self, disk: Rc<Disk>) -> Result<(), Failure>;

    /// Opens it.
    async fn open(&self, disk: Rc<Disk>) -> Result<Self::Fs, Failure>;

    /// Has it look for what is wrong with it, other than what a crash may leave.
    async fn check(&self, disk: Rc<Disk>) -> Result<(), Failure>;

    /// Returns whether it notices that what it reads is not what it wrote.
    fn is_checked(&self) -> bool;

    /// Returns how many bytes of files fit in any case.
    fn room_bytes(&self) -> usize;

    /// Returns whether changes that were not synced are lost from the last one on, and no other way.
    fn is_in_order(&self) -> bool;
}

/// A file system under test.
pub(crate) struct FilesSubject<V>(pub(crate) V);

/// The most bytes that a test looks at in one file.
const FILE_BYTES_MAX: usize = 1 << 20;

/// Folders in folders that a test looks into.
const DEPTH_MAX: usize = 8;

impl<V: Volume> FilesSubject<V> {
    /// Does an operation. Fails with the kind of error that the file system gave.
    async fn perform(&self, fs: &V::Fs, operation: &Operation) -> Result<(), Failure> {
        match operation {
            Operation::Write { path, offset, .. } => {
                let file = fs.open(path, Open::Create).await?;
                file.write_at(*offset as u64, operation.data().into()).await?;
            }
            Operation::Resize { path, size } => {
                fs.open(path, Open::Existing).await?.set_size(*size as u64).await?;
            }
            Operation::Folder(path) => fs.create_folder(path).await?,
            Operation::Remove(path) => fs.remove(path).await?,
            Operation::Rename(from, to) => fs.rename(from, to).await?,
            Operation::SyncFile(path) => fs.open(path, Open::Existing).await?.sync().await?,
            Operation::Sync | Operation::Reopen => fs.sync().await?,
            Operation::Meanwhile(inner) => {
                let sync = async { Ok(fs.sync().await?) };
                together(vec![Running::new(sync), Running::new(self.perform(fs, inner))]).await?;
            }
            Operation::GiveUp(polls) => drop(give_up(*polls, fs.sync()).await),
        }
        Ok(())
    }

    /// Compares what an operation came to with what it should have, and tells the disk.
    ///
    /// Returns whether the workload can go on: where the disk is full, parts of a write may be there.
    async fn settle(
        &self,
        (disk, fs): (&Disk, &V::Fs),
        model: &mut Model,
        operation: &Operation,
        result: Result<(), Failure>,
    ) -> Result<Settled, Failure> {
        let mut after = model.clone();
        let expected = after.apply(operation);
        match (result, expected) {
            (Ok(()), Ok(())) => *model = after,
            // Where more than one thing is wrong with it, any may be named.
            (Err(Failure::Refused { kind, .. }), Err(_)) if is_of_names(kind) => {
                return Ok(Settled::Refused);
            }
            (Err(failure @ Failure::Refused { kind: ErrorKind::Failed, .. }), _) => {
                return Err(failure);
            }
            (Err(Failure::Refused { kind: ErrorKind::NoSpace, .. }), _) => {
                let has_room = after.size_bytes() <= self.0.room_bytes();
                if (operation.needs_no_space() || has_room) && disk.struck() == 0 {
                    return Err(Failure::Wrong(format!("{operation:?} finds no space")));
                }
                let is_same = !operation.is_sync() && read_all(fs).await? == *model;
                return Ok(if is_same { Settled::Refused } else { Settled::Unclear });
            }
            (Err(failure), Ok(())) => return Err(failure),
            (result, expected) => {
                return Err(Failure::Wrong(format!(
                    "{operation:?} came to {result:?} in place of {expected:?}"
                )));
            }
        }
        Ok(Settled::Done)
    }
}

/// Returns whether it says that a name is not there, is there already, or cannot be meant.
fn is_of_names(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::AlreadyExists | ErrorKind::InvalidInput)
}

/// What has become of an operation.
#[derive(PartialEq)]
enum Settled {
    Done,
    Refused,
    Unclear,
}

/// Reads everything.
async fn read_all(fs: &impl Fs) -> Result<Model, Failure> {
    let mut model = Model::default();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        if folder.split('/').count() > DEPTH_MAX {
            // On a damaged disk a folder may lie in itself.
            let text = "folders without an end".into();
            return Err(Failure::Refused { kind: ErrorKind::Corrupt, text });
        }
        for entry in fs.list(&folder).await? {
            let path = if folder.is_empty() {
                entry.name.clone()
            } else {
                format!("{folder}/{}", entry.name)
            };
            let node = match entry.kind {
                EntryKind::Folder => {
                    folders.push(path.clone());
                    Node::Folder
                }
                EntryKind::Value => Node::File(read_file(fs, &path).await?),
                EntryKind::Link => return Err(Failure::Wrong(format!("`{path}` is a link"))),
            };
            if model.0.insert(path.clone(), node).is_some() {
                return Err(Failure::Wrong(format!("`{path}` is there twice")));
            }
        }
    }
    Ok(model)
}

async fn read_file(fs: &impl Fs, path: &str) -> Result<Rc<Vec<u8>>, Failure> {
    let file = fs.open(path, Open::Read).await?;
    let size = file.size_bytes().await?;
    let count = usize::try_from(size).unwrap_or(usize::MAX).min(FILE_BYTES_MAX);
    let data = file.read_at(0, count).await?;
    if data.len() != count {
        let seen = data.len();
        return Err(Failure::Wrong(format!("`{path}` has {count} bytes, and {seen} are read")));
    }
    Ok(Rc::new(data.to_vec()))
}

impl<V: Volume> Subject for FilesSubject<V> {
    type Operation = Operation;
    type State = Model;

    fn name(&self) -> &str {
        self.0.name()
    }

    fn blank(&self) -> Image {
        self.0.blank()
    }

    fn is_checked(&self) -> bool {
        self.0.is_checked()
    }

    async fn format(&self, disk: Rc<Disk>) -> Result<(), Failure> {
        self.0.format(disk).await
    }

    async fn run(&self, disk: Rc<Disk>, operations: &[Operation]) -> Result<(), Failure> {
        let mut fs = self.0.open(disk.clone()).await?;
        let mut model = read_all(&fs).await?;
        let mut past = vec![model.clone()];
        for (place, operation) in operations.iter().enumerate() {
            disk.attempted(place + 1);
            let before = model.clone();
            let result = self.perform(&fs, operation).await;
            match self.settle((&disk, &fs), &mut model, operation, result).await? {
                Settled::Done => {}
                Settled::Refused => disk.refused(place),
                Settled::Unclear => {
                    disk.unclear(place);
                    return Ok(());
                }
            }
            disk.acknowledged(place + 1);
            if *operation == Operation::Reopen {
                drop(fs);
                fs = self.0.open(disk.clone()).await?;
            }
            let seen = read_all(&fs).await?;
            if seen != model {
                let what = format!("after {operation:?} it holds {seen:?} in place of {model:?}");
                let is_old = *operation == Operation::Reopen && past.contains(&seen);
                return Err(if is_old { Failure::Forgot(what) } else { Failure::Wrong(what) });
            }
            past.extend(before.between(operation));
            past.push(model.clone());
        }
        Ok(())
    }

    async fn recover(&self, disk: Rc<Disk>) -> Result<Model, Failure> {
        let fs = self.0.open(disk.clone()).await?;
        let model = read_all(&fs).await?;
        drop(fs);
        self.0.check(disk).await?;
        Ok(model)
    }

    fn apply(&self, state: &mut Model, operation: &Operation) {
        // What it may not do, it does not.
        let _ = state.apply(operation);
    }

    fn sorts(&self) -> &'static [&'static str] {
        &Operation::SORTS
    }

    fn draw(&self, sort: usize, random: &mut Random) -> Operation {
        Operation::draw(sort, random)
    }

    fn alphabet(&self) -> Vec<Operation> {
        Operation::alphabet()
    }

    fn judge(
        &self,
        past: &Past<'_, Self>,
        found: &Result<Model, Failure>,
        trouble: Trouble,
    ) -> Result<(), String> {
        match (found, trouble) {
            (Err(Failure::Refused { .. }), Trouble::Damage) => Ok(()),
            (Err(failure), _) => Err(failure.to_string()),
            (Ok(found), _) if self.0.is_in_order() => judge::in_order(past, found, trouble),
            (Ok(found), _) => judge::in_any_order(past, found, trouble),
        }
    }
}
