//! The transactional store.

use std::{cell::RefCell, rc::Rc};

use sarab_crash::{Disk, DiskError, Failure, Image, Random, Subject, give_up};
use sarab_device::ErrorKind;
use sarab_tree::{Discard, Error, Format, Head, Keyspace, Options, Reader, Transaction, Tree};

use super::together::{Running, together};

mod model;

pub(crate) use model::{Change, How, Model, Operation};

use model::{Keys, Value};

/// The store, on sectors of a size.
#[derive(Clone, Copy)]
pub(crate) struct TreeSubject {
    pub(crate) name: &'static str,
    pub(crate) sector_bytes: u32,
    pub(crate) pages: u64,
    pub(crate) discard: Discard,
}

type Store = Tree<Rc<Disk>>;

/// A keyspace of its own, made when something is put there.
const OTHER: &str = "other";

impl TreeSubject {
    fn options(&self) -> Options {
        Options { memory_bytes: 0, discard: self.discard }
    }

    async fn mount(&self, disk: Rc<Disk>) -> Result<Store, Failure> {
        Ok(Tree::mount(disk, self.options()).await?)
    }

    /// Does what is no commit.
    async fn manage(&self, tree: &Store, operation: &Operation) -> Result<(), Failure> {
        match operation {
            Operation::Commit { .. } | Operation::GiveUp(..) => {}
            Operation::Snapshot { head, name } => tree.snapshot(find(tree, head)?, name).await?,
            Operation::DeleteSnapshot(name) => tree.delete_snapshot(name).await?,
            Operation::Clone { snapshot, name } => {
                tree.clone_snapshot(snapshot, name).await?;
            }
            Operation::DeleteHead(name) => tree.delete_head(name).await?,
            Operation::Sync | Operation::Reopen => tree.sync().await?,
            Operation::Checkpoint => tree.checkpoint().await?,
        }
        Ok(())
    }
}

/// Compares what came of an operation with what should have. Returns whether it was done.
fn settle(
    model: &mut Model,
    operation: &Operation,
    result: Result<(), Failure>,
) -> Result<bool, Failure> {
    let mut after = model.clone();
    match (result, after.apply(operation)) {
        (Ok(()), Ok(())) => {
            *model = after;
            Ok(true)
        }
        (Err(Failure::Refused { kind, text }), _) if is_of_disk(kind, &text) => {
            Err(Failure::Refused { kind, text })
        }
        // Where more than one thing is wrong with it, any may be named.
        (Err(Failure::Refused { kind, .. }), Err(_)) if is_of_names(kind) => Ok(false),
        (Err(Failure::Refused { kind: ErrorKind::NoSpace, .. }), _) => {
            if operation.only_removes() {
                return Err(Failure::Wrong(format!("no room for {operation:?}")));
            }
            Ok(false)
        }
        // After a crash it is not known any more which snapshot a clone is of.
        (Err(Failure::Refused { kind: ErrorKind::InUse, .. }), Ok(())) if model.has_clone() => {
            Ok(false)
        }
        (Err(failure), Ok(())) => Err(failure),
        (result, expected) => Err(Failure::Wrong(format!(
            "{operation:?} came to {result:?} in place of {expected:?}"
        ))),
    }
}

/// Returns whether it is the disk that has failed, not the store that refuses.
fn is_of_disk(kind: ErrorKind, text: &str) -> bool {
    kind == ErrorKind::Failed || text == DiskError::NoSpace.to_string()
}

/// Returns whether it says that a name is not there, is there already, or is needed.
fn is_of_names(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::AlreadyExists | ErrorKind::InUse)
}

/// Runs one workload.
struct Session<'a> {
    subject: &'a TreeSubject,
    disk: Rc<Disk>,
    tree: Store,
    model: Model,
    /// What it held before.
    past: Vec<Model>,
}

