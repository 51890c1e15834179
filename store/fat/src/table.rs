//! The table of clusters, as far as it is in memory.
//!
//! # Format
//!
//! "Microsoft FAT Specification" (2005), section 4. A table has an entry for each cluster: 12, 16 or
//! 32 bits, little-endian. Two entries of FAT12 share three bytes, the first has the lower twelve bits.
//! The upper four bits of an entry of FAT32 are left as they are.
//!
//! | entry (FAT32) | means |
//! | --- | --- |
//! | 0 | the cluster is free |
//! | 2 to the last | it is in use, and this is the next of its chain |
//! | `FFFFFF7` | it is bad |
//! | `FFFFFF8` and more | it is the last of its chain |
//!
//! Entry 0 holds the kind of medium. In entry 1 of FAT16 and FAT32 the highest bit is set while the
//! volume is not in use.
//!
//! The table is kept in chunks. An entry that a chain on the disk leads through is not changed at
//! once: the change waits (`Deferred`) until what it leads to, or from, is on the disk. `ORDER.md`
//! says why.

mod chunk;
mod free;

use alloc::{collections::BTreeMap, vec, vec::Vec};

use sarab_device::{Bytes, BytesMut};

use crate::{
    Width,
    boot::Layout,
    runs::{NoMemory, Run},
};

use chunk::Chunk;
pub(crate) use free::Step;

/// Bytes of a chunk, where a sector is not larger. FAT12 has one chunk.
const CHUNK_BYTES: u32 = 16 << 10;
/// Bytes of chunks that may stay in memory when they are not needed.
const KEPT_BYTES: usize = 4 << 20;
/// The most bytes of neighbouring chunks that are written at once.
const WRITE_BYTES_MAX: usize = 1 << 20;

/// What an entry says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Free,
    Next(u32),
    Bad,
    End,
}

/// A change of an entry that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deferred {
    /// A chain goes on: until its new part is on the disk.
    Link(u32),
    /// A chain ends here: until the size of the file is on the disk.
    Cut,
}

/// The table of clusters, as far as it is in memory.
#[derive(Debug)]
pub(crate) struct Table {
    width: Width,
    /// The number after that of the last cluster.
    end: u32,
    sector_bytes: usize,
    disk_sector_bytes: usize,
    /// Bytes of the table that hold entries, in whole sectors.
    size_bytes: usize,
    chunk_bytes: usize,
    chunks: BTreeMap<u32, Chunk>,
    deferred: BTreeMap<u32, Deferred>,
    /// Clusters that no chain on the disk leads to: first numbers and counts.
    fresh: BTreeMap<u32, u32>,
    /// Free clusters in each chunk, where they were counted.
    free_counts: Vec<Option<u16>>,
    free_count: Option<u32>,
    /// Where to look for a free cluster.
    hint: u32,
    clock: u64,
}

impl Table {
    pub(crate) fn new(layout: &Layout) -> Self {
        let entries_bytes = u64::from(layout.end()) * layout.width.bits() / 8 + 1;
        let sectors = entries_bytes.div_ceil(u64::from(layout.sector_bytes));
        let sectors = sectors.min(u64::from(layout.table_sectors));
        let size_bytes = usize::try_from(sectors * u64::from(layout.sector_bytes));
        let size_bytes = size_bytes.unwrap_or(usize::MAX);
        let chunk_bytes = match layout.width {
            Width::Fat12 => size_bytes,
            _ => CHUNK_BYTES.max(layout.sector_bytes) as usize,
        };
        Self {
            width: layout.width,
            end: layout.end(),
            sector_bytes: layout.sector_bytes as usize,
            disk_sector_bytes: (layout.sector_bytes / layout.disk_sectors) as usize,
            size_bytes,
            chunk_bytes,
            chunks: BTreeMap::new(),
            deferred: BTreeMap::new(),
            fresh: BTreeMap::new(),
            free_counts: vec![None; size_bytes.div_ceil(chunk_bytes)],
            free_count: None,
            hint: 2,
            clock: 0,
        }
    }

    /// Returns the chunk that holds the entry of a cluster.
    pub(crate) fn chunk_of(&self, cluster: u32) -> u32 {
        cluster / self.entries_per_chunk()
    }

    fn entries_per_chunk(&self) -> u32 {
        let entries = self.chunk_bytes as u64 * 8 / self.width.bits();
        u32::try_from(entries).unwrap_or(u32::MAX)
    }

    /// Returns whether the entry of a cluster stands in one sector of the disk. One of FAT12 may stand
    /// in two, of which a crash may leave one as it was: such a cluster is not given to anybody.
    fn is_whole(&self, cluster: u32) -> bool {
        let last = self.disk_sector_bytes - 1;
        self.width != Width::Fat12 || cluster as usize * 3 / 2 % self.disk_sector_bytes != last
    }

