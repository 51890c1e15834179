//! The table as a whole: marks, copies, clusters that belong to nothing, counts.

use core::mem;

use sarab_device::Block;

use super::{Check, Finding};
use crate::{
    runs::Run,
    table::Link,
    volume::{Outcome, Volume},
};

impl<B: Block> Check<'_, B> {
    /// Looks at the marks that say whether the volume was unmounted.
    pub(super) fn state(&mut self) {
        if self.volume.was_dirty {
            self.found(Finding::Dirty);
        }
    }

    /// Compares the copies of the table.
    pub(super) async fn copies(&mut self) -> Outcome<(), &B> {
        let mut sectors = 0;
        let tables = self.volume.layout.tables();
        let chunks = self.volume.table.borrow().chunk_count();
        for chunk in 0..chunks {
            let (at, count) = self.volume.table.borrow().place(chunk);
            let sector = |table| self.volume.layout.table_sector(table) + u64::from(at);
            let first = self.volume.read(sector(tables.start), count).await?;
            for table in tables.clone().skip(1) {
                let other = self.volume.read(sector(table), count).await?;
                if first == other {
                    continue;
                }
                let size = self.volume.layout.sector_bytes as usize;
                let pairs = first.chunks(size).zip(other.chunks(size));
                sectors += pairs.filter(|(one, other)| one != other).count() as u64;
                if self.is_repair() {
                    self.volume.write(sector(table), first.clone()).await?;
                }
            }
        }
        if sectors > 0 {
            self.found(Finding::Copies { sectors });
        }
        Ok(())
    }

    /// Looks for clusters in use that belong to nothing.
    pub(super) async fn lost(&mut self) -> Outcome<(), &B> {
        for run in mem::take(&mut self.gone) {
            for cluster in run.first..run.end() {
                self.disown(cluster);
                self.volume.put_link(cluster, Link::Free).await?;
            }
        }
        let mut clusters = 0;
        for cluster in 2..self.volume.layout.end() {
            if self.owns(cluster) {
                continue;
            }
            if matches!(self.volume.link(cluster).await?, Link::Next(_) | Link::End) {
                clusters += 1;
                if self.is_repair() {
                    self.volume.put_link(cluster, Link::Free).await?;
                }
            }
            if cluster.is_multiple_of(1 << 20) {
                self.volume.table.borrow_mut().trim();
            }
        }
        if clusters > 0 {
            self.found(Finding::Lost { clusters });
        }
        Ok(())
    }

    /// Compares the number of free clusters with what the volume says.
    pub(super) async fn counts(&mut self) -> Outcome<(), &B> {
        let said = self.volume.said_free_count().await?;
        self.volume.table.borrow_mut().trust(None, None);
        let counted = self.volume.free_count().await?;
        match said {
            Some(said) if said != counted && said != u32::MAX => {
                self.found(Finding::Counts { said, counted });
            }
            _ => {}
        }
        Ok(())
    }
}

impl<B: Block> Volume<B> {
    /// Writes an entry of the table, in memory.
    pub(super) async fn put_link(&self, cluster: u32, link: Link) -> Outcome<(), B> {
        let chunk = self.table.borrow().chunk_of(cluster);
        self.fetch(chunk).await?;
        let mut table = self.table.borrow_mut();
        match link {
            Link::Free => drop(table.give_back(Run { first: cluster, count: 1 })),
            _ => table.end_chain(cluster),
        }
        Ok(())
    }

    /// Writes what a repair has changed, and says that the volume is not in use.
    pub(super) async fn repaired(&self) -> Outcome<(), B> {
        self.flush().await?;
        self.write_counts().await?;
        self.unmark().await
    }
}
