//! Which pages are free, and when a freed one may be used again.

mod bits;
mod debt;
mod group;
mod pending;

use alloc::vec::Vec;

use crate::format::map::{MAP_SLOTS, MapPage};

pub(crate) use bits::Bits;
pub(crate) use debt::CHILDREN_MAX;
use debt::Debt;
pub(crate) use group::{Group, Stored};
pub(crate) use pending::{Freed, Pending};

/// The pages of a disk.
///
/// A page is taken from its allocation until it may be written to again, which is later than when it
/// is freed: see `FORMAT.md`, Reuse.
pub(crate) struct Space {
    groups: Vec<Group>,
    group_pages: u64,
    page_count: u64,
    free: u64,
    /// Where the search for a page, and that for a run of pages, goes on.
    page_cursor: u64,
    run_cursor: u64,
    pub(crate) pending: Pending,
    /// Whether the log is being replayed, which had room when it was written.
    pub(crate) is_replaying: bool,
    /// Runs that became free, for the disk to be told; only if it wants to know.
    pub(crate) discarded: Option<Vec<(u64, u64)>>,
    /// Free pages that the disk is being told of.
    lent: u64,
    pub(crate) debt: Debt,
    /// Runs that never move.
    fixed: Vec<(u64, u64)>,
    /// The groups in which the open transaction has allocated.
    fresh: Vec<usize>,
}

/// Who asks for pages: what must be left when it is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// A change that adds something.
    Put,
    /// A change that only removes.
    Remove,
    /// A checkpoint.
    Checkpoint,
}

impl Space {
    /// Makes the map of a disk without anything on it.
    pub(crate) fn new(page_count: u64, group_pages: u64) -> Self {
        let mut space = Self {
            groups: Vec::new(),
            group_pages,
            page_count: 0,
            free: 0,
            page_cursor: 0,
            run_cursor: 0,
            pending: Pending::default(),
            is_replaying: false,
            discarded: None,
            lent: 0,
            debt: Debt::default(),
            fixed: Vec::new(),
            fresh: Vec::new(),
        };
        space.extend(page_count);
        space
    }

    /// Adds the pages up to `page_count`.
    pub(crate) fn extend(&mut self, page_count: u64) {
        while self.page_count < page_count {
            let group = self.page_count / self.group_pages;
            let start = group * self.group_pages;
            let pages = (page_count - start).min(self.group_pages);
            let added = start + pages - self.page_count;
            match self.groups.get_mut(group as usize) {
                Some(last) => last.extend(pages as u32),
                None => self.groups.push(Group::new(pages as u32)),
            }
            self.free += added;
            self.page_count += added;
            for slot in MAP_SLOTS {
                self.take(start + slot, 1);
            }
            if group > 0 {
                self.take(start, 1);
            }
        }
    }

    pub(crate) fn page_count(&self) -> u64 {
        self.page_count
    }

    pub(crate) fn group_pages(&self) -> u64 {
        self.group_pages
    }

    /// Returns the pages that can be allocated.
    pub(crate) fn free(&self) -> u64 {
        self.free
    }

    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub(crate) fn groups_mut(&mut self) -> &mut [Group] {
        &mut self.groups
    }

    /// Returns the pages that stay free whatever is put, so that removing works.
    pub(crate) fn reserve(&self) -> u64 {
        (self.page_count / 64).clamp(24, 2048)
    }

    /// Returns how many pages `claim` may have.
    pub(crate) fn available(&self, claim: Claim) -> u64 {
        let kept = match claim {
            _ if self.is_replaying => 0,
            Claim::Put => self.reserve() + self.debt.pages(),
            Claim::Remove => self.reserve() / 3 + self.debt.pages(),
            Claim::Checkpoint => 0,
        };
        self.free.saturating_sub(kept)
    }

    /// Takes a free page, near the last one.
    pub(crate) fn allocate(&mut self) -> Option<u64> {
        let address = self.next_free(self.page_cursor)?;
        self.page_cursor = address + 1;
        self.mark(address, 1);
        Some(address)
    }

