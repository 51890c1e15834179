//! Giving names: new files, new folders, links of both kinds.

use sarab_device::{Block, PathError};

use crate::{
    FsError,
    inode::{Found, Kind, Stat},
    key,
    shared::Shared,
    view::{Change, NAME_BYTES_MAX, View},
    walk::{Last, Place, is_target},
};

impl<B: Block + 'static> Shared<B> {
    /// Makes a file, a folder or a link at a normal path, and returns its inode with the change, which has not happened yet.
    pub(crate) async fn create(
        &self,
        path: &str,
        last: Last,
        kind: Kind,
    ) -> Result<(Change<'_, B>, u64), FsError<B::Error>> {
        let mut change = self.change().await?;
        let place = change.place(path, last).await?;
        let stat = Stat::new(self.fresh_inode(), kind, self.now());
        change.put_stat(&stat).await?;
        change.name(&place, path, Found { inode: stat.inode, kind }).await?;
        Ok((change, stat.inode))
    }

    /// Makes a symbolic link to `target` at a normal path.
    pub(crate) async fn symlink(&self, target: &str, path: &str) -> Result<(), FsError<B::Error>> {
        if !is_target(target) {
            return Err(PathError::no_path(target).into());
        }
        let (mut change, inode) = self.create(path, Last::Kept, Kind::Link).await?;
        let mut stat = change.known(inode).await?;
        stat.size_bytes = target.len() as u64;
        change.put_stat(&stat).await?;
        change.put(&key::chunk(inode, 0), target.as_bytes()).await?;
        change.commit().await
    }

    /// Gives the file or the symbolic link at the normal path `from` a further name.
    pub(crate) async fn link(&self, from: &str, to: &str) -> Result<(), FsError<B::Error>> {
        let mut change = self.change().await?;
        let found = change.walk(from, Last::Kept).await?.and_then(|place| place.found);
        let found = found.ok_or_else(|| PathError::missing(from))?;
        if found.kind == Kind::Folder {
            return Err(PathError::folder(from).into());
        }
        let place = change.place(to, Last::Kept).await?;
        let mut stat = change.known(found.inode).await?;
        stat.links = stat.links.checked_add(1).ok_or(FsError::NoSpace)?;
        stat.changed = self.now().or(stat.changed);
        change.put_stat(&stat).await?;
        change.name(&place, to, found).await?;
        change.commit().await
    }
}

impl<B: Block + 'static> Change<'_, B> {
    /// Returns where a path leads, at which something new may be put.
    async fn place(&mut self, path: &str, last: Last) -> Result<Place, FsError<B::Error>> {
        let place = self.walk(path, last).await?.ok_or_else(|| PathError::missing(path))?;
        if place.found.is_some() {
            return Err(PathError::exists(path).into());
        }
        Ok(place)
    }

    /// Puts an entry at the place that `path` leads to.
    pub(crate) async fn name(
        &mut self,
        place: &Place,
        path: &str,
        found: Found,
    ) -> Result<(), FsError<B::Error>> {
        if place.name.len() > NAME_BYTES_MAX {
            return Err(PathError::no_path(path).into());
        }
        self.put(&key::entry(place.folder(), &place.name), &found.encode()).await?;
        self.touch(place.folder()).await
    }

    /// Takes the entry at a place away.
    pub(crate) async fn unname(&mut self, place: &Place) -> Result<(), FsError<B::Error>> {
        self.remove(&key::entry(place.folder(), &place.name)).await?;
        self.touch(place.folder()).await
    }

    /// Notes that what stands in a folder has changed.
    async fn touch(&mut self, folder: u64) -> Result<(), FsError<B::Error>> {
        let mut stat = self.known(folder).await?;
        stat.touch(self.now());
        self.put_stat(&stat).await
    }
}