impl Session<'_> {
    /// Does the operation at `place`, or all that run together with it. Returns how many were done.
    async fn step(mut self, place: usize, rest: &[Operation]) -> Result<(Self, usize), Failure> {
        let grouped = rest.iter().take_while(|operation| operation.is_grouped()).count();
        let count = grouped.max(1);
        self.disk.attempted(place + count);
        if grouped > 1 {
            self.group(place, &rest[..count]).await?;
        } else if self.one(place, &rest[0]).await? && rest[0] == Operation::Reopen {
            self = self.reopened().await?;
        }
        let seen = read_all(&self.tree, place % 2 == 1).await?;
        if seen != self.model {
            let (done, model) = (&rest[..count], &self.model);
            let what = format!("after {done:?} it holds {seen:?} in place of {model:?}");
            let is_old = *done == [Operation::Reopen] && self.past.contains(&seen);
            return Err(if is_old { Failure::Forgot(what) } else { Failure::Wrong(what) });
        }
        Ok((self, count))
    }

    /// Mounts again. The store is dropped before: two must never have one disk, on which one still writes.
    async fn reopened(self) -> Result<Self, Failure> {
        let Self { subject, disk, tree, model, past } = self;
        drop(tree);
        let tree = subject.mount(disk.clone()).await?;
        Ok(Self { subject, disk, tree, model, past })
    }

    /// Does one operation; returns whether it is done.
    async fn one(&mut self, place: usize, operation: &Operation) -> Result<bool, Failure> {
        self.past.push(self.model.clone());
        let result = match operation {
            Operation::GiveUp(polls, inner) => give_up(*polls, self.perform(inner)).await,
            _ => Some(self.perform(operation).await),
        };
        let is_done = match result {
            Some(result) => settle(&mut self.model, operation, result)?,
            None => self.has_landed(operation).await?,
        };
        if !is_done {
            self.disk.refused(place);
        } else if operation.is_durable() {
            self.disk.acknowledged(place + 1);
        }
        Ok(is_done)
    }

    async fn perform(&self, operation: &Operation) -> Result<(), Failure> {
        match operation {
            Operation::Commit { head, changes, how } => {
                commit(&self.tree, head, changes, *how, || ()).await
            }
            other => self.subject.manage(&self.tree, other).await,
        }
    }

    /// Looks whether an operation that was given up is done: it is as a whole, or not at all.
    async fn has_landed(&mut self, operation: &Operation) -> Result<bool, Failure> {
        let mut after = self.model.clone();
        if after.apply(operation).is_err() || read_all(&self.tree, false).await? != after {
            return Ok(false); // that it is as it was is looked at next
        }
        self.model = after;
        Ok(true)
    }

    /// Commits at the same time: they take effect in the order in which they waited in line.
    async fn group(&mut self, place: usize, operations: &[Operation]) -> Result<(), Failure> {
        let order = RefCell::new(Vec::new());
        let results: RefCell<Vec<_>> = RefCell::new(operations.iter().map(|_| None).collect());
        let mut running: Vec<Running<'_>> = Vec::new();
        for (nth, operation) in operations.iter().enumerate() {
            let Operation::Commit { head, changes, how } = operation else { continue };
            let (tree, disk, order, results) = (&self.tree, &self.disk, &order, &results);
            running.push(Running::new(async move {
                let result =
                    commit(tree, head, changes, *how, || order.borrow_mut().push(nth)).await;
                if result.is_ok() {
                    disk.acknowledged(place + nth + 1);
                }
                results.borrow_mut()[nth] = Some(result);
                Ok(())
            }));
        }
        together(running).await?;
        let order = order.into_inner();
        if !order.is_sorted() {
            return Err(Failure::Wrong(format!("writers overtook each other in line: {order:?}")));
        }
        for (nth, result) in results.into_inner().into_iter().enumerate() {
            let result = result.unwrap_or(Ok(()));
            self.past.push(self.model.clone());
            if !settle(&mut self.model, &operations[nth], result)? {
                self.disk.refused(place + nth);
            }
        }
        Ok(())
    }
}

/// Runs one transaction.
async fn commit(
    tree: &Store,
    head: &str,
    changes: &[Change],
    how: How,
    begun: impl FnOnce(),
) -> Result<(), Failure> {
    let mut transaction = tree.write_head(find(tree, head)?).await?;
    begun();
    for change in changes {
        make(&mut transaction, change).await?;
    }
    match how {
        How::Durable | How::Grouped => transaction.commit().await?,
        How::Relaxed => transaction.commit_relaxed().await?,
        How::Dropped => drop(transaction),
    }
    Ok(())
}

async fn make(transaction: &mut Transaction<'_, Rc<Disk>>, change: &Change) -> Result<(), Failure> {
    match change {
        Change::Put { is_other, key, value } => {
            let keyspace =
                if *is_other { transaction.keyspace(OTHER).await? } else { Keyspace::DEFAULT };
            let (key, data) = (model::key(*key), value.data());
            if value.is_streamed() {
                let mut writer = transaction.writer(keyspace, &key)?;
                for part in data.chunks(3000) {
                    writer.write(part).await?;
                }
                writer.finish().await?;
            } else {
                transaction.put(keyspace, &key, &data).await?;
            }
        }
        Change::Remove { key } => {
            transaction.remove(Keyspace::DEFAULT, &model::key(*key)).await?;
        }
        Change::RemoveRange { from, to } => {
            let (from, to) = (model::key(*from), model::key(*to));
            transaction.remove_range(Keyspace::DEFAULT, &from[..]..&to[..]).await?;
        }
        Change::Look { key } => {
            transaction.get(Keyspace::DEFAULT, &model::key(*key)).await?;
        }
    }
    Ok(())
}