    /// Takes a run of up to `wanted` free pages, as long as one is found without much search.
    pub(crate) fn allocate_run(&mut self, wanted: u64) -> Option<(u64, u64)> {
        const RUNS_MAX: usize = 32;
        let mut best: Option<(u64, u64)> = None;
        let mut from = self.run_cursor;
        for _ in 0..RUNS_MAX {
            let Some(start) = self.next_free(from) else { break };
            let length = self.free_run(start, wanted);
            if best.is_none_or(|(_, longest)| length > longest) {
                best = Some((start, length));
            }
            if length >= wanted {
                break;
            }
            from = start + length;
        }
        let (start, length) = best?;
        self.run_cursor = start + length;
        self.mark(start, length);
        Some((start, length))
    }

    /// Takes pages that never move.
    pub(crate) fn fix(&mut self, start: u64, count: u64) {
        self.take(start, count);
        self.fixed.push((start, count));
    }

    /// Returns whether one of some pages never moves, or is not on the disk.
    pub(crate) fn is_fixed(&self, start: u64, count: u64) -> bool {
        let end = start.saturating_add(count);
        let meets = |(first, count): &(u64, u64)| *first < end && start < first + count;
        let (_, at) = self.place(start);
        // The first pages of a group are for its map.
        let ends_in_next = u64::from(at).saturating_add(count) > self.group_pages;
        at <= MAP_SLOTS[1] as u32
            || ends_in_next
            || end > self.page_count
            || self.fixed.iter().any(meets)
    }

    /// Takes pages that something was found to be on. Returns whether all were free.
    pub(crate) fn take(&mut self, start: u64, count: u64) -> bool {
        let mut all_were_free = true;
        for address in start..start.saturating_add(count).min(self.page_count) {
            let (group, at) = self.place(address);
            if self.groups[group].set(at) {
                self.free -= 1;
            } else {
                all_were_free = false;
            }
        }
        all_were_free
    }

    /// Gives pages back that can be written to again at once.
    pub(crate) fn release(&mut self, start: u64, count: u64) {
        for address in start..start.saturating_add(count).min(self.page_count) {
            let (group, at) = self.place(address);
            if self.groups[group].clear(at) {
                self.free += 1;
            }
        }
        if let Some(discarded) = &mut self.discarded {
            discarded.push((start, count));
        }
    }

    /// Takes the first free pages from `start` on and before `end` while the disk is told of them, in which no map is cut.
    /// Returns where they begin, and how many they are.
    pub(crate) fn lend(&mut self, start: u64, end: u64) -> Option<(u64, u64)> {
        let first = (start..end).find(|page| self.is_free(*page, 1))?;
        let count = (first..end).take_while(|page| self.is_free(*page, 1)).count() as u64;
        self.each_unchanged(first, count, Group::set);
        (self.free, self.lent) = (self.free - count, self.lent + count);
        Some((first, count))
    }

    /// Makes pages that were lent free again.
    pub(crate) fn take_back(&mut self, start: u64, count: u64) {
        self.each_unchanged(start, count, Group::clear);
        (self.free, self.lent) = (self.free + count, self.lent - count);
    }

    /// Leaves pages that were lent as taken.
    pub(crate) fn end_loan(&mut self, count: u64) {
        self.lent -= count;
    }

    /// Returns how many free pages the disk is being told of.
    pub(crate) fn lent(&self) -> u64 {
        self.lent
    }

    /// Changes pages for a while, so that their maps stay as they are.
    fn each_unchanged(&mut self, start: u64, count: u64, change: fn(&mut Group, u32) -> bool) {
        for address in start..start + count {
            let (group, at) = self.place(address);
            let group = &mut self.groups[group];
            let was_changed = group.is_changed;
            change(group, at);
            group.is_changed = was_changed;
        }
    }

    /// Notes pages as allocated by the transaction that is open.
    pub(crate) fn set_fresh(&mut self, start: u64, count: u64) {
        for address in start..start + count {
            let (group, at) = self.place(address);
            if !self.groups[group].has_fresh() {
                self.fresh.push(group);
            }
            self.groups[group].set_fresh(at);
        }
    }

    /// Notes that pages are not of the open transaction any more.
    pub(crate) fn clear_fresh(&mut self, start: u64, count: u64) {
        for address in start..start.saturating_add(count).min(self.page_count) {
            let (group, at) = self.place(address);
            self.groups[group].clear_fresh(at);
        }
    }

