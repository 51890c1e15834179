//! Finding the last whole state on a disk.

use alloc::{collections::BTreeMap, vec::Vec};
use core::cell::RefCell;

use sarab_device::Block;

use super::{Tree, corrupt};
use crate::{
    Discard, Error, Options, Unfit,
    cache::Cache,
    disk::Disk,
    error::{Corrupt, Part},
    format::{
        PAGE_BYTES, Seal,
        catalog::{HeadRecord, Key, SnapshotRecord},
        map::{self, MAP_SLOTS, MapPage},
        pointer::Top,
        root::Root,
        superblock::{NoSuperblock, Superblock},
    },
    grow::usable,
    line::Line,
    log::Log,
    pages::Pages,
    space::Space,
    state::{HeadState, Readers, State},
    walk::{View, Walk},
};

/// The least memory that is taken.
const MEMORY_BYTES_MIN: usize = 1 << 20;

/// The copy of the superblock is on one of so many last pages of the disk.
pub(super) const COPY_PAGES: u32 = 32;

pub(crate) async fn mount<B: Block + 'static>(
    disk: Disk<B>,
    superblock: Superblock,
    options: Options,
) -> Result<Tree<B>, Error<B::Error>> {
    let mut tree = assemble(disk, superblock, options);
    let root = tree.find_root().await?;
    if tree.disk.is_writable() {
        // The root may have been in a volatile cache only, and replaying may write where the one before leads to.
        tree.disk.flush().await?;
    }
    tree.take_root(&root);
    tree.load_catalog().await?;
    tree.replay(&root).await?;
    Ok(tree)
}

/// Puts a store together that knows nothing yet but its superblock.
pub(super) fn assemble<B: Block + 'static>(
    disk: Disk<B>,
    superblock: Superblock,
    options: Options,
) -> Tree<B> {
    let seal = Seal { store: superblock.store() };
    let memory_bytes = options.memory_bytes.max(MEMORY_BYTES_MIN);
    // What a log holds must stay in memory where it cannot be written.
    let frames = if disk.is_writable() { memory_bytes / 2 / PAGE_BYTES } else { usize::MAX / 4 };
    let mut space = Space::new(superblock.page_count, u64::from(superblock.group_pages));
    space.discarded = (options.discard == Discard::Tell).then(Vec::new);
    let state = State {
        pages: Pages { seal, cache: Cache::new(frames), space, frozen: 0, cut: 0 },
        catalog: Top::default(),
        heads: BTreeMap::new(),
        snapshots: BTreeMap::new(),
        readers: Readers::default(),
        open: None,
        transaction: 0,
        durable: 0,
        rooting: None,
        next_value: 1,
        next_number: 1,
    };
    Tree {
        disk,
        state: RefCell::new(state),
        log: RefCell::new(Log::new(seal, superblock.log_pages, 0, 0)),
        superblock,
        options: Options { memory_bytes, ..options },
        writers: Line::default(),
        checkpoints: Line::default(),
    }
}

/// Marks what never moves as taken.
pub(super) fn fix(space: &mut Space, superblock: &Superblock) {
    let slots = u64::from(superblock.slots);
    space.fix(0, 1);
    space.fix(superblock.rings[0], slots);
    space.fix(superblock.log, u64::from(superblock.log_pages));
    space.fix(superblock.rings[1], slots + 1);
}

/// Reads the superblock, or its copy where it is damaged.
pub(crate) async fn find_superblock<B: Block + 'static>(
    disk: &Disk<B>,
) -> Result<Superblock, Error<B::Error>> {
    let page_count = disk.page_count();
    if page_count < 32 {
        return Err(Error::Unfit(Unfit::Small { page_count, page_count_min: 32 }));
    }
    let first = Superblock::parse(&disk.read(0, 1).await?);
    let superblock = match first {
        Ok(superblock) => superblock,
        Err(reason) => {
            let last = disk.read(page_count - u64::from(COPY_PAGES), COPY_PAGES).await?;
            let copy = last.rchunks(PAGE_BYTES).find_map(|page| Superblock::parse(page).ok());
            copy.ok_or_else(|| refusal(reason))?
        }
    };
    if superblock.page_count > page_count {
        let expected = superblock.page_count;
        return Err(Error::Unfit(Unfit::Shrunk { page_count, expected }));
    }
    if superblock.read_features != 0 && disk.is_writable() {
        return Err(Error::Unknown { version: 1, features: superblock.read_features });
    }
    Ok(superblock)
}

fn refusal<E>(reason: NoSuperblock) -> Error<E> {
    match reason {
        NoSuperblock::Blank => Error::Blank,
        NoSuperblock::Foreign => Error::Foreign,
        NoSuperblock::Damaged { expected, found } => {
            Error::Corrupt(Corrupt { what: Part::Superblock, page: 0, expected, found })
        }
        NoSuperblock::Unknown { version, features } => Error::Unknown { version, features },
    }
}

