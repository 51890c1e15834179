//! Walking over keys in their order.

use sarab_device::Block;

use crate::{Error, Tree, Value};

/// Keys and values in order, from both ends.
///
/// Items borrow from the range until the next step. Dropping the future of a step loses nothing.
#[derive(Debug)]
pub struct Range<'r, B: Block> {
    pub(crate) tree: &'r Tree<B>,
}

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'i> {
    /// The key.
    pub key: &'i [u8],
    /// Its value.
    pub value: Value<'i>,
}

impl<B: Block> Range<'_, B> {
    /// Returns the least key that was not returned yet, or `None` after all.
    pub async fn next(&mut self) -> Result<Option<Item<'_>>, Error<B::Error>> {
        self.tree.sync().await.map(|()| None)
    }

    /// Returns the greatest key that was not returned yet, or `None` after all.
    pub async fn next_back(&mut self) -> Result<Option<Item<'_>>, Error<B::Error>> {
        self.tree.sync().await.map(|()| None)
    }
}
