//! Tar archives on a disk.
//!
//! [`Tar::open`] reads the headers of the whole archive, once, and keeps an index of them; values
//! are read from the disk when they are asked for, and only the sectors asked for. (The crate
//! `tar-no-std` reads archives that are in memory as a whole, and knows neither pax nor long names.)
//!
//! # Format
//!
//! POSIX.1-2017, `pax`, "ustar Interchange Format" and "pax Interchange Format", with the additions
//! of GNU tar ("Basic Tar Format" in its manual). An archive is a row of blocks of 512 bytes from
//! byte 0 of the disk on: for each entry a header and its data, filled up with zeroes to whole
//! blocks. A block of zeroes ends it. A header is
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 100 | name, ended by NUL where it is shorter |
//! | 100 | 24 | mode, owner, group: not used |
//! | 124 | 12 | size of the data in bytes, a number |
//! | 136 | 12 | time of the last change, seconds since 1970, a number |
//! | 148 | 8 | checksum, a number: the sum of the header's bytes, these eight taken as spaces |
//! | 156 | 1 | type |
//! | 157 | 100 | name of the entry that a hard link is linked to |
//! | 257 | 8 | `ustar`, NUL, `00`; in the older format of GNU `ustar`, two spaces, NUL |
//! | 265 | 80 | names of owner and group, device numbers: not used |
//! | 345 | 155 | with the first of those marks: folder of the name, joined to it by `/` |
//! | 500 | 12 | zeroes |
//!
//! A number is octal digits, with spaces and NULs around them; or, where the first byte is `80`, a
//! binary number in the rest of the field, most significant byte first (GNU).
//!
//! | type | is |
//! | --- | --- |
//! | `0`, NUL, `7` | a value (a folder where the name ends in `/`) |
//! | `1` | a hard link: the value of an earlier entry under another name |
//! | `5` | a folder: not used, folders follow from the names |
//! | `D`, `V` | what a folder held, the name of the archive (GNU): not used |
//! | `x`, `X` | pax records for the next entry: lines of `LENGTH KEY=VALUE`; `path`, `linkpath`, `size` and `mtime` are used in place of the header's |
//! | `g` | pax records for all further entries |
//! | `L`, `K` | the name, the linked name, of the next entry (GNU) |
//! | `2`, `3`, `4`, `6` | a symbolic link, a device, a queue: passed over, with a warning in the log |
//!
//! Data follow the headers of values, of `D` and `V`, and of what says more of others; after the rest
//! there are none, whatever size is told.
//!
//! Anything else is refused. Later entries replace earlier ones of the same name.

mod error;
mod header;
mod index;
mod pax;
mod window;

use alloc::vec::Vec;
use core::ops::Range;

use sarab_device::{Block, Bytes, Entry, KvRead, Metadata, key};

pub use error::{TarError, What};
use index::{Index, Item};

/// Bytes in a block of an archive.
const BLOCK_BYTES: u64 = 512;

/// A store of the files in a tar archive that a disk holds.
#[derive(Debug)]
pub struct Tar<B> {
    block: B,
    index: Index,
}

impl<B: Block> Tar<B> {
    /// Opens the archive on `block`, which must not be written as long as the store is in use.
    ///
    /// # Errors
    /// Where it is no sound archive, naming the header at fault, or the disk fails.
    pub async fn open(block: B) -> Result<Self, TarError<B::Error>> {
        let index = Index::read(&block).await?;
        Ok(Self { block, index })
    }

    fn find(&self, key: &str) -> Option<&Item> {
        self.index.get(key::normal(key)?)
    }

    /// Reads `range` of a value; the index has checked that the value lies on the disk.
    async fn read(&self, item: &Item, range: Range<u64>) -> Result<Bytes, TarError<B::Error>> {
        let (start, end) = (range.start.min(item.size_bytes), range.end.min(item.size_bytes));
        if start >= end {
            return Ok(Bytes::new());
        }
        let size = end - start;
        window::read(&self.block, item.data + start, size).await?.ok_or(TarError::TooLarge { size })
    }
}

impl<B: Block> KvRead for Tar<B> {
    type Error = TarError<B::Error>;

    async fn get(&self, key: &str) -> Result<Option<Bytes>, Self::Error> {
        self.get_range(key, 0..u64::MAX).await
    }

    async fn get_range(&self, key: &str, range: Range<u64>) -> Result<Option<Bytes>, Self::Error> {
        match self.find(key) {
            Some(item) => self.read(item, range).await.map(Some),
            None => Ok(None),
        }
    }

    async fn metadata(&self, key: &str) -> Result<Option<Metadata>, Self::Error> {
        let known = |item: &Item| Metadata { size_bytes: item.size_bytes, modified: item.modified };
        Ok(self.find(key).map(known))
    }

    async fn list(&self, key: &str) -> Result<Vec<Entry>, Self::Error> {
        Ok(key::normal(key).map(|key| self.index.list(key)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
