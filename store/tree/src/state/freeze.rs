//! Cutting a whole state of the store, to be written as a root.

use alloc::{rc::Rc, vec::Vec};

use sarab_device::Bytes;

use super::State;
use crate::{
    format::{
        catalog::{Key, dead_bytes},
        map::{MAP_SLOTS, map_page},
        pointer::Top,
        root::Root,
    },
    page::Entry,
    pages::{Edit, Fault, Owner},
    space::{CHILDREN_MAX, Claim, Stored},
};

/// A whole state of the store that is to become durable.
pub(crate) struct Frozen {
    pub(crate) root: Root,
    /// Pages of the space map, with their addresses.
    pub(crate) maps: Vec<(u64, Bytes)>,
    /// Where the maps of groups will be.
    stored: Vec<(usize, Stored)>,
}

impl State {
    /// Cuts the present state, whose log goes on at `log_page` after a record of `log_chain`, while no root is under way.
    ///
    /// After a fault it is called again.
    pub(crate) fn freeze(&mut self, log_page: u32, log_chain: u64) -> Result<(), Fault> {
        self.seal()?;
        self.update_catalog()?;
        let open = self.open.as_ref().map_or(0, |open| open.edit.kept_runs());
        debug_assert_eq!(self.pages.space.debt.entries, open, "all else is in the catalog");
        self.seal_catalog()?;
        self.count_leaves();
        let pages = &mut self.pages;
        pages.cut += 1;
        let generation = pages.cut;
        let (maps, stored) = self.cut_maps(generation);
        let root = Root {
            generation,
            transaction: self.transaction,
            page_count: self.pages.space.page_count(),
            catalog: self.catalog,
            log_page,
            log_chain,
            next_value: self.next_value,
            next_number: self.next_number,
            map_digest: self.map_digest(&stored),
        };
        self.rooting = Some(Rc::new(Frozen { root, maps, stored }));
        Ok(())
    }

    /// Counts the leaves that the catalog has at the most.
    pub(crate) fn count_leaves(&mut self) {
        let Top { pointer, level } = self.catalog;
        let children = self.pages.cache.get(pointer.address).map(|page| page.len() as u64);
        let below = CHILDREN_MAX.saturating_pow(u32::from(level.saturating_sub(1)));
        let leaves = if level == 0 { 1 } else { children.unwrap_or(CHILDREN_MAX) };
        self.pages.space.debt.leaves = leaves.saturating_mul(below);
    }

    /// Notes that the root of `frozen` is durable.
    pub(crate) fn thaw(&mut self, frozen: &Frozen) {
        let groups = self.pages.space.groups_mut();
        for (group, stored) in &frozen.stored {
            groups[*group].stored = *stored;
        }
        self.durable = frozen.root.generation;
        self.reclaim();
    }

    /// Returns the digest of the maps on the disk, once `stored` are.
    pub(crate) fn map_digest(&self, stored: &[(usize, Stored)]) -> u64 {
        let groups = self.pages.space.groups();
        let mut sums: Vec<u64> = groups.iter().map(|group| group.stored.checksum).collect();
        for (group, stored) in stored {
            sums[*group] = stored.checksum;
        }
        let bytes: Vec<u8> = sums.into_iter().flat_map(u64::to_le_bytes).collect();
        self.pages.seal.sum(&bytes)
    }

    /// Puts `value` under `key` of the catalog.
    pub(crate) fn put_in_catalog(&mut self, key: Key, value: &[u8]) -> Result<(), Fault> {
        let word = (value.len() as u16).to_le_bytes();
        let entry = Entry { key: &key.bytes(), fixed: &word, value };
        let mut edit = self.catalog_edit();
        let result = self.pages.put(&mut edit, &mut self.catalog, &entry);
        self.end_catalog_edit(edit);
        result.map(|_| ())
    }

    /// Takes `key` out of the catalog.
    pub(crate) fn remove_from_catalog(&mut self, key: Key) -> Result<(), Fault> {
        let mut edit = self.catalog_edit();
        let result = self.pages.remove(&mut edit, &mut self.catalog, &key.bytes());
        self.end_catalog_edit(edit);
        result.map(|_| ())
    }

    fn catalog_edit(&self) -> Edit {
        Edit::new(self.transaction, Owner::Catalog, Claim::Checkpoint)
    }

    /// Lets go of pages of the catalog, which nobody but roots leads to.
    fn end_catalog_edit(&mut self, edit: Edit) {
        for freed in edit.freed {
            if freed.birth > self.pages.frozen {
                self.pages.release(freed.address, 1);
            } else {
                self.pages.cache.remove_unless_sealed(freed.address);
                self.pages.postpone(freed, 0);
            }
        }
    }

    fn update_catalog(&mut self) -> Result<(), Fault> {
        let numbers: Vec<u32> = self.heads.keys().copied().collect();
        for number in numbers {
            while let Some((list, freed)) = self.last_dead(number) {
                self.put_in_catalog(Key::Dead(list, freed.address), &dead_bytes(freed))?;
                self.heads.get_mut(&number).and_then(|head| head.dead.pop());
                self.pages.space.debt.entries -= 1;
            }
            if let Some(bytes) = self.changed_head(number) {
                self.put_in_catalog(Key::Head(number), &bytes)?;
                self.heads.entry(number).and_modify(|head| head.is_changed = false);
            }
        }
        Ok(())
    }

    fn last_dead(&self, head: u32) -> Option<(u64, crate::space::Freed)> {
        let head = self.heads.get(&head)?;
        Some((head.record.dead_list, *head.dead.last()?))
    }

    fn changed_head(&self, head: u32) -> Option<Vec<u8>> {
        self.heads.get(&head).filter(|head| head.is_changed).map(|head| head.record.bytes())
    }

    /// Returns the map pages that have changed, with their addresses, and where they will be.
    #[expect(clippy::type_complexity, reason = "both halves are taken apart at once")]
    fn cut_maps(&mut self, generation: u64) -> (Vec<(u64, Bytes)>, Vec<(usize, Stored)>) {
        let (seal, space) = (self.pages.seal, &mut self.pages.space);
        let (mut maps, mut stored) = (Vec::new(), Vec::new());
        let mut settled = space.settle(generation);
        for (number, words) in &mut settled {
            let before = space.groups()[*number].stored;
            let slot = if before.checksum == 0 { 0 } else { 1 - before.slot };
            let start = *number as u64 * space.group_pages();
            let (page, checksum) = map_page(seal, *number as u64, generation, words);
            maps.push((start + MAP_SLOTS[usize::from(slot)], page.into()));
            stored.push((*number, Stored { slot, checksum }));
        }
        (maps, stored)
    }
}
