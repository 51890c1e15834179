//! States that are kept under a name, and heads that begin as one.

mod dead;
mod drop;

use alloc::{string::String, vec::Vec};

use sarab_device::Block;

use crate::{
    Error, Head, Reader, Tree,
    format::catalog::{HeadRecord, Key, SnapshotRecord},
    state::{HeadState, State},
};

/// A state of a head that was kept under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// The number of its last transaction.
    pub transaction: u64,
    /// The head that it was taken of.
    pub head: Head,
}

impl<B: Block + 'static> Tree<B> {
    /// Returns what `head` holds now, or `None` if it was deleted.
    pub fn read_head(&self, head: Head) -> Option<Reader<'_, B>> {
        let mut state = self.state.borrow_mut();
        let top = state.heads.get(&head.0)?.record.top;
        let transaction = state.transaction;
        Some(Reader { tree: self, slot: state.readers.add(top, transaction) })
    }

    /// Returns what the snapshot `name` holds.
    pub fn read_snapshot(&self, name: &str) -> Result<Reader<'_, B>, Error<B::Error>> {
        let mut state = self.state.borrow_mut();
        let found = state.snapshots.values().find(|record| record.name == name);
        let record = found.filter(|record| !record.is_deleted).ok_or_else(|| missing(name))?;
        let (top, transaction) = (record.top, record.transaction);
        Ok(Reader { tree: self, slot: state.readers.add(top, transaction) })
    }

    /// Returns all snapshots, oldest first.
    pub fn snapshots(&self) -> Vec<Snapshot> {
        let state = self.state.borrow();
        let there = state.snapshots.values().filter(|record| !record.is_deleted);
        let snapshots = there.map(|record| Snapshot {
            name: record.name.clone(),
            transaction: record.transaction,
            head: Head(record.head),
        });
        snapshots.collect()
    }

    /// Returns all heads with their names; the first is `main`.
    pub fn heads(&self) -> Vec<(String, Head)> {
        let state = self.state.borrow();
        let heads = state.heads.iter();
        heads.map(|(number, head)| (head.record.name.clone(), Head(*number))).collect()
    }

    /// Keeps the present state of `head` under `name`. It survives a crash.
    pub async fn snapshot(&self, head: Head, name: &str) -> Result<(), Error<B::Error>> {
        check_name(name)?;
        let _writer = self.writers.wait().await;
        let _turn = self.checkpoints.wait().await;
        if self.state.borrow().find_snapshot(name).is_some() {
            return Err(Error::Exists { name: name.into() });
        }
        self.checkpoint_in_turn().await?;
        let (snapshot, dead_list) = (self.next_number(), self.next_number());
        self.attempt(|state| {
            let Some(record) = state.record_of(head, name) else { return Ok(None) };
            state.put_in_catalog(Key::Snapshot(snapshot), &record.bytes())?;
            state.keep(snapshot, record, dead_list);
            state.count();
            Ok(Some(()))
        })
        .await?
        .ok_or_else(|| missing(&alloc::format!("head {}", head.0)))?;
        self.checkpoint_in_turn().await
    }

    /// Makes a head `name` that begins as the snapshot `snapshot`. It survives a crash.
    pub async fn clone_snapshot(
        &self,
        snapshot: &str,
        name: &str,
    ) -> Result<Head, Error<B::Error>> {
        check_name(name)?;
        let _writer = self.writers.wait().await;
        let _turn = self.checkpoints.wait().await;
        self.disk.check_writable()?;
        let number = self.next_number() as u32;
        let dead_list = self.next_number();
        let record = {
            let state = self.state.borrow();
            if state.heads.values().any(|head| head.record.name == name) {
                return Err(Error::Exists { name: name.into() });
            }
            let found = state.find_snapshot(snapshot).filter(|(_, record)| !record.is_deleted);
            let (origin, of) = found.ok_or_else(|| missing(snapshot))?;
            HeadRecord { top: of.top, kept: of.transaction, dead_list, origin, name: name.into() }
        };
        self.state.borrow_mut().heads.insert(number, HeadState::new(record));
        self.state.borrow_mut().count();
        self.checkpoint_in_turn().await?;
        Ok(Head(number))
    }

    fn next_number(&self) -> u64 {
        let mut state = self.state.borrow_mut();
        state.next_number += 1;
        state.next_number - 1
    }
}

impl State {
    /// Returns the snapshot `name`, if it is there, be it deleted in part.
    fn find_snapshot(&self, name: &str) -> Option<(u64, &SnapshotRecord)> {
        let mut found = self.snapshots.iter().filter(|(_, record)| record.name == name);
        found.next().map(|(number, record)| (*number, record))
    }

    /// Returns the record of a snapshot of `head`, which is sealed.
    fn record_of(&self, head: Head, name: &str) -> Option<SnapshotRecord> {
        let record = &self.heads.get(&head.0)?.record;
        Some(SnapshotRecord {
            top: record.top,
            is_deleted: false,
            head: head.0,
            transaction: self.transaction,
            dead_list: record.dead_list,
            name: name.into(),
        })
    }

    /// Counts a change that the log does not tell of, as a transaction: so the log shows a gap where a root is lost.
    pub(crate) fn count(&mut self) {
        self.transaction += 1;
    }

    /// Notes a snapshot, and gives its head a new dead list.
    fn keep(&mut self, number: u64, record: SnapshotRecord, dead_list: u64) {
        if let Some(head) = self.heads.get_mut(&record.head) {
            (head.record.kept, head.record.dead_list) = (record.transaction, dead_list);
            head.is_changed = true;
        }
        self.snapshots.insert(number, record);
    }
}

/// The most bytes in the name of a snapshot or a head.
const NAME_BYTES_MAX: usize = 255;

fn check_name<E>(name: &str) -> Result<(), Error<E>> {
    let size_bytes = name.len();
    if size_bytes > NAME_BYTES_MAX { Err(Error::NameTooLong { size_bytes }) } else { Ok(()) }
}

fn missing<E>(name: &str) -> Error<E> {
    Error::Missing { name: name.into() }
}
