//! The store as [`Kv`]: slash-separated names in the default keyspace of the main head.

use alloc::{string::String, vec::Vec};
use core::{fmt, ops::Range};

use sarab_device::{
    Block, Bytes, Entry, EntryKind, ErrorKind, Kv, KvRead, Metadata,
    key::{self, KeyError},
};

use crate::{Error, Keyspace, Reader, Transaction, Tree, Value};

const VALUES: Keyspace = Keyspace::DEFAULT;

/// Why an operation of a [`Kv`] in a store failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KvError<E> {
    /// Nothing can be put under that key.
    Key(KeyError),
    /// The store failed.
    Store(Error<E>),
}

impl<B: Block + 'static> KvRead for Tree<B> {
    type Error = KvError<B::Error>;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, Self::Error> {
        let Some(key) = normal(key) else { return Ok(None) };
        Ok(self.read().get(VALUES, key.as_bytes()).await?)
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, Self::Error> {
        let Some(key) = normal(key) else { return Ok(None) };
        let reader = self.read();
        let part = |value: Value<'_>| match value {
            Value::Inline(bytes) => Ok(cut(bytes, &range)),
            Value::Large(large) => Err(large),
        };
        match reader.get_with(VALUES, key.as_bytes(), part).await? {
            None => Ok(None),
            Some(Ok(bytes)) => Ok(Some(bytes)),
            Some(Err(large)) => Ok(Some(reader.read_large(large, range).await?)),
        }
    }

    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, Self::Error> {
        let Some(key) = normal(key) else { return Ok(None) };
        let size = |value: Value<'_>| value.size_bytes();
        let found = self.read().get_with(VALUES, key.as_bytes(), size).await?;
        Ok(found.map(|size_bytes| Metadata { size_bytes, modified: None }))
    }

    async fn list(&self, key: &str) -> Result<Vec<Entry>, Self::Error> {
        let Some(key) = key::normal(key) else { return Ok(Vec::new()) };
        list(&self.read(), &key::prefix(key)).await
    }
}

impl<B: Block + 'static> Kv for Tree<B> {
    async fn set(&self, text: &str, value: Bytes) -> Result<(), Self::Error> {
        let key = key::normal(text).ok_or_else(|| KeyError::no_key(text))?;
        let mut transaction = self.write().await?;
        check_place(&mut transaction, key).await?;
        transaction.put(VALUES, key.as_bytes(), &value).await?;
        Ok(transaction.commit_relaxed().await?)
    }

    async fn remove(&self, key: &str) -> Result<(), Self::Error> {
        let Some(key) = key::normal(key) else { return Ok(()) };
        let mut transaction = self.write().await?;
        if key.is_empty() {
            transaction.remove_range(VALUES, ..).await?;
        } else {
            let (start, end) = inside(&key::prefix(key));
            transaction.remove(VALUES, key.as_bytes()).await?;
            transaction.remove_range(VALUES, &start[..]..&end[..]).await?;
        }
        Ok(transaction.commit_relaxed().await?)
    }

    async fn sync(&self) -> Result<(), Self::Error> {
        Ok(Tree::sync(self).await?)
    }
}

/// Returns `key` as it stands in the store, if a value can be there.
fn normal(key: &str) -> Option<&str> {
    key::normal(key).filter(|key| !key.is_empty())
}

/// Returns the bounds of all keys that start with `prefix`, which is empty or ends in a slash.
fn inside(prefix: &str) -> (Vec<u8>, Vec<u8>) {
    let start = prefix.as_bytes().to_vec();
    let mut end = start.clone();
    match end.last_mut() {
        Some(slash) => *slash += 1,
        None => end.push(0xff), // no key begins with that in UTF-8
    }
    (start, end)
}

fn cut(bytes: &[u8], range: &Range<u64>) -> Bytes {
    let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
    let (start, end) = (clamp(range.start), clamp(range.end));
    Bytes::copy_from_slice(&bytes[start..end.max(start)])
}

/// Checks that a value can be put under `key`: it is no folder, and lies in no value.
async fn check_place<B: Block + 'static>(
    transaction: &mut Transaction<'_, B>,
    key: &str,
) -> Result<(), KvError<B::Error>> {
    for folder in key::folders(key) {
        if transaction.get_with(VALUES, folder.as_bytes(), |_| ()).await?.is_some() {
            return Err(KeyError::under_value(key, folder).into());
        }
    }
    let (start, end) = inside(&key::prefix(key));
    let mut range = transaction.range(VALUES, &start[..]..&end[..]).await?;
    if key.is_empty() || range.next().await?.is_some() {
        return Err(KeyError::folder(key).into());
    }
    Ok(())
}

/// Lists a folder: each entry is looked up once, however much a folder in it holds.
async fn list<B: Block + 'static>(
    reader: &Reader<'_, B>,
    prefix: &str,
) -> Result<Vec<Entry>, KvError<B::Error>> {
    let (mut from, end) = inside(prefix);
    let mut entries = Vec::new();
    loop {
        let mut range = reader.range(VALUES, &from[..]..&end[..]);
        let Some(folder) = list_values(&mut range, prefix.len(), &mut entries).await? else {
            break;
        };
        from.truncate(prefix.len());
        from.extend_from_slice(folder.as_bytes());
        from.push(b'/' + 1);
        entries.push(Entry { name: folder, kind: EntryKind::Folder });
    }
    entries.sort(); // `a-b` comes before `a/c` as a key, and after the folder `a` as a name
    Ok(entries)
}

/// Adds values to `entries` until a folder comes; returns its name.
async fn list_values<B: Block + 'static>(
    range: &mut crate::Range<'_, B>,
    prefix_bytes: usize,
    entries: &mut Vec<Entry>,
) -> Result<Option<String>, KvError<B::Error>> {
    while let Some(item) = range.next().await? {
        let rest = String::from_utf8_lossy(item.key.get(prefix_bytes..).unwrap_or_default());
        if let Some((folder, _)) = rest.split_once('/') {
            return Ok(Some(folder.into()));
        }
        entries.push(Entry { name: rest.into_owned(), kind: EntryKind::Value });
    }
    Ok(None)
}

impl<E> From<KeyError> for KvError<E> {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl<E> From<Error<E>> for KvError<E> {
    fn from(error: Error<E>) -> Self {
        Self::Store(error)
    }
}

impl<E: fmt::Display> fmt::Display for KvError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl<E: sarab_device::Error> core::error::Error for KvError<E> {}

impl<E: sarab_device::Error> sarab_device::Error for KvError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Key(error) => error.kind(),
            Self::Store(error) => error.kind(),
        }
    }
}

#[cfg(test)]
mod tests {
    use embassy_futures::block_on;
    use sarab_device::check;
    use sarab_memory::RamDisk;

    use super::*;
    use crate::{Format, Options};

    #[test]
    fn it_keeps_the_promises_of_a_kv() {
        for sectors in [(512, 40_000), (4096, 8000)] {
            let disk = RamDisk::new(sectors.0, sectors.1).unwrap();
            let format = Format::new([3; 16]);
            let tree = block_on(Tree::format(disk, &format, Options::default())).unwrap();
            assert_eq!(block_on(check::kv(&tree)), Ok(()));
            let report = block_on(tree.check()).unwrap();
            assert_eq!(report.problems, []);
        }
    }
}
