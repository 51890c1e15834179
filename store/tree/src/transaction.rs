//! Changing a store, all or nothing.

use core::ops::RangeBounds;

use sarab_device::{Block, Bytes};

use crate::{Error, Keyspace, Large, Tree, Value};

/// Changes that happen together or not at all. Dropping it undoes them.
///
/// It reads what it has written. Changes are gathered and sorted; reading puts them into the tree, so many
/// changes are quickest without reads between them.
///
/// **Errors.** After [`Error::NoSpace`] nothing of the failed call has happened; the transaction goes on. After any other
/// error it can only be dropped.
#[derive(Debug)]
pub struct Transaction<'t, B: Block> {
    pub(crate) tree: &'t Tree<B>,
}

impl<'t, B: Block> Transaction<'t, B> {
    /// Returns the keyspace `name`, and makes it if there is none.
    pub async fn keyspace(&mut self, name: &str) -> Result<Keyspace, Error<B::Error>> {
        let _ = name;
        Ok(Keyspace::DEFAULT)
    }

    /// Returns the value under `key`, a large one too, whole.
    pub async fn get(
        &mut self,
        keyspace: Keyspace,
        key: &[u8],
    ) -> Result<Option<Bytes>, Error<B::Error>> {
        self.get_with(keyspace, key, |_| Bytes::new()).await
    }

    /// Lets `look` look at the value under `key` where it lies, without copying it.
    pub async fn get_with<T>(
        &mut self,
        keyspace: Keyspace,
        key: &[u8],
        look: impl FnOnce(Value<'_>) -> T,
    ) -> Result<Option<T>, Error<B::Error>> {
        let _ = (self.tree, keyspace, key, look);
        Err(Error::Poisoned)
    }

    /// Returns the bytes of `range` of a large value, fewer where it ends sooner.
    pub async fn read_large(
        &mut self,
        large: Large,
        range: core::ops::Range<u64>,
    ) -> Result<Bytes, Error<B::Error>> {
        let _ = (large, range);
        Err(Error::Poisoned)
    }

    /// Returns the keys within `bounds`, to be walked from both ends.
    pub async fn range<'k>(
        &mut self,
        keyspace: Keyspace,
        bounds: impl RangeBounds<&'k [u8]>,
    ) -> Result<crate::Range<'_, B>, Error<B::Error>> {
        let _ = (keyspace, bounds.start_bound());
        Ok(crate::Range { tree: self.tree })
    }

    /// Puts `value` under `key`, in place of what was there. A large one goes to the disk at once.
    pub async fn put(
        &mut self,
        keyspace: Keyspace,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), Error<B::Error>> {
        let _ = (keyspace, key, value);
        Err(Error::Poisoned)
    }

    /// Begins to put a value of unknown, perhaps great, size under `key`.
    ///
    /// It is there once [`finish`](ValueWriter::finish) has completed.
    pub fn writer<'x>(
        &'x mut self,
        keyspace: Keyspace,
        key: &[u8],
    ) -> Result<ValueWriter<'x, 't, B>, Error<B::Error>> {
        let _ = (keyspace, key);
        Ok(ValueWriter { transaction: self })
    }

    /// Removes what is under `key`. Nothing there is not an error.
    pub async fn remove(&mut self, keyspace: Keyspace, key: &[u8]) -> Result<(), Error<B::Error>> {
        let _ = (keyspace, key);
        Err(Error::Poisoned)
    }

    /// Removes all keys within `bounds`.
    pub async fn remove_range<'k>(
        &mut self,
        keyspace: Keyspace,
        bounds: impl RangeBounds<&'k [u8]>,
    ) -> Result<(), Error<B::Error>> {
        let _ = (keyspace, bounds.start_bound());
        Err(Error::Poisoned)
    }

    /// Makes the changes happen, and completes when they would survive a crash.
    pub async fn commit(self) -> Result<(), Error<B::Error>> {
        self.tree.sync().await
    }

    /// Makes the changes happen. They survive a crash once a later [`sync`](Tree::sync) or commit has
    /// completed; before that a crash leaves them whole or not at all, in the order of commits.
    pub async fn commit_relaxed(self) -> Result<(), Error<B::Error>> {
        self.tree.sync().await
    }
}

/// A large value on its way to the disk. Dropping it gives up.
#[derive(Debug)]
pub struct ValueWriter<'x, 't, B: Block> {
    pub(crate) transaction: &'x mut Transaction<'t, B>,
}

impl<B: Block> ValueWriter<'_, '_, B> {
    /// Appends `bytes` to the value.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Error<B::Error>> {
        let _ = bytes;
        self.transaction.tree.sync().await
    }

    /// Puts the value under its key, in place of what was there.
    pub async fn finish(self) -> Result<(), Error<B::Error>> {
        self.transaction.tree.sync().await
    }
}
