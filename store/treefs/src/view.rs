//! Looking at a file system, and changing it: the store's readers and transactions in its own words.

use alloc::string::String;
use core::ops::Range;

use sarab_device::{Block, Bytes, WallTime};
use sarab_tree::{Keyspace, Reader, Transaction};

use crate::{
    FsError,
    handle::Removal,
    inode::{Found, Kind, Stat},
    key,
    shared::Shared,
    walk::{Last, Place, Walk, is_target},
};

/// The most bytes in a name.
pub(crate) const NAME_BYTES_MAX: usize = 255;

/// Something that records can be read from.
pub(crate) trait View<B: Block + 'static> {
    /// Returns the value under `key`.
    async fn value(&mut self, key: &[u8]) -> Result<Option<Bytes>, FsError<B::Error>>;

    /// Returns what is known of an inode.
    async fn stat(&mut self, inode: u64) -> Result<Option<Stat>, FsError<B::Error>> {
        let Some(record) = self.value(&key::inode(inode)).await? else { return Ok(None) };
        Stat::decode(inode, &record).map(Some).ok_or(FsError::Damaged { inode })
    }

    /// Returns what is known of an inode that must be there.
    async fn known(&mut self, inode: u64) -> Result<Stat, FsError<B::Error>> {
        self.stat(inode).await?.ok_or(FsError::Damaged { inode })
    }

    /// Returns what `name` in a folder leads to.
    async fn entry(&mut self, folder: u64, name: &str) -> Result<Option<Found>, FsError<B::Error>> {
        if name.len() > NAME_BYTES_MAX {
            return Ok(None);
        }
        let Some(entry) = self.value(&key::entry(folder, name)).await? else { return Ok(None) };
        Found::decode(&entry).map(Some).ok_or(FsError::Damaged { inode: folder })
    }

    /// Returns the path that a symbolic link stands for.
    async fn target(&mut self, link: u64) -> Result<String, FsError<B::Error>> {
        let target = self.value(&key::chunk(link, 0)).await?;
        let target = target.as_deref().and_then(|target| core::str::from_utf8(target).ok());
        let target = target.filter(|target| is_target(target));
        target.map(String::from).ok_or(FsError::Damaged { inode: link })
    }

    /// Follows a path, or returns `None` if a folder on the way is not there.
    async fn walk(&mut self, path: &str, last: Last) -> Result<Option<Place>, FsError<B::Error>> {
        let mut walk = Walk::new(path);
        while walk.advance() {
            let found = self.entry(walk.folder(), walk.name()).await?;
            match found {
                Some(Found { inode, kind: Kind::Link })
                    if last == Last::Followed || !walk.is_last() =>
                {
                    let target = self.target(inode).await?;
                    walk.follow(&target).ok_or_else(|| FsError::Loop { path: path.into() })?;
                }
                found if walk.is_last() => return Ok(Some(walk.end(found))),
                Some(Found { inode, kind: Kind::Folder }) => walk.enter(inode),
                _ => return Ok(None),
            }
        }
        let found = Found { inode: walk.folder(), kind: Kind::Folder };
        Ok(Some(walk.end(Some(found))))
    }

    /// Returns what a path leads to in the end.
    async fn find(&mut self, path: &str) -> Result<Option<Found>, FsError<B::Error>> {
        Ok(self.walk(path, Last::Followed).await?.and_then(|place| place.found))
    }
}

/// One state of a file system.
#[derive(Debug)]
pub(crate) struct Look<'s, B: Block + 'static> {
    pub(crate) reader: Reader<'s, B>,
    pub(crate) files: Keyspace,
}

impl<B: Block + 'static> View<B> for Look<'_, B> {
    async fn value(&mut self, key: &[u8]) -> Result<Option<Bytes>, FsError<B::Error>> {
        Ok(self.reader.get(self.files, key).await?)
    }
}

/// A change of a file system: a transaction. Dropping it changes nothing.
#[derive(Debug)]
pub(crate) struct Change<'s, B: Block + 'static> {
    pub(crate) transaction: Transaction<'s, B>,
    pub(crate) files: Keyspace,
    shared: &'s Shared<B>,
    removal: Option<Removal<'s>>,
}

impl<'s, B: Block + 'static> Change<'s, B> {
    pub(crate) fn new(transaction: Transaction<'s, B>, shared: &'s Shared<B>) -> Self {
        Self { transaction, files: shared.files, shared, removal: None }
    }

    pub(crate) fn now(&self) -> Option<WallTime> {
        self.shared.now()
    }

    pub(crate) async fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), FsError<B::Error>> {
        Ok(self.transaction.put(self.files, key, value).await?)
    }

    pub(crate) async fn put_stat(&mut self, stat: &Stat) -> Result<(), FsError<B::Error>> {
        self.put(&key::inode(stat.inode), &stat.encode()).await
    }

    pub(crate) async fn remove(&mut self, key: &[u8]) -> Result<(), FsError<B::Error>> {
        Ok(self.transaction.remove(self.files, key).await?)
    }

    pub(crate) async fn remove_range<const N: usize>(
        &mut self,
        keys: Range<[u8; N]>,
    ) -> Result<(), FsError<B::Error>> {
        let bounds = &keys.start[..]..&keys.end[..];
        Ok(self.transaction.remove_range(self.files, bounds).await?)
    }

    /// Removes an inode and all that is in it.
    pub(crate) async fn remove_file(&mut self, inode: u64) -> Result<(), FsError<B::Error>> {
        self.remove(&key::inode(inode)).await?;
        self.remove_range(key::chunks(inode, 0)).await
    }

    /// Begins to take the last name of an inode away, and returns whether an orphan must be left.
    pub(crate) fn begin_removal(&mut self, inode: u64) -> bool {
        self.removal.insert(self.shared.handles.remove(inode)).leaves_orphan
    }

    /// Makes the change happen. A sync makes it survive a crash.
    pub(crate) async fn commit(self) -> Result<(), FsError<B::Error>> {
        let Self { transaction, removal, .. } = self;
        transaction.commit_relaxed().await?;
        drop(removal);
        Ok(())
    }
}

impl<B: Block + 'static> View<B> for Change<'_, B> {
    async fn value(&mut self, key: &[u8]) -> Result<Option<Bytes>, FsError<B::Error>> {
        Ok(self.transaction.get(self.files, key).await?)
    }
}
