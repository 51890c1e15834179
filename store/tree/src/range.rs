//! Walking over keys in their order.

use alloc::vec::Vec;
use core::{
    fmt,
    ops::{Bound, RangeBounds},
};

use sarab_device::Block;

use crate::{
    Error, KEY_BYTES_MAX, Keyspace, Tree, Value,
    walk::{View, Walk},
};

/// Keys and values in order, from both ends.
///
/// Items borrow from the range until the next step. Dropping the future of a step loses nothing.
pub struct Range<'r, B: Block + 'static> {
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

impl<'r, B: Block + 'static> Range<'r, B> {
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

impl<B: Block + 'static> fmt::Debug for Range<'_, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Range").finish_non_exhaustive()
    }
}

/// Returns the least full key within `bounds`, and the least after them.
///
/// No key is longer than [`KEY_BYTES_MAX`], so a longer bound means the same as all that comes after its first bytes.
pub(crate) fn full_bounds<'k>(
    keyspace: Keyspace,
    bounds: impl RangeBounds<&'k [u8]>,
) -> (Vec<u8>, Vec<u8>) {
    let edge = |key: &[u8], is_after: bool| {
        let mut full = keyspace.key(&key[..key.len().min(KEY_BYTES_MAX)]);
        full.extend((is_after || key.len() > KEY_BYTES_MAX).then_some(0));
        full
    };
    let low = match bounds.start_bound() {
        Bound::Included(key) => edge(key, false),
        Bound::Excluded(key) => edge(key, true),
        Bound::Unbounded => edge(&[], false),
    };
    let high = match bounds.end_bound() {
        Bound::Included(key) => edge(key, true),
        Bound::Excluded(key) => edge(key, false),
        Bound::Unbounded => keyspace.end().to_vec(),
    };
    (low, high)
}
