//! The values of a store, as files.

use std::{cell::RefCell, rc::Rc};

use sarab_device::{Bytes, Entry, Error, ErrorKind, Kv, KvRead, Metadata, Open};
use sarab_tree::{KvError, Tree};

use super::{Disk, VolumeError};

/// The values of a store.
pub(crate) struct Values {
    tree: Rc<Tree<Disk>>,
}

/// A value. What is written is gathered, and becomes the value by [`set_size`](Self::set_size), which
/// ends every copy.
pub(crate) struct ValueFile {
    tree: Rc<Tree<Disk>>,
    key: String,
    fresh: RefCell<Vec<u8>>,
}

impl Values {
    pub(super) fn new(tree: Tree<Disk>) -> Self {
        Self { tree: Rc::new(tree) }
    }

    pub(super) async fn open(&self, key: &str, how: Open) -> Result<ValueFile, VolumeError> {
        let is_there = self.metadata(key).await?.is_some();
        match how {
            Open::Read | Open::Existing if !is_there => {
                return Err(VolumeError::new(ErrorKind::NotFound, format!("there is no `{key}`")));
            }
            Open::New if is_there => {
                let words = format!("`{key}` is there already");
                return Err(VolumeError::new(ErrorKind::AlreadyExists, words));
            }
            _ => {}
        }
        let (tree, key) = (Rc::clone(&self.tree), key.to_owned());
        Ok(ValueFile { tree, key, fresh: RefCell::default() })
    }

    pub(super) async fn metadata(&self, key: &str) -> Result<Option<Metadata>, VolumeError> {
        Ok(KvRead::metadata(&*self.tree, key).await?)
    }

    pub(super) async fn list(&self, key: &str) -> Result<Vec<Entry>, VolumeError> {
        let entries = KvRead::list(&*self.tree, key).await?;
        if entries.is_empty() && !key.is_empty() {
            return Err(VolumeError::new(ErrorKind::NotFound, format!("there is no `{key}`")));
        }
        Ok(entries)
    }

    /// Removes a value; a folder goes with the last value in it.
    pub(super) async fn remove(&self, key: &str) -> Result<(), VolumeError> {
        Ok(Kv::remove(&*self.tree, key).await?)
    }

    pub(super) async fn sync(&self) -> Result<(), VolumeError> {
        Ok(Kv::sync(&*self.tree).await?)
    }
}

impl ValueFile {
    pub(super) async fn size_bytes(&self) -> Result<u64, VolumeError> {
        let metadata = KvRead::metadata(&*self.tree, &self.key).await?;
        Ok(metadata.map_or(0, |metadata| metadata.size_bytes))
    }

    pub(super) async fn read_at(&self, offset: u64, count: usize) -> Result<Bytes, VolumeError> {
        let range = offset..offset.saturating_add(count as u64);
        Ok(self.tree.get_range(&self.key, range).await?.unwrap_or_default())
    }

    pub(super) fn write_at(&self, offset: u64, data: &[u8]) -> Result<(), VolumeError> {
        let too_long = || VolumeError::new(ErrorKind::NoSpace, "a value cannot be that long");
        let start = usize::try_from(offset).map_err(|_| too_long())?;
        let end = start.checked_add(data.len()).ok_or_else(too_long)?;
        let mut fresh = self.fresh.borrow_mut();
        if fresh.len() < end {
            fresh.resize(end, 0);
        }
        fresh[start..end].copy_from_slice(data);
        Ok(())
    }

    pub(super) async fn set_size(&self, size_bytes: u64) -> Result<(), VolumeError> {
        let mut value = self.fresh.take();
        let too_long = |_| VolumeError::new(ErrorKind::NoSpace, "a value cannot be that long");
        value.resize(usize::try_from(size_bytes).map_err(too_long)?, 0);
        Ok(self.tree.set(&self.key, value.into()).await?)
    }

    pub(super) async fn sync(&self) -> Result<(), VolumeError> {
        Ok(Kv::sync(&*self.tree).await?)
    }
}

impl<E: Error> From<KvError<E>> for VolumeError {
    fn from(error: KvError<E>) -> Self {
        Self::of(&error)
    }
}
