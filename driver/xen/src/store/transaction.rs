//! Requests within a transaction, or without one.

use alloc::{string::String, vec::Vec};

use super::{Kind, Refusal, Store, StoreError};

/// The store, as it is within a transaction.
pub struct Transaction<'a> {
    store: &'a Store,
    id: u32,
}

impl<'a> Transaction<'a> {
    /// Returns the store outside of transactions.
    pub(super) fn none(store: &'a Store) -> Self {
        Self { store, id: 0 }
    }

    /// Begins one.
    pub(super) fn start(store: &'a Store) -> Result<Self, StoreError> {
        const PATH: &str = "transaction";
        let answer = store.ask(Kind::TransactionStart, 0, PATH, &["\0"])?;
        let id = text(PATH, answer)?.trim_end_matches('\0').parse();
        match id {
            Ok(id) if id != 0 => Ok(Self { store, id }),
            _ => Err(StoreError::Garbled { path: PATH.into() }),
        }
    }

    /// Ends it; tells whether its changes count. If they are not wanted, they do not.
    pub(super) fn end(self, is_wanted: bool) -> Result<bool, StoreError> {
        let word = if is_wanted { "T\0" } else { "F\0" };
        match self.ask(Kind::TransactionEnd, "transaction", &[word]) {
            Ok(_) => Ok(is_wanted),
            Err(StoreError::Refused { refusal: Refusal::Again, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads a value; like [`Store::read`].
    pub fn read(&self, path: &str) -> Result<String, StoreError> {
        text(path, self.ask(Kind::Read, path, &[path, "\0"])?)
    }

    /// Writes a value; like [`Store::write`].
    pub fn write(&self, path: &str, value: &str) -> Result<(), StoreError> {
        self.ask(Kind::Write, path, &[path, "\0", value]).map(drop)
    }

    /// Removes a path; like [`Store::remove`].
    pub fn remove(&self, path: &str) -> Result<(), StoreError> {
        self.ask(Kind::Remove, path, &[path, "\0"]).map(drop)
    }

    /// Lists a path; like [`Store::directory`].
    pub fn directory(&self, path: &str) -> Result<Vec<String>, StoreError> {
        let names = text(path, self.ask(Kind::Directory, path, &[path, "\0"])?)?;
        Ok(names.split('\0').filter(|name| !name.is_empty()).map(String::from).collect())
    }

    fn ask(&self, kind: Kind, path: &str, parts: &[&str]) -> Result<Vec<u8>, StoreError> {
        self.store.ask(kind, self.id, path, parts)
    }
}

fn text(path: &str, value: Vec<u8>) -> Result<String, StoreError> {
    String::from_utf8(value).map_err(|_| StoreError::Garbled { path: path.into() })
}