    /// Returns where a chunk lies: its first sector in the table, and how many.
    pub(crate) fn place(&self, chunk: u32) -> (u32, u32) {
        let start = chunk as usize * self.chunk_bytes;
        let size = self.chunk_bytes.min(self.size_bytes.saturating_sub(start));
        let sectors = |bytes: usize| u32::try_from(bytes / self.sector_bytes).unwrap_or(u32::MAX);
        (sectors(start), sectors(size))
    }

    pub(crate) fn has_chunk(&self, chunk: u32) -> bool {
        self.chunks.contains_key(&chunk)
    }

    /// Takes in a chunk as it is on the disk.
    pub(crate) fn put_chunk(&mut self, chunk: u32, bytes: &[u8]) -> Result<(), NoMemory> {
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes.len()).map_err(|_| NoMemory)?;
        copy.extend_from_slice(bytes);
        self.clock += 1;
        self.chunks.insert(chunk, Chunk::new(copy, self.clock));
        Ok(())
    }

    /// Returns what the entry of a cluster says, or `None` if it is not in memory.
    pub(crate) fn get(&mut self, cluster: u32) -> Option<Link> {
        match self.deferred.get(&cluster) {
            Some(Deferred::Link(next)) => return Some(Link::Next(*next)),
            Some(Deferred::Cut) => return Some(Link::End),
            None => {}
        }
        self.clock += 1;
        let (width, clock) = (self.width, self.clock);
        let (chunk, index) = (self.chunk_of(cluster), cluster % self.entries_per_chunk());
        let chunk = self.chunks.get_mut(&chunk)?;
        chunk.used = clock;
        Some(link(width, chunk.get(width, index)))
    }

    /// Lets the chain whose last cluster is `tail` go on with `first`. `false` where that must wait
    /// until the end of the chain is on the disk.
    #[must_use]
    pub(crate) fn append(&mut self, tail: u32, first: u32) -> bool {
        if self.deferred.get(&tail) == Some(&Deferred::Cut) {
            return false;
        }
        if self.is_fresh(tail) {
            self.set(tail, first);
        } else {
            self.deferred.insert(tail, Deferred::Link(first));
        }
        true
    }

    /// Returns whether the chain is to end with this cluster, and does not yet.
    pub(crate) fn is_cut(&self, cluster: u32) -> bool {
        self.deferred.get(&cluster) == Some(&Deferred::Cut)
    }

    /// Ends a chain with the cluster `tail`. Returns whether the chain on the disk leads on until
    /// the next cuts are made.
    pub(crate) fn cut(&mut self, tail: u32) -> bool {
        let is_fresh = self.is_fresh(tail);
        if self.deferred.remove(&tail).is_some_and(|it| matches!(it, Deferred::Link(_))) {
            return false; // nothing on the disk leads on
        }
        if is_fresh {
            self.set(tail, u32::MAX);
            return false;
        }
        self.deferred.insert(tail, Deferred::Cut);
        true
    }

    /// Makes the links that have waited. All that they lead to is on the disk.
    pub(crate) fn make_links(&mut self) {
        let links = self.deferred.extract_if(.., |_, it| matches!(it, Deferred::Link(_)));
        for (tail, deferred) in links.collect::<Vec<_>>() {
            if let Deferred::Link(first) = deferred {
                self.set(tail, first);
            }
        }
    }

    pub(crate) fn has_links(&self) -> bool {
        self.deferred.values().any(|it| matches!(it, Deferred::Link(_)))
    }

    /// Makes the cuts that have waited. The sizes of the files are on the disk.
    pub(crate) fn make_cuts(&mut self) {
        let cuts = self.deferred.extract_if(.., |_, it| *it == Deferred::Cut);
        for (tail, _) in cuts.collect::<Vec<_>>() {
            self.set(tail, u32::MAX);
        }
    }

    /// Returns the chunks that the changes that wait will need.
    pub(crate) fn deferred_chunks(&self) -> Vec<u32> {
        let mut chunks: Vec<u32> = self.deferred.keys().map(|tail| self.chunk_of(*tail)).collect();
        chunks.dedup();
        chunks
    }

    /// Says that all new chains are on the disk.
    pub(crate) fn settle(&mut self) {
        self.fresh.clear();
    }

    fn is_fresh(&self, cluster: u32) -> bool {
        let before = self.fresh.range(..=cluster).next_back();
        before.is_some_and(|(first, count)| cluster - first < *count)
    }

    fn add_fresh(&mut self, run: Run) {
        match self.fresh.range_mut(..=run.first).next_back() {
            Some((first, count)) if first + *count >= run.first => {
                *count = (*count).max(run.end() - first);
            }
            _ => drop(self.fresh.insert(run.first, run.count)),
        }
    }

    /// Ends a chain at once, whatever is on the disk.
    pub(crate) fn end_chain(&mut self, cluster: u32) {
        self.set(cluster, u32::MAX);
    }

    /// Returns whether entry 1 says that the volume was not unmounted.
    pub(crate) fn is_marked(&self) -> bool {
        let Some(chunk) = self.chunks.get(&0) else { return false };
        let bit = match self.width {
            Width::Fat12 => return false,
            Width::Fat16 => 0x8000,
            Width::Fat32 => 0x0800_0000,
        };
        chunk.get(self.width, 1) & bit == 0
    }

    pub(crate) fn chunk_count(&self) -> u32 {
        u32::try_from(self.free_counts.len()).unwrap_or(u32::MAX)
    }

    /// Writes an entry whose chunk is in memory.
    fn set(&mut self, cluster: u32, value: u32) {
        let (chunk, index) = (self.chunk_of(cluster), cluster % self.entries_per_chunk());
        let (width, sector_bytes) = (self.width, self.sector_bytes);
        if let Some(chunk) = self.chunks.get_mut(&chunk) {
            chunk.set(width, index, value & mask(width), sector_bytes);
        }
    }

    /// Sets or clears the bit in entry 1 that says that the volume is not in use; `None` on FAT12,
    /// which has none, and where the entry is not in memory.
    pub(crate) fn set_clean_bit(&mut self, is_clean: bool) -> Option<()> {
        let bit = match self.width {
            Width::Fat12 => return None,
            Width::Fat16 => 0x8000,
            Width::Fat32 => 0x0800_0000,
        };
        let width = self.width;
        let chunk = self.chunks.get_mut(&0)?;
        let old = chunk.get(width, 1);
        let new = if is_clean { old | bit } else { old & !bit };
        chunk.set(width, 1, new, self.sector_bytes);
        Some(())
    }

    /// Returns what is to be written: sectors of the table, each with what they hold.
    pub(crate) fn writes(&self) -> Vec<(u32, Bytes)> {
        let mut writes: Vec<(u32, BytesMut)> = Vec::new();
        for (number, chunk) in &self.chunks {
            let start = *number as usize * self.chunk_bytes;
            for span in chunk.dirty_spans(self.sector_bytes) {
                let at =
                    u32::try_from((start + span.start) / self.sector_bytes).unwrap_or_default();
                let bytes = &chunk.bytes[span];
                match writes.last_mut() {
                    Some((first, run))
                        if *first as usize + run.len() / self.sector_bytes == at as usize
                            && run.len() < WRITE_BYTES_MAX =>
                    {
                        run.extend_from_slice(bytes);
                    }
                    _ => writes.push((at, BytesMut::from(bytes))),
                }
            }
        }
        writes.into_iter().map(|(at, bytes)| (at, bytes.freeze())).collect()
    }

    /// Says that all that [`writes`](Self::writes) returned is on the disk.
    pub(crate) fn written(&mut self) {
        self.chunks.values_mut().for_each(|chunk| chunk.dirty = 0);
    }

    /// Returns the bytes of chunks that are not as they are on the disk.
    pub(crate) fn dirty_bytes(&self) -> usize {
        self.chunks.values().filter(|chunk| chunk.dirty != 0).count() * self.chunk_bytes
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.deferred.is_empty() && self.chunks.values().all(|chunk| chunk.dirty == 0)
    }

    /// Forgets chunks that have not been used for the longest time, where there are too many.
    pub(crate) fn trim(&mut self) {
        let kept = KEPT_BYTES / self.chunk_bytes.max(1);
        if self.chunks.len() <= kept {
            return;
        }
        let clean = self.chunks.iter().filter(|(_, chunk)| chunk.dirty == 0);
        let mut ages: Vec<_> = clean.map(|(number, chunk)| (chunk.used, *number)).collect();
        ages.sort_unstable();
        for (_, number) in ages.into_iter().take(self.chunks.len() - kept * 3 / 4) {
            self.chunks.remove(&number);
        }
    }
}

fn mask(width: Width) -> u32 {
    match width {
        Width::Fat12 => 0xfff,
        Width::Fat16 => 0xffff,
        Width::Fat32 => 0x0fff_ffff,
    }
}

/// Reads the value of an entry.
fn link(width: Width, value: u32) -> Link {
    let bad = mask(width) - 8;
    match value {
        0 => Link::Free,
        _ if value == bad => Link::Bad,
        _ if value > bad => Link::End,
        _ => Link::Next(value),
    }
}

#[cfg(test)]
mod tests;
