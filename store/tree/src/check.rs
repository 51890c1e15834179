//! Whether all that is in a store can be read, and stands where the space map says.

mod marks;

use alloc::vec::Vec;

use sarab_device::Block;

use crate::{
    Error, Tree,
    error::Corrupt,
    format::{
        catalog::{Key, parse_dead},
        extent::Extent,
        map::MAP_SLOTS,
        pointer::{Pointer, Top},
    },
    keyspace::EXTENTS,
    page::Page,
    state::State,
    walk::{View, Walk},
};

use marks::Marks;

/// What a check has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Tree pages that were read.
    pub pages: u64,
    /// Keys in all heads and snapshots, those of shared pages once; names and extents count, too.
    pub keys: u64,
    /// Bytes of large values; their contents are read by a scrub only.
    pub extent_bytes: u64,
    /// What is wrong, so far as it is not too much.
    pub problems: Vec<Problem>,
}

/// Something that is wrong in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Something cannot be read.
    Corrupt(Corrupt),
    /// Two things lie on one page.
    Shared {
        /// The page.
        page: u64,
    },
    /// A page that is used counts as free.
    Unmarked {
        /// The page.
        page: u64,
    },
    /// A page that nothing uses counts as used: lost, and harmless.
    Leaked {
        /// The page.
        page: u64,
    },
    /// Keys stand on a page where the pages above do not lead to them.
    Unordered {
        /// The page.
        page: u64,
    },
}

/// The most problems that a report lists.
const PROBLEMS_MAX: usize = 1000;

/// What a check reads.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Pages,
    Contents,
}

impl<B: Block + 'static> Tree<B> {
    /// Reads all tree pages, and compares them with the space map. Writers wait meanwhile.
    pub async fn check(&self) -> Result<Report, Error<B::Error>> {
        self.check_to(Depth::Pages).await
    }

    /// Checks like [`check`](Tree::check), and reads the contents of large values too, all from the disk.
    pub async fn scrub(&self) -> Result<Report, Error<B::Error>> {
        self.check_to(Depth::Contents).await
    }

    async fn check_to(&self, depth: Depth) -> Result<Report, Error<B::Error>> {
        let _writer = self.writers.wait().await;
        let _turn = self.checkpoints.wait().await;
        if self.disk.is_writable() {
            self.checkpoint_in_turn().await?;
        }
        if depth == Depth::Contents {
            self.state.borrow_mut().pages.cache.forget_clean();
        }
        let page_count = self.state.borrow().pages.space.page_count();
        let mut check =
            Check { tree: self, depth, marks: Marks::new(page_count), report: Report::default() };
        check.fixed();
        let tops = self.state.borrow().tops();
        for top in tops {
            check.tree(top).await?;
        }
        check.dead_lists().await?;
        check.compare();
        Ok(check.report)
    }
}

impl State {
    /// Returns the tops of the catalog, of all heads and of all snapshots.
    fn tops(&self) -> Vec<Top> {
        let heads = self.heads.values().map(|head| head.record.top);
        let whole = self.snapshots.values().filter(|record| !record.is_deleted);
        let snapshots = whole.map(|record| record.top);
        core::iter::once(self.catalog).chain(heads).chain(snapshots).collect()
    }
}

/// A check under way.
struct Check<'t, B: Block> {
    tree: &'t Tree<B>,
    depth: Depth,
    marks: Marks,
    report: Report,
}

/// A page that is still to be looked at, and the keys that may be under it.
struct Branch {
    pointer: Pointer,
    level: u8,
    low: Vec<u8>,
    high: Option<Vec<u8>>,
}

impl<B: Block + 'static> Check<'_, B> {
    fn fixed(&mut self) {
        let superblock = &self.tree.superblock;
        let slots = u64::from(superblock.slots);
        let space = &self.tree.state.borrow().pages.space;
        self.marks.set_fixed(0, 1);
        self.marks.set_fixed(superblock.rings[0], slots);
        self.marks.set_fixed(superblock.log, u64::from(superblock.log_pages));
        self.marks.set_fixed(superblock.rings[1], slots + 1);
        for start in (0..space.page_count()).step_by(space.group_pages() as usize) {
            self.marks.set_fixed(start, 1);
            self.marks.set_fixed(start + MAP_SLOTS[0], MAP_SLOTS.len() as u64);
        }
        if space.page_count() > superblock.page_count {
            self.marks.set_fixed(space.page_count() - 1, 1);
        }
    }

