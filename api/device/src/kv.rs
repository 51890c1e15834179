//! Key-value stores: values under slash-separated names.

use alloc::{string::String, vec::Vec};
use core::ops::Range;

use bytes::Bytes;

use crate::{Error, WallTime};

/// A store of values that can be read.
///
/// **Keys.** A key is one or more segments joined by `/`: `css/site.css`. A segment is not empty,
/// is neither `.` nor `..`, and holds no NUL and no `/`. The empty key is the root folder. One
/// leading slash is ignored. Any other string is a key under which nothing can be: `get` finds
/// nothing there. Upper and lower case differ.
///
/// **Values** are bytes, from none to as many as the store holds. A read returns one value that
/// was there at some moment during the call, never a mixture of two.
///
/// **Cancellation.** Dropping the future of any method here has no effect.
pub trait KvRead {
    /// What goes wrong with it.
    type Error: Error;

    /// Returns the value under `key`, or `None` if there is none or `key` is a folder.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, Self::Error>;

    /// Returns the bytes of `range` of the value under `key`, fewer where the value ends sooner;
    /// none of a range that starts after its end.
    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, Self::Error> {
        let Some(value) = self.get(key).await? else { return Ok(None) };
        let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(value.len());
        let (start, end) = (clamp(range.start), clamp(range.end));
        Ok(Some(value.slice(start..end.max(start))))
    }

    /// Returns what is known of the value under `key` without reading it, or `None` as for `get`.
    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, Self::Error>;

    /// Returns what stands directly in the folder `key`, sorted by name (byte order).
    ///
    /// A folder that does not exist, or a key that holds a value, is empty.
    async fn list(&self, key: &str) -> Result<Vec<Entry>, Self::Error>;
}

/// A store of values that can be read and written.
///
/// **Durability.** A completed `set` or `remove` is seen by every later read. It survives a crash
/// once a later [`sync`](Kv::sync) has completed; a crash before that leaves the old value or the
/// new one, whole.
///
/// **Cancellation.** Dropping the future of a change does not undo it: it may still land.
pub trait Kv: KvRead {
    /// Puts `value` under `key`, in place of what was there; makes the folders it needs.
    ///
    /// Fails with [`InvalidInput`](crate::ErrorKind::InvalidInput) if `key` is not a valid key,
    /// and with [`AlreadyExists`](crate::ErrorKind::AlreadyExists) if it is a folder or one of its
    /// folders is a value.
    async fn set(&self, key: &str, value: Bytes) -> Result<(), Self::Error>;

    /// Removes the value under `key`, or the folder with all that is in it; the empty key removes
    /// everything. Nothing there is not an error. A folder that has become empty by it may vanish.
    async fn remove(&self, key: &str) -> Result<(), Self::Error>;

    /// Makes every change that has completed survive a crash.
    async fn sync(&self) -> Result<(), Self::Error>;
}

/// What is known of a value without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Bytes in the value.
    pub size_bytes: u64,
    /// When it was last changed, where the store keeps that.
    pub modified: Option<WallTime>,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The last segment of its key.
    pub name: String,
    /// What it names.
    pub kind: EntryKind,
}

/// What a name in a folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A value, or a file.
    Value,
    /// A folder.
    Folder,
    /// A symbolic link: opening it opens what it leads to, removing it removes the link.
    Link,
}
