//! Writing what has changed, in an order in which nothing is lost. `ORDER.md` explains it.

use alloc::{rc::Rc, vec::Vec};
use core::mem;

use sarab_device::{Block, Bytes, BytesMut};

use crate::{
    FatError, Width,
    folder::Folder,
    runs::Run,
    volume::{Changing, Outcome, Volume},
};

/// Bytes of a table that are counted for the number of free clusters, where it is not known.
const COUNTED_BYTES_MAX: usize = 8 << 20;

impl<B: Block> Volume<B> {
    /// Makes every change survive a crash. Clusters that became free by it may stay in use on the
    /// disk until the next time.
    ///
    /// Where it fails, or the future is dropped, what is not known to be on the disk is written
    /// again the next time.
    pub(crate) async fn commit(&self, _turn: &Changing<'_>) -> Outcome<(), B> {
        self.write_entries();
        if self.has_changes() {
            self.mark().await?;
        }
        self.write_chains().await?;
        self.write_links().await?;
        self.write_early().await?;
        self.write_moved().await?;
        self.write_folders().await?;
        self.release().await
    }

    /// Commits until nothing waits: what was removed is free on the disk.
    pub(crate) async fn settle(&self, turn: &Changing<'_>) -> Outcome<(), B> {
        self.commit(turn).await?;
        while self.has_changes() {
            self.commit(turn).await?;
        }
        Ok(())
    }

    /// Commits all and says on the disk that the volume is not in use.
    pub(crate) async fn close(&self, turn: &Changing<'_>) -> Outcome<(), B> {
        self.settle(turn).await?;
        if !self.has_written.get() {
            return Ok(());
        }
        self.write_counts().await?;
        if self.was_dirty {
            self.flush().await?; // whether it is sound is for a check to say
        } else {
            self.unmark().await?;
        }
        self.has_written.set(false);
        Ok(())
    }

    fn has_changes(&self) -> bool {
        let is_dirty = |folder: &Rc<Folder>| !folder.entries.borrow().is_clean();
        !self.table.borrow().is_clean()
            || !self.pending.borrow().is_empty()
            || self.folders.borrow().values().any(is_dirty)
    }

    /// Says on the disk that the volume is in use, before anything else there changes.
    async fn mark(&self) -> Outcome<(), B> {
        self.has_written.set(true);
        if self.is_marked.get() {
            return Ok(());
        }
        if self.layout.width != Width::Fat12 {
            self.fetch(0).await?;
            self.table.borrow_mut().set_clean_bit(false);
        }
        self.write_state(1).await?;
        self.is_marked.set(true);
        Ok(())
    }

    pub(crate) async fn unmark(&self) -> Outcome<(), B> {
        self.is_marked.set(false);
        if self.layout.width != Width::Fat12 {
            self.fetch(0).await?;
            self.table.borrow_mut().set_clean_bit(true);
        }
        let writes = self.table.borrow().writes();
        self.write_table(&writes).await?;
        self.flush().await?;
        self.table.borrow_mut().written();
        self.write_state(0).await
    }

    async fn write_state(&self, state: u8) -> Outcome<(), B> {
        let boot = {
            let mut boot = self.boot.borrow_mut();
            let byte = &mut boot[self.layout.state_byte()];
            *byte = *byte & !1 | state;
            Bytes::copy_from_slice(&boot)
        };
        self.block.write_through(0, boot).await.map_err(FatError::Disk)
    }

    pub(crate) async fn write_counts(&self) -> Outcome<(), B> {
        let Some((sector, bytes)) = self.info().await? else { return Ok(()) };
        if self.table.borrow().size_bytes() <= COUNTED_BYTES_MAX {
            self.free_count().await?;
        }
        let (free, hint) = self.table.borrow().free();
        let mut bytes = BytesMut::from(&bytes[..]);
        bytes[488..492].copy_from_slice(&free.unwrap_or(u32::MAX).to_le_bytes());
        bytes[492..496].copy_from_slice(&hint.to_le_bytes());
        self.write(sector, bytes.freeze()).await
    }