    /// Makes what the open transaction has allocated part of the store.
    pub(crate) fn keep_fresh(&mut self) {
        for group in self.fresh.drain(..) {
            self.groups[group].take_fresh();
        }
    }

    /// Returns what the open transaction has allocated, and forgets that it had.
    pub(crate) fn drop_fresh(&mut self) -> Vec<u64> {
        let mut pages = Vec::new();
        self.fresh.sort_unstable();
        for group in self.fresh.drain(..) {
            let start = group as u64 * self.group_pages;
            let fresh = self.groups[group].take_fresh();
            pages.extend(group::ones(&fresh).map(|at| start + u64::from(at)));
        }
        pages
    }

    /// Returns the maps that may have changed, as they are once the root of `generation` is durable.
    pub(crate) fn settle(&mut self, generation: u64) -> Vec<(usize, Vec<u64>)> {
        let mut settled = Vec::new();
        let mut places = alloc::vec![None; self.groups.len()];
        for (number, group) in self.groups.iter_mut().enumerate() {
            if group.is_changed {
                places[number] = Some(settled.len());
                settled.push((number, group.settled()));
                group.is_changed = group.has_fresh();
            }
        }
        for (address, count) in self.pending.free_in(generation) {
            for address in address..address.saturating_add(u64::from(count)) {
                let group = (address / self.group_pages) as usize;
                let at = (address % self.group_pages) as usize;
                if let Some(Some(place)) = places.get(group) {
                    settled[*place].1[at / 64] &= !(1 << (at % 64));
                }
            }
        }
        settled
    }

    /// Returns which pages are used, so far as that is settled: without what waits to become free.
    pub(crate) fn taken(&self) -> Bits {
        let mut taken = Bits::new(self.page_count);
        for (start, group) in (0..).step_by(self.group_pages as usize).zip(&self.groups) {
            group::ones(&group.settled()).for_each(|at| taken.set(start + u64::from(at)));
        }
        for (address, count) in self.pending.free_in(u64::MAX) {
            for page in address..address.saturating_add(u64::from(count)) {
                taken.clear(page);
            }
        }
        taken
    }

    /// Notes that what the disk should hold of the map of some pages changes.
    pub(crate) fn touch(&mut self, start: u64, count: u64) {
        for address in start..start.saturating_add(count).min(self.page_count) {
            let (group, _) = self.place(address);
            self.groups[group].is_changed = true;
        }
    }

    /// Returns whether all of some pages are free.
    pub(crate) fn is_free(&self, start: u64, count: u64) -> bool {
        (start..start.saturating_add(count)).all(|address| {
            let (group, at) = self.place(address);
            self.groups.get(group).is_some_and(|group| !group.is_set(at))
        })
    }

    /// Puts the maps of a mounted store in place.
    pub(crate) fn load(&mut self, group: usize, slot: u8, map: &MapPage) {
        let before = self.groups[group].free();
        self.groups[group].load(slot, map);
        self.free = self.free - u64::from(before) + u64::from(self.groups[group].free());
    }

    /// Returns the group of `address`, and its place in that.
    pub(crate) fn place(&self, address: u64) -> (usize, u32) {
        ((address / self.group_pages) as usize, (address % self.group_pages) as u32)
    }

    fn mark(&mut self, start: u64, count: u64) {
        for address in start..start + count {
            let (group, at) = self.place(address);
            self.groups[group].set(at);
        }
        self.free -= count;
    }

    /// Returns the first free page from `from` on, around the end.
    fn next_free(&self, from: u64) -> Option<u64> {
        if self.free == 0 {
            return None;
        }
        let (first, at) = self.place(from.min(self.page_count - 1));
        let count = self.groups.len();
        (0..=count).find_map(|step| {
            let group = (first + step) % count;
            let from = if step == 0 { at } else { 0 };
            let found = self.groups[group].next_free(from)?;
            Some(group as u64 * self.group_pages + u64::from(found))
        })
    }

    /// Returns how many pages from `start` on are free, up to `most`; a run ends with its group.
    fn free_run(&self, start: u64, most: u64) -> u64 {
        let (group, at) = self.place(start);
        let group = &self.groups[group];
        (0..most).take_while(|step| !group.is_set(at.saturating_add(*step as u32))).count() as u64
    }
}