impl<B: Block + 'static> Tree<B> {
    /// Returns the newest root, and takes its space map, which was on the disk before the root was.
    async fn find_root(&mut self) -> Result<Root, Error<B::Error>> {
        let newest = self.newest_root().await?;
        let root = newest.ok_or(corrupt(Part::Root, self.superblock.rings[0]))?;
        self.load_maps(&root).await?;
        Ok(root)
    }

    /// Returns the newest sound root.
    async fn newest_root(&self) -> Result<Option<Root>, Error<B::Error>> {
        let seal = self.state.borrow().pages.seal;
        let mut roots: Vec<Root> = Vec::new();
        for ring in self.superblock.rings {
            let slots = self.disk.read(ring, self.superblock.slots).await?;
            let sound = slots.chunks(PAGE_BYTES).filter_map(|slot| Root::parse(slot, seal));
            roots.extend(sound.filter(|root| self.is_sensible(root)));
        }
        Ok(roots.into_iter().max_by_key(|root| root.generation))
    }

    fn is_sensible(&self, root: &Root) -> bool {
        root.page_count >= self.superblock.page_count
            && root.page_count <= self.disk.page_count()
            && root.log_page <= self.superblock.log_pages
            && usable(root.page_count, u64::from(self.superblock.group_pages)) == root.page_count
            && [root.generation, root.transaction, root.next_value, root.next_number]
                .iter()
                .all(|number| *number < u64::MAX / 2)
    }

    async fn load_maps(&self, root: &Root) -> Result<(), Error<B::Error>> {
        let group_pages = u64::from(self.superblock.group_pages);
        let mut space = Space::new(root.page_count, group_pages);
        let mut latest = root.generation;
        for group in 0..space.groups().len() {
            let start = group as u64 * group_pages;
            let maps = self.read_maps(group as u64, start, root).await?;
            let known = maps.iter().filter(|(_, map)| map.generation <= root.generation);
            if let Some((slot, map)) = known.max_by_key(|(_, map)| map.generation) {
                space.load(group, *slot, map);
            }
            let last = maps.iter().map(|(_, map)| map.generation).max().unwrap_or(0);
            // A root that never came has left its map here: it must not be taken for that of a later one.
            space.groups_mut()[group].is_changed |= last > root.generation;
            latest = latest.max(last.min(u64::MAX / 2));
        }
        fix(&mut space, &self.superblock);
        let mut state = self.state.borrow_mut();
        space.discarded = state.pages.space.discarded.take();
        state.pages.space = space;
        state.pages.cut = latest;
        let found = state.map_digest(&[]);
        if found == root.map_digest {
            return Ok(());
        }
        let (page, expected) = (MAP_SLOTS[0], root.map_digest);
        Err(Error::Corrupt(Corrupt { what: Part::SpaceMap, page, expected, found }))
    }

    /// Returns the maps of `group`, with their slots.
    async fn read_maps(
        &self,
        group: u64,
        start: u64,
        root: &Root,
    ) -> Result<Vec<(u8, MapPage)>, Error<B::Error>> {
        let seal = self.state.borrow().pages.seal;
        let count = (root.page_count - start).saturating_sub(1).min(2) as u32;
        let bytes = self.disk.read(start + MAP_SLOTS[0], count).await?;
        let maps = bytes
            .chunks(PAGE_BYTES)
            .zip(0..)
            .filter_map(|(page, slot)| map::parse(page, seal, group).map(|map| (slot, map)));
        Ok(maps.collect())
    }

    fn take_root(&mut self, root: &Root) {
        let state = self.state.get_mut();
        state.catalog = root.catalog;
        state.transaction = root.transaction;
        state.durable = root.generation;
        state.pages.frozen = root.transaction;
        state.next_value = root.next_value;
        state.next_number = root.next_number;
        let seal = state.pages.seal;
        let log = self.log.get_mut();
        *log = Log::new(seal, self.superblock.log_pages, root.transaction, root.log_page);
        log.begin_after(root.log_chain);
    }

    /// Reads the heads and the snapshots.
    async fn load_catalog(&self) -> Result<(), Error<B::Error>> {
        let mut walk = Walk::new(self, View::Catalog, Vec::new(), Key::Dead(0, 0).bytes());
        while let Some((key, _, value)) = walk.next().await? {
            let mut state = self.state.borrow_mut();
            let damaged = corrupt(Part::Contents, state.catalog.pointer.address);
            match Key::parse(key) {
                Some(Key::Head(number)) => {
                    let record = HeadRecord::parse(value).ok_or(damaged)?;
                    let mut head = HeadState::new(record);
                    head.is_changed = false;
                    state.heads.insert(number, head);
                }
                Some(Key::Snapshot(number)) => {
                    let record = SnapshotRecord::parse(value).ok_or(damaged)?;
                    state.snapshots.insert(number, record);
                }
                _ => return Err(Error::Corrupt(damaged)),
            }
        }
        self.state.borrow_mut().count_leaves();
        if self.state.borrow().heads.contains_key(&0) {
            return Ok(());
        }
        let page = self.state.borrow().catalog.pointer.address;
        Err(Error::Corrupt(corrupt(Part::Contents, page)))
    }
}
