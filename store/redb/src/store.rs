//! The store.

use std::{cell::Cell, fmt, path::Path};

use redb::{
    Database, Durability, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction,
    backends::InMemoryBackend,
};
use sarab_device::{
    Bytes, Entry, Kv, KvRead, Metadata,
    key::{self, KeyError},
};

use crate::RedbError;

/// All values by their keys, which sort as keys of `Kv` do.
const VALUES: TableDefinition<&str, &[u8]> = TableDefinition::new("values");

/// A key-value store in a file of the host, or in memory, by redb.
///
/// Changes reach the file's cache at once, and the disk with the next [`sync`](Kv::sync). redb gives the room of what was
/// replaced away at a sync only, so who never syncs fills the disk.
pub struct RedbKv {
    database: Database,
}

impl RedbKv {
    /// Opens the store in the file at `path`, and makes an empty one if there is no file.
    ///
    /// redb locks the file: one process has it open at a time. After a crash this reads the whole file.
    pub fn open_file(path: &Path) -> Result<Self, RedbError> {
        Self::over(Database::create(path)?)
    }

    /// Makes an empty store in memory, which ends with this value.
    pub fn in_memory() -> Result<Self, RedbError> {
        Self::over(Database::builder().create_with_backend(InMemoryBackend::new())?)
    }

    fn over(database: Database) -> Result<Self, RedbError> {
        let store = Self { database };
        store.change(Durability::Immediate, |_| Ok(()))?;
        Ok(store)
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&redb::ReadOnlyTable<&str, &[u8]>) -> Result<T, RedbError>,
    ) -> Result<T, RedbError> {
        read(&self.database.begin_read()?.open_table(VALUES)?)
    }

    fn change(
        &self,
        durability: Durability,
        change: impl FnOnce(&mut redb::Table<'_, &str, &[u8]>) -> Result<(), RedbError>,
    ) -> Result<(), RedbError> {
        let mut transaction: WriteTransaction = self.database.begin_write()?;
        transaction.set_durability(durability)?;
        change(&mut transaction.open_table(VALUES)?)?;
        Ok(transaction.commit()?)
    }
}

impl fmt::Debug for RedbKv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedbKv").finish_non_exhaustive()
    }
}

impl KvRead for RedbKv {
    type Error = RedbError;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, RedbError> {
        let Some(key) = key::normal(key) else { return Ok(None) };
        self.read(|values| {
            let value = values.get(key)?;
            Ok(value.map(|value| Bytes::copy_from_slice(value.value())))
        })
    }

    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, RedbError> {
        let Some(key) = key::normal(key) else { return Ok(None) };
        self.read(|values| {
            let size = values.get(key)?.map(|value| value.value().len() as u64);
            Ok(size.map(|size_bytes| Metadata { size_bytes, modified: None }))
        })
    }

    async fn list(&self, key: &str) -> Result<Vec<Entry>, RedbError> {
        let Some(key) = key::normal(key) else { return Ok(Vec::new()) };
        self.read(|values| with_keys(values, |at_or_after| key::list(key, at_or_after)))
    }
}

impl Kv for RedbKv {
    async fn set(&self, text: &str, value: Bytes) -> Result<(), RedbError> {
        let key = key::normal(text).ok_or_else(|| RedbError::Key(KeyError::no_key(text)))?;
        self.change(Durability::None, |values| {
            for above in key::folders(key) {
                if values.get(above)?.is_some() {
                    return Err(RedbError::Key(KeyError::under_value(key, above)));
                }
            }
            if key.is_empty() || with_keys(values, |keys| key::is_folder(key, keys))? {
                return Err(RedbError::Key(KeyError::folder(key)));
            }
            values.insert(key, &value[..])?;
            Ok(())
        })
    }

    async fn remove(&self, key: &str) -> Result<(), RedbError> {
        let Some(key) = key::normal(key) else { return Ok(()) };
        self.change(Durability::None, |values| {
            values.remove(key)?;
            let prefix = key::prefix(key);
            // The character after `/` ends what is in a folder; nothing ends what is in the root.
            let end = format!("{key}0");
            if key.is_empty() {
                values.retain(|_, _| false)?;
            } else {
                values.retain_in(prefix.as_str()..end.as_str(), |_, _| false)?;
            }
            Ok(())
        })
    }

    async fn sync(&self) -> Result<(), RedbError> {
        self.change(Durability::Immediate, |_| Ok(()))
    }
}

/// Calls `look` with what finds the least key at or after another, and returns what went wrong with that, if anything did.
fn with_keys<T>(
    values: &impl ReadableTable<&'static str, &'static [u8]>,
    look: impl FnOnce(&dyn Fn(&str) -> Option<String>) -> T,
) -> Result<T, RedbError> {
    let failure = Cell::new(None);
    let at_or_after = |from: &str| -> Result<Option<String>, RedbError> {
        let Some(first) = values.range(from..)?.next() else { return Ok(None) };
        Ok(Some(first?.0.value().to_owned()))
    };
    let found = look(&|from| {
        at_or_after(from).unwrap_or_else(|error| {
            failure.set(Some(error));
            None
        })
    });
    failure.take().map_or(Ok(found), Err)
}
