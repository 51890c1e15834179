//! Changing a store, all or nothing.

mod gather;
pub(crate) mod settle;
mod writer;

use core::{fmt, ops::RangeBounds};

use sarab_device::{Block, Bytes};

use crate::{
    Error, KEY_BYTES_MAX, Keyspace, Large, Tree, Value,
    batch::Batch,
    format::record,
    keyspace::{FIRST_NAMED, INLINE_BYTES_MAX, NAMES},
    line::Turn,
    range::full_bounds,
    space::Claim,
    walk::{View, Walk},
};

use gather::Gathered;
pub use writer::ValueWriter;

/// Changes that happen together or not at all. Dropping it undoes them.
///
/// It reads what it has written. Changes are gathered and sorted; reading puts them into the tree, so many
/// changes are quickest without reads between them.
///
/// **Errors.** After an error, [`Error::NoSpace`] too, it can only be dropped. Since changes are gathered, an error may
/// come later than its cause, with the commit at the latest.
pub struct Transaction<'t, B: Block + 'static> {
    pub(crate) tree: &'t Tree<B>,
    pub(crate) batch: Batch,
    head: u32,
    /// Whether it has become too long for the log, so that its commit is a checkpoint.
    is_long: bool,
    /// Large values that are not on the disk yet.
    gathered: Gathered,
    /// Whether large values must be flushed before the log may tell of them.
    pub(crate) has_extents: bool,
    is_done: bool,
    _turn: Turn<'t>,
}

