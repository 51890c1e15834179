//! Taking a key out of a tree.

use alloc::{rc::Rc, vec::Vec};

use super::{
    Old,
    search::{Path, Step},
    unpack::Keys,
};
use crate::{
    format::{
        PAGE_BYTES,
        pointer::{Pointer, Top},
    },
    page::{Balance, Page, are_ordered, pack},
    pages::{Edit, Fault, Pages, senseless},
};

/// A leaf with less than this is put together with the one beside it, if both fit on a page.
const USED_BYTES_MIN: usize = PAGE_BYTES / 4;

impl Pages {
    /// Takes `key` out. Returns what was there, if anything was.
    pub(crate) fn remove(
        &mut self,
        edit: &mut Edit,
        top: &mut Top,
        key: &[u8],
    ) -> Result<Option<Old>, Fault> {
        if top.is_empty() {
            return Ok(None);
        }
        let mut path = self.descend(*top, key)?;
        let leaf = self.page(path.leaf(), 0)?;
        let Ok(at) = leaf.find(key) else { return Ok(None) };
        let (word, value) = leaf.value(at);
        let (old, is_last) = (Old::of(key, word, value), leaf.len() == 1);
        let beside =
            if leaf.used_bytes() < USED_BYTES_MIN && !is_last { self.beside(&path)? } else { None };
        self.afford(edit, path.steps().len())?;
        self.own_path(edit, top, &mut path)?;
        if is_last {
            self.drop_child(edit, top, &path)?;
        } else {
            self.own_mut(path.leaf().address)?.remove(at);
            if let Some(beside) = beside {
                self.merge(edit, &path, &beside)?;
            }
        }
        self.lower(edit, top)?;
        Ok(Some(old))
    }

    /// Returns the leaf beside that at the end of `path`, under the same branch.
    fn beside(&self, path: &Path) -> Result<Option<Beside>, Fault> {
        let [.., parent, _] = path.steps() else { return Ok(None) };
        let branch = self.page(parent.pointer, 1)?;
        let at = match parent.at {
            0 if branch.len() == 1 => return Ok(None),
            0 => 1,
            at => at - 1,
        };
        let pointer = branch.child(at);
        Ok(Some(Beside { at, pointer, page: Rc::clone(self.page(pointer, 0)?) }))
    }

    /// Puts the leaf at the end of `path` and the one beside it together, if they fit.
    fn merge(&mut self, edit: &mut Edit, path: &Path, beside: &Beside) -> Result<(), Fault> {
        let [.., parent, leaf] = path.steps() else { return Ok(()) };
        let (parent, leaf) = (*parent, *leaf);
        let page = Rc::clone(self.own(leaf.pointer.address)?);
        let is_left = beside.at < parent.at;
        let (left, right) = if is_left { (&*beside.page, &*page) } else { (&*page, &*beside.page) };
        let mut keys = Keys::default();
        keys.add(left, &[]);
        keys.add(right, &[]);
        let entries: Vec<_> =
            keys.entries(0, left).chain(keys.entries(left.len(), right)).collect();
        if !are_ordered(&entries) {
            return Err(senseless(beside.pointer, 0, 0));
        }
        let mut packed = pack(self.seal.store, 0, &entries, Balance::Full);
        if packed.len() > 1 {
            return Ok(());
        }
        let Some((_, merged)) = packed.next() else { return Ok(()) };
        *self.own(leaf.pointer.address)? = merged;
        let branch = self.own_mut(parent.pointer.address)?;
        branch.set_child(parent.at.min(beside.at), leaf.pointer);
        branch.remove(parent.at.max(beside.at));
        self.drop_page(edit, beside.pointer);
        Ok(())
    }

    /// Takes the page at the end of `path` out of its branch, and that one too if it becomes empty.
    fn drop_child(&mut self, edit: &mut Edit, top: &mut Top, path: &Path) -> Result<(), Fault> {
        let mut steps = path.steps().iter().rev();
        if let Some(leaf) = steps.next() {
            self.drop_page(edit, leaf.pointer);
        }
        for Step { pointer, at } in steps {
            let branch = self.own_mut(pointer.address)?;
            if branch.len() > 1 {
                branch.remove_child(*at);
                return Ok(());
            }
            self.drop_page(edit, *pointer);
        }
        *top = Top::default();
        Ok(())
    }

    /// Takes branches with a single child from the top.
    fn lower(&mut self, edit: &mut Edit, top: &mut Top) -> Result<(), Fault> {
        // One that is not in memory can wait: what was removed before must be told of.
        while top.level > 0 && self.cache.contains(top.pointer.address) {
            let page = self.page(top.pointer, top.level)?;
            if page.len() > 1 {
                return Ok(());
            }
            let child = page.child(0);
            self.drop_page(edit, top.pointer);
            *top = Top { pointer: child, level: top.level - 1 };
        }
        Ok(())
    }
}

/// The leaf beside another.
struct Beside {
    at: usize,
    pointer: Pointer,
    page: Rc<Page>,
}
