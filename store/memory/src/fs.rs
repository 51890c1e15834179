//! A file system in memory.

mod error;
mod tree;

use alloc::{rc::Rc, vec::Vec};
use core::cell::RefCell;

use sarab_device::{Bytes, Entry, File, Fs, Metadata, Open, PathError, key};

use crate::sparse::Sparse;

pub use error::FsError;
use tree::{Folder, Node};

/// The most bytes that a file can be long: what 63 bits count, as on other systems.
const SIZE_BYTES_MAX: u64 = i64::MAX as u64;

/// A file system in memory. Parts of a file that were never written take no memory.
#[derive(Debug, Default)]
pub struct RamFs {
    root: RefCell<Folder>,
}

/// An open file of a [`RamFs`].
#[derive(Debug)]
pub struct RamFile {
    contents: Rc<RefCell<Contents>>,
    is_writable: bool,
}

#[derive(Debug, Default)]
struct Contents {
    data: Sparse,
    size_bytes: u64,
}

impl RamFs {
    /// Makes an empty file system.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn open_now(&self, path: &str, how: Open) -> Result<RamFile, FsError> {
        let path = normal(path)?;
        let (parent, name) = key::split(path);
        let mut root = self.root.borrow_mut();
        let folder = root.folder_mut(parent).ok_or_else(|| PathError::missing(path))?;
        let contents = match (folder.get(name), how) {
            _ if name.is_empty() => return Err(PathError::folder(path).into()),
            (Some(_), Open::New) => return Err(PathError::exists(path).into()),
            (Some(Node::Folder(_)), _) => return Err(PathError::folder(path).into()),
            (Some(Node::File(contents)), _) => Rc::clone(contents),
            (None, Open::Read | Open::Existing) => return Err(PathError::missing(path).into()),
            (None, Open::Create | Open::New) => folder.add_file(name),
        };
        Ok(RamFile { contents, is_writable: how != Open::Read })
    }

    fn rename_now(&self, from: &str, to: &str) -> Result<(), FsError> {
        let (from, to) = (normal(from)?, normal(to)?);
        if from.is_empty() || to.is_empty() {
            return Err(PathError::folder("").into());
        }
        let mut root = self.root.borrow_mut();
        let node = root.node(from).ok_or_else(|| PathError::missing(from))?;
        if from == to {
            return Ok(());
        }
        if to.starts_with(&key::prefix(from)) {
            return Err(PathError::inside(from, to).into());
        }
        let is_file = matches!(node, Node::File(_));
        let (parent, name) = key::split(to);
        let target = root.folder(parent).ok_or_else(|| PathError::missing(to))?.get(name);
        let replaces_file = matches!(target, Some(Node::File(_)));
        if target.is_some() && !(is_file && replaces_file) {
            return Err(PathError::exists(to).into());
        }
        if let Some(node) = root.take(from) {
            root.put(to, node);
        }
        Ok(())
    }
}

impl Fs for RamFs {
    type Error = FsError;

    type File = RamFile;

    async fn open(&self, path: &str, how: Open) -> Result<RamFile, FsError> {
        self.open_now(path, how)
    }

    async fn metadata(&self, path: &str) -> Result<Option<Metadata>, FsError> {
        let root = self.root.borrow();
        Ok(match key::normal(path).and_then(|path| root.node(path)) {
            Some(Node::File(contents)) => {
                Some(Metadata { size_bytes: contents.borrow().size_bytes, modified: None })
            }
            _ => None,
        })
    }

    async fn list(&self, path: &str) -> Result<Vec<Entry>, FsError> {
        let root = self.root.borrow();
        let folder = key::normal(path).and_then(|path| root.folder(path));
        Ok(folder.map(Folder::entries).ok_or_else(|| PathError::missing(path))?)
    }

    async fn create_folder(&self, path: &str) -> Result<(), FsError> {
        let path = normal(path)?;
        let (parent, name) = key::split(path);
        let mut root = self.root.borrow_mut();
        let folder = root.folder_mut(parent).ok_or_else(|| PathError::missing(path))?;
        if name.is_empty() || folder.get(name).is_some() {
            return Err(PathError::exists(path).into());
        }
        folder.add_folder(name);
        Ok(())
    }

    async fn remove(&self, path: &str) -> Result<(), FsError> {
        let path = normal(path)?;
        let mut root = self.root.borrow_mut();
        match root.node(path) {
            _ if path.is_empty() => return Err(PathError::folder(path).into()),
            None => return Err(PathError::missing(path).into()),
            Some(Node::Folder(folder)) if !folder.is_empty() => {
                return Err(PathError::not_empty(path).into());
            }
            Some(_) => root.take(path),
        };
        Ok(())
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), FsError> {
        self.rename_now(from, to)
    }

    async fn sync(&self) -> Result<(), FsError> {
        Ok(())
    }
}

impl RamFile {
    fn change(&self) -> Result<core::cell::RefMut<'_, Contents>, FsError> {
        if self.is_writable { Ok(self.contents.borrow_mut()) } else { Err(FsError::ReadOnly) }
    }
}

impl File for RamFile {
    type Error = FsError;

    async fn size_bytes(&self) -> Result<u64, FsError> {
        Ok(self.contents.borrow().size_bytes)
    }

    async fn read_at(&self, offset: u64, count: usize) -> Result<Bytes, FsError> {
        let contents = self.contents.borrow();
        let left = contents.size_bytes.saturating_sub(offset);
        let count = usize::try_from(left).map_or(count, |left| left.min(count));
        Ok(contents.data.read(offset, count)?)
    }

    async fn write_at(&self, offset: u64, data: Bytes) -> Result<(), FsError> {
        let mut contents = self.change()?;
        let end = offset.checked_add(data.len() as u64).filter(|end| *end <= SIZE_BYTES_MAX);
        let end = end.ok_or(FsError::NoSpace)?;
        if !data.is_empty() {
            contents.data.write(offset, &data)?;
            contents.size_bytes = contents.size_bytes.max(end);
        }
        Ok(())
    }

    async fn set_size(&self, size_bytes: u64) -> Result<(), FsError> {
        let mut contents = self.change()?;
        if size_bytes > SIZE_BYTES_MAX {
            return Err(FsError::NoSpace);
        }
        contents.data.clear(size_bytes, SIZE_BYTES_MAX);
        contents.size_bytes = size_bytes;
        Ok(())
    }

    async fn sync(&self) -> Result<(), FsError> {
        Ok(())
    }
}

fn normal(path: &str) -> Result<&str, PathError> {
    key::normal(path).ok_or_else(|| PathError::no_path(path))
}

#[cfg(test)]
mod tests {
    use embassy_futures::block_on;
    use sarab_device::{ErrorKind, check};

    use super::*;

    #[test]
    fn it_keeps_the_promises_of_a_file_system() {
        assert_eq!(block_on(check::fs(&RamFs::new())), Ok(()));
    }

    #[test]
    fn a_huge_gap_takes_no_memory_and_reading_it_whole_is_refused() {
        let fs = RamFs::new();
        let file = block_on(fs.open("sparse", Open::New)).unwrap();
        block_on(file.write_at(SIZE_BYTES_MAX - 1, Bytes::from_static(b"x"))).unwrap();
        assert_eq!(block_on(file.size_bytes()), Ok(SIZE_BYTES_MAX));
        let read = block_on(file.read_at(0, usize::MAX));
        assert_eq!(
            read.map_err(|error| sarab_device::Error::kind(&error)),
            Err(ErrorKind::NoSpace)
        );
    }
}
