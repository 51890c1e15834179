//! Taking names away.

use sarab_device::{Block, PathError};

use crate::{
    FsError,
    inode::{Found, Kind},
    key,
    shared::Shared,
    view::{Change, View},
    walk::Last,
};

impl<B: Block + 'static> Shared<B> {
    /// Removes the file, the link or the empty folder at a normal path, also where there is room for nothing else.
    pub(crate) async fn remove(&self, path: &str) -> Result<(), FsError<B::Error>> {
        if path.is_empty() {
            return Err(PathError::folder(path).into());
        }
        let mut change = self.change().await?;
        change.transaction.use_reserve();
        let missing = || PathError::missing(path);
        let place = change.walk(path, Last::Kept).await?.ok_or_else(missing)?;
        let found = place.found.ok_or_else(missing)?;
        change.unname(&place).await?;
        match found.kind {
            Kind::Folder if !change.is_empty(found.inode).await? => {
                return Err(PathError::not_empty(path).into());
            }
            Kind::Folder => change.remove(&key::inode(found.inode)).await?,
            Kind::File | Kind::Link => change.unlink(found).await?,
        }
        change.commit().await
    }
}

impl<B: Block + 'static> Change<'_, B> {
    /// Takes a name of a file or a link away; with the last one the file goes, or is an orphan.
    pub(crate) async fn unlink(&mut self, file: Found) -> Result<(), FsError<B::Error>> {
        let mut stat = self.known(file.inode).await?;
        stat.links = stat.links.saturating_sub(1);
        stat.changed = self.now().or(stat.changed);
        if stat.links > 0 {
            return self.put_stat(&stat).await;
        }
        if self.begin_removal(file.inode) {
            self.put(&key::orphan(file.inode), &[]).await?;
            return self.put_stat(&stat).await;
        }
        self.remove_file(file.inode).await
    }

    async fn is_empty(&mut self, folder: u64) -> Result<bool, FsError<B::Error>> {
        let keys = key::entries(folder);
        let bounds = &keys.start[..]..&keys.end[..];
        let mut entries = self.transaction.range(self.files, bounds).await?;
        Ok(entries.next().await?.is_none())
    }
}
