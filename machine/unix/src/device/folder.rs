//! A folder of the host, as a store of values and as a file system.

mod error;
mod files;
mod fresh;
mod root;
mod store;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rustix::{fs::OFlags, io::Errno};
use sarab_device::{Metadata, WallTime, key};

pub use error::{FolderError, OpenFolderError};
pub use files::FolderFile;

use crate::device::{attach, durable::Durable};
use root::{Resolve, Root, file_type};

/// A folder of the host: a store of values ([`Kv`](sarab_device::Kv)) and a file system
/// ([`Fs`](sarab_device::Fs)).
///
/// A value is a file. Nothing outside the folder can be reached: symbolic links that lead out of it
/// are refused with [`InvalidInput`](sarab_device::ErrorKind::InvalidInput). What is neither a file
/// nor a folder is not there, nor can anything have a name that starts with `.sarab-new-`: these
/// are values that are still being written. The host, and others who open the same folder, may change what is in
/// it at any time; a value that is replaced by renaming, as this does it, is always seen whole.
///
/// `sync` is `syncfs` for the file system that the folder is on, and a failed one is kept: every
/// later one fails as well, until the folder is opened again.
pub struct Directory {
    name: String,
    root: Arc<Root>,
    durable: Arc<Durable>,
    renames: Arc<AtomicU64>,
}

impl Directory {
    /// Opens the folder `name`: the one attached by `--folder NAME=PATH`, or else `default`.
    pub async fn open(name: &str, default: Option<&str>) -> Result<Self, OpenFolderError> {
        let attached = attach::installed();
        let path = attached.folder(name).or_else(|| default.map(Path::new));
        let Some(path) = path.map(Path::to_owned) else {
            return Err(OpenFolderError::Unattached { name: name.into() });
        };
        let name = name.to_owned();
        blocking::unblock(move || Self::open_path(&name, &path)).await
    }

    /// Opens the host's folder at `path` as the folder `name`, on a thread that may wait.
    pub fn open_path(name: &str, path: &Path) -> Result<Self, OpenFolderError> {
        let root = Root::open(path).map_err(|cause| OpenFolderError::Host {
            name: name.into(),
            path: path.into(),
            cause,
        })?;
        let (name, root) = (name.into(), Arc::new(root));
        Ok(Self { name, root, durable: Arc::default(), renames: Arc::default() })
    }

    /// Does `work`, which may wait, with the root folder and `path` on a worker thread.
    async fn work<R: Send + 'static>(
        &self,
        request: &'static str,
        path: &str,
        work: impl FnOnce(&Root, &str) -> Result<R, Errno> + Send + 'static,
    ) -> Result<R, FolderError> {
        let Some(path) = normal(path) else {
            return Err(self.fail(path, request)(Errno::INVAL));
        };
        let (root, owned) = (Arc::clone(&self.root), path.to_owned());
        blocking::unblock(move || work(&root, &owned)).await.map_err(self.fail(path, request))
    }

    fn fail(&self, path: &str, request: &'static str) -> impl Fn(Errno) -> FolderError {
        move |cause| FolderError::new(&self.name, path, request, cause)
    }

    async fn metadata_of(&self, path: &str) -> Result<Option<Metadata>, FolderError> {
        let Some(found) = normal(path) else { return Ok(None) };
        let metadata = match metadata(&self.root, found, Resolve::Cached) {
            Err(error) if has_to_wait(error) => {
                let (root, owned) = (Arc::clone(&self.root), found.to_owned());
                blocking::unblock(move || metadata(&root, &owned, Resolve::Waiting)).await
            }
            done => done,
        };
        metadata.map_err(self.fail(path, "look at"))
    }

    async fn sync_all(&self) -> Result<(), FolderError> {
        let (root, durable) = (Arc::clone(&self.root), Arc::clone(&self.durable));
        let ticket = durable.ask();
        blocking::unblock(move || durable.make(ticket, || rustix::fs::syncfs(&*root)))
            .await
            .map_err(self.fail("", "sync"))
    }

    fn renames(&self) -> u64 {
        self.renames.load(Ordering::SeqCst)
    }
}

/// Returns `path` in the form that the host is asked for, unless nothing can be there.
fn normal(path: &str) -> Option<&str> {
    key::normal(path).filter(|path| !path.split('/').any(fresh::is_fresh))
}

fn metadata(root: &Root, path: &str, resolve: Resolve) -> Result<Option<Metadata>, Errno> {
    let found = match root.find(path, OFlags::PATH, resolve) {
        Err(error) if is_absence(error) => return Ok(None),
        found => found?,
    };
    let status = rustix::fs::fstat(found)?;
    Ok(file_type(&status).is_file().then(|| Metadata {
        size_bytes: u64::try_from(status.st_size).unwrap_or(0),
        modified: modified(&status),
    }))
}

fn modified(status: &rustix::fs::Stat) -> Option<WallTime> {
    let seconds = u64::try_from(status.st_mtime).ok()?;
    let nanos = u32::try_from(status.st_mtime_nsec).ok()?;
    Some(WallTime::new(std::time::Duration::new(seconds, nanos)))
}

/// Returns whether `error` means that nothing stands at a path.
fn is_absence(error: Errno) -> bool {
    matches!(error, Errno::NOENT | Errno::NOTDIR | Errno::NAMETOOLONG | Errno::NXIO)
}

/// Returns whether `error` means that a path cannot be resolved without waiting.
fn has_to_wait(error: Errno) -> bool {
    matches!(error, Errno::AGAIN | Errno::INVAL)
}

#[cfg(test)]
mod tests;
