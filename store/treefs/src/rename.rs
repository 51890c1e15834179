//! Moving a file or a folder, perhaps in place of a file.

use sarab_device::{Block, PathError, key};

use crate::{FsError, inode::Kind, key as keys, shared::Shared, view::View};

impl<B: Block> Shared<B> {
    /// Moves what is at the normal path `from` to `to`.
    pub(crate) async fn rename(&self, from: &str, to: &str) -> Result<(), FsError<B::Error>> {
        if let Some(root) = [from, to].into_iter().find(|path| path.is_empty()) {
            return Err(PathError::folder(root).into());
        }
        let mut change = self.change().await?;
        let ((from_parent, from_name), (to_parent, to_name)) = (key::split(from), key::split(to));
        let missing = || PathError::missing(from);
        let from_folder = change.folder(from_parent).await?.ok_or_else(missing)?;
        let moved = change.entry(from_folder, from_name).await?.ok_or_else(missing)?;
        if from == to {
            return Ok(());
        }
        if to.starts_with(&key::prefix(from)) {
            return Err(PathError::inside(from, to).into());
        }
        let to_folder = change.folder(to_parent).await?.ok_or_else(|| PathError::missing(to))?;
        if let Some(replaced) = change.entry(to_folder, to_name).await? {
            if (moved.kind, replaced.kind) != (Kind::File, Kind::File) {
                return Err(PathError::exists(to).into());
            }
            change.unlink(replaced, self.now()).await?;
        }
        change.remove(&keys::entry(from_folder, from_name)).await?;
        change.name(to_folder, to, moved).await?;
        let mut stat = change.known(moved.inode).await?;
        stat.changed = self.now().or(stat.changed);
        change.put_stat(&stat).await?;
        for folder in [from_folder, to_folder] {
            change.touch(folder, self.now()).await?;
        }
        change.commit().await
    }
}
