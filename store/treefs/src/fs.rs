//! The file system.

use alloc::{rc::Rc, string::String, vec::Vec};

use sarab_device::{
    Block, Entry, Fs, Metadata, Open, PathError, WallTime, key::normal as normal_key,
};
use sarab_tree::Tree;

use crate::{
    Clock, FsError, Stat, TreeFile,
    inode::{Found, Kind},
    key,
    shared::Shared,
    view::{Look, View},
    walk::Last,
};

/// The keyspace of the file system, where nothing else is said.
const KEYSPACE: &str = "files";

/// A file system in a store.
///
/// **Durability.** Each request is one transaction; only writes of more than 4 MiB are several. A crash leaves those before a
/// moment after the last sync, and none after it. A sync of one file is a sync of all: it costs a write-through,
/// and a flush before it where there are large values.
///
/// **Concurrency.** Reads see one state and wait for nobody. Changes happen one after the other.
#[derive(Debug)]
pub struct TreeFs<B: Block + 'static> {
    shared: Rc<Shared<B>>,
}

impl<B: Block + 'static> TreeFs<B> {
    /// Opens the file system in `tree`, and makes an empty one if there is none.
    ///
    /// Times of files come from `clock`.
    pub async fn over(tree: Tree<B>, clock: Clock) -> Result<Self, FsError<B::Error>> {
        Self::over_keyspace(tree, KEYSPACE, clock).await
    }

    /// Opens the file system in the keyspace `name` of `tree`, like [`over`](TreeFs::over).
    pub async fn over_keyspace(
        tree: Tree<B>,
        name: &str,
        clock: Clock,
    ) -> Result<Self, FsError<B::Error>> {
        Ok(Self { shared: Rc::new(Shared::open(tree, name, clock).await?) })
    }

    /// Returns the store that it is in.
    #[must_use]
    pub fn tree(&self) -> &Tree<B> {
        &self.shared.tree
    }

    /// Returns what is known of the file or folder at `path`, or `None` if nothing is there.
    pub async fn stat(&self, path: &str) -> Result<Option<Stat>, FsError<B::Error>> {
        let mut look = self.shared.look();
        match found(&mut look, path).await? {
            Some(found) => look.known(found.inode).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns what is known of what is at `path` itself, also if that is a symbolic link, or `None`
    /// if nothing is there.
    pub async fn symlink_stat(&self, path: &str) -> Result<Option<Stat>, FsError<B::Error>> {
        let mut look = self.shared.look();
        match kept(&mut look, path).await? {
            Some(found) => look.known(found.inode).await.map(Some),
            None => Ok(None),
        }
    }

    /// Makes a symbolic link at `path` that stands for `target`.
    ///
    /// A target is followed from the folder of the link, or from the root if it begins with `/`; in it `.` is
    /// that folder and `..` the one above. It need not lead anywhere. Whoever opens the link, looks at it or goes through it
    /// meets what it leads to; [`Open::Create`] makes the file that is missing there, and [`Open::New`] fails. To
    /// remove or move a link leaves alone what it leads to.
    ///
    /// Fails as [`create_folder`](Fs::create_folder) does, and with
    /// [`InvalidInput`](sarab_device::ErrorKind::InvalidInput) for a target of no bytes, of more than 1024, or with a NUL.
    pub async fn symlink(&self, target: &str, path: &str) -> Result<(), FsError<B::Error>> {
        self.shared.symlink(target, normal(path)?).await
    }

    /// Returns what the symbolic link at `path` stands for, or `None` if no link is there.
    pub async fn read_link(&self, path: &str) -> Result<Option<String>, FsError<B::Error>> {
        let mut look = self.shared.look();
        match kept(&mut look, path).await? {
            Some(Found { inode, kind: Kind::Link }) => look.target(inode).await.map(Some),
            _ => Ok(None),
        }
    }

    /// Gives the file, or the symbolic link, at `from` the further name `to` (a hard link): both are names of one.
    ///
    /// When a name is moved onto another one of the same file, that one takes its place.
    ///
    /// Fails as [`create_folder`](Fs::create_folder) does for `to`, with
    /// [`NotFound`](sarab_device::ErrorKind::NotFound) if nothing is at `from`, and with
    /// [`InvalidInput`](sarab_device::ErrorKind::InvalidInput) if it is a folder.
    pub async fn link(&self, from: &str, to: &str) -> Result<(), FsError<B::Error>> {
        self.shared.link(normal(from)?, normal(to)?).await
    }

    /// Sets the mode of the file or folder at `path` to the low twelve bits of `mode`.
    pub async fn set_mode(&self, path: &str, mode: u16) -> Result<(), FsError<B::Error>> {
        self.set(path, |stat| stat.mode = mode).await
    }

    /// Sets the time at which the contents of the file or folder at `path` changed last.
    pub async fn set_modified(
        &self,
        path: &str,
        modified: WallTime,
    ) -> Result<(), FsError<B::Error>> {
        self.set(path, |stat| stat.modified = Some(modified)).await
    }

    async fn set(&self, path: &str, set: impl FnOnce(&mut Stat)) -> Result<(), FsError<B::Error>> {
        let path = normal(path)?;
        let mut change = self.shared.change().await?;
        let found = change.find(path).await?.ok_or_else(|| PathError::missing(path))?;
        let mut stat = change.known(found.inode).await?;
        set(&mut stat);
        stat.changed = self.shared.now().or(stat.changed);
        change.put_stat(&stat).await?;
        change.commit().await
    }

    /// Returns what stands directly in a folder, or `None` if there is no such folder.
    pub(crate) async fn entries(
        &self,
        path: &str,
    ) -> Result<Option<Vec<Entry>>, FsError<B::Error>> {
        let mut look = self.shared.look();
        let found = found(&mut look, path).await?.filter(|found| found.kind == Kind::Folder);
        let Some(Found { inode: folder, .. }) = found else { return Ok(None) };
        let damaged = || FsError::Damaged { inode: folder };
        let (keys, mut entries) = (key::entries(folder), Vec::new());
        let mut range = look.reader.range(look.files, &keys.start[..]..&keys.end[..]);
        while let Some(item) = range.next().await? {
            let name = key::name(item.key).ok_or_else(damaged)?;
            let sarab_tree::Value::Inline(entry) = item.value else { return Err(damaged()) };
            let found = Found::decode(entry).ok_or_else(damaged)?;
            entries.push(Entry { name: name.into(), kind: found.kind.entry() });
        }
        Ok(Some(entries))
    }

    /// Returns one state, and what is known of the file at `path` in it.
    pub(crate) async fn look_at_file(
        &self,
        path: &str,
    ) -> Result<Option<(Look<'_, B>, Stat)>, FsError<B::Error>> {
        let mut look = self.shared.look();
        match found(&mut look, path).await? {
            Some(Found { inode, kind: Kind::File }) => {
                let stat = look.known(inode).await?;
                Ok(Some((look, stat)))
            }
            _ => Ok(None),
        }
    }

    /// Makes a file, open from before others see it.
    async fn create(&self, path: &str, last: Last) -> Result<TreeFile<B>, FsError<B::Error>> {
        let (change, inode) = self.shared.create(path, last, Kind::File).await?;
        let file = TreeFile::new(&self.shared, inode, true);
        change.commit().await?;
        Ok(file)
    }

    /// Opens a file that was found at `path`, or returns `None` if it was removed meanwhile.
    async fn hold(
        &self,
        path: &str,
        inode: u64,
        is_writable: bool,
    ) -> Result<Option<TreeFile<B>>, FsError<B::Error>> {
        let file = TreeFile::new(&self.shared, inode, is_writable);
        if self.shared.handles.is_being_removed(inode) {
            drop(file);
            let _turn = self.shared.tree.write().await?; // whoever removes it is done then
            return Ok(None);
        }
        // From here on nobody removes what is in it. It may have happened before.
        let mut look = self.shared.look();
        let stat = look.stat(inode).await?;
        if stat.is_some_and(|stat| stat.links > 0) {
            return Ok(Some(file));
        }
        match look.find(path).await? {
            Some(found) if found.inode == inode => Err(FsError::Damaged { inode }),
            _ => Ok(None),
        }
    }
}

impl<B: Block + 'static> Fs for TreeFs<B> {
    type Error = FsError<B::Error>;

    type File = TreeFile<B>;

    async fn open(&self, path: &str, how: Open) -> Result<TreeFile<B>, Self::Error> {
        let path = normal(path)?;
        loop {
            match (self.shared.look().find(path).await?, how) {
                (Some(_), Open::New) => return Err(PathError::exists(path).into()),
                (Some(Found { kind: Kind::Folder, .. }), _) => {
                    return Err(PathError::folder(path).into());
                }
                (Some(Found { inode, .. }), _) => {
                    if let Some(file) = self.hold(path, inode, how != Open::Read).await? {
                        return Ok(file);
                    }
                }
                (None, Open::Read | Open::Existing) => return Err(PathError::missing(path).into()),
                (None, Open::New) => return self.create(path, Last::Kept).await,
                (None, Open::Create) => match self.create(path, Last::Followed).await {
                    Err(FsError::Path(PathError::Exists { .. })) => {} // by now it is there
                    other => return other,
                },
            }
        }
    }

    async fn metadata(&self, path: &str) -> Result<Option<Metadata>, Self::Error> {
        let file = self.stat(path).await?.filter(|stat| stat.kind == Kind::File);
        Ok(file.map(|stat| stat.metadata()))
    }

    async fn list(&self, path: &str) -> Result<Vec<Entry>, Self::Error> {
        self.entries(path).await?.ok_or_else(|| PathError::missing(path).into())
    }

    async fn create_folder(&self, path: &str) -> Result<(), Self::Error> {
        let (change, _) = self.shared.create(normal(path)?, Last::Kept, Kind::Folder).await?;
        change.commit().await
    }

    async fn remove(&self, path: &str) -> Result<(), Self::Error> {
        self.shared.remove(normal(path)?).await
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), Self::Error> {
        self.shared.rename(normal(from)?, normal(to)?).await
    }

    async fn sync(&self) -> Result<(), Self::Error> {
        self.shared.sync().await
    }
}

fn normal(path: &str) -> Result<&str, PathError> {
    normal_key(path).ok_or_else(|| PathError::no_path(path))
}

async fn kept<B: Block + 'static>(
    look: &mut Look<'_, B>,
    path: &str,
) -> Result<Option<Found>, FsError<B::Error>> {
    let Some(path) = normal_key(path) else { return Ok(None) };
    Ok(look.walk(path, Last::Kept).await?.and_then(|place| place.found))
}

async fn found<B: Block + 'static>(
    look: &mut Look<'_, B>,
    path: &str,
) -> Result<Option<Found>, FsError<B::Error>> {
    match normal_key(path) {
        Some(path) => look.find(path).await,
        None => Ok(None),
    }
}
