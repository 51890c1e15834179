//! Reading one state of a store.

use alloc::rc::Rc;
use core::ops::{Range, RangeBounds};

use sarab_device::{Block, Bytes};

use crate::{
    Error, Keyspace, Tree,
    format::{
        extent::LARGE,
        field::{u16_at, u64_at},
    },
    keyspace::{NAMES, SearchKey},
    page::Page,
    pages::Fault,
    walk::View,
};

/// One state of a head: what is committed later does not show.
///
/// The space of what it can see is not used again while it lives, so it should not live for ever.
#[derive(Debug)]
pub struct Reader<'t, B: Block + 'static> {
    pub(crate) tree: &'t Tree<B>,
    pub(crate) slot: usize,
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

impl<'v> Value<'v> {
    /// Returns the bytes in it.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        match self {
            Self::Inline(bytes) => bytes.len() as u64,
            Self::Large(large) => large.size_bytes,
        }
    }

    /// Takes what a leaf holds of a value.
    pub(crate) fn of(word: u16, bytes: &'v [u8]) -> Self {
        if word & LARGE == 0 {
            return Self::Inline(bytes);
        }
        Self::Large(Large { number: u64_at(bytes, 0), size_bytes: u64_at(bytes, 8) })
    }
}

/// A value that was found, away from its leaf.
enum Copied {
    Inline(Bytes),
    Large(Large),
}

impl<B: Block + 'static> Reader<'_, B> {
    /// Returns the value under `key`, a large one too, whole.
    pub async fn get(
        &self,
        keyspace: Keyspace,
        key: &[u8],
    ) -> Result<Option<Bytes>, Error<B::Error>> {
        self.tree.get(View::Reader(self.slot), keyspace, key).await
    }

    /// Lets `look` look at the value under `key` where it lies, without copying it.
    pub async fn get_with<T>(
        &self,
        keyspace: Keyspace,
        key: &[u8],
        look: impl FnOnce(Value<'_>) -> T,
    ) -> Result<Option<T>, Error<B::Error>> {
        self.tree.get_with(View::Reader(self.slot), keyspace, key, look).await
    }

    /// Returns the bytes of `range` of a large value, fewer where it ends sooner.
    ///
    /// `large` must be of this state, or of one in which the value is still there.
    pub async fn read_large(
        &self,
        large: Large,
        range: Range<u64>,
    ) -> Result<Bytes, Error<B::Error>> {
        self.tree.read_large(View::Reader(self.slot), large, range).await
    }

    /// Reads ranges of large values, each of which is like one for [`read_large`](Reader::read_large).
    ///
    /// What lies side by side on the disk is read at once, which those do that were written one after the other.
    /// `take` gets the bytes in order, with the number of the range that they are of; those of one range may come in
    /// several pieces.
    pub async fn read_together(
        &self,
        ranges: &[(Large, Range<u64>)],
        take: impl FnMut(usize, Bytes),
    ) -> Result<(), Error<B::Error>> {
        self.tree.read_together(View::Reader(self.slot), ranges, take).await
    }

    /// Returns the keys within `bounds`, to be walked from both ends.
    pub fn range<'k>(
        &self,
        keyspace: Keyspace,
        bounds: impl RangeBounds<&'k [u8]>,
    ) -> crate::Range<'_, B> {
        crate::Range::new(self.tree, View::Reader(self.slot), keyspace, bounds)
    }

    /// Returns the number of the keyspace `name`, if there is one.
    pub async fn keyspace(&self, name: &str) -> Result<Option<Keyspace>, Error<B::Error>> {
        self.tree.find_keyspace(View::Reader(self.slot), name).await
    }
}

impl<B: Block + 'static> Drop for Reader<'_, B> {
    fn drop(&mut self) {
        self.tree.state.borrow_mut().end_reader(self.slot);
    }
}

impl<B: Block + 'static> Tree<B> {
    pub(crate) async fn get(
        &self,
        view: View,
        keyspace: Keyspace,
        key: &[u8],
    ) -> Result<Option<Bytes>, Error<B::Error>> {
        let copy = |value: Value<'_>| match value {
            Value::Inline(bytes) => Copied::Inline(Bytes::copy_from_slice(bytes)),
            Value::Large(large) => Copied::Large(large),
        };
        Ok(match self.get_with(view, keyspace, key, copy).await? {
            None => None,
            Some(Copied::Inline(bytes)) => Some(bytes),
            Some(Copied::Large(large)) => {
                Some(self.read_large(view, large, 0..large.size_bytes).await?)
            }
        })
    }

    pub(crate) async fn get_with<T>(
        &self,
        view: View,
        keyspace: Keyspace,
        key: &[u8],
        look: impl FnOnce(Value<'_>) -> T,
    ) -> Result<Option<T>, Error<B::Error>> {
        let Some(key) = SearchKey::new(keyspace, key) else { return Ok(None) };
        loop {
            match self.find(view, &key) {
                Ok(None) => return Ok(None),
                Ok(Some((leaf, at))) => {
                    let (word, bytes) = leaf.value(at);
                    return Ok(Some(look(Value::of(word, bytes))));
                }
                Err(fault) => self.cure(fault).await?,
            }
        }
    }

    /// Returns the leaf that holds `key`, out of the state's hands: who looks at it may use the store.
    fn find(&self, view: View, key: &SearchKey) -> Result<Option<(Rc<Page>, usize)>, Fault> {
        let state = self.state.borrow();
        let top = view.top(&state);
        if top.is_empty() {
            return Ok(None);
        }
        let found = state.pages.lookup(top, key.bytes())?;
        Ok(found.map(|(leaf, at)| (Rc::clone(leaf), at)))
    }

    pub(crate) async fn find_keyspace(
        &self,
        view: View,
        name: &str,
    ) -> Result<Option<Keyspace>, Error<B::Error>> {
        let names = Keyspace(u16::from_be_bytes(NAMES));
        let number = |value: Value<'_>| match value {
            Value::Inline(bytes) if bytes.len() == 2 => Some(Keyspace(u16_at(bytes, 0))),
            _ => None,
        };
        let found = self.get_with(view, names, name.as_bytes(), number).await?;
        Ok(found.flatten())
    }
}