    async fn tree(&mut self, top: Top) -> Result<(), Error<B::Error>> {
        self.marks.next_tree();
        let mut open = Vec::new();
        if !top.is_empty() {
            let (pointer, level) = (top.pointer, top.level);
            open.push(Branch { pointer, level, low: Vec::new(), high: None });
        }
        while let Some(branch) = open.pop() {
            if self.mark(branch.pointer.address, 1) {
                self.page(&branch, &mut open).await?;
            }
        }
        Ok(())
    }

    /// Marks pages as used. Returns whether they were not, by a tree before this one.
    fn mark(&mut self, address: u64, count: u64) -> bool {
        let (is_new, shared) = self.marks.set(address, count);
        if let Some(page) = shared {
            self.say(Problem::Shared { page });
        }
        is_new
    }

    async fn page(
        &mut self,
        branch: &Branch,
        open: &mut Vec<Branch>,
    ) -> Result<(), Error<B::Error>> {
        let (pointer, level) = (branch.pointer, branch.level);
        let read = self.tree.attempt(|state| state.pages.page(pointer, level).cloned()).await;
        let page = match read {
            Ok(page) => page,
            Err(Error::Corrupt(corrupt)) => {
                self.say(Problem::Corrupt(corrupt));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.report.pages += 1;
        if !branch.bounds(&page) {
            self.say(Problem::Unordered { page: pointer.address });
        }
        if page.is_leaf() {
            return self.leaf(&page).await;
        }
        branch.children(&page, open);
        Ok(())
    }

    async fn leaf(&mut self, page: &Page) -> Result<(), Error<B::Error>> {
        self.report.keys += page.len() as u64;
        let mut key = Vec::new();
        for at in 0..page.len() {
            page.read_key(at, &mut key);
            let Some(extent) =
                Extent::parse(page.value(at).1).filter(|_| key.starts_with(&EXTENTS))
            else {
                continue;
            };
            if self.mark(extent.address, u64::from(extent.pages())) {
                self.extent(&extent).await?;
            }
        }
        Ok(())
    }

    async fn extent(&mut self, extent: &Extent) -> Result<(), Error<B::Error>> {
        self.report.extent_bytes += u64::from(extent.size_bytes);
        if self.depth == Depth::Pages {
            return Ok(());
        }
        match self.tree.read_extent(extent).await {
            Ok(_) => Ok(()),
            Err(Error::Corrupt(corrupt)) => {
                self.say(Problem::Corrupt(corrupt));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Marks what stands on dead lists: a snapshot that is being deleted may be all that knows of it.
    async fn dead_lists(&mut self) -> Result<(), Error<B::Error>> {
        self.marks.next_tree();
        let (low, high) = (Key::Dead(0, 0).bytes(), Key::Dead(u64::MAX, u64::MAX).bytes());
        let mut walk = Walk::new(self.tree, View::Catalog, low, high);
        while let Some((key, _, value)) = walk.next().await? {
            let Some(Key::Dead(_, address)) = Key::parse(key) else { continue };
            if let Some(freed) = parse_dead(address, value) {
                self.marks.set(address, u64::from(freed.pages));
            }
        }
        Ok(())
    }

    /// Compares what is used with what counts as used. What cannot be read may hide what is used.
    fn compare(&mut self) {
        let is_whole = !self.report.problems.iter().any(|what| matches!(what, Problem::Corrupt(_)));
        let taken = self.tree.state.borrow().pages.space.taken();
        for page in 0..taken.page_count() {
            match (self.marks.is_set(page), taken.is_set(page)) {
                (true, false) => self.say(Problem::Unmarked { page }),
                (false, true) if is_whole => self.say(Problem::Leaked { page }),
                _ => {}
            }
        }
    }

    fn say(&mut self, problem: Problem) {
        if self.report.problems.len() < PROBLEMS_MAX {
            self.report.problems.push(problem);
        }
    }
}

impl Branch {
    /// Returns whether the keys of `page` lie where the branch above says.
    fn bounds(&self, page: &Page) -> bool {
        let first = usize::from(!page.is_leaf());
        let mut key = Vec::new();
        (first..page.len()).all(|at| {
            page.read_key(at, &mut key);
            key >= self.low && self.high.as_ref().is_none_or(|high| key < *high)
        })
    }

    /// Adds the children of `page`, which is this one.
    fn children(&self, page: &Page, open: &mut Vec<Self>) {
        let key_of = |at: usize| {
            let mut key = Vec::new();
            page.read_key(at, &mut key);
            key
        };
        for at in (0..page.len()).rev() {
            open.push(Self {
                pointer: page.child(at),
                level: self.level - 1,
                low: if at == 0 { self.low.clone() } else { key_of(at) },
                high: if at + 1 < page.len() { Some(key_of(at + 1)) } else { self.high.clone() },
            });
        }
    }
}
