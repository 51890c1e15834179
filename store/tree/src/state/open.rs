//! The open transaction.

use alloc::vec::Vec;

use super::State;
use crate::{
    format::pointer::Top,
    pages::{Edit, Owner},
    space::{Claim, Freed},
};

/// The open transaction: its tree, and what it does to pages.
pub(crate) struct Open {
    pub(crate) head: u32,
    pub(crate) top: Top,
    pub(crate) edit: Edit,
    /// Large values that nothing refers to any more; their extents are still to be removed.
    pub(crate) orphans: Vec<u64>,
    /// What may be used for what it puts.
    pub(crate) put_claim: Claim,
    /// Whether data of it may be on their way to the disk.
    pub(crate) has_written: bool,
    /// Whether it has changed anything.
    pub(crate) is_changed: bool,
}

impl State {
    /// Opens a transaction on `head`, while none is open. Returns whether there is such a head.
    pub(crate) fn begin(&mut self, head: u32) -> bool {
        let Some(state) = self.heads.get(&head) else { return false };
        let kept = Some(state.record.kept);
        let edit = Edit::new(self.transaction + 1, Owner::Transaction, Claim::Remove);
        self.open = Some(Open {
            head,
            top: state.record.top,
            edit: Edit { kept, ..edit },
            orphans: Vec::new(),
            put_claim: Claim::Put,
            has_written: false,
            is_changed: false,
        });
        true
    }

    /// Makes the open transaction the state of its head. Returns its number.
    pub(crate) fn publish(&mut self) -> Option<u64> {
        let open = self.open.take()?;
        let head = self.heads.get_mut(&open.head)?;
        let number = open.edit.birth;
        (head.record.top, head.is_changed) = (open.top, true);
        self.transaction = number;
        self.pages.space.keep_fresh();
        self.free(open.head, open.edit.freed, number);
        Some(number)
    }

    /// Throws the open transaction away.
    pub(crate) fn abandon(&mut self) {
        let Some(open) = self.open.take() else { return };
        self.pages.space.debt.entries -= open.edit.kept_runs();
        let birth = open.edit.birth;
        let may_be_written = open.has_written || birth <= self.pages.frozen;
        for address in self.pages.space.drop_fresh() {
            if may_be_written {
                self.pages.cache.remove(address);
                self.pages.postpone(Freed { address, pages: 1, birth }, 0);
            } else {
                self.pages.release(address, 1);
            }
        }
    }
}
