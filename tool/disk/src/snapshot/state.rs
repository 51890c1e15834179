//! What a state of a store holds, to be compared with another.

use std::{
    collections::{BTreeMap, HashMap, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
};

use sarab_tree::{Error, Keyspace, Reader, Value};

use crate::{path, volume::Disk};

/// The keyspace of files.
const FILES: &str = "files";
/// The number of the root folder.
const ROOT: u64 = 1;
/// Bytes of a large value that are read at once.
const CHUNK_BYTES: u64 = 1 << 20;

type DiskError = <Disk as sarab_device::Block>::Error;

/// The files and values of a state by their paths, each with what its contents come to.
pub(super) struct State(BTreeMap<String, u64>);

/// The records of files (`store/treefs/FORMAT.md`).
#[derive(Default)]
struct Files {
    /// By the number of a folder, the name and the number of each file and folder in it.
    entries: HashMap<u64, Vec<(String, u64, Sort)>>,
    contents: HashMap<u64, DefaultHasher>,
}

/// What an entry names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    File,
    Folder,
}

impl State {
    /// Reads a state: all keys and all contents.
    pub(super) async fn read(reader: &Reader<'_, Disk>) -> Result<Self, Error<DiskError>> {
        let mut all = BTreeMap::new();
        let mut values = reader.range(Keyspace::DEFAULT, ..);
        while let Some(item) = values.next().await? {
            let key = String::from_utf8_lossy(item.key).into_owned();
            let mut hasher = DefaultHasher::new();
            digest(reader, item.value, &mut hasher).await?;
            all.insert(key, hasher.finish());
        }
        if let Some(keyspace) = reader.keyspace(FILES).await? {
            let files = Files::read(reader, keyspace).await?;
            all.extend(files.paths());
        }
        Ok(Self(all))
    }

    /// Returns what differs in `new`, by path: `+` for what it has, `-` for what it lacks, `~` for
    /// what has other contents.
    pub(super) fn changes(&self, new: &Self) -> Vec<(char, String)> {
        let mut changes: Vec<_> = Vec::new();
        for (path, contents) in &self.0 {
            match new.0.get(path) {
                None => changes.push(('-', path.clone())),
                Some(other) if other != contents => changes.push(('~', path.clone())),
                Some(_) => {}
            }
        }
        let fresh = new.0.keys().filter(|path| !self.0.contains_key(*path));
        changes.extend(fresh.map(|path| ('+', path.clone())));
        changes.sort_by(|one, other| one.1.cmp(&other.1));
        changes
    }
}

impl Files {
    async fn read(reader: &Reader<'_, Disk>, keyspace: Keyspace) -> Result<Self, Error<DiskError>> {
        let mut files = Self::default();
        let mut range = reader.range(keyspace, ..);
        while let Some(item) = range.next().await? {
            let Some(inode) = number(item.key, 1) else { continue };
            match (item.key.first(), item.value) {
                (Some(2), Value::Inline(value)) => {
                    let name = String::from_utf8_lossy(&item.key[9..]).into_owned();
                    let sort = if value.get(8) == Some(&2) { Sort::Folder } else { Sort::File };
                    let target = value.get(..8).and_then(|it| it.try_into().ok());
                    let target = target.map_or(0, u64::from_le_bytes);
                    files.entries.entry(inode).or_default().push((name, target, sort));
                }
                // Of the inode only the size: times are not contents.
                (Some(1), Value::Inline(value)) => {
                    value.get(8..16).hash(files.contents.entry(inode).or_default());
                }
                // Of the key only the place in the file: its number is not contents either.
                (Some(3), value) => {
                    let hasher = files.contents.entry(inode).or_default();
                    item.key.get(9..).hash(hasher);
                    digest(reader, value, hasher).await?;
                }
                _ => {}
            }
        }
        Ok(files)
    }

    /// Returns the paths of all files and folders, with what their contents come to.
    fn paths(&self) -> Vec<(String, u64)> {
        let mut paths = Vec::new();
        let mut folders = vec![(ROOT, String::new(), 0)];
        while let Some((folder, above, depth)) = folders.pop() {
            for (name, inode, sort) in self.entries.get(&folder).into_iter().flatten() {
                let path = path::join(&above, name);
                if *sort == Sort::Folder && depth < 1000 {
                    paths.push((format!("{path}/"), 0));
                    folders.push((*inode, path, depth + 1));
                } else {
                    let contents = self.contents.get(inode).map_or(0, Hasher::finish);
                    paths.push((path, contents));
                }
            }
        }
        paths
    }
}

/// Reads a number in a key, most significant byte first.
fn number(key: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(at..at + 8)?.try_into().ok()?))
}

/// Takes a value in, a large one part by part.
async fn digest(
    reader: &Reader<'_, Disk>,
    value: Value<'_>,
    hasher: &mut DefaultHasher,
) -> Result<(), Error<DiskError>> {
    match value {
        Value::Inline(bytes) => hasher.write(bytes),
        Value::Large(large) => {
            let mut at = 0;
            while at < large.size_bytes {
                let part = reader.read_large(large, at..at + CHUNK_BYTES).await?;
                if part.is_empty() {
                    break;
                }
                hasher.write(&part);
                at += part.len() as u64;
            }
        }
    }
    Ok(())
}
