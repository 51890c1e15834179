//! A key-value store in memory.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::{cell::RefCell, ops::Bound};

use sarab_device::{
    Bytes, Entry, Kv, KvRead, Metadata,
    key::{self, KeyError},
};

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

    fn set_now(&self, text: &str, value: Bytes) -> Result<(), KeyError> {
        let key = key::normal(text).ok_or_else(|| KeyError::no_key(text))?;
        let mut values = self.values.borrow_mut();
        if let Some(above) = key::folders(key).find(|above| values.contains_key(*above)) {
            return Err(KeyError::under_value(key, above));
        }
        if key.is_empty() || key::is_folder(key, |from| at_or_after(&values, from)) {
            return Err(KeyError::folder(key));
        }
        values.insert(key.into(), value);
        Ok(())
    }
}

impl KvRead for RamKv {
    type Error = KeyError;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, KeyError> {
        Ok(key::normal(key).and_then(|key| self.values.borrow().get(key).cloned()))
    }

    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, KeyError> {
        let value = self.get(key).await?;
        Ok(value.map(|value| Metadata { size_bytes: value.len() as u64, modified: None }))
    }

    async fn list(&self, key: &str) -> Result<Vec<Entry>, KeyError> {
        let values = self.values.borrow();
        let list = |key| key::list(key, |from| at_or_after(&values, from));
        Ok(key::normal(key).map(list).unwrap_or_default())
    }
}

impl Kv for RamKv {
    async fn set(&self, key: &str, value: Bytes) -> Result<(), KeyError> {
        self.set_now(key, value)
    }

    async fn remove(&self, key: &str) -> Result<(), KeyError> {
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

    async fn sync(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

fn at_or_after<'v>(values: &'v BTreeMap<String, Bytes>, from: &str) -> Option<&'v str> {
    values
        .range::<str, _>((Bound::Included(from), Bound::Unbounded))
        .next()
        .map(|(key, _)| key.as_str())
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
