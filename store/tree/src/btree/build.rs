//! Building a tree from keys that come in order, leaf by leaf.

use alloc::{rc::Rc, vec::Vec};

use super::unpack::Children;
use crate::{
    format::pointer::{Pointer, Top},
    page::{Balance, Entry, Fill, Page, lay, pack, separator},
    pages::{Edit, Fault, Pages},
};

/// A tree that grows at its end only.
pub(crate) struct Builder<'e> {
    leaf: Vec<Entry<'e>>,
    fill: Fill,
    last_key: &'e [u8],
    leaves: Children,
    pages: Vec<Pointer>,
}

impl<'e> Builder<'e> {
    pub(crate) fn new() -> Self {
        Self {
            leaf: Vec::new(),
            fill: Fill::new(0),
            last_key: &[],
            leaves: Children::default(),
            pages: Vec::new(),
        }
    }

    /// Adds an entry whose key is greater than all before.
    pub(crate) fn push(
        &mut self,
        pages: &mut Pages,
        edit: &Edit,
        entry: Entry<'e>,
    ) -> Result<(), Fault> {
        let first = self.leaf.first().map_or(entry.key, |first| first.key);
        if !self.fill.take(first, &entry) {
            self.end_leaf(pages, edit)?;
            self.fill = Fill::new(0);
            self.fill.take(entry.key, &entry);
        }
        self.leaf.push(entry);
        Ok(())
    }

    /// Returns the tree.
    pub(crate) fn finish(&mut self, pages: &mut Pages, edit: &Edit) -> Result<Top, Fault> {
        self.end_leaf(pages, edit)?;
        let mut children = core::mem::take(&mut self.leaves);
        let mut level = 0;
        loop {
            let entries = children.entries();
            let [first, ..] = entries.as_slice() else { return Ok(Top::default()) };
            if entries.len() == 1 {
                return Ok(Top { pointer: Pointer::parse(first.fixed, 0), level });
            }
            level += 1;
            let mut parents = Children::default();
            for (start, page) in pack(pages.seal.store, level, &entries, Balance::Full) {
                let pointer = self.add(pages, edit, page)?;
                parents.push(entries[start].key, pointer);
            }
            children = parents;
        }
    }

    /// Returns all pages that it has made.
    pub(crate) fn into_pages(self) -> Vec<Pointer> {
        self.pages
    }

    fn end_leaf(&mut self, pages: &mut Pages, edit: &Edit) -> Result<(), Fault> {
        let (Some(first), Some(last)) = (self.leaf.first(), self.leaf.last()) else {
            return Ok(());
        };
        self.add_leaf(pages, edit, *first, *last)
    }

    fn add_leaf(
        &mut self,
        pages: &mut Pages,
        edit: &Edit,
        first: Entry<'e>,
        last: Entry<'e>,
    ) -> Result<(), Fault> {
        let page = lay(pages.seal.store, 0, &self.leaf);
        let pointer = self.add(pages, edit, page)?;
        self.leaves.push(separator(self.last_key, first.key), pointer);
        self.last_key = last.key;
        self.leaf.clear();
        Ok(())
    }

    fn add(&mut self, pages: &mut Pages, edit: &Edit, page: Rc<Page>) -> Result<Pointer, Fault> {
        pages.afford(edit, 1)?;
        let pointer = pages.add(edit, page)?;
        self.pages.push(pointer);
        Ok(pointer)
    }
}
