//! Putting what a transaction has gathered into its tree.

use sarab_device::Block;

use super::Transaction;
use crate::{
    Error, Tree,
    batch::Batch,
    pages::Fault,
    state::{Applied, State},
};

/// Checkpoints after which all that could become free has.
pub(crate) const CHECKPOINTS_MAX: u32 = 3;

impl<B: Block + 'static> Transaction<'_, B> {
    /// Applies what was gathered. Large values go to the disk before: what gives up their pages cannot be overtaken then.
    pub(crate) async fn settle(&mut self) -> Result<(), Error<B::Error>> {
        self.gathered.land(&self.tree.disk).await?;
        if self.batch.is_waiting() {
            self.tree.settle(&mut self.batch).await?;
        }
        self.is_long |= self.batch.len() > self.tree.log.borrow().bytes_max();
        if self.is_long {
            self.batch.forget();
        }
        Ok(())
    }

    /// Applies what was gathered, if it takes more memory than it should.
    pub(super) async fn settle_if_full(&mut self) -> Result<(), Error<B::Error>> {
        const BYTES_MAX: usize = 1 << 30; // places in a batch have 32 bits
        let bytes_max = (self.tree.options.memory_bytes / 4).min(BYTES_MAX);
        if self.batch.memory_bytes() > bytes_max { self.settle().await } else { Ok(()) }
    }
}

impl<B: Block + 'static> Tree<B> {
    /// Applies a batch to the tree of the open transaction.
    pub(crate) async fn settle(&self, batch: &mut Batch) -> Result<(), Error<B::Error>> {
        self.persist(|state| state.apply(batch)).await
    }

    /// Removes a range of keys from the tree of the open transaction.
    pub(crate) async fn settle_range(
        &self,
        start: &[u8],
        end: Option<&[u8]>,
    ) -> Result<(), Error<B::Error>> {
        self.persist(|state| state.remove_range(start, end)).await
    }

    /// Calls `action` until it has done all: reads what it misses, and makes room in memory and on the disk.
    async fn persist(
        &self,
        mut action: impl FnMut(&mut State) -> Result<Applied, Fault>,
    ) -> Result<(), Error<B::Error>> {
        let mut checkpoints = 0;
        loop {
            let result = action(&mut self.state.borrow_mut());
            match result {
                Ok(Applied::All) => return Ok(()),
                Ok(Applied::Strained) => self.spill().await?,
                Err(Fault::NoSpace) if checkpoints < CHECKPOINTS_MAX && self.has_pending() => {
                    checkpoints += 1;
                    self.checkpoint().await?;
                }
                Err(fault) => self.cure(fault).await?,
            }
        }
    }

    /// Returns whether checkpoints could make pages free.
    pub(crate) fn has_pending(&self) -> bool {
        let state = self.state.borrow();
        let space = &state.pages.space;
        space.pending.pages() + space.lent() + space.debt.entries > 0 && !space.is_replaying
    }
}
