//! Folders: their names, and what they lead to.

use alloc::{collections::BTreeSet, format, string::String, vec, vec::Vec};
use core::cell::RefCell;

use sarab_device::Block;

use super::{Check, Finding};
use crate::{
    boot::Root,
    entries::{Entries, Item},
    entry::{ENTRY_BYTES, FOLDER, PART_UNITS, Short},
    folder::{FOLDER_BYTES_MAX, Folder, ROOT},
    name,
    runs::{Run, Runs},
    short,
    table::Link,
    volume::Outcome,
};

/// Bytes of a path in a finding, at most about that.
const PATH_BYTES_MAX: usize = 1024;

/// A folder that is still to be looked at.
struct Waiting {
    path: String,
    first: u32,
    parent: u32,
    runs: Runs,
}

impl<B: Block> Check<'_, B> {
    /// Goes through all folders.
    pub(super) async fn folders(&mut self) -> Outcome<(), &B> {
        let runs = match self.volume.layout.root {
            Root::Fixed { .. } => Runs::default(),
            Root::Chain { first } => self.root_chain(first).await?,
        };
        let mut waiting = vec![Waiting { path: String::new(), first: ROOT, parent: ROOT, runs }];
        while let Some(next) = waiting.pop() {
            self.folder(next, &mut waiting).await?;
            if !self.is_repair() {
                self.volume.table.borrow_mut().trim();
            }
        }
        Ok(())
    }

    /// Returns the clusters of the root; a repair makes sure that it has one.
    async fn root_chain(&mut self, first: u32) -> Outcome<Runs, &B> {
        let mut runs = self.chain("", first).await?;
        if runs.len() == 0 && self.is_repair() {
            self.volume.put_link(first, Link::End).await?;
            self.own(first);
            runs.push(Run { first, count: 1 })?;
        }
        Ok(runs)
    }

    async fn folder(&mut self, this: Waiting, waiting: &mut Vec<Waiting>) -> Outcome<(), &B> {
        let most = self.volume.layout.clusters_for(FOLDER_BYTES_MAX as u64).max(1);
        let mut runs = this.runs;
        if runs.len() > most {
            let clusters = self.shorten(&mut runs, most).await?;
            self.found(Finding::Long { path: this.path.clone(), clusters });
        }
        let folder = self.read_folder(this.first, runs).await?;
        if this.first != ROOT {
            self.dots(&folder, &this.path, this.parent).await?;
        }
        self.parts(&folder, &this.path);
        self.names(&folder, &this.path);
        let items: Vec<Item> = folder.entries.borrow().iter().collect();
        for item in items {
            let path = join(&this.path, &item.name);
            if item.short.is_folder() {
                let parent = this.first;
                if let Some(runs) = self.child(&folder, &item, &path).await? {
                    waiting.push(Waiting { path, first: item.short.first, parent, runs });
                }
            } else {
                self.file(&folder, &item, path).await?;
            }
        }
        self.write_folder(&folder).await
    }

    async fn read_folder(&mut self, first: u32, runs: Runs) -> Outcome<Folder, &B> {
        let volume = &self.volume;
        let mut bytes = Vec::new();
        if let (ROOT, Root::Fixed { start, sectors }) = (first, volume.layout.root) {
            bytes.extend_from_slice(&volume.read(start, sectors).await?);
        }
        for run in runs.iter() {
            let sectors = run.count * volume.layout.cluster_sectors;
            bytes.extend_from_slice(
                &volume.read(volume.layout.sector_of(run.first), sectors).await?,
            );
        }
        let entries = RefCell::new(Entries::new(bytes, volume.disk_sector_bytes()));
        Ok(Folder { first, entries, runs: RefCell::new(runs) })
    }

    /// Looks at `.` and `..`.
    async fn dots(&mut self, folder: &Folder, path: &str, parent: u32) -> Outcome<(), &B> {
        let dot = |name: &[u8; 11], first: u32| {
            let empty = Short::read(&[0; ENTRY_BYTES]);
            Short { name: *name, attributes: FOLDER, first, ..empty }
        };
        let dots = [dot(b".          ", folder.first), dot(b"..         ", parent)];
        let is_right = |(slot, dot): (usize, &Short)| {
            let stands = folder.entries.borrow().short(slot);
            stands.is_some_and(|it| it.name == dot.name && it.is_folder() && it.first == dot.first)
        };
        if dots.iter().enumerate().all(is_right) {
            return Ok(());
        }
        self.found(Finding::Dots { path: path.into() });
        if !self.is_repair() {
            return Ok(());
        }
        let mut kept = Vec::new();
        for slot in 0..dots.len() {
            let item = folder.entries.borrow().item(slot);
            if let Some(item) = item {
                if self.is_sound(&item.short).await? {
                    kept.push(item.clone());
                }
                let late = folder.entries.borrow_mut().remove(&item);
                folder.entries.borrow_mut().free(late);
            }
        }
        let mut entries = folder.entries.borrow_mut();
        for (slot, dot) in dots.iter().enumerate() {
            entries.put(slot, dot);
        }
        for item in &kept {
            put_elsewhere(&mut entries, item);
        }
        Ok(())
    }

    /// Returns whether an entry that stands where `.` or `..` is to be is a thing of its own, and not
    /// what is left of them.
    async fn is_sound(&mut self, short: &Short) -> Outcome<bool, &B> {
        if short.first == 0 {
            return Ok(!short.is_folder() && short.size_bytes == 0);
        }
        if !self.volume.layout.has(short.first) || self.owns(short.first) {
            return Ok(false);
        }
        let link = self.volume.link(short.first).await?;
        Ok(matches!(link, Link::Next(_) | Link::End))
    }

    /// Looks for parts of long names that belong to no entry.
    fn parts(&mut self, folder: &Folder, path: &str) {
        let stray = folder.entries.borrow().stray();
        if stray.is_empty() {
            return;
        }
        let parts = u32::try_from(stray.len()).unwrap_or(u32::MAX);
        self.found(Finding::Parts { path: path.into(), parts });
        if self.is_repair() {
            for slot in stray {
                folder.entries.borrow_mut().free(slot..slot + 1);
            }
        }
    }

    /// Looks for names that are there twice.
    fn names(&mut self, folder: &Folder, path: &str) {
        let items: Vec<Item> = folder.entries.borrow().iter().collect();
        let mut seen: BTreeSet<[u64; 2]> = BTreeSet::new();
        let mut short_seen: BTreeSet<[u8; 11]> = BTreeSet::new();
        for item in items {
            // Two hashes, of the text and of it backwards: names that differ differ in one of them.
            let backwards: String = name::trim(&item.name).chars().rev().collect();
            let is_new = seen.insert([name::hash(&item.name), name::hash(&backwards)]);
            if short_seen.insert(item.short.name) && is_new {
                continue;
            }
            self.found(Finding::Twice { path: join(path, &item.name) });
            if self.is_repair() {
                rename(&mut folder.entries.borrow_mut(), &item);
            }
        }
    }

    /// Looks at a folder in a folder; returns its clusters.
    async fn child(
        &mut self,
        folder: &Folder,
        item: &Item,
        path: &str,
    ) -> Outcome<Option<Runs>, &B> {
        let runs = self.chain(path, item.short.first).await?;
        if runs.len() > 0 {
            self.report.folder_count += 1;
            return Ok(Some(runs));
        }
        self.found(Finding::NoFolder { path: path.into() });
        if self.is_repair() {
            let late = folder.entries.borrow_mut().remove(item);
            folder.entries.borrow_mut().free(late);
        }
        Ok(None)
    }

    /// Looks at a file.
    async fn file(&mut self, folder: &Folder, item: &Item, path: String) -> Outcome<(), &B> {
        self.report.file_count += 1;
        let mut short = item.short;
        let wanted = self.volume.layout.clusters_for(u64::from(short.size_bytes));
        let mut runs = match short.first {
            0 => Runs::default(),
            first => self.chain(&path, first).await?,
        };
        let clusters = runs.len();
        if clusters < wanted {
            let bytes = u64::from(clusters) * u64::from(self.volume.layout.cluster_bytes());
            let size_bytes = short.size_bytes;
            short.size_bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(size_bytes);
            self.found(Finding::Short { path, size_bytes, clusters });
        } else if clusters > wanted {
            let clusters = self.shorten(&mut runs, wanted).await?;
            self.found(Finding::Long { path, clusters });
        }
        if runs.len() == 0 {
            short.first = 0;
        }
        if self.is_repair() {
            folder.entries.borrow_mut().rewrite(item.slot(), &short);
        }
        Ok(())
    }

    async fn write_folder(&mut self, folder: &Folder) -> Outcome<(), &B> {
        let sectors = folder.entries.borrow().dirty(false);
        if self.is_repair() && !sectors.is_empty() {
            self.volume.write_folder(folder, &sectors).await?;
        }
        Ok(())
    }
}

/// Puts a thing where there is room; where there is none it stays, and `.` or `..` is missing.
fn put_elsewhere(entries: &mut Entries, item: &Item) {
    let units = if item.slots.len() > 1 { name::units(&item.name) } else { None };
    let units = units.unwrap_or_default();
    match entries.room(units.len().div_ceil(PART_UNITS) + 1) {
        Some(at) => drop(entries.insert(at, &units, &item.short)),
        None => entries.put(item.slot(), &item.short),
    }
}

/// Gives a thing a short name that is free, and no long one.
fn rename(entries: &mut Entries, item: &Item) {
    let is_free = |name: &[u8; 11]| entries.find(&short::text(name, 0)).is_none();
    let Some(name) = short::candidates(&item.name).take(10_000).find(is_free) else { return };
    let late = entries.remove(item);
    entries.free(late);
    entries.insert(item.slot(), &[], &Short { name, case: 0, ..item.short });
}

/// Returns the path of a thing in a folder; one that is very long begins with dots.
fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.into(),
        _ if folder.len() > PATH_BYTES_MAX => format!(".../{name}"),
        _ => format!("{folder}/{name}"),
    }
}
