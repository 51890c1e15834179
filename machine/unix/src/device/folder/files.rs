//! The folder as a file system.

use std::{
    os::fd::OwnedFd,
    sync::{Arc, atomic::Ordering},
};

use bytes::Bytes;
use rustix::{
    fs::{AtFlags, OFlags, RenameFlags},
    io::Errno,
};
use sarab_device::{Entry, File, Fs, Metadata, Open, key};

use super::{
    Directory, FolderError, normal,
    root::{Resolve, Root, file_type},
};
use crate::device::{durable::Durable, file};

impl Fs for Directory {
    type Error = FolderError;
    type File = FolderFile;

    async fn open(&self, path: &str, how: Open) -> Result<FolderFile, FolderError> {
        let renames = self.renames();
        let file = self.work("open", path, move |root, path| open(root, path, how)).await?;
        Ok(FolderFile {
            file: Arc::new(file),
            root: Arc::clone(&self.root),
            durable: Arc::default(),
            renames: (Arc::clone(&self.renames), renames),
            is_writable: how != Open::Read,
            folder: self.name.clone(),
            path: normal(path).unwrap_or_default().into(),
        })
    }

    async fn metadata(&self, path: &str) -> Result<Option<Metadata>, FolderError> {
        self.metadata_of(path).await
    }

    async fn list(&self, path: &str) -> Result<Vec<Entry>, FolderError> {
        self.work("list", path, Root::list).await
    }

    async fn create_folder(&self, path: &str) -> Result<(), FolderError> {
        let create = |root: &Root, path: &str| match path {
            "" => Err(Errno::EXIST),
            path => root.make_folder(path),
        };
        self.work("create", path, create).await
    }

    async fn remove(&self, path: &str) -> Result<(), FolderError> {
        self.work("remove", path, remove).await
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), FolderError> {
        let Some(target) = normal(to).map(str::to_owned) else {
            return Err(self.fail(to, "rename to")(Errno::INVAL));
        };
        self.renames.fetch_add(1, Ordering::SeqCst);
        self.work("rename", from, move |root, from| rename(root, from, &target)).await
    }

    async fn sync(&self) -> Result<(), FolderError> {
        self.sync_all().await
    }
}

/// An open file of a [`Directory`].
pub struct FolderFile {
    file: Arc<OwnedFd>,
    root: Arc<super::Root>,
    durable: Arc<Durable>,
    /// The count of the folder's renames, and what it was when the file was opened.
    renames: (Arc<std::sync::atomic::AtomicU64>, u64),
    is_writable: bool,
    folder: String,
    path: String,
}

impl FolderFile {
    fn fail(&self, request: &'static str) -> impl Fn(Errno) -> FolderError {
        move |cause| FolderError::new(&self.folder, &self.path, request, cause)
    }

    fn size(&self) -> Result<u64, Errno> {
        let status = rustix::fs::fstat(&*self.file)?;
        Ok(u64::try_from(status.st_size).unwrap_or(0))
    }

    /// Does `work`, which may wait and changes the file, on a worker thread.
    async fn change(
        &self,
        request: &'static str,
        work: impl FnOnce(&OwnedFd) -> Result<(), Errno> + Send + 'static,
    ) -> Result<(), FolderError> {
        if !self.is_writable {
            return Err(self.fail(request)(Errno::ROFS));
        }
        let file = Arc::clone(&self.file);
        blocking::unblock(move || work(&file)).await.map_err(self.fail(request))
    }
}

impl File for FolderFile {
    type Error = FolderError;

    async fn size_bytes(&self) -> Result<u64, FolderError> {
        self.size().map_err(self.fail("look at"))
    }

    async fn read_at(&self, offset: u64, count: usize) -> Result<Bytes, FolderError> {
        let rest = self.size_bytes().await?.saturating_sub(offset);
        let size = usize::try_from(rest).unwrap_or(usize::MAX).min(count);
        file::read(&self.file, offset, size).await.map_err(self.fail("read"))
    }

    async fn write_at(&self, offset: u64, data: Bytes) -> Result<(), FolderError> {
        self.change("write", move |file| file::write_waiting(file, offset, &data)).await
    }

    async fn set_size(&self, size_bytes: u64) -> Result<(), FolderError> {
        self.change("resize", move |file| file::resize_waiting(file, size_bytes)).await
    }

    async fn sync(&self) -> Result<(), FolderError> {
        let (file, root, path) =
            (Arc::clone(&self.file), Arc::clone(&self.root), self.path.clone());
        let (count, before) = &self.renames;
        let has_moved = count.load(Ordering::SeqCst) != *before;
        let (durable, ticket) = (Arc::clone(&self.durable), self.durable.ask());
        let flush = move || {
            rustix::fs::fsync(&*file)?;
            // Its name is in its folder; once anything was renamed, which one that is, is not known.
            if has_moved { rustix::fs::syncfs(&*root) } else { sync_folder_of(&root, &path) }
        };
        blocking::unblock(move || durable.make(ticket, flush)).await.map_err(self.fail("sync"))
    }
}

fn open(root: &Root, path: &str, how: Open) -> Result<OwnedFd, Errno> {
    let flags = match how {
        Open::Read => OFlags::RDONLY,
        Open::Existing => OFlags::RDWR,
        Open::Create => OFlags::RDWR | OFlags::CREATE,
        Open::New => OFlags::RDWR | OFlags::CREATE | OFlags::EXCL,
    };
    if path.is_empty() {
        return Err(Errno::ISDIR);
    }
    let file = root.find(path, flags, Resolve::Waiting)?;
    if file_type(&rustix::fs::fstat(&file)?).is_file() { Ok(file) } else { Err(Errno::ISDIR) }
}

fn remove(root: &Root, path: &str) -> Result<(), Errno> {
    if path.is_empty() {
        return Err(Errno::INVAL);
    }
    let (folder, name) = (root.folder_of(path)?, key::split(path).1);
    match rustix::fs::unlinkat(&folder, name, AtFlags::empty()) {
        Err(Errno::ISDIR) => rustix::fs::unlinkat(&folder, name, AtFlags::REMOVEDIR),
        done => done,
    }
}

fn rename(root: &Root, from: &str, to: &str) -> Result<(), Errno> {
    if from.is_empty() || to.is_empty() {
        return Err(Errno::INVAL);
    }
    let (source, old) = (root.folder_of(from)?, key::split(from).1);
    let (target, new) = (root.folder_of(to)?, key::split(to).1);
    let moves_folder = is_folder(&source, old)?;
    if from == to {
        return Ok(());
    }
    // The host would let a folder take the place of an empty one.
    let flags = if moves_folder || is_folder(&target, new) == Ok(true) {
        RenameFlags::NOREPLACE
    } else {
        RenameFlags::empty()
    };
    rustix::fs::renameat_with(source, old, target, new, flags)
}

fn is_folder(folder: &OwnedFd, name: &str) -> Result<bool, Errno> {
    let status = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(file_type(&status).is_dir())
}

fn sync_folder_of(root: &Root, path: &str) -> Result<(), Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    match root.find(key::split(path).0, flags, Resolve::Waiting) {
        Err(Errno::NOENT) => Ok(()), // the file was removed with its folder, and has no name left
        found => rustix::fs::fsync(found?),
    }
}
