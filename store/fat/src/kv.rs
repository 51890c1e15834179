//! A volume as a store of values to read. Here upper and lower case differ, as in every store.

use core::ops::Range;

use alloc::vec::Vec;

use sarab_device::{Block, Bytes, Entry, File, KvRead, Metadata, key};
use sarab_disk::Owned;

use crate::{Fat, FatError, FatFile, folder::Case, fs::listed, volume::Outcome};

impl<B: Block + 'static> Fat<B> {
    /// Opens the value under `key`, where there is one.
    async fn value(&self, key: &str) -> Outcome<Option<FatFile<B>>, Owned<B>> {
        let Some(key) = key::normal(key) else { return Ok(None) };
        let found = self.volume.look_up(key, Case::Exact).await?;
        Ok(found.filter(|(_, item)| !item.short.is_folder()).map(|(folder, item)| {
            FatFile::new(&self.volume, self.volume.node(&folder, &item), false)
        }))
    }
}

impl<B: Block + 'static> KvRead for Fat<B> {
    type Error = FatError<B::Error>;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, Self::Error> {
        self.get_range(key, 0..u64::MAX).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, Self::Error> {
        let Some(file) = self.value(key).await? else { return Ok(None) };
        let count = range.end.saturating_sub(range.start);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Ok(Some(file.read_at(range.start, count).await?))
    }

    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, Self::Error> {
        let Some(key) = key::normal(key) else { return Ok(None) };
        let found = self.volume.look_up(key, Case::Exact).await?;
        Ok(found.and_then(|(folder, item)| self.volume.metadata_of(&folder, &item)))
    }

    async fn list(&self, key: &str) -> Result<Vec<Entry>, Self::Error> {
        let Some(key) = key::normal(key) else { return Ok(Vec::new()) };
        let folder = self.volume.folder_at(key, Case::Exact).await?;
        Ok(folder.map(|folder| listed(&folder.entries.borrow())).unwrap_or_default())
    }
}
