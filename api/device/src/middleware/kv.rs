//! A watched key-value store.

use alloc::vec::Vec;
use core::ops::Range;

use bytes::Bytes;

use super::{Observer, Subject, Verb, Watched, WatchedError};
use crate::{Entry, Kv, KvRead, Metadata};

impl<D: KvRead, O: Observer> KvRead for Watched<D, O> {
    type Error = WatchedError<D::Error>;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, Self::Error> {
        let operation = self.operation(Verb::Get, Subject::Name(key), 0);
        self.take(operation, async || self.device.get(key).await).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, Self::Error> {
        let size = range.end.saturating_sub(range.start);
        let operation = self.operation(Verb::GetRange, Subject::Name(key), size);
        self.take(operation, async || self.device.get_range(key, range.clone()).await).await
    }

    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, Self::Error> {
        let operation = self.operation(Verb::Metadata, Subject::Name(key), 0);
        self.ask(operation, self.device.metadata(key)).await
    }

    async fn list(&self, key: &str) -> Result<Vec<Entry>, Self::Error> {
        let operation = self.operation(Verb::List, Subject::Name(key), 0);
        self.ask(operation, self.device.list(key)).await
    }
}

impl<D: Kv, O: Observer> Kv for Watched<D, O> {
    async fn set(&self, key: &str, value: Bytes) -> Result<(), Self::Error> {
        let request = async |value| self.device.set(key, value).await;
        self.give(Verb::Set, Subject::Name(key), value, request).await
    }

    async fn remove(&self, key: &str) -> Result<(), Self::Error> {
        let operation = self.operation(Verb::Remove, Subject::Name(key), 0);
        self.ask(operation, self.device.remove(key)).await
    }

    async fn sync(&self) -> Result<(), Self::Error> {
        let request = async |_| self.device.sync().await;
        self.give(Verb::Sync, Subject::All, Bytes::new(), request).await
    }
}
