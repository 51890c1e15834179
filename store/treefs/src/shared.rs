//! What a file system and its open files share.

use core::cell::Cell;

use sarab_device::{Block, WallTime};
use sarab_tree::{Keyspace, Tree};

use crate::{
    FsError,
    handle::Handles,
    header,
    inode::{Found, Kind, ROOT, Stat},
    key,
    view::{Change, Look, View},
};

/// Tells the time, so far as it is known.
pub type Clock = fn() -> Option<WallTime>;

/// What a file system and its open files share.
#[derive(Debug)]
pub(crate) struct Shared<B: Block + 'static> {
    pub(crate) tree: Tree<B>,
    pub(crate) files: Keyspace,
    pub(crate) handles: Handles,
    clock: Clock,
    /// The next inode.
    next: Cell<u64>,
}

impl<B: Block + 'static> Shared<B> {
    /// Opens the file system in the keyspace `name`, which is made if it is not there.
    pub(crate) async fn open(
        tree: Tree<B>,
        name: &str,
        clock: Clock,
    ) -> Result<Self, FsError<B::Error>> {
        let files = match tree.keyspace(name).await? {
            Some(files) => files,
            None => make_keyspace(&tree, name).await?,
        };
        let shared =
            Self { tree, files, handles: Handles::default(), clock, next: Cell::new(ROOT + 1) };
        match shared.look().value(&key::header()).await? {
            Some(header) => header::check(&header)?,
            None => shared.format().await?,
        }
        shared.count_on().await?;
        shared.bury_all().await?;
        Ok(shared)
    }

    pub(crate) fn now(&self) -> Option<WallTime> {
        (self.clock)()
    }

    /// Returns the present state.
    pub(crate) fn look(&self) -> Look<'_, B> {
        Look { reader: self.tree.read(), files: self.files }
    }

    /// Begins a change, after what was abandoned has been removed.
    pub(crate) async fn change(&self) -> Result<Change<'_, B>, FsError<B::Error>> {
        self.bury_abandoned().await?;
        self.begin().await
    }

    async fn begin(&self) -> Result<Change<'_, B>, FsError<B::Error>> {
        Ok(Change::new(self.tree.write().await?, self))
    }

    /// Returns the number for a new inode.
    pub(crate) fn fresh_inode(&self) -> u64 {
        let inode = self.next.get();
        self.next.set(inode + 1);
        inode
    }

    /// Completes once every change before would survive a crash.
    pub(crate) async fn sync(&self) -> Result<(), FsError<B::Error>> {
        self.bury_abandoned().await?;
        Ok(self.tree.sync().await?)
    }

    async fn format(&self) -> Result<(), FsError<B::Error>> {
        let mut change = self.begin().await?;
        change.put(&key::header(), &header::encode()).await?;
        change.put_stat(&Stat::new(Found::ROOT.inode, Kind::Folder, self.now())).await?;
        change.commit().await?;
        Ok(self.tree.sync().await?)
    }

    /// Looks up from where inodes are new.
    async fn count_on(&self) -> Result<(), FsError<B::Error>> {
        let (look, all) = (self.look(), key::inodes());
        let mut inodes = look.reader.range(self.files, &all.start[..]..&all.end[..]);
        let last = inodes.next_back().await?.and_then(|item| key::inode_number(item.key));
        let last = last.unwrap_or(ROOT).max(ROOT);
        if last > u64::MAX / 2 {
            return Err(FsError::Damaged { inode: last }); // so many were never made
        }
        self.next.set(last + 1);
        Ok(())
    }

    /// Removes all orphans: a crash has left them.
    async fn bury_all(&self) -> Result<(), FsError<B::Error>> {
        while let Some(inode) = self.first_orphan().await? {
            self.bury(inode).await?;
        }
        Ok(())
    }

    async fn first_orphan(&self) -> Result<Option<u64>, FsError<B::Error>> {
        let (look, all) = (self.look(), key::orphans());
        let mut orphans = look.reader.range(self.files, &all.start[..]..&all.end[..]);
        let Some(item) = orphans.next().await? else { return Ok(None) };
        key::inode_number(item.key).map(Some).ok_or(FsError::Damaged { inode: 0 })
    }

    async fn bury_abandoned(&self) -> Result<(), FsError<B::Error>> {
        while let Some(inode) = self.handles.abandoned() {
            self.bury(inode).await?;
            self.handles.buried(inode);
        }
        Ok(())
    }

    async fn bury(&self, inode: u64) -> Result<(), FsError<B::Error>> {
        let mut change = self.begin().await?;
        if change.value(&key::orphan(inode)).await?.is_some() {
            change.remove(&key::orphan(inode)).await?;
            change.remove_file(inode).await?;
            change.commit().await?;
        }
        Ok(())
    }
}

async fn make_keyspace<B: Block + 'static>(
    tree: &Tree<B>,
    name: &str,
) -> Result<Keyspace, FsError<B::Error>> {
    let mut transaction = tree.write().await?;
    let files = transaction.keyspace(name).await?;
    transaction.commit().await?;
    Ok(files)
}
