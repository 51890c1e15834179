//! File systems: named files that are read and written in parts.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::{Entry, Error, Metadata};

/// A file system.
///
/// **Paths** are keys as [`KvRead`](crate::KvRead) has them: segments joined by `/`, no `.` and no
/// `..`, the empty path for the root folder.
///
/// **Durability.** A change is seen at once and survives a crash after [`sync`](Fs::sync), which
/// covers the whole file system, or [`File::sync`], which covers one file and its name.
///
/// **Cancellation.** Dropping the future of a change does not undo it: it may still land.
pub trait Fs {
    /// What goes wrong with it.
    type Error: Error;
    /// An open file.
    type File: File<Error = Self::Error> + 'static;

    /// Opens the file at `path`, as `how` says.
    ///
    /// Fails with [`NotFound`](crate::ErrorKind::NotFound) where a folder of the path is missing,
    /// or the file is and `how` does not make one; with
    /// [`AlreadyExists`](crate::ErrorKind::AlreadyExists) under [`Open::New`]; with
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where `path` is a folder or no path.
    async fn open(&self, path: &str, how: Open) -> Result<Self::File, Self::Error>;

    /// Returns what is known of the file at `path`, or `None` if it is a folder or not there.
    async fn metadata(&self, path: &str) -> Result<Option<Metadata>, Self::Error>;

    /// Returns what stands directly in the folder `path`, sorted by name (byte order).
    ///
    /// Fails with [`NotFound`](crate::ErrorKind::NotFound) if there is no such folder.
    async fn list(&self, path: &str) -> Result<Vec<Entry>, Self::Error>;

    /// Makes the folder `path`; its own folder must be there.
    ///
    /// Fails with [`AlreadyExists`](crate::ErrorKind::AlreadyExists) if anything has that name,
    /// with [`NotFound`](crate::ErrorKind::NotFound) where a folder of the path is missing, and
    /// with [`InvalidInput`](crate::ErrorKind::InvalidInput) where `path` is no path.
    async fn create_folder(&self, path: &str) -> Result<(), Self::Error>;

    /// Removes the file, or the empty folder, at `path`.
    ///
    /// Fails with [`NotFound`](crate::ErrorKind::NotFound) if nothing is there, and with
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a folder that is not empty and for the
    /// root. Files that are open stay readable until they are dropped.
    async fn remove(&self, path: &str) -> Result<(), Self::Error>;

    /// Moves the file or folder `from` to `to`.
    ///
    /// A file at `to` is replaced by a file in one step: whoever looks, also after a crash, finds
    /// the old one or the new one. Moving a thing to itself changes nothing.
    ///
    /// Fails, moving nothing, with [`NotFound`](crate::ErrorKind::NotFound) if nothing is at `from`
    /// or a folder of `to` is missing; with [`AlreadyExists`](crate::ErrorKind::AlreadyExists) if a
    /// folder is at `to`, or a file that a folder would replace; and with
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if either is no path or the root, or `to`
    /// lies inside `from`.
    async fn rename(&self, from: &str, to: &str) -> Result<(), Self::Error>;

    /// Makes every change that has completed survive a crash.
    async fn sync(&self) -> Result<(), Self::Error>;
}

/// An open file. Several may be open on the same file and see each other's writes.
pub trait File {
    /// What goes wrong with it.
    type Error: Error;

    /// Returns its size in bytes.
    async fn size_bytes(&self) -> Result<u64, Self::Error>;

    /// Reads `count` bytes from byte `offset` on, fewer where the file ends sooner.
    async fn read_at(&self, offset: u64, count: usize) -> Result<Bytes, Self::Error>;

    /// Writes `data` at byte `offset`; a gap before it reads as zeroes.
    ///
    /// Fails with [`ReadOnly`](crate::ErrorKind::ReadOnly) if the file was opened to be read, and
    /// with [`NoSpace`](crate::ErrorKind::NoSpace) where there is no room or no file can be that
    /// long; in the latter case it may have written a first part. No data change nothing, not even
    /// the size.
    async fn write_at(&self, offset: u64, data: Bytes) -> Result<(), Self::Error>;

    /// Makes the file `size_bytes` long; what is new reads as zeroes.
    ///
    /// Fails as [`write_at`](File::write_at) does, and then changes nothing.
    async fn set_size(&self, size_bytes: u64) -> Result<(), Self::Error>;

    /// Makes every completed change of this file, and its name, survive a crash.
    async fn sync(&self) -> Result<(), Self::Error>;
}

/// How to open a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// To read; it must be there.
    Read,
    /// To read and write; it must be there.
    Existing,
    /// To read and write; made empty if it is not there.
    Create,
    /// To read and write; must not be there, and is made.
    New,
}
