//! What a mounted store knows: its pages, heads, snapshots and readers, and the open transaction.

mod apply;
mod freeze;
mod open;
mod readers;

use alloc::{collections::BTreeMap, rc::Rc, vec::Vec};

use crate::{
    format::{
        catalog::{HeadRecord, SnapshotRecord},
        pointer::Top,
    },
    pages::{Fault, Pages},
    space::Freed,
};

pub(crate) use apply::Applied;
pub(crate) use freeze::Frozen;
pub(crate) use open::Open;
pub(crate) use readers::{Readers, States};

/// What a mounted store knows. Nothing here waits; what does stands around it.
pub(crate) struct State {
    pub(crate) pages: Pages,
    pub(crate) catalog: Top,
    pub(crate) heads: BTreeMap<u32, HeadState>,
    pub(crate) snapshots: BTreeMap<u64, SnapshotRecord>,
    pub(crate) readers: Readers,
    pub(crate) open: Option<Open>,
    /// The number of the last transaction that was committed, durable or not.
    pub(crate) transaction: u64,
    /// The generation of the last root that is durable.
    pub(crate) durable: u64,
    /// A root that may be on its way to the disk: it must be there before another is begun, which would write over its maps.
    pub(crate) rooting: Option<Rc<Frozen>>,
    pub(crate) next_value: u64,
    pub(crate) next_number: u64,
}

/// A head, and what the catalog does not know of it yet.
pub(crate) struct HeadState {
    pub(crate) record: HeadRecord,
    /// Whether the catalog holds another record.
    pub(crate) is_changed: bool,
    /// What it let go of and snapshots keep.
    pub(crate) dead: Vec<Freed>,
}

impl HeadState {
    pub(crate) fn new(record: HeadRecord) -> Self {
        Self { record, is_changed: true, dead: Vec::new() }
    }
}

impl State {
    /// Makes pages free that nothing needs any more.
    pub(crate) fn reclaim(&mut self) {
        let states = self.readers.states();
        for (address, pages) in self.pages.space.pending.take_ready(self.durable, &states) {
            self.pages.release(address, u64::from(pages));
        }
    }

    /// Lets go of what the committed `transaction` of `head` does not lead to any more.
    pub(crate) fn free(&mut self, head: u32, freed: Vec<Freed>, transaction: u64) {
        let states = self.readers.states();
        let Some(HeadState { record, dead, .. }) = self.heads.get_mut(&head) else { return };
        for freed in freed {
            if freed.birth <= record.kept {
                dead.push(freed);
                continue;
            }
            let is_seen = states.lead_to(freed.birth, transaction);
            // An extent, which the log may tell of, is not in memory.
            let is_in_memory = freed.pages == 1 && self.pages.cache.contains(freed.address);
            if is_in_memory && !is_seen && freed.birth > self.pages.frozen {
                self.pages.release(freed.address, 1);
                continue;
            }
            if !is_seen {
                self.pages.cache.remove_unless_sealed(freed.address);
            }
            self.pages.postpone(freed, transaction);
        }
    }

    /// Notes that a reader has ended.
    pub(crate) fn end_reader(&mut self, slot: usize) {
        let state = self.readers.remove(slot);
        if state.is_some_and(|state| self.pages.space.pending.is_held_for(state)) {
            self.reclaim();
        }
    }

    /// Seals all pages, the catalog's too.
    pub(crate) fn seal_all(&mut self) -> Result<(), Fault> {
        self.seal()?;
        self.seal_catalog()
    }

    /// Seals the pages of the catalog, after all others, and forgets those that nothing leads to.
    pub(crate) fn seal_catalog(&mut self) -> Result<(), Fault> {
        self.pages.seal_tree(&mut self.catalog)?;
        self.pages.cache.forget_dirty();
        Ok(())
    }

    /// Seals the pages of everything that can be read, so that all can be written.
    pub(crate) fn seal(&mut self) -> Result<(), Fault> {
        for head in self.heads.values_mut() {
            self.pages.seal_tree(&mut head.record.top)?;
        }
        for top in self.readers.tops_mut() {
            self.pages.seal_tree(top)?;
        }
        if let Some(open) = &mut self.open {
            self.pages.seal_tree(&mut open.top)?;
        }
        let latest = self.open.as_ref().map_or(self.transaction, |open| open.edit.birth);
        self.pages.frozen = self.pages.frozen.max(latest);
        Ok(())
    }
}
