//! Writing new pages, and the root that leads to them.

use alloc::{rc::Rc, vec::Vec};
use core::cell::RefCell;

use sarab_device::{Block, BytesMut};

use super::Tree;
use crate::{
    Error,
    disk::RUN_PAGES_MAX,
    format::PAGE_BYTES,
    page::Page,
    space::Freed,
    state::{Frozen, State},
};

impl<B: Block + 'static> Tree<B> {
    /// Writes all pages that are new, so that the log is empty and mounting is quick.
    ///
    /// It happens by itself when the log or the memory fills.
    pub async fn checkpoint(&self) -> Result<(), Error<B::Error>> {
        let _turn = self.checkpoints.wait().await;
        self.checkpoint_in_turn().await
    }

    /// Writes a checkpoint, if `is_due` still says so when it is this one's turn: somebody before may have done it.
    pub(crate) async fn checkpoint_if(
        &self,
        is_due: impl Fn() -> bool,
    ) -> Result<(), Error<B::Error>> {
        let _turn = self.checkpoints.wait().await;
        if is_due() { self.checkpoint_in_turn().await } else { Ok(()) }
    }

    /// Writes a checkpoint; the caller has the turn.
    pub(crate) async fn checkpoint_in_turn(&self) -> Result<(), Error<B::Error>> {
        self.disk.check_writable()?;
        self.finish_root().await?;
        self.attempt(|state| {
            let (page, chain) = self.log.borrow().position();
            state.freeze(page, chain)
        })
        .await?;
        self.finish_root().await?;
        self.discard_freed().await;
        Ok(())
    }

    /// Writes so many pages that changes can go on in bounded memory. Nothing refers to them yet.
    pub(crate) async fn spill(&self) -> Result<(), Error<B::Error>> {
        let _turn = self.checkpoints.wait().await;
        let before = self.state.borrow().pages.frozen;
        self.attempt(|state| {
            if let Some(open) = &mut state.open {
                open.has_written = true;
            }
            state.seal_all()
        })
        .await?;
        self.write_sealed().await?;
        // All of them have landed, and no root leads there: what is let go of can be used again at once.
        self.state.borrow_mut().pages.frozen = before;
        Ok(())
    }

    /// Writes all sealed pages, in runs of neighbours.
    async fn write_sealed(&self) -> Result<(), Error<B::Error>> {
        let sealed = self.state.borrow().pages.cache.sealed();
        let mut rest = sealed.as_slice();
        while let Some((start, _)) = rest.first() {
            let neighbours = (*start..).zip(rest).take(RUN_PAGES_MAX);
            let count = neighbours.take_while(|(address, page)| *address == page.0).count();
            let (run, after) = rest.split_at(count);
            self.write_run(*start, run).await?;
            rest = after;
        }
        Ok(())
    }

    async fn write_run(&self, start: u64, run: &[(u64, Rc<Page>)]) -> Result<(), Error<B::Error>> {
        let mut bytes = BytesMut::with_capacity(run.len() * PAGE_BYTES);
        for (_, page) in run {
            bytes.extend_from_slice(page.bytes());
        }
        self.disk.write(start, bytes.freeze()).await?;
        let cache = &mut self.state.borrow_mut().pages.cache;
        for (address, page) in run {
            cache.written(*address, page);
        }
        Ok(())
    }

    /// Writes the root that is under way, if one is, and all that it leads to.
    ///
    /// Where a checkpoint was given up, that is done again from the start: nobody knows which writes of it were made.
    async fn finish_root(&self) -> Result<(), Error<B::Error>> {
        let rooting = self.state.borrow().rooting.clone();
        if let Some(frozen) = rooting {
            self.write_sealed().await?;
            for (address, page) in &frozen.maps {
                self.disk.write(*address, page.clone()).await?;
            }
            self.disk.flush().await?;
            self.write_root(&frozen).await?;
            self.finish(&frozen);
        }
        Ok(())
    }

    async fn write_root(&self, frozen: &Frozen) -> Result<(), Error<B::Error>> {
        let seal = self.state.borrow().pages.seal;
        let bytes = frozen.root.bytes(seal);
        let slot = frozen.root.generation % u64::from(self.superblock.slots);
        for ring in self.superblock.rings {
            self.disk.write_sector(ring + slot, &bytes).await?;
        }
        self.disk.flush().await
    }

    fn finish(&self, frozen: &Frozen) {
        self.state.borrow_mut().thaw(frozen);
        self.state.borrow_mut().rooting = None;
        self.log.borrow_mut().rooted(frozen.root.transaction, frozen.root.log_page);
    }

    /// Tells the disk of pages that became free, if it is to be told.
    async fn discard_freed(&self) {
        let mut runs: Vec<(u64, u64)> = {
            let mut state = self.state.borrow_mut();
            state.pages.space.discarded.as_mut().map(core::mem::take).unwrap_or_default()
        };
        runs.sort_unstable();
        runs.dedup_by(|next, run| {
            let is_neighbour = run.0 + run.1 == next.0 && u32::try_from(run.1 + next.1).is_ok();
            run.1 += if is_neighbour { next.1 } else { 0 };
            is_neighbour
        });
        for (mut start, count) in runs {
            let end = start + count;
            while let Some(lent) = Lent::take(&self.state, start, end) {
                start = lent.start + lent.count;
                self.disk.discard(lent.start, lent.count).await;
                lent.give_back();
            }
        }
    }
}

/// Free pages that the disk is being told of. Nobody is given one meanwhile: what he writes would wait for the disk, and
/// could come first where both wait for a write that was given up.
///
/// Dropping this leaves them aside for two roots, since the disk may not even have begun.
struct Lent<'s> {
    state: &'s RefCell<State>,
    start: u64,
    count: u64,
}

impl<'s> Lent<'s> {
    /// Takes the first pages from `start` on and before `end` that are still free.
    fn take(state: &'s RefCell<State>, start: u64, end: u64) -> Option<Self> {
        let (start, count) = state.borrow_mut().pages.space.lend(start, end)?;
        Some(Self { state, start, count })
    }

    fn give_back(mut self) {
        let count = core::mem::take(&mut self.count);
        self.state.borrow_mut().pages.space.take_back(self.start, count);
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if self.count > 0 {
            let pages = &mut self.state.borrow_mut().pages;
            pages.space.end_loan(self.count);
            let freed = Freed { address: self.start, pages: self.count as u32, birth: 0 };
            pages.postpone(freed, 0);
        }
    }
}
