//! Putting a key into a tree.

use alloc::{rc::Rc, vec::Vec};
use core::ops::Range;

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
            *top = Top { pointer: self.add(edit, leaf)?, level: 0 };
            return Ok(Old::Plain);
        }
        let mut path = self.descend(*top, key)?;
        self.afford(edit, 2 * path.steps().len() + 3)?;
        self.own_path(edit, top, &mut path)?;
        let leaf = self.page(path.leaf(), 0)?;
        let found = leaf.find(key);
        let old = found.map_or(Old::Plain, |at| {
            let (word, value) = leaf.value(at);
            Old::of(key, word, value)
        });
        if leaf.has_room(found, entry) {
            self.own_mut(path.leaf().address)?.put(found, entry);
        } else {
            self.split(edit, top, &path, found, entry)?;
        }
        Ok(old)
    }

    /// Makes all pages of `path` new ones of `edit`. They are copied when they are first changed.
    pub(super) fn own_path(
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
        found: Result<usize, usize>,
        entry: &Entry<'_>,
    ) -> Result<(), Fault> {
        let place = found.map_or_else(|at| at..at, |at| at..at + 1);
        let new = core::slice::from_ref(entry);
        let mut added = self.spread(edit, path.leaf().address, place, new)?;
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
            let place = step.at + 1..step.at + 1;
            added = self.spread(edit, step.pointer.address, place, &entries)?;
        }
        self.raise(edit, top, &added)
    }

    /// Lays the page at `address`, with `new` entries at `place`, out on that page and more.
    ///
    /// Returns those that it took more.
    fn spread(
        &mut self,
        edit: &Edit,
        address: u64,
        place: Range<usize>,
        new: &[Entry<'_>],
    ) -> Result<Children, Fault> {
        let page = Rc::clone(self.own(address)?);
        let mut keys = Keys::default();
        keys.add(&page, &[]);
        let balance = if place.end == page.len() { Balance::Full } else { Balance::Even };
        let mut entries = Vec::with_capacity(page.len() + new.len());
        entries.extend(keys.entries(0, &page));
        entries.splice(place, new.iter().copied());
        if !are_ordered(&entries) {
            return Err(senseless(Pointer { address, ..Pointer::default() }, 0, 0));
        }
        let mut added = Children::default();
        for (start, part) in pack(self.seal.store, page.level(), &entries, balance) {
            if start == 0 {
                *self.own(address)? = part;
                continue;
            }
            let key = if page.is_leaf() {
                separator(entries[start - 1].key, entries[start].key)
            } else {
                entries[start].key
            };
            added.push(key, self.add(edit, part)?);
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
        *top = Top { pointer: self.add(edit, branch)?, level: top.level + 1 };
        Ok(())
    }
}