/// Finds a head by its name.
fn find(tree: &Store, name: &str) -> Result<Head, Failure> {
    let heads = tree.heads();
    let head = heads.iter().find(|(other, _)| other == name).map(|(_, head)| *head);
    head.ok_or_else(|| Failure::Refused { kind: ErrorKind::NotFound, text: format!("no {name}") })
}

/// Reads everything: all heads and all snapshots.
async fn read_all(tree: &Store, is_backwards: bool) -> Result<Model, Failure> {
    let mut model = Model::default();
    for (name, head) in tree.heads() {
        let reader = tree.read_head(head);
        let reader = reader.ok_or_else(|| Failure::Wrong(format!("head {name} cannot be read")))?;
        model.heads.insert(name, Rc::new(keys(&reader, is_backwards).await?));
    }
    for snapshot in tree.snapshots() {
        let reader = tree.read_snapshot(&snapshot.name)?;
        model.snapshots.insert(snapshot.name, Rc::new(keys(&reader, is_backwards).await?));
    }
    Ok(model)
}

async fn keys(reader: &Reader<'_, Rc<Disk>>, is_backwards: bool) -> Result<Keys, Failure> {
    let mut found = Keys::default();
    let other = reader.keyspace(OTHER).await?;
    for (is_other, keyspace) in [(false, Some(Keyspace::DEFAULT)), (true, other)] {
        let Some(keyspace) = keyspace else { continue };
        let mut names: Vec<Vec<u8>> = Vec::new();
        let mut range = reader.range(keyspace, ..);
        while let Some(item) =
            if is_backwards { range.next_back().await? } else { range.next().await? }
        {
            names.push(item.key.to_vec());
        }
        if !names.is_sorted_by(|one, next| if is_backwards { one > next } else { one < next }) {
            return Err(Failure::Wrong(format!("keys are not in order: {names:?}")));
        }
        for name in names {
            let value = reader.get(keyspace, &name).await?;
            let value =
                value.ok_or_else(|| Failure::Wrong(format!("{name:?} is listed and not there")))?;
            found.insert((is_other, name), Value::of(&value));
        }
    }
    Ok(found)
}

/// Has the store check itself.
async fn check(tree: &Store) -> Result<(), Failure> {
    let report = tree.check().await?;
    match report.problems.first() {
        Some(problem) => {
            let text = format!("the check finds {problem:?}");
            Err(Failure::Refused { kind: ErrorKind::Corrupt, text })
        }
        None => Ok(()),
    }
}

impl Subject for TreeSubject {
    type Operation = Operation;
    type State = Model;

    fn name(&self) -> &str {
        self.name
    }

    fn blank(&self) -> Image {
        let count = self.pages * 4096 / u64::from(self.sector_bytes);
        Image::new(self.sector_bytes, count).with_noise(7)
    }

    async fn format(&self, disk: Rc<Disk>) -> Result<(), Failure> {
        let format = Format { log_bytes: Some(8 * 4096), ..Format::new([7; 16]) };
        Tree::format(disk, &format, self.options()).await?;
        Ok(())
    }

    async fn run(&self, disk: Rc<Disk>, operations: &[Operation]) -> Result<(), Failure> {
        let tree = self.mount(disk.clone()).await?;
        let model = read_all(&tree, false).await?;
        let mut session = Session { subject: self, disk, tree, model, past: Vec::new() };
        let mut place = 0;
        while place < operations.len() {
            let count;
            (session, count) = session.step(place, &operations[place..]).await?;
            place += count;
        }
        check(&session.tree).await
    }

    async fn recover(&self, disk: Rc<Disk>) -> Result<Model, Failure> {
        let tree = self.mount(disk).await?;
        let found = read_all(&tree, true).await?;
        check(&tree).await?;
        // Half of the time the recovery goes on to write, so that it can be cut off, too.
        if tree.transaction().is_multiple_of(2) {
            match tree.checkpoint().await {
                Ok(()) | Err(Error::ReadOnly) => {}
                Err(error) => return Err(error.into()),
            }
            let again = read_all(&tree, false).await?;
            if again != found {
                return Err(Failure::Wrong(format!(
                    "after a checkpoint it holds {again:?} in place of {found:?}"
                )));
            }
        }
        Ok(found)
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
}