    /// Writes new chains, which nothing leads to yet; with them go the contents of files.
    async fn write_chains(&self) -> Outcome<(), B> {
        let writes = self.table.borrow().writes();
        self.write_table(&writes).await?;
        let has_intent = self.pending.borrow().has_intent;
        if has_intent {
            self.clear_intent().await?;
        }
        if self.has_data() {
            self.flush().await?;
        }
        self.pending.borrow_mut().has_intent = false;
        self.table.borrow_mut().written();
        self.table.borrow_mut().settle();
        loop {
            let run = self.pending.borrow().cut_off_made.last().copied();
            let Some(run) = run else { return Ok(()) };
            let rest = self.give_back(run).await?;
            replace_last(&mut self.pending.borrow_mut().cut_off_made, rest);
        }
    }

    /// Lets chains on the disk go on with new ones.
    async fn write_links(&self) -> Outcome<(), B> {
        let has_links = self.table.borrow().has_links();
        if !has_links {
            return Ok(());
        }
        self.fetch_deferred().await?;
        self.table.borrow_mut().make_links();
        let writes = self.table.borrow().writes();
        self.write_table(&writes).await?;
        self.flush().await?;
        self.table.borrow_mut().written();
        Ok(())
    }

    async fn fetch_deferred(&self) -> Outcome<(), B> {
        let chunks = self.table.borrow().deferred_chunks();
        for chunk in chunks {
            self.fetch(chunk).await?;
        }
        Ok(())
    }

    /// Writes those parts of long names that stand in another sector than their entry.
    async fn write_early(&self) -> Outcome<(), B> {
        self.write_dirty(true).await
    }

    async fn write_folders(&self) -> Outcome<(), B> {
        self.write_dirty(false).await?;
        let mut pending = self.pending.borrow_mut();
        pending.vacated.clear();
        if pending.moving.take().is_some() {
            pending.has_intent = true;
        }
        for (folder, slots) in mem::take(&mut pending.slots) {
            folder.entries.borrow_mut().free(slots);
        }
        Ok(())
    }

    async fn write_dirty(&self, only_early: bool) -> Outcome<(), B> {
        let folders: Vec<_> = self.folders.borrow().values().cloned().collect();
        let mut written = Vec::new();
        for folder in folders {
            let sectors = folder.entries.borrow().dirty(only_early);
            if !sectors.is_empty() {
                self.write_folder(&folder, &sectors).await?;
                written.push((folder, sectors));
            }
        }
        if written.is_empty() {
            return Ok(());
        }
        self.flush().await?;
        for (folder, sectors) in written {
            folder.entries.borrow_mut().written(&sectors);
        }
        Ok(())
    }

    /// Makes clusters free, in memory, that no entry on the disk leads to any more.
    async fn release(&self) -> Outcome<(), B> {
        {
            let mut pending = self.pending.borrow_mut();
            let frees = mem::take(&mut pending.frees);
            pending.freeing.extend(frees);
        }
        loop {
            let run = self.pending.borrow().freeing.last().copied();
            let Some(run) = run else { break };
            let rest = self.give_back(run).await?;
            replace_last(&mut self.pending.borrow_mut().freeing, rest);
        }
        self.fetch_deferred().await?;
        self.table.borrow_mut().make_cuts();
        let mut pending = self.pending.borrow_mut();
        let cut_off = mem::take(&mut pending.cut_off);
        pending.cut_off_made.extend(cut_off);
        Ok(())
    }

    /// Makes a run free as far as one chunk goes; returns the rest.
    async fn give_back(&self, run: Run) -> Outcome<Option<Run>, B> {
        let chunk = self.table.borrow().chunk_of(run.first);
        self.fetch(chunk).await?;
        Ok(self.table.borrow_mut().give_back(run))
    }
}

/// Puts what is left of the last run in its place.
fn replace_last(runs: &mut Vec<Run>, rest: Option<Run>) {
    runs.pop();
    runs.extend(rest);
}
