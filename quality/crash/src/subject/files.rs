//! A file system as a subject.

use std::rc::Rc;

use sarab_crash::{Disk, Failure, Image, Past, Random, Subject, Trouble, give_up};
use sarab_device::{ErrorKind, File, Fs, Open};

mod belief;
mod judge;
mod model;
mod operation;
mod read;

use super::together::{Running, together};
use belief::Belief;
pub(crate) use model::{Model, Node};
pub(crate) use operation::Operation;
use read::read_all;

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

    /// Moves something in it.
    async fn rename(&self, fs: &Self::Fs, from: &str, to: &str) -> Result<(), Failure> {
        Ok(fs.rename(from, to).await?)
    }

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

impl<V: Volume> FilesSubject<V> {
    /// Does an operation. Fails with the kind of error that the file system gave.
    async fn perform(&self, fs: &V::Fs, operation: &Operation) -> Result<(), Failure> {
        match operation {
            Operation::Write { .. } => write(fs, operation, Open::Create).await?,
            Operation::Create(path) => drop(fs.open(path, Open::Create).await?),
            Operation::Resize { path, size } => {
                fs.open(path, Open::Existing).await?.set_size(*size as u64).await?;
            }
            Operation::Folder(path) => fs.create_folder(path).await?,
            Operation::Remove(path) => fs.remove(path).await?,
            Operation::Rename(from, to) => self.0.rename(fs, from, to).await?,
            Operation::SyncFile(path) => fs.open(path, Open::Existing).await?.sync().await?,
            Operation::Sync | Operation::Reopen => fs.sync().await?,
            Operation::Meanwhile(inner) => {
                let sync = async { Ok(fs.sync().await?) };
                together(vec![Running::new(sync), Running::new(self.perform(fs, inner))]).await?;
            }
            Operation::GiveUp(_, inner) => match &**inner {
                Operation::Write { .. } => write(fs, inner, Open::Existing).await?,
                inner => Box::pin(self.perform(fs, inner)).await?,
            },
        }
        Ok(())
    }

    /// Does an operation; returns `None` where it is given up before it ends.
    async fn attempt(&self, fs: &V::Fs, operation: &Operation) -> Option<Result<(), Failure>> {
        match operation {
            Operation::GiveUp(polls, _) => give_up(*polls, self.perform(fs, operation)).await,
            _ => Some(self.perform(fs, operation).await),
        }
    }

    /// Compares what an operation came to with what it should have, and tells the disk.
    ///
    /// Returns whether the workload can go on: where the disk is full, parts of a write may be there.
    async fn settle(
        &self,
        (disk, fs): (&Disk, &V::Fs),
        belief: &mut Belief,
        operation: &Operation,
        result: Option<Result<(), Failure>>,
    ) -> Result<Settled, Failure> {
        let Some(result) = result else { return self.given_up(fs, belief, operation).await };
        let mut after = belief.clone();
        let expected = after.apply(operation);
        match (result, expected) {
            (Ok(()), Ok(())) => *belief = after,
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
                let is_same = !operation.is_sync() && belief.accepts(&read_all(fs).await?);
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

    /// Looks at what has become of an operation that was given up.
    ///
    /// Of names it is done or not, as it is seen at once. What is in a file is left open where a file system
    /// does not promise as much.
    async fn given_up(
        &self,
        fs: &V::Fs,
        belief: &mut Belief,
        operation: &Operation,
    ) -> Result<Settled, Failure> {
        let mut after = belief.clone();
        if after.apply(operation).is_err() {
            return Ok(Settled::Refused);
        }
        if operation.is_given_up_in_file() && !self.0.is_in_order() {
            belief.apply_or_not(operation);
            return Ok(Settled::Done);
        }
        if !after.accepts(&read_all(fs).await?) {
            return Ok(Settled::Refused);
        }
        *belief = after;
        Ok(Settled::Done)
    }
}

/// Makes what every workload begins with: something to move from one folder to another.
pub(crate) async fn start(fs: &impl Fs) -> Result<(), Failure> {
    fs.create_folder("d").await?;
    let file = fs.open("a long name of a file.data", Open::New).await?;
    file.write_at(0, vec![250; 600].into()).await?;
    Ok(fs.sync().await?)
}

async fn write(fs: &impl Fs, operation: &Operation, how: Open) -> Result<(), Failure> {
    let Operation::Write { path, offset, .. } = operation else { return Ok(()) };
    let file = fs.open(path, how).await?;
    file.write_at(*offset as u64, operation.data().into()).await?;
    Ok(())
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
        let mut belief = Belief::new(read_all(&fs).await?);
        let mut past = vec![belief.model.clone()];
        for (place, operation) in operations.iter().enumerate() {
            disk.attempted(place + 1);
            let before = belief.model.clone();
            let result = self.attempt(&fs, operation).await;
            let settled = self.settle((&disk, &fs), &mut belief, operation, result).await?;
            match settled {
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
            if !belief.accepts(&seen) {
                let model = &belief.model;
                let what = format!("after {operation:?} it holds {seen:?} in place of {model:?}");
                let is_old = *operation == Operation::Reopen && past.contains(&seen);
                return Err(if is_old { Failure::Forgot(what) } else { Failure::Wrong(what) });
            }
            if operation.is_whole_sync() && settled == Settled::Done {
                belief.learn(&seen);
            }
            past.extend(before.between(operation));
            past.push(belief.model.clone());
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
