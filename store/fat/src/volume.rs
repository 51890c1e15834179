//! A mounted volume: what all its files and folders share.
//!
//! Locks are taken in this order, and each is held over awaits: the lock of a file, `change`, `load`,
//! `fetch`. Folders and the table change only under `change`, and only between two awaits, so
//! that whoever looks at them sees them whole.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    vec::Vec,
};
use core::{
    cell::{Cell, RefCell},
    ops::Range,
};

use sarab_device::{Block, Bytes, BytesMut};

use crate::{
    Clock, Damage, FatError, Width,
    boot::{HEAD_BYTES, Layout},
    folder::Folder,
    lock::{Guard, Lock},
    moving::{IntentPlace, Moving},
    node::Node,
    runs::{NoMemory, Run, Runs},
    stamp::Stamp,
    table::{Link, Step, Table},
};

/// What a request returns.
pub(crate) type Outcome<T, B> = Result<T, FatError<<B as Block>::Error>>;

/// Says that the caller holds the lock `change`.
pub(crate) type Changing<'a> = Guard<'a>;

/// Bytes that may be changed in memory before they are written without a `sync`.
const CHANGED_BYTES_MAX: usize = 4 << 20;

/// A mounted volume.
#[derive(Debug)]
pub(crate) struct Volume<B: Block> {
    pub(crate) block: B,
    pub(crate) layout: Layout,
    clock: Clock,
    /// Taken to change folders and the table, and to write them.
    pub(crate) change: Lock,
    /// Taken to load a folder.
    pub(crate) load: Lock,
    /// Taken to load a part of the table.
    fetch: Lock,
    pub(crate) table: RefCell<Table>,
    pub(crate) folders: RefCell<BTreeMap<u32, Rc<Folder>>>,
    /// Files that are open, or changed, by folder and slot.
    pub(crate) nodes: RefCell<BTreeMap<(u32, usize), Rc<Node>>>,
    pub(crate) pending: RefCell<Pending>,
    /// The boot sector.
    pub(crate) boot: RefCell<Vec<u8>>,
    /// Whether the disk says that the volume is in use.
    pub(crate) is_marked: Cell<bool>,
    /// How many writes have ended.
    written: Cell<u64>,
    /// How many of them a flush has followed: not all, where one failed or was given up.
    flushed: Cell<u64>,
    /// Whether something has been written since the volume was last said to be unused.
    pub(crate) has_written: Cell<bool>,
    pub(crate) was_dirty: bool,
    /// Where moves are written down.
    pub(crate) intent_place: Option<IntentPlace>,
}

/// What is to be done when something else is on the disk.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// Clusters that are free once the folders are on the disk: whoever drops a handle adds to them, at
    /// any time,
    pub(crate) frees: Vec<Run>,
    /// or the folders are on the disk, and these are becoming free: only `commit` adds to them.
    pub(crate) freeing: Vec<Run>,
    /// Clusters that are free once the chain before them has been cut: the cut waits for the
    /// folders,
    pub(crate) cut_off: Vec<Run>,
    /// or it is made, and is to be on the disk.
    pub(crate) cut_off_made: Vec<Run>,
    /// Slots that are free once the entry of their name is gone from the disk.
    pub(crate) slots: Vec<(Rc<Folder>, Range<usize>)>,
    /// Names that are in a folder on the disk and in memory no more, by folder and hash.
    pub(crate) vacated: BTreeSet<(u32, u64)>,
    /// An entry that is to move on the disk.
    pub(crate) moving: Option<Moving>,
    /// Whether a move that was written down has been done.
    pub(crate) has_intent: bool,
}

impl Pending {
    /// Returns whether there are clusters or slots that wait.
    pub(crate) fn is_empty(&self) -> bool {
        self.frees.is_empty()
            && self.freeing.is_empty()
            && self.cut_off.is_empty()
            && self.cut_off_made.is_empty()
            && self.slots.is_empty()
            && self.moving.is_none()
            && !self.has_intent
    }
}