impl<'t, B: Block + 'static> Transaction<'t, B> {
    pub(crate) fn new(tree: &'t Tree<B>, turn: Turn<'t>) -> Self {
        let head = tree.state.borrow().open.as_ref().map_or(0, |open| open.head);
        Self {
            tree,
            batch: Batch::new(),
            head,
            is_long: false,
            gathered: Gathered::default(),
            has_extents: false,
            is_done: false,
            _turn: turn,
        }
    }

    /// Lets what is put from now on use the pages that are kept for removing. It is for small values that must change when
    /// something is removed, so that what is full can be emptied.
    pub fn use_reserve(&mut self) {
        if let Some(open) = &mut self.tree.state.borrow_mut().open {
            open.put_claim = Claim::Remove;
        }
    }

    /// Returns the keyspace `name`, and makes it if there is none.
    pub async fn keyspace(&mut self, name: &str) -> Result<Keyspace, Error<B::Error>> {
        self.settle().await?;
        if let Some(keyspace) = self.tree.find_keyspace(View::Open, name).await? {
            return Ok(keyspace);
        }
        let number = self.next_keyspace().await?;
        let names = Keyspace(u16::from_be_bytes(NAMES));
        self.put(names, name.as_bytes(), &number.to_le_bytes()).await?;
        Ok(Keyspace(number))
    }

    /// Returns the value under `key`, a large one too, whole.
    pub async fn get(
        &mut self,
        keyspace: Keyspace,
        key: &[u8],
    ) -> Result<Option<Bytes>, Error<B::Error>> {
        self.settle().await?;
        self.tree.get(View::Open, keyspace, key).await
    }

    /// Lets `look` look at the value under `key` where it lies, without copying it.
    pub async fn get_with<T>(
        &mut self,
        keyspace: Keyspace,
        key: &[u8],
        look: impl FnOnce(Value<'_>) -> T,
    ) -> Result<Option<T>, Error<B::Error>> {
        self.settle().await?;
        self.tree.get_with(View::Open, keyspace, key, look).await
    }

    /// Returns the bytes of `range` of a large value, fewer where it ends sooner.
    pub async fn read_large(
        &mut self,
        large: Large,
        range: core::ops::Range<u64>,
    ) -> Result<Bytes, Error<B::Error>> {
        self.settle().await?;
        self.tree.read_large(View::Open, large, range).await
    }

    /// Returns the keys within `bounds`, to be walked from both ends.
    pub async fn range<'k>(
        &mut self,
        keyspace: Keyspace,
        bounds: impl RangeBounds<&'k [u8]>,
    ) -> Result<crate::Range<'_, B>, Error<B::Error>> {
        self.settle().await?;
        Ok(crate::Range::new(self.tree, View::Open, keyspace, bounds))
    }

    /// Puts `value` under `key`, in place of what was there. A large one goes to the disk soon.
    pub async fn put(
        &mut self,
        keyspace: Keyspace,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), Error<B::Error>> {
        check_key(key)?;
        if key.len() + 2 + value.len() > INLINE_BYTES_MAX {
            let mut writer = self.writer(keyspace, key)?;
            writer.write(value).await?;
            return writer.finish().await;
        }
        self.batch.put([&keyspace.0.to_be_bytes(), key], value.len() as u16, value);
        self.settle_if_full().await
    }

    /// Begins to put a value of unknown, perhaps great, size under `key`.
    ///
    /// It is there once [`finish`](ValueWriter::finish) has completed.
    pub fn writer<'x>(
        &'x mut self,
        keyspace: Keyspace,
        key: &[u8],
    ) -> Result<ValueWriter<'x, 't, B>, Error<B::Error>> {
        check_key(key)?;
        Ok(ValueWriter::new(self, keyspace.key(key)))
    }

    /// Removes what is under `key`. Nothing there is not an error.
    pub async fn remove(&mut self, keyspace: Keyspace, key: &[u8]) -> Result<(), Error<B::Error>> {
        if key.len() > KEY_BYTES_MAX {
            return Ok(());
        }
        self.batch.remove([&keyspace.0.to_be_bytes(), key]);
        self.settle_if_full().await
    }

    /// Removes all keys within `bounds`.
    pub async fn remove_range<'k>(
        &mut self,
        keyspace: Keyspace,
        bounds: impl RangeBounds<&'k [u8]>,
    ) -> Result<(), Error<B::Error>> {
        let (start, end) = full_bounds(keyspace, bounds);
        if start >= end {
            return Ok(());
        }
        self.settle().await?;
        self.tree.settle_range(&start, Some(&end)).await?;
        self.batch.note_range(&start, Some(&end));
        Ok(())
    }

    /// Makes the changes happen, and completes when they would survive a crash.
    pub async fn commit(self) -> Result<(), Error<B::Error>> {
        let tree = self.tree;
        let number = self.end().await?;
        tree.sync_to(number).await?;
        tree.keep_house().await
    }

    /// Makes the changes happen. They survive a crash once a later [`sync`](Tree::sync) or commit has
    /// completed; before that a crash leaves them whole or not at all, in the order of commits.
    pub async fn commit_relaxed(self) -> Result<(), Error<B::Error>> {
        let tree = self.tree;
        let number = self.end().await?;
        if tree.log.borrow().is_crowded() {
            tree.sync_to(number).await?;
        }
        tree.keep_house().await
    }

    /// Publishes the changes and hands them to the log. Returns the number of their transaction.
    async fn end(mut self) -> Result<u64, Error<B::Error>> {
        self.settle().await?;
        self.tree.disk.check_writable()?;
        let is_changed = self.tree.state.borrow().open.as_ref().is_some_and(|open| open.is_changed);
        if !is_changed {
            return Ok(self.tree.state.borrow().transaction);
        }
        let number = self.tree.state.borrow_mut().publish();
        let number = number.expect("a head stays until its transaction ends");
        self.is_done = true;
        if self.is_long {
            let result = self.tree.checkpoint().await;
            return result.map(|()| number).inspect_err(|_| self.tree.disk.poison());
        }
        let mut bytes = self.batch.take();
        record::finish_transaction(&mut bytes, number, self.head);
        self.tree.log.borrow_mut().push(number, bytes, self.has_extents);
        Ok(number)
    }

    /// Returns the number of the next new keyspace.
    async fn next_keyspace(&mut self) -> Result<u16, Error<B::Error>> {
        let high = crate::keyspace::EXTENTS.to_vec();
        let mut walk = Walk::new(self.tree, View::Open, NAMES.to_vec(), high);
        let mut next = FIRST_NAMED;
        while let Some((_, _, value)) = walk.next().await? {
            if let Some(number) = value.first_chunk() {
                next = next.max(u16::from_le_bytes(*number).saturating_add(1));
            }
        }
        if next == u16::MAX { Err(Error::NoSpace) } else { Ok(next) }
    }
}

impl<B: Block + 'static> Drop for Transaction<'_, B> {
    fn drop(&mut self) {
        if !self.is_done {
            self.tree.state.borrow_mut().abandon();
        }
    }
}

impl<B: Block + 'static> fmt::Debug for Transaction<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").field("head", &self.head).finish_non_exhaustive()
    }
}

fn check_key<E>(key: &[u8]) -> Result<(), Error<E>> {
    let size_bytes = key.len();
    if size_bytes > KEY_BYTES_MAX { Err(Error::KeyTooLong { size_bytes }) } else { Ok(()) }
}
