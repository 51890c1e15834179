//! Walking over the entries of a tree from both ends.

use alloc::{rc::Rc, vec::Vec};

use sarab_device::Block;

use crate::{
    Error, Tree, btree::Fence, format::pointer::Top, page::Page, pages::Fault, state::State,
};

/// Whose tree is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// That of a reader.
    Reader(usize),
    /// That of the open transaction.
    Open,
    Catalog,
}

impl View {
    pub(crate) fn top(self, state: &State) -> Top {
        match self {
            Self::Reader(slot) => state.readers.top(slot),
            Self::Open => state.open.as_ref().map_or(Top::default(), |open| open.top),
            Self::Catalog => state.catalog,
        }
    }
}

/// An entry: its key, the word of its value, its value.
pub(crate) type Found<'f> = (&'f [u8], u16, &'f [u8]);

/// A walk over the entries whose keys are not less than `low`, and less than `high`.
///
/// Both bounds move as the walk goes on, so that it can be taken up anywhere.
pub(crate) struct Walk<'t, B: Block> {
    tree: &'t Tree<B>,
    view: View,
    low: Vec<u8>,
    /// Whether `low` itself was returned already.
    is_low_taken: bool,
    high: Vec<u8>,
    front: Option<Stretch>,
    back: Option<Stretch>,
    fence: Fence,
    is_over: bool,
}

/// What is left of a leaf.
struct Stretch {
    leaf: Rc<Page>,
    start: usize,
    end: usize,
    /// Whether the walk goes on in the next leaf.
    has_next: bool,
    /// Whether the bound of the walk is a key of this leaf.
    is_begun: bool,
}

impl Stretch {
    fn new(leaf: Rc<Page>, start: usize, end: usize, has_next: bool) -> Self {
        Self { leaf, start, end, has_next, is_begun: false }
    }

    /// Puts the key of entry `at` into `bound`, and returns the word and the value.
    fn take(&mut self, at: usize, bound: &mut Vec<u8>) -> (u16, &[u8]) {
        let (suffix, word, value) = self.leaf.entry_of_leaf(at);
        let prefix = self.leaf.prefix();
        if core::mem::replace(&mut self.is_begun, true) {
            bound.truncate(prefix.len());
        } else {
            bound.clear();
            bound.extend_from_slice(prefix);
        }
        bound.extend_from_slice(suffix);
        (word, value)
    }
}

impl<'t, B: Block + 'static> Walk<'t, B> {
    pub(crate) fn new(tree: &'t Tree<B>, view: View, low: Vec<u8>, high: Vec<u8>) -> Self {
        let is_over = low >= high;
        Self {
            tree,
            view,
            low,
            is_low_taken: false,
            high,
            front: None,
            back: None,
            fence: Fence::default(),
            is_over,
        }
    }

    /// Returns the next entry.
    pub(crate) async fn next(&mut self) -> Result<Option<Found<'_>>, Error<B::Error>> {
        loop {
            match &mut self.front {
                Some(stretch) if stretch.start < stretch.end => break,
                Some(stretch) if !stretch.has_next => self.is_over = true,
                _ => {}
            }
            if self.is_over {
                return Ok(None);
            }
            self.enter_front().await?;
        }
        let Some(stretch) = &mut self.front else { return Ok(None) };
        let at = stretch.start;
        stretch.start += 1;
        self.back = None;
        let (word, value) = stretch.take(at, &mut self.low);
        self.is_low_taken = true;
        Ok(Some((&self.low, word, value)))
    }

    /// Returns the last entry that was not returned yet.
    pub(crate) async fn next_back(&mut self) -> Result<Option<Found<'_>>, Error<B::Error>> {
        loop {
            match &mut self.back {
                Some(stretch) if stretch.start < stretch.end => break,
                Some(stretch) if !stretch.has_next => self.is_over = true,
                _ => {}
            }
            if self.is_over {
                return Ok(None);
            }
            self.enter_back().await?;
        }
        let Some(stretch) = &mut self.back else { return Ok(None) };
        stretch.end -= 1;
        let at = stretch.end;
        self.front = None;
        let (word, value) = stretch.take(at, &mut self.high);
        Ok(Some((&self.high, word, value)))
    }

    /// Takes up the leaf of the lowest key that is left.
    async fn enter_front(&mut self) -> Result<(), Error<B::Error>> {
        while let Err(fault) = self.try_front() {
            self.tree.cure(fault).await?;
        }
        Ok(())
    }

    async fn enter_back(&mut self) -> Result<(), Error<B::Error>> {
        while let Err(fault) = self.try_back() {
            self.tree.cure(fault).await?;
        }
        Ok(())
    }

    /// Makes `low` a bound: the least key after the one that was returned.
    fn leave_low(&mut self) {
        if core::mem::take(&mut self.is_low_taken) {
            self.low.push(0);
        }
    }

    fn try_front(&mut self) -> Result<(), Fault> {
        self.leave_low();
        let state = self.tree.state.borrow();
        let top = self.view.top(&state);
        if top.is_empty() || self.low >= self.high {
            self.is_over = true;
            return Ok(());
        }
        let leaf = state.pages.leaf_from(top, &self.low, &mut self.fence)?;
        let goes_on = self.fence.is_set && self.fence.key < self.high;
        let start = end_in(&leaf, &self.low);
        let end = if goes_on { leaf.len() } else { end_in(&leaf, &self.high) };
        let (end, has_next) = (end.max(start), goes_on);
        if has_next && self.fence.key > self.low && start == end {
            core::mem::swap(&mut self.low, &mut self.fence.key);
        } else if has_next && start == end {
            self.is_over = true; // an unordered tree must not be walked for ever
        }
        self.front = Some(Stretch::new(leaf, start, end, has_next));
        Ok(())
    }

    fn try_back(&mut self) -> Result<(), Fault> {
        self.leave_low();
        let state = self.tree.state.borrow();
        let top = self.view.top(&state);
        if top.is_empty() || self.low >= self.high {
            self.is_over = true;
            return Ok(());
        }
        let leaf = state.pages.leaf_before(top, Some(&self.high), &mut self.fence)?;
        let goes_on = self.fence.is_set && self.fence.key > self.low;
        let start = if goes_on { 0 } else { end_in(&leaf, &self.low) };
        let end = end_in(&leaf, &self.high);
        let (end, has_next) = (end.max(start), goes_on);
        if has_next && self.fence.key < self.high && start == end {
            core::mem::swap(&mut self.high, &mut self.fence.key);
        } else if has_next && start == end {
            self.is_over = true;
        }
        self.back = Some(Stretch::new(leaf, start, end, has_next));
        Ok(())
    }
}

/// Returns where the entries of `leaf` end whose keys are less than `key`.
fn end_in(leaf: &Page, key: &[u8]) -> usize {
    leaf.find(key).unwrap_or_else(|at| at)
}