impl<B: Block> Volume<B> {
    /// Reads what is needed of a volume before anything else of it is.
    pub(crate) async fn open(block: B, clock: Clock) -> Outcome<Self, B> {
        let geometry = block.geometry();
        let head_sectors = u32::try_from(HEAD_BYTES).unwrap_or(512).div_ceil(geometry.sector_bytes);
        let head = block.read(0, head_sectors).await.map_err(FatError::Disk)?;
        let layout = Layout::read(&head, geometry)?;
        let boot = block.read(0, layout.disk_sectors).await.map_err(FatError::Disk)?.to_vec();
        let was_dirty = boot[layout.state_byte()] & 1 != 0;
        let mut volume = Self {
            block,
            layout,
            clock,
            change: Lock::default(),
            load: Lock::default(),
            fetch: Lock::default(),
            table: RefCell::new(Table::new(&layout)),
            folders: RefCell::default(),
            nodes: RefCell::default(),
            pending: RefCell::default(),
            boot: RefCell::new(boot),
            is_marked: Cell::new(was_dirty),
            written: Cell::new(0),
            flushed: Cell::new(0),
            has_written: Cell::new(false),
            was_dirty,
            intent_place: None,
        };
        volume.fetch(0).await?;
        volume.was_dirty |= volume.table.borrow().is_marked();
        volume.is_marked.set(volume.was_dirty);
        volume.read_counts().await?;
        Ok(volume)
    }

    /// Takes over the number of free clusters, where the volume says it and was unmounted.
    async fn read_counts(&self) -> Outcome<(), B> {
        let said = self.counts().await?;
        let free_count = said.map(|(free_count, _)| free_count).filter(|_| !self.was_dirty);
        self.table.borrow_mut().trust(free_count, said.map(|(_, hint)| hint));
        Ok(())
    }

    /// Returns the number of free clusters as the volume says it.
    pub(crate) async fn said_free_count(&self) -> Outcome<Option<u32>, B> {
        Ok(self.counts().await?.map(|(free_count, _)| free_count))
    }

    async fn counts(&self) -> Outcome<Option<(u32, u32)>, B> {
        let field =
            |bytes: &[u8], at: usize| bytes[at..at + 4].try_into().map_or(0, u32::from_le_bytes);
        let info = self.info().await?;
        Ok(info.map(|(_, bytes)| (field(&bytes, 488), field(&bytes, 492))))
    }

    /// Returns the sector that says how many clusters are free, and what it holds; `None` where there
    /// is none, or something else stands there.
    pub(crate) async fn info(&self) -> Outcome<Option<(u64, Bytes)>, B> {
        let Some(sector) = self.layout.info_sector.map(u64::from) else { return Ok(None) };
        let bytes = self.read(sector, 1).await?;
        let is_right = &bytes[..4] == b"RRaA" && &bytes[484..488] == b"rrAa";
        Ok(is_right.then_some((sector, bytes)))
    }

    pub(crate) fn now(&self) -> Stamp {
        Stamp::new((self.clock)())
    }

    pub(crate) fn disk_sector_bytes(&self) -> usize {
        (self.layout.sector_bytes / self.layout.disk_sectors) as usize
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.block.geometry().is_writable
    }

    /// Reads sectors of the volume.
    pub(crate) async fn read(&self, first: u64, count: u32) -> Outcome<Bytes, B> {
        let ratio = self.layout.disk_sectors;
        let count = count.checked_mul(ratio).ok_or(FatError::NoMemory)?;
        self.block.read(first * u64::from(ratio), count).await.map_err(FatError::Disk)
    }

    /// Writes sectors of the volume.
    pub(crate) async fn write(&self, first: u64, data: Bytes) -> Outcome<(), B> {
        self.write_sectors(first * u64::from(self.layout.disk_sectors), data).await
    }

    /// Writes sectors of the disk.
    pub(crate) async fn write_sectors(&self, first: u64, data: Bytes) -> Outcome<(), B> {
        let written = self.block.write(first, data).await.map_err(FatError::Disk);
        self.written.set(self.written.get() + 1);
        written
    }

    pub(crate) async fn flush(&self) -> Outcome<(), B> {
        let written = self.written.get();
        self.block.flush().await.map_err(FatError::Disk)?;
        self.flushed.set(self.flushed.get().max(written));
        Ok(())
    }

    /// Returns whether something was written that no flush has followed.
    pub(crate) fn has_data(&self) -> bool {
        self.written.get() != self.flushed.get()
    }

