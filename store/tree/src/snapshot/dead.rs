//! Dead lists: what a head let go of, and a snapshot before keeps.

use alloc::vec::Vec;

use sarab_device::Block;

use crate::{
    Error, Tree,
    format::catalog::{Key, dead_bytes, parse_dead},
    pages::Fault,
    space::Freed,
    state::State,
    transaction::settle::CHECKPOINTS_MAX,
    walk::{View, Walk},
};

/// So many entries are read at a time.
const ENTRIES_MAX: usize = 256;

impl<B: Block + 'static> Tree<B> {
    /// Frees what stands on the dead list `list` and was born after `after`.
    pub(super) async fn free_dead(&self, list: u64, after: u64) -> Result<(), Error<B::Error>> {
        self.each_dead(list, |state, freed| {
            if freed.birth <= after {
                return Ok(());
            }
            state.remove_from_catalog(Key::Dead(list, freed.address))?;
            // A reader may still look at the snapshot that kept it.
            let transaction = state.transaction + 1;
            state.pages.postpone(freed, transaction);
            Ok(())
        })
        .await
    }

    /// Moves all that stands on the dead list `from` to the list `to`.
    pub(super) async fn move_dead(&self, from: u64, to: u64) -> Result<(), Error<B::Error>> {
        self.each_dead(from, |state, freed| {
            state.put_in_catalog(Key::Dead(to, freed.address), &dead_bytes(freed))?;
            state.remove_from_catalog(Key::Dead(from, freed.address))
        })
        .await
    }

    /// Forgets the dead list `list`; what stands there belongs to others.
    pub(super) async fn forget_dead(&self, list: u64) -> Result<(), Error<B::Error>> {
        self.each_dead(list, |state, freed| {
            state.remove_from_catalog(Key::Dead(list, freed.address))
        })
        .await
    }

    /// Calls `action` for each entry of the dead list `list`, which it may remove.
    async fn each_dead(
        &self,
        list: u64,
        mut action: impl FnMut(&mut State, Freed) -> Result<(), Fault>,
    ) -> Result<(), Error<B::Error>> {
        let mut from = Some(0);
        while let Some(address) = from {
            let entries = self.some_dead(list, address).await?;
            let is_full = entries.len() == ENTRIES_MAX;
            from = entries.last().filter(|_| is_full).map(|last| last.address + 1);
            for freed in entries {
                self.act(|state| action(state, freed)).await?;
            }
        }
        Ok(())
    }

    /// Does what `action` is about in the catalog, with checkpoints where that lacks space. The caller has the turn.
    async fn act(
        &self,
        mut action: impl FnMut(&mut State) -> Result<(), Fault>,
    ) -> Result<(), Error<B::Error>> {
        for _ in 0..CHECKPOINTS_MAX {
            match self.attempt(&mut action).await {
                Err(Error::NoSpace) if self.has_pending() => self.checkpoint_in_turn().await?,
                result => return result,
            }
        }
        self.attempt(action).await
    }

    async fn some_dead(&self, list: u64, from: u64) -> Result<Vec<Freed>, Error<B::Error>> {
        let (low, high) = (Key::Dead(list, from).bytes(), Key::Dead(list, u64::MAX).bytes());
        let mut walk = Walk::new(self, View::Catalog, low, high);
        let mut entries = Vec::new();
        while let Some((key, _, value)) = walk.next().await? {
            if let Some(Key::Dead(_, address)) = Key::parse(key) {
                entries.extend(parse_dead(address, value));
            }
            if entries.len() == ENTRIES_MAX {
                break;
            }
        }
        Ok(entries)
    }
}
