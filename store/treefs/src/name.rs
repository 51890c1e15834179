//! Giving names: new files, new folders, links.

use sarab_device::{Block, PathError, key::split};

use crate::{
    FsError,
    inode::{Found, Kind, Stat},
    key,
    shared::Shared,
    view::{Change, NAME_BYTES_MAX, View},
};

impl<B: Block> Shared<B> {
    /// Makes a file or a folder at a normal path, and returns its inode with the change, which has not happened yet.
    pub(crate) async fn create(
        &self,
        path: &str,
        kind: Kind,
    ) -> Result<(Change<'_, B>, u64), FsError<B::Error>> {
        let mut change = self.change().await?;
        let folder = change.place(path).await?;
        let stat = Stat::new(self.fresh_inode(), kind, self.now());
        change.put_stat(&stat).await?;
        change.name(folder, path, Found { inode: stat.inode, kind }).await?;
        change.touch(folder, self.now()).await?;
        Ok((change, stat.inode))
    }

    /// Gives the file at the normal path `from` a further name.
    pub(crate) async fn link(&self, from: &str, to: &str) -> Result<(), FsError<B::Error>> {
        let mut change = self.change().await?;
        let found = change.find(from).await?.ok_or_else(|| PathError::missing(from))?;
        if found.kind == Kind::Folder {
            return Err(PathError::folder(from).into());
        }
        let folder = change.place(to).await?;
        let mut stat = change.known(found.inode).await?;
        stat.links = stat.links.checked_add(1).ok_or(FsError::NoSpace)?;
        stat.changed = self.now().or(stat.changed);
        change.put_stat(&stat).await?;
        change.name(folder, to, found).await?;
        change.touch(folder, self.now()).await?;
        change.commit().await
    }
}

impl<B: Block> Change<'_, B> {
    /// Returns the folder of a normal path at which something new may be put.
    async fn place(&mut self, path: &str) -> Result<u64, FsError<B::Error>> {
        let (parent, name) = split(path);
        let folder = self.folder(parent).await?.ok_or_else(|| PathError::missing(path))?;
        if name.is_empty() || self.entry(folder, name).await?.is_some() {
            return Err(PathError::exists(path).into());
        }
        Ok(folder)
    }

    /// Puts the entry of a normal path into its folder.
    pub(crate) async fn name(
        &mut self,
        folder: u64,
        path: &str,
        found: Found,
    ) -> Result<(), FsError<B::Error>> {
        let (_, name) = split(path);
        if name.len() > NAME_BYTES_MAX {
            return Err(PathError::no_path(path).into());
        }
        self.put(&key::entry(folder, name), &found.encode()).await
    }

    /// Notes that what stands in a folder has changed.
    pub(crate) async fn touch(
        &mut self,
        folder: u64,
        now: Option<sarab_device::WallTime>,
    ) -> Result<(), FsError<B::Error>> {
        let mut stat = self.known(folder).await?;
        stat.touch(now);
        self.put_stat(&stat).await
    }
}
