//! A key-value store in memory.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::{cell::RefCell, fmt, ops::Bound};

use sarab_device::{Bytes, Entry, Error, ErrorKind, Kv, KvRead, Metadata, key};

/// A key-value store in memory. Values go in and come out without being copied.
#[derive(Debug, Default)]
pub struct RamKv {
    values: RefCell<BTreeMap<String, Bytes>>,
}

impl RamKv {
    /// Makes an empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn set_now(&self, text: &str, value: Bytes) -> Result<(), KvError> {
        let key = key::normal(text).ok_or_else(|| KvError::NoKey { key: text.into() })?;
        let mut values = self.values.borrow_mut();
        if let Some(above) = key::folders(key).find(|above| values.contains_key(*above)) {
            return Err(KvError::UnderValue { key: key.into(), value: above.into() });
        }
        if key.is_empty() || key::is_folder(key, |from| at_or_after(&values, from)) {
            return Err(KvError::Folder { key: key.into() });
        }
        values.insert(key.into(), value);
        Ok(())
    }
}

impl KvRead for RamKv {
    type Error = KvError;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, KvError> {
        Ok(key::normal(key).and_then(|key| self.values.borrow().get(key).cloned()))
    }

    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, KvError> {
        let value = self.get(key).await?;
        Ok(value.map(|value| Metadata { size_bytes: value.len() as u64, modified: None }))
    }

    async fn list(&self, key: &str) -> Result<Vec<Entry>, KvError> {
        let values = self.values.borrow();
        let list = |key| key::list(key, |from| at_or_after(&values, from));
        Ok(key::normal(key).map(list).unwrap_or_default())
    }
}

impl Kv for RamKv {
    async fn set(&self, key: &str, value: Bytes) -> Result<(), KvError> {
        self.set_now(key, value)
    }

    async fn remove(&self, key: &str) -> Result<(), KvError> {
        let Some(key) = key::normal(key) else { return Ok(()) };
        let mut values = self.values.borrow_mut();
        values.remove(key);
        let prefix = key::prefix(key);
        let from = (Bound::Included(prefix.as_str()), Bound::Unbounded);
        let inside = values.range::<str, _>(from).map(|(key, _)| key);
        let inside: Vec<_> = inside.take_while(|key| key.starts_with(&prefix)).cloned().collect();
        for key in inside {
            values.remove(&key);
        }
        Ok(())
    }

    async fn sync(&self) -> Result<(), KvError> {
        Ok(())
    }
}

fn at_or_after<'v>(values: &'v BTreeMap<String, Bytes>, from: &str) -> Option<&'v str> {
    values
        .range::<str, _>((Bound::Included(from), Bound::Unbounded))
        .next()
        .map(|(key, _)| key.as_str())
}

/// Why a change of a store in memory failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KvError {
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

impl fmt::Display for KvError {
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

impl core::error::Error for KvError {}

impl Error for KvError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoKey { .. } => ErrorKind::InvalidInput,
            Self::Folder { .. } | Self::UnderValue { .. } => ErrorKind::AlreadyExists,
        }
    }
}

#[cfg(test)]
mod tests {
    use embassy_futures::block_on;
    use sarab_device::check;

    use super::*;

    #[test]
    fn it_keeps_the_promises_of_a_kv() {
        assert_eq!(block_on(check::kv(&RamKv::new())), Ok(()));
    }

    #[test]
    fn a_value_is_not_copied() {
        let store = RamKv::new();
        let value = Bytes::from_static(b"text");
        block_on(store.set("key", value.clone())).unwrap();
        let got = block_on(store.get("key")).unwrap().unwrap();
        assert_eq!(got.as_ptr(), value.as_ptr());
    }
}
