//! The folder as a store: a value is a file.

use std::{
    ffi::CString,
    ops::Range,
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
};

use bytes::Bytes;
use rustix::{
    fs::{Dir, OFlags},
    io::Errno,
};
use sarab_device::{Entry, Kv, KvRead, Metadata, key};

use super::{
    Directory, FolderError, fresh, has_to_wait, is_absence, normal,
    root::{Resolve, Root, file_type, remove_all},
};
use crate::device::file;

impl KvRead for Directory {
    type Error = FolderError;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, FolderError> {
        self.get_range(key, 0..u64::MAX).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, FolderError> {
        let Some(path) = normal(key) else { return Ok(None) };
        let value = match Value::find(&self.root, path, &range, Resolve::Cached) {
            Err(error) if has_to_wait(error) => {
                let (root, owned) = (Arc::clone(&self.root), path.to_owned());
                let find = move || Value::find(&root, &owned, &range, Resolve::Waiting);
                blocking::unblock(find).await
            }
            found => found,
        };
        let Some(value) = value.map_err(self.fail(key, "read"))? else { return Ok(None) };
        let data = file::read(&Arc::new(value.file), value.start, value.size).await;
        data.map(Some).map_err(self.fail(key, "read"))
    }

    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, FolderError> {
        self.metadata_of(key).await
    }

    async fn list(&self, key: &str) -> Result<Vec<Entry>, FolderError> {
        if normal(key).is_none() {
            return Ok(Vec::new());
        }
        let list = |root: &Root, path: &str| match root.list(path) {
            Err(error) if is_absence(error) => Ok(Vec::new()),
            listed => listed,
        };
        self.work("list", key, list).await
    }
}

impl Kv for Directory {
    async fn set(&self, key: &str, value: Bytes) -> Result<(), FolderError> {
        let set = move |root: &Root, path: &str| {
            let name = key::split(path).1;
            if name.is_empty() {
                return Err(Errno::ISDIR);
            }
            fresh::replace(root.make_folder_of(path)?.as_fd(), name, &value)
        };
        self.work("set", key, set).await.map_err(FolderError::in_the_way)
    }

    async fn remove(&self, key: &str) -> Result<(), FolderError> {
        if normal(key).is_none() {
            return Ok(());
        }
        self.work("remove", key, remove).await
    }

    async fn sync(&self) -> Result<(), FolderError> {
        self.sync_all().await
    }
}

/// A part of a value, found but not read.
struct Value {
    file: OwnedFd,
    start: u64,
    size: usize,
}

impl Value {
    fn find(
        root: &Root,
        path: &str,
        range: &Range<u64>,
        resolve: Resolve,
    ) -> Result<Option<Self>, Errno> {
        let file = match root.find(path, OFlags::RDONLY, resolve) {
            Err(error) if is_absence(error) => return Ok(None),
            found => found?,
        };
        let status = rustix::fs::fstat(&file)?;
        if !file_type(&status).is_file() {
            return Ok(None);
        }
        let end = range.end.min(u64::try_from(status.st_size).unwrap_or(0));
        let start = range.start.min(end);
        let size = usize::try_from(end - start).map_err(|_| Errno::NOMEM)?;
        Ok(Some(Self { file, start, size }))
    }
}

fn remove(root: &Root, path: &str) -> Result<(), Errno> {
    if path.is_empty() {
        return empty(root);
    }
    let folder = match root.folder_of(path) {
        Err(error) if is_absence(error) => return Ok(()),
        found => found?,
    };
    let name = CString::new(key::split(path).1).map_err(|_| Errno::INVAL)?;
    match remove_all(folder.as_fd(), &name) {
        Err(error) if is_absence(error) => Ok(()),
        done => done,
    }
}

/// Removes all that is in the root, which stays.
fn empty(root: &Root) -> Result<(), Errno> {
    for entry in Dir::read_from(root)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            remove_all(root.as_fd(), entry.file_name())?;
        }
    }
    Ok(())
}