    /// Waits for its turn to change something. What is in memory is bounded here.
    pub(crate) async fn turn(&self) -> Outcome<Changing<'_>, B> {
        if !self.is_writable() {
            return Err(FatError::ReadOnly);
        }
        let turn = self.change.change().await;
        let is_moving = self.pending.borrow().moving.is_some();
        if is_moving || self.changed_bytes() > CHANGED_BYTES_MAX {
            self.commit(&turn).await?;
        }
        self.trim();
        Ok(turn)
    }

    /// Forgets folders and parts of the table that nobody needs, where they take much memory.
    fn trim(&self) {
        self.trim_folders();
        if !self.fetch.is_held() {
            self.table.borrow_mut().trim();
        }
    }

    /// Does so before something is read from the disk, unless somebody changes things: he does it
    /// himself. So memory is bounded for those who only look.
    pub(crate) fn make_room(&self) {
        if !self.change.is_held() {
            self.trim();
        }
    }

    fn changed_bytes(&self) -> usize {
        let folders = self.folders.borrow();
        let dirty = folders.values().filter(|folder| !folder.entries.borrow().is_clean());
        let folders: usize = dirty.map(|folder| folder.entries.borrow().size_bytes()).sum();
        folders + self.table.borrow().dirty_bytes()
    }

    /// Returns what the entry of a cluster says.
    pub(crate) async fn link(&self, cluster: u32) -> Outcome<Link, B> {
        loop {
            if let Some(link) = self.table.borrow_mut().get(cluster) {
                return Ok(link);
            }
            self.make_room();
            let chunk = self.table.borrow().chunk_of(cluster);
            self.fetch(chunk).await?;
        }
    }

    /// Loads a chunk of the table, from the first copy of it that can be read.
    pub(crate) async fn fetch(&self, chunk: u32) -> Outcome<(), B> {
        let _turn = self.fetch.change().await;
        if self.table.borrow().has_chunk(chunk) {
            return Ok(());
        }
        let (first, count) = self.table.borrow().place(chunk);
        let mut failed = FatError::NoMemory;
        for table in self.layout.tables() {
            match self.read(self.layout.table_sector(table) + u64::from(first), count).await {
                Ok(bytes) => return Ok(self.table.borrow_mut().put_chunk(chunk, &bytes)?),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Follows a chain from `first`, or from the end of `runs` on, until there are `wanted`
    /// clusters. Returns them, and whether the chain has no more.
    pub(crate) async fn follow(
        &self,
        first: u32,
        mut runs: Runs,
        wanted: u32,
    ) -> Outcome<(Runs, bool), B> {
        let mut last = match runs.last() {
            Some(last) => last,
            None if !self.layout.has(first) => {
                return Err(Damage::Link { cluster: 0, next: first }.into());
            }
            None => {
                runs.push(Run { first, count: 1 })?;
                first
            }
        };
        while runs.len() < wanted {
            match self.link(last).await? {
                Link::Next(next) if self.layout.has(next) => {
                    runs.push(Run { first: next, count: 1 })?;
                    last = next;
                }
                Link::End => return Ok((runs, true)),
                Link::Next(next) => return Err(Damage::Link { cluster: last, next }.into()),
                Link::Free | Link::Bad => {
                    return Err(Damage::Link { cluster: last, next: last }.into());
                }
            }
        }
        Ok((runs, false))
    }

    /// Takes free clusters and makes a chain of them, best after `near`.
    ///
    /// Where there are not enough, nothing is taken. They are free again unless they are put to use.
    pub(crate) async fn allocate(
        &self,
        turn: &Changing<'_>,
        count: u32,
        near: Option<u32>,
    ) -> Outcome<Claim<'_, B>, B> {
        let mut search = self.table.borrow().search(count, near);
        loop {
            let step = self.table.borrow_mut().look(&mut search);
            match step {
                Step::Chunk(chunk) => self.fetch(chunk).await?,
                Step::Done => break,
                Step::Full if self.pending.borrow().is_empty() => return Err(FatError::NoSpace),
                Step::Full => {
                    self.settle(turn).await?; // what was removed becomes free
                    search = self.table.borrow().search(count, near);
                }
            }
        }
        self.table.borrow_mut().take(&search.found);
        Ok(Claim { volume: self, runs: search.found })
    }

    /// Loads what is needed to count free clusters and returns how many there are.
    pub(crate) async fn free_count(&self) -> Outcome<u32, B> {
        loop {
            if let (Some(free), _) = self.table.borrow().free() {
                return Ok(free);
            }
            let missing = self.table.borrow_mut().count_free();
            if let Some(chunk) = missing {
                self.fetch(chunk).await?;
                let counted = self.table.borrow_mut().count_free();
                if counted.is_some() && !self.change.is_held() {
                    self.table.borrow_mut().trim();
                }
            }
        }
    }

    /// Returns how many clusters will be free when all is on the disk.
    pub(crate) fn waiting_count(&self) -> u32 {
        let pending = self.pending.borrow();
        let waiting = [&pending.frees, &pending.freeing, &pending.cut_off, &pending.cut_off_made];
        waiting.into_iter().flatten().map(|run| run.count).sum()
    }

    /// Writes sectors of the table, to each copy of it.
    pub(crate) async fn write_table(&self, writes: &[(u32, Bytes)]) -> Outcome<(), B> {
        for table in self.layout.tables() {
            for (at, bytes) in writes {
                let sector = self.layout.table_sector(table) + u64::from(*at);
                self.write(sector, bytes.clone()).await?;
            }
        }
        Ok(())
    }

    /// Writes sectors of a folder, neighbours at once. They are those of the disk.
    pub(crate) async fn write_folder(&self, folder: &Folder, sectors: &[usize]) -> Outcome<(), B> {
        let mut run: Option<(u64, usize, BytesMut)> = None;
        for sector in sectors {
            let Some(at) = self.place_in(folder, *sector) else { continue };
            let bytes = BytesMut::from(folder.entries.borrow().sector(*sector));
            match &mut run {
                Some((first, count, data)) if *first + *count as u64 == at => {
                    data.extend_from_slice(&bytes);
                    *count += 1;
                }
                _ => {
                    let before = run.replace((at, 1, bytes));
                    self.write_run(before).await?;
                }
            }
        }
        self.write_run(run).await
    }

    async fn write_run(&self, run: Option<(u64, usize, BytesMut)>) -> Outcome<(), B> {
        let Some((first, _, data)) = run else { return Ok(()) };
        self.write_sectors(first, data.freeze()).await
    }

    /// Returns the sector of the disk that holds a sector of a folder.
    pub(crate) fn place_in(&self, folder: &Folder, sector: usize) -> Option<u64> {
        use crate::boot::Root;
        let ratio = u64::from(self.layout.disk_sectors);
        let sector = sector as u64;
        if let (crate::folder::ROOT, Root::Fixed { start, .. }) = (folder.first, self.layout.root) {
            return Some(start * ratio + sector);
        }
        let per_cluster = u64::from(self.layout.cluster_sectors) * ratio;
        let run = folder.runs.borrow().at(u32::try_from(sector / per_cluster).ok()?)?;
        Some(self.layout.sector_of(run.first) * ratio + sector % per_cluster)
    }

    pub(crate) fn width(&self) -> Width {
        self.layout.width
    }
}

/// Clusters that were taken for something; free again unless they are put to use.
#[must_use]
pub(crate) struct Claim<'a, B: Block> {
    volume: &'a Volume<B>,
    runs: Vec<Run>,
}

impl<B: Block> Claim<'_, B> {
    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Lets the chain that ends with `tail` go on with them. No cut may wait there.
    pub(crate) fn append_to(mut self, tail: u32) {
        if let Some(run) = self.runs.first()
            && self.volume.table.borrow_mut().append(tail, run.first)
        {
            self.runs.clear();
        }
    }

    /// Puts them to use as a chain of their own.
    pub(crate) fn keep(mut self) {
        self.runs.clear();
    }
}

impl<B: Block> Drop for Claim<'_, B> {
    fn drop(&mut self) {
        self.volume.pending.borrow_mut().frees.append(&mut self.runs);
    }
}

impl<E> From<NoMemory> for FatError<E> {
    fn from(NoMemory: NoMemory) -> Self {
        Self::NoMemory
    }
}

#[cfg(test)]
mod tests;
