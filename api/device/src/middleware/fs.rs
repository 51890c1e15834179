//! A watched file system and its files.

use alloc::vec::Vec;

use bytes::Bytes;

use super::{Observer, Subject, Verb, Watched, WatchedError};
use crate::{Entry, File, Fs, Metadata, Open};

impl<D: Fs, O: Observer + Clone + 'static> Fs for Watched<D, O> {
    type Error = WatchedError<D::Error>;

    type File = Watched<D::File, O>;

    async fn open(&self, path: &str, how: Open) -> Result<Self::File, Self::Error> {
        let operation = self.operation(Verb::Open, Subject::Name(path), 0);
        let file = self.ask(operation, self.device.open(path, how)).await?;
        Ok(Watched::new(file, self.observer.clone()))
    }

    async fn metadata(&self, path: &str) -> Result<Option<Metadata>, Self::Error> {
        let operation = self.operation(Verb::Metadata, Subject::Name(path), 0);
        self.ask(operation, self.device.metadata(path)).await
    }

    async fn list(&self, path: &str) -> Result<Vec<Entry>, Self::Error> {
        let operation = self.operation(Verb::List, Subject::Name(path), 0);
        self.ask(operation, self.device.list(path)).await
    }

    async fn create_folder(&self, path: &str) -> Result<(), Self::Error> {
        let operation = self.operation(Verb::CreateFolder, Subject::Name(path), 0);
        self.ask(operation, self.device.create_folder(path)).await
    }

    async fn remove(&self, path: &str) -> Result<(), Self::Error> {
        let operation = self.operation(Verb::Remove, Subject::Name(path), 0);
        self.ask(operation, self.device.remove(path)).await
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), Self::Error> {
        let operation = self.operation(Verb::Rename, Subject::Name(from), 0);
        self.ask(operation, self.device.rename(from, to)).await
    }

    async fn sync(&self) -> Result<(), Self::Error> {
        let request = async |_| self.device.sync().await;
        self.give(Verb::Sync, Subject::All, Bytes::new(), request).await
    }
}

impl<F: File, O: Observer> File for Watched<F, O> {
    type Error = WatchedError<F::Error>;

    async fn size_bytes(&self) -> Result<u64, Self::Error> {
        let operation = self.operation(Verb::Metadata, Subject::All, 0);
        self.ask(operation, self.device.size_bytes()).await
    }

    async fn read_at(&self, offset: u64, count: usize) -> Result<Bytes, Self::Error> {
        let operation = self.operation(Verb::Read, Subject::Place(offset), count as u64);
        self.take(operation, async || self.device.read_at(offset, count).await).await
    }

    async fn write_at(&self, offset: u64, data: Bytes) -> Result<(), Self::Error> {
        let request = async |data| self.device.write_at(offset, data).await;
        self.give(Verb::Write, Subject::Place(offset), data, request).await
    }

    async fn set_size(&self, size_bytes: u64) -> Result<(), Self::Error> {
        let operation = self.operation(Verb::SetSize, Subject::All, size_bytes);
        self.ask(operation, self.device.set_size(size_bytes)).await
    }

    async fn sync(&self) -> Result<(), Self::Error> {
        let request = async |_| self.device.sync().await;
        self.give(Verb::Sync, Subject::All, Bytes::new(), request).await
    }
}
