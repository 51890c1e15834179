//! Walking over keys in their order.

use alloc::vec::Vec;
use core::{
    fmt,
    ops::{Bound, RangeBounds},
};

use sarab_device::Block;

use crate::{
    Error, Keyspace, Tree, Value,
    walk::{View, Walk},
};

/// Keys and values in order, from both ends.
///
/// Items borrow from the range until the next step. Dropping the future of a step loses nothing.
pub struct Range<'r, B: Block> {
    walk: Walk<'r, B>,
}

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'i> {
    /// The key.
    pub key: &'i [u8],
    /// Its value.
    pub value: Value<'i>,
}

impl<'r, B: Block> Range<'r, B> {
    pub(crate) fn new<'k>(
        tree: &'r Tree<B>,
        view: View,
        keyspace: Keyspace,
        bounds: impl RangeBounds<&'k [u8]>,
    ) -> Self {
        let (low, high) = full_bounds(keyspace, bounds);
        Self { walk: Walk::new(tree, view, low, high) }
    }

    /// Returns the least key that was not returned yet, or `None` after all.
    pub async fn next(&mut self) -> Result<Option<Item<'_>>, Error<B::Error>> {
        let found = self.walk.next().await?;
        Ok(found.map(|(key, word, value)| Item { key: &key[2..], value: Value::of(word, value) }))
    }

    /// Returns the greatest key that was not returned yet, or `None` after all.
    pub async fn next_back(&mut self) -> Result<Option<Item<'_>>, Error<B::Error>> {
        let found = self.walk.next_back().await?;
        Ok(found.map(|(key, word, value)| Item { key: &key[2..], value: Value::of(word, value) }))
    }
}

impl<B: Block> fmt::Debug for Range<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Range").finish_non_exhaustive()
    }
}

/// Returns the least full key within `bounds`, and the least after them.
pub(crate) fn full_bounds<'k>(
    keyspace: Keyspace,
    bounds: impl RangeBounds<&'k [u8]>,
) -> (Vec<u8>, Vec<u8>) {
    let after = |key: &[u8]| {
        let mut key = keyspace.key(key);
        key.push(0);
        key
    };
    let low = match bounds.start_bound() {
        Bound::Included(key) => keyspace.key(key),
        Bound::Excluded(key) => after(key),
        Bound::Unbounded => keyspace.key(&[]),
    };
    let high = match bounds.end_bound() {
        Bound::Included(key) => after(key),
        Bound::Excluded(key) => keyspace.key(key),
        Bound::Unbounded => keyspace.end().to_vec(),
    };
    (low, high)
}
