//! Putting a key into a tree.

use alloc::{rc::Rc, vec::Vec};

use super::{
    Old,
    search::{Path, Step},
    unpack::{Children, Keys},
};
use crate::{
    format::pointer::{Pointer, Top},
    page::{Balance, Entry, LEVEL_MAX, are_ordered, pack, separator},
    pages::{Edit, Fault, Pages, senseless},
};

impl Pages {
    /// Puts `entry`, a leaf's, into the tree. Returns what was there.
    pub(crate) fn put(
        &mut self,
        edit: &mut Edit,
        top: &mut Top,
        entry: &Entry<'_>,
    ) -> Result<Old, Fault> {
        let key = entry.key;
        if top.is_empty() {
            self.afford(edit, 1)?;
            let leaf = crate::page::lay(self.seal.store, 0, &[*entry]);
            *top = Top { pointer: self.add(edit, Rc::new(leaf))?, level: 0 };
            return Ok(Old::Plain);
        }
        let mut path = self.descend(*top, key)?;
        self.afford(edit, 2 * path.steps().len() + 3)?;
        self.own(edit, top, &mut path)?;
        let leaf = self.own_mut(path.leaf().address)?;
        let (at, old) = match leaf.find(key) {
            Ok(at) => {
                let (old_word, old_value) = leaf.value(at);
                let old = Old::of(key, old_word, old_value);
                if leaf.overwrite(at, entry) {
                    return Ok(old);
                }
                leaf.remove(at);
                (at, old)
            }
            Err(at) => (at, Old::Plain),
        };
        if !leaf.insert_key(at, entry) {
            self.split(edit, top, &path, at, entry)?;
        }
        Ok(old)
    }

    /// Makes all pages of `path` new ones of `edit`.
    pub(super) fn own(
        &mut self,
        edit: &mut Edit,
        top: &mut Top,
        path: &mut Path,
    ) -> Result<(), Fault> {
        let mut parent: Option<Step> = None;
        for (step, level) in path.steps_mut().iter_mut().zip((0..=top.level).rev()) {
            let old = step.pointer;
            if !self.is_own(edit, old) {
                let copy = self.cache.get(old.address).map(Rc::clone);
                let copy = copy.ok_or(Fault::Miss(old, level))?;
                step.pointer = self.add(edit, copy)?;
                self.drop_page(edit, old);
                match parent {
                    None => top.pointer = step.pointer,
                    Some(parent) => {
                        self.own_mut(parent.pointer.address)?.set_child(parent.at, step.pointer);
                    }
                }
            }
            parent = Some(*step);
        }
        Ok(())
    }

    /// Spreads a leaf and an entry that does not fit into it over more pages.
    fn split(
        &mut self,
        edit: &Edit,
        top: &mut Top,
        path: &Path,
        at: usize,
        entry: &Entry<'_>,
    ) -> Result<(), Fault> {
        let mut added = self.spread(edit, path.leaf().address, at, core::slice::from_ref(entry))?;
        for step in path.steps()[..path.steps().len() - 1].iter().rev() {
            let entries = added.entries();
            let [first, ..] = entries.as_slice() else { return Ok(()) };
            let parent = self.own_mut(step.pointer.address)?;
            if !parent.is_between(step.at + 1, first.key) {
                return Err(senseless(step.pointer, 0, 0));
            }
            if entries.len() == 1 && parent.insert_key(step.at + 1, first) {
                return Ok(());
            }
            added = self.spread(edit, step.pointer.address, step.at + 1, &entries)?;
        }
        self.raise(edit, top, &added)
    }

    /// Lays the page at `address`, with `new` entries at `at`, out on that page and more.
    ///
    /// Returns those that it took more.
    fn spread(
        &mut self,
        edit: &Edit,
        address: u64,
        at: usize,
        new: &[Entry<'_>],
    ) -> Result<Children, Fault> {
        let store = self.seal.store;
        let page = self.own_mut(address)?.clone();
        let mut keys = Keys::default();
        keys.add(&page, &[]);
        let balance = if at == page.len() { Balance::Full } else { Balance::Even };
        let mut entries: Vec<_> = keys.entries(0, &page).collect();
        entries.splice(at..at, new.iter().copied());
        if !are_ordered(&entries) {
            return Err(senseless(Pointer { address, ..Pointer::default() }, 0, 0));
        }
        let mut added = Children::default();
        for (start, mut part) in pack(store, page.level(), &entries, balance) {
            if start == 0 {
                part.place(address, edit.birth);
                *self.own_mut(address)? = part;
                continue;
            }
            let key = if page.is_leaf() {
                separator(entries[start - 1].key, entries[start].key)
            } else {
                entries[start].key
            };
            added.push(key, self.add(edit, Rc::new(part))?);
        }
        Ok(added)
    }

    /// Puts a branch on the top of a tree whose top has become several pages.
    fn raise(&mut self, edit: &Edit, top: &mut Top, added: &Children) -> Result<(), Fault> {
        if added.len() == 0 {
            return Ok(());
        }
        if top.level >= LEVEL_MAX {
            return Err(senseless(top.pointer, LEVEL_MAX, top.level));
        }
        let least = top.pointer.bytes();
        let mut entries = alloc::vec![Entry { key: &[], fixed: &least, value: &[] }];
        entries.extend(added.entries());
        let branch = crate::page::lay(self.seal.store, top.level + 1, &entries);
        *top = Top { pointer: self.add(edit, Rc::new(branch))?, level: top.level + 1 };
        Ok(())
    }
}
