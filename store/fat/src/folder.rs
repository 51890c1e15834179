//! Folders: loading, finding, making longer.

use alloc::{rc::Rc, vec, vec::Vec};
use core::cell::RefCell;

use sarab_device::{Block, Bytes, key};

use crate::{
    Damage, FatError,
    boot::Root,
    entries::{Entries, Item},
    entry::ENTRY_BYTES,
    runs::{Run, Runs},
    volume::{Changing, Outcome, Volume},
};

/// The number that stands for the root folder, wherever it lies.
pub(crate) const ROOT: u32 = 0;
/// The most bytes of a folder.
pub(crate) const FOLDER_BYTES_MAX: usize = 65_536 * ENTRY_BYTES;
/// Bytes of folders that may stay in memory when they are not needed.
pub(crate) const KEPT_BYTES: usize = 4 << 20;

/// A folder in memory.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Its first cluster, or [`ROOT`].
    pub(crate) first: u32,
    pub(crate) entries: RefCell<Entries>,
    /// Its clusters; none where it lies in sectors of its own.
    pub(crate) runs: RefCell<Runs>,
}

impl Folder {
    pub(crate) fn find(&self, name: &str) -> Option<Item> {
        self.entries.borrow().find(name)
    }
}

/// How names are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    Ignored,
    Exact,
}

impl<B: Block> Volume<B> {
    /// Returns the folder at `path`, a normal key, or `None` where there is none. A folder in itself is
    /// an error, so that whoever walks through all folders comes to an end.
    pub(crate) async fn folder_at(&self, path: &str, case: Case) -> Outcome<Option<Rc<Folder>>, B> {
        let mut folder = self.folder(ROOT).await?;
        let mut trail = vec![ROOT];
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let found = match case {
                Case::Ignored => folder.find(name),
                Case::Exact => folder.entries.borrow().find_exact(name),
            };
            match found.filter(|item| item.short.is_folder()) {
                Some(item) => folder = self.folder_of(&item).await?,
                None => return Ok(None),
            }
            if trail.contains(&folder.first) {
                return Err(Damage::Loop { first: folder.first }.into());
            }
            trail.push(folder.first);
        }
        Ok(Some(folder))
    }

    /// Returns the folder that `item` names.
    pub(crate) async fn folder_of(&self, item: &Item) -> Outcome<Rc<Folder>, B> {
        let first = item.short.first;
        if !self.layout.has(first) {
            return Err(Damage::Link { cluster: 0, next: first }.into());
        }
        self.folder(first).await
    }

    /// Returns the folder that begins with the cluster `first`.
    pub(crate) async fn folder(&self, first: u32) -> Outcome<Rc<Folder>, B> {
        let first = match self.layout.root {
            Root::Chain { first: root } if root == first => ROOT,
            _ => first,
        };
        if let Some(folder) = self.loaded(first) {
            return Ok(folder);
        }
        self.make_room();
        let _turn = self.load.change().await;
        if let Some(folder) = self.loaded(first) {
            return Ok(folder);
        }
        let folder = Rc::new(self.load_folder(first).await?);
        self.folders.borrow_mut().insert(first, Rc::clone(&folder));
        Ok(folder)
    }

    fn loaded(&self, first: u32) -> Option<Rc<Folder>> {
        self.folders.borrow().get(&first).cloned()
    }

    async fn load_folder(&self, first: u32) -> Outcome<Folder, B> {
        let mut bytes: Vec<u8> = Vec::new();
        let runs = match (first, self.layout.root) {
            (ROOT, Root::Fixed { start, sectors }) => {
                bytes.extend_from_slice(&self.read(start, sectors).await?);
                Runs::default()
            }
            (ROOT, Root::Chain { first }) => self.folder_runs(first).await?,
            _ => self.folder_runs(first).await?,
        };
        for run in runs.iter() {
            let sectors = run.count * self.layout.cluster_sectors;
            bytes.extend_from_slice(&self.read(self.layout.sector_of(run.first), sectors).await?);
        }
        Ok(Folder {
            first,
            entries: RefCell::new(Entries::new(bytes, self.disk_sector_bytes())),
            runs: RefCell::new(runs),
        })
    }

    async fn folder_runs(&self, first: u32) -> Outcome<Runs, B> {
        let most = self.layout.clusters_for(FOLDER_BYTES_MAX as u64);
        let (runs, is_whole) = self.follow(first, Runs::default(), most + 1).await?;
        if is_whole { Ok(runs) } else { Err(Damage::Long { first }.into()) }
    }

    /// Puts a new folder, whose one run of clusters is `run`, on the disk and in memory.
    pub(crate) async fn begin_folder(&self, run: Run, start: Vec<u8>) -> Outcome<(), B> {
        let mut runs = Runs::default();
        runs.push(run)?;
        self.write(self.layout.sector_of(run.first), Bytes::from(start.clone())).await?;
        let entries = RefCell::new(Entries::new(start, self.disk_sector_bytes()));
        let folder = Folder { first: run.first, entries, runs: RefCell::new(runs) };
        self.folders.borrow_mut().insert(run.first, Rc::new(folder));
        Ok(())
    }

    /// Returns slots for a name that takes `count` of them; makes the folder longer if it must.
    pub(crate) async fn room(
        &self,
        turn: &Changing<'_>,
        folder: &Folder,
        count: usize,
        path: &str,
    ) -> Outcome<usize, B> {
        loop {
            if let Some(slot) = folder.entries.borrow_mut().room(count) {
                return Ok(slot);
            }
            self.lengthen(turn, folder, path).await?;
        }
    }

    async fn lengthen(&self, turn: &Changing<'_>, folder: &Folder, path: &str) -> Outcome<(), B> {
        let cluster_bytes = self.layout.cluster_bytes() as usize;
        let size_bytes = folder.entries.borrow().size_bytes();
        let tail = folder.runs.borrow().last();
        let Some(tail) = tail.filter(|_| size_bytes + cluster_bytes <= FOLDER_BYTES_MAX) else {
            return Err(FatError::FolderFull { path: key::split(path).0.into() });
        };
        let claim = self.allocate(turn, 1, Some(tail)).await?;
        let run = claim.runs()[0];
        self.write(self.layout.sector_of(run.first), Bytes::from(vec![0; cluster_bytes])).await?;
        folder.runs.borrow_mut().push(run)?;
        folder.entries.borrow_mut().grow(cluster_bytes);
        claim.append_to(tail);
        Ok(())
    }

    /// Forgets folders that nobody uses, where they take much memory.
    pub(crate) fn trim_folders(&self) {
        let mut folders = self.folders.borrow_mut();
        let size = |folder: &Rc<Folder>| folder.entries.borrow().size_bytes();
        if folders.values().map(size).sum::<usize>() <= KEPT_BYTES || self.load.is_held() {
            return;
        }
        folders.retain(|first, folder| {
            *first == ROOT || Rc::strong_count(folder) > 1 || !folder.entries.borrow().is_clean()
        });
    }
}
