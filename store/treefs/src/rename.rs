//! Moving a file or a folder, perhaps in place of a file.

use sarab_device::{Block, PathError, key};

use crate::{
    FsError,
    inode::Kind,
    shared::Shared,
    view::View,
    walk::{Last, Place},
};

impl<B: Block + 'static> Shared<B> {
    /// Moves what is at the normal path `from` to `to`.
    pub(crate) async fn rename(&self, from: &str, to: &str) -> Result<(), FsError<B::Error>> {
        if let Some(root) = [from, to].into_iter().find(|path| path.is_empty()) {
            return Err(PathError::folder(root).into());
        }
        let mut change = self.change().await?;
        let missing = || PathError::missing(from);
        let source = change.walk(from, Last::Kept).await?.ok_or_else(missing)?;
        let moved = source.found.ok_or_else(missing)?;
        let target = change.walk(to, Last::Kept).await?;
        if target.as_ref().is_some_and(|target| is_same(&source, target)) {
            return Ok(());
        }
        let is_inside = match &target {
            Some(target) => target.folders.contains(&moved.inode),
            None => to.starts_with(&key::prefix(from)),
        };
        if is_inside {
            return Err(PathError::inside(from, to).into());
        }
        let target = target.ok_or_else(|| PathError::missing(to))?;
        if let Some(replaced) = target.found {
            if [moved.kind, replaced.kind].contains(&Kind::Folder) {
                return Err(PathError::exists(to).into());
            }
            change.unlink(replaced).await?;
        }
        change.unname(&source).await?;
        change.name(&target, to, moved).await?;
        let mut stat = change.known(moved.inode).await?;
        stat.changed = self.now().or(stat.changed);
        change.put_stat(&stat).await?;
        change.commit().await
    }
}

fn is_same(a: &Place, b: &Place) -> bool {
    (a.folder(), &a.name) == (b.folder(), &b.name)
}
