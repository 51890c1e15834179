//! Reading one state of a store.

use core::ops::{Range, RangeBounds};

use sarab_device::{Block, Bytes};

use crate::{Error, Keyspace, Tree};

/// One state of a head: what is committed later does not show.
///
/// The space of what it can see is not used again while it lives, so it should not live for ever.
#[derive(Debug)]
pub struct Reader<'t, B: Block> {
    pub(crate) tree: &'t Tree<B>,
}

/// A value as it lies in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'v> {
    /// A small one.
    Inline(&'v [u8]),
    /// A large one, to be read by [`Reader::read_large`].
    Large(Large),
}

/// A value too large for a page of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Large {
    pub(crate) number: u64,
    /// Bytes in it.
    pub size_bytes: u64,
}

impl Value<'_> {
    /// Returns the bytes in it.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        match self {
            Self::Inline(bytes) => bytes.len() as u64,
            Self::Large(large) => large.size_bytes,
        }
    }
}

impl<B: Block> Reader<'_, B> {
    /// Returns the value under `key`, a large one too, whole.
    pub async fn get(
        &self,
        keyspace: Keyspace,
        key: &[u8],
    ) -> Result<Option<Bytes>, Error<B::Error>> {
        self.get_with(keyspace, key, |_| Bytes::new()).await
    }

    /// Lets `look` look at the value under `key` where it lies, without copying it.
    pub async fn get_with<T>(
        &self,
        keyspace: Keyspace,
        key: &[u8],
        look: impl FnOnce(Value<'_>) -> T,
    ) -> Result<Option<T>, Error<B::Error>> {
        let _ = (self.tree, keyspace, key, look);
        Err(Error::Poisoned)
    }

    /// Returns the bytes of `range` of a large value, fewer where it ends sooner.
    ///
    /// `large` must be of this state, or of one in which the value is still there.
    pub async fn read_large(
        &self,
        large: Large,
        range: Range<u64>,
    ) -> Result<Bytes, Error<B::Error>> {
        let _ = (large, range);
        Err(Error::Poisoned)
    }

    /// Returns the keys within `bounds`, to be walked from both ends.
    pub fn range<'k>(
        &self,
        keyspace: Keyspace,
        bounds: impl RangeBounds<&'k [u8]>,
    ) -> crate::Range<'_, B> {
        let _ = (keyspace, bounds.start_bound());
        crate::Range { tree: self.tree }
    }

    /// Returns the number of the keyspace `name`, if there is one.
    pub async fn keyspace(&self, name: &str) -> Result<Option<Keyspace>, Error<B::Error>> {
        let _ = name;
        Err(Error::Poisoned)
    }
}
