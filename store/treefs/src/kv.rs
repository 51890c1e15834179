//! The files of a file system as values to be read.

use alloc::vec::Vec;
use core::ops::Range;

use sarab_device::{Block, Bytes, Entry, Fs, KvRead, Metadata};

use crate::{FsError, TreeFs};

impl<B: Block + 'static> KvRead for TreeFs<B> {
    type Error = FsError<B::Error>;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, Self::Error> {
        self.get_range(key, 0..u64::MAX).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, Self::Error> {
        let Some((mut look, stat)) = self.look_at_file(key).await? else { return Ok(None) };
        let count = range.end.min(stat.size_bytes).saturating_sub(range.start);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        look.read(&stat, range.start, count).await.map(Some)
    }

    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, Self::Error> {
        Fs::metadata(self, key).await
    }

    async fn list(&self, key: &str) -> Result<Vec<Entry>, Self::Error> {
        Ok(self.entries(key).await?.unwrap_or_default())
    }
}
