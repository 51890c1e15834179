//! The keys of stores and the paths of file systems, as [`KvRead`](crate::KvRead) defines them.

use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::fmt;

use crate::{Entry, EntryKind, Error, ErrorKind};

/// Why a store puts no value under a key, whichever it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// It is no valid key.
    NoKey {
        /// What was given.
        key: String,
    },
    /// A folder has that name.
    Folder {
        /// The folder.
        key: String,
    },
    /// A folder of the key is a value.
    UnderValue {
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
}

impl KeyError {
    /// Returns what is said of something that is no key.
    #[must_use]
    pub fn no_key(key: &str) -> Self {
        Self::NoKey { key: key.into() }
    }

    /// Returns what is said of a folder where a value is to be.
    #[must_use]
    pub fn folder(key: &str) -> Self {
        Self::Folder { key: key.into() }
    }

    /// Returns what is said of a key that a value stands in the way of.
    #[must_use]
    pub fn under_value(key: &str, value: &str) -> Self {
        Self::UnderValue { key: key.into(), value: value.into() }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey { key } => write!(f, "{key:?} is not a valid key"),
            Self::Folder { key } => write!(f, "`{key}` is a folder"),
            Self::UnderValue { key, value } => {
                write!(f, "`{key}` cannot be there because `{value}` is a value")
            }
        }
    }
}

impl core::error::Error for KeyError {}

impl Error for KeyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoKey { .. } => ErrorKind::InvalidInput,
            Self::Folder { .. } | Self::UnderValue { .. } => ErrorKind::AlreadyExists,
        }
    }
}

/// Returns `key` without its leading slash, or `None` if it is no valid key.
///
/// The empty string is valid: it is the root folder.
#[must_use]
pub fn normal(key: &str) -> Option<&str> {
    let key = key.strip_prefix('/').unwrap_or(key);
    (key.is_empty() || key.split('/').all(is_segment)).then_some(key)
}

/// Returns whether `name` can be one segment of a key.
#[must_use]
pub fn is_segment(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(['/', '\0'])
}

/// Splits a normal key into the folder it stands in and its last segment.
///
/// The root folder stands nowhere: its last segment is empty.
#[must_use]
pub fn split(key: &str) -> (&str, &str) {
    key.rsplit_once('/').unwrap_or(("", key))
}

/// Returns the folders that a normal key lies in, outermost first, without the root.
pub fn folders(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices('/').map(|(at, _)| &key[..at])
}

/// Lists the folder `folder`, a normal key, of a store that keeps whole keys in byte order.
///
/// `at_or_after` returns the least key that is not less than its argument. It is asked once for
/// each entry of the folder, however much its sub-folders hold.
pub fn list<K: AsRef<str>>(folder: &str, at_or_after: impl Fn(&str) -> Option<K>) -> Vec<Entry> {
    let prefix = prefix(folder);
    let mut entries = Vec::new();
    let mut from = prefix.clone();
    while let Some(key) = at_or_after(&from) {
        let Some(rest) = key.as_ref().strip_prefix(prefix.as_str()) else { break };
        let (name, kind, past) = match rest.split_once('/') {
            Some((name, _)) => (name, EntryKind::Folder, '0'), // the character after `/`
            None => (rest, EntryKind::Value, '\0'), // no key lies between `name` and this
        };
        entries.push(Entry { name: name.to_owned(), kind });
        from.truncate(prefix.len());
        from.push_str(name);
        from.push(past);
    }
    entries.sort(); // `a-b` comes before `a/c` as a key, and after the folder `a` as a name
    entries
}

/// Returns whether `key`, a normal key, is a folder of a store that keeps whole keys in byte order.
pub fn is_folder<K: AsRef<str>>(key: &str, at_or_after: impl Fn(&str) -> Option<K>) -> bool {
    let prefix = prefix(key);
    at_or_after(&prefix).is_some_and(|first| first.as_ref().starts_with(&prefix))
}

/// Returns what the keys of all things in `folder`, a normal key, start with.
#[must_use]
pub fn prefix(folder: &str) -> String {
    let mut prefix = folder.to_owned();
    if !folder.is_empty() {
        prefix.push('/');
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(keys: &[&'static str], folder: &str) -> Vec<String> {
        let at_or_after = |key: &str| keys[keys.partition_point(|k| *k < key)..].first().copied();
        list(folder, at_or_after).into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn one_leading_slash_is_ignored_and_no_more() {
        assert_eq!(normal("/a/b"), Some("a/b"));
        assert_eq!(normal("/"), Some(""));
        assert_eq!(normal("//a"), None);
    }

    #[test]
    fn empty_dotted_and_nul_segments_are_no_keys() {
        for wrong in ["a//b", "a/", ".", "..", "a/../b", "./a", "a\0b"] {
            assert_eq!(normal(wrong), None, "{wrong:?}");
        }
        assert_eq!(normal("..."), Some("..."));
    }

    #[test]
    fn the_folders_of_a_key_come_outermost_first() {
        assert_eq!(folders("a/b/c").collect::<Vec<_>>(), ["a", "a/b"]);
        assert_eq!(folders("a").count(), 0);
    }

    #[test]
    fn a_folder_is_listed_once_and_by_name() {
        let keys = ["a-b", "a/c", "a/d/e", "a0", "b"];
        assert_eq!(names(&keys, ""), ["a", "a-b", "a0", "b"]);
        assert_eq!(names(&keys, "a"), ["c", "d"]);
        assert!(names(&keys, "b").is_empty());
    }

    #[test]
    fn a_sub_folder_is_passed_over_in_one_step() {
        let keys: Vec<String> = (0..1000).map(|n| alloc::format!("deep/{n:04}")).collect();
        let asked = core::cell::Cell::new(0);
        let at_or_after = |key: &str| {
            asked.set(asked.get() + 1);
            keys.get(keys.partition_point(|k| k.as_str() < key)).map(String::as_str)
        };
        assert_eq!(list("", at_or_after).len(), 1);
        assert_eq!(asked.get(), 2);
    }
}
