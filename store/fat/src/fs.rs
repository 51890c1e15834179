//! A volume as a file system.

use alloc::{rc::Rc, vec, vec::Vec};

use sarab_device::{Block, Entry, EntryKind, Fs, Metadata, Open, PathError, key};
use sarab_disk::Owned;

use crate::{
    Fat, FatError, FatFile,
    entries::{Entries, Item},
    entry::{self, CHANGED, ENTRY_BYTES, FOLDER, Short},
    folder::{Case, Folder},
    name, short,
    stamp::Stamp,
    volume::{Changing, Outcome, Volume},
};

/// How often a short name is looked for that is not taken.
const CANDIDATES_MAX: usize = 10_000;

impl<B: Block + 'static> Fs for Fat<B> {
    type Error = FatError<B::Error>;

    type File = FatFile<B>;

    async fn open(&self, path: &str, how: Open) -> Result<FatFile<B>, Self::Error> {
        let path = normal(path)?;
        let volume = &self.volume;
        if how != Open::New
            && let Some((folder, item)) = volume.look_up(path, Case::Ignored).await?
        {
            return open_item(volume, &folder, &item, path, how);
        }
        if path.is_empty() {
            return Err(PathError::folder(path).into());
        }
        if matches!(how, Open::Read | Open::Existing) {
            return Err(PathError::missing(path).into());
        }
        let turn = volume.turn().await?;
        let (folder, name) = volume.parent(path).await?;
        match folder.find(name) {
            Some(_) if how == Open::New => Err(PathError::exists(path).into()),
            Some(item) => open_item(volume, &folder, &item, path, how),
            None => {
                let slot = volume.create(&turn, &folder, path, Short::new(volume.now())).await?;
                let item = folder.entries.borrow().item(slot);
                let item = item.ok_or_else(|| PathError::no_path(path))?;
                open_item(volume, &folder, &item, path, how)
            }
        }
    }

    async fn metadata(&self, path: &str) -> Result<Option<Metadata>, Self::Error> {
        let Some(path) = key::normal(path) else { return Ok(None) };
        let found = self.volume.look_up(path, Case::Ignored).await?;
        Ok(found.and_then(|(folder, item)| self.volume.metadata_of(&folder, &item)))
    }

    async fn list(&self, path: &str) -> Result<Vec<Entry>, Self::Error> {
        let missing = || PathError::missing(path);
        let normal = key::normal(path).ok_or_else(missing)?;
        let folder = self.volume.folder_at(normal, Case::Ignored).await?.ok_or_else(missing)?;
        Ok(listed(&folder.entries.borrow()))
    }

    async fn create_folder(&self, path: &str) -> Result<(), Self::Error> {
        let path = normal(path)?;
        if path.is_empty() {
            return Err(PathError::exists(path).into());
        }
        let volume = &self.volume;
        let turn = volume.turn().await?;
        let (folder, name) = volume.parent(path).await?;
        if folder.find(name).is_some() {
            return Err(PathError::exists(path).into());
        }
        volume.create_folder(&turn, &folder, path).await
    }

    async fn remove(&self, path: &str) -> Result<(), Self::Error> {
        let path = normal(path)?;
        if path.is_empty() {
            return Err(PathError::folder(path).into());
        }
        let volume = &self.volume;
        let _turn = volume.turn().await?;
        let missing = || PathError::missing(path);
        let (folder, item) = volume.look_up(path, Case::Ignored).await?.ok_or_else(missing)?;
        if item.short.is_folder() {
            volume.remove_folder(&folder, &item, path).await
        } else {
            volume.remove_file(&folder, &item).await
        }
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), Self::Error> {
        let (from, to) = (normal(from)?, normal(to)?);
        if from.is_empty() || to.is_empty() {
            return Err(PathError::folder("").into());
        }
        let turn = self.volume.turn().await?;
        self.volume.rename(&turn, from, to).await
    }

    async fn sync(&self) -> Result<(), Self::Error> {
        Fat::sync(self).await
    }
}

/// Returns `path` as a normal key.
fn normal(path: &str) -> Result<&str, PathError> {
    key::normal(path).ok_or_else(|| PathError::no_path(path))
}

fn open_item<B: Block + 'static>(
    volume: &Rc<Volume<Owned<B>>>,
    folder: &Rc<Folder>,
    item: &Item,
    path: &str,
    how: Open,
) -> Outcome<FatFile<B>, Owned<B>> {
    if item.short.is_folder() {
        return Err(PathError::folder(path).into());
    }
    Ok(FatFile::new(volume, volume.node(folder, item), how != Open::Read))
}

/// Returns what stands in a folder, by name. Of two that have one name, the first is there.
pub(crate) fn listed(entries: &Entries) -> Vec<Entry> {
    let kind = |item: &Item| {
        if item.short.is_folder() { EntryKind::Folder } else { EntryKind::Value }
    };
    let mut listed: Vec<Entry> =
        entries.iter().map(|item| Entry { kind: kind(&item), name: item.name }).collect();
    listed.sort_by(|one, other| one.name.cmp(&other.name));
    listed.dedup_by(|next, one| next.name == one.name);
    listed
}

impl Short {
    /// Returns the entry of an empty file that is made now, without a name.
    pub(crate) fn new(now: Stamp) -> Self {
        Self {
            name: [b' '; 11],
            attributes: CHANGED,
            case: 0,
            created: now,
            used_date: now.date,
            changed: Stamp { hundredths: 0, ..now },
            first: 0,
            size_bytes: 0,
        }
    }
}

impl<B: Block> Volume<B> {
    /// Returns the file or folder at `path`, a normal key, and the folder it stands in.
    pub(crate) async fn look_up(
        &self,
        path: &str,
        case: Case,
    ) -> Outcome<Option<(Rc<Folder>, Item)>, B> {
        let (parent, name) = key::split(path);
        if name.is_empty() {
            return Ok(None);
        }
        let Some(folder) = self.folder_at(parent, case).await? else { return Ok(None) };
        let found = match case {
            Case::Ignored => folder.find(name),
            Case::Exact => folder.entries.borrow().find_exact(name),
        };
        Ok(found.map(|item| (folder, item)))
    }

    /// Returns the folder in which `path` is to stand, and its name there.
    pub(crate) async fn parent<'p>(&self, path: &'p str) -> Outcome<(Rc<Folder>, &'p str), B> {
        let (parent, name) = key::split(path);
        let folder = self.folder_at(parent, Case::Ignored).await?;
        let folder = folder.ok_or_else(|| PathError::missing(parent))?;
        Ok((folder, name))
    }

    /// Returns what is known of a file; `None` for a folder.
    pub(crate) fn metadata_of(&self, folder: &Folder, item: &Item) -> Option<Metadata> {
        if item.short.is_folder() {
            return None;
        }
        let (size_bytes, changed) = match self.known(folder, item.slot()) {
            Some(node) => {
                let state = node.state.borrow();
                (state.size_bytes, state.changed)
            }
            None => (item.short.size_bytes, item.short.changed),
        };
        Some(Metadata { size_bytes: size_bytes.into(), modified: changed.moment() })
    }

    /// Gives `short` the name of `path`, which is free, in `folder`. Returns the slot of the entry.
    pub(crate) async fn create(
        &self,
        turn: &Changing<'_>,
        folder: &Rc<Folder>,
        path: &str,
        short: Short,
    ) -> Outcome<usize, B> {
        let (at, units, named) = self.place(turn, folder, path, short).await?;
        Ok(folder.entries.borrow_mut().insert(at, &units, &named))
    }

    /// Finds slots and a short name for the name of `path` in `folder`.
    pub(crate) async fn place(
        &self,
        turn: &Changing<'_>,
        folder: &Rc<Folder>,
        path: &str,
        short: Short,
    ) -> Outcome<(usize, Vec<u16>, Short), B> {
        let text = name::trim(key::split(path).1);
        if self.is_vacated(folder, text) {
            self.commit(turn).await?; // else a crash could leave the name twice
        }
        let (units, named) = self.name(folder, path, short)?;
        let count = units.len().div_ceil(entry::PART_UNITS) + 1;
        let at = self.room(turn, folder, count, path).await?;
        Ok((at, units, named))
    }

    pub(crate) fn is_vacated(&self, folder: &Folder, text: &str) -> bool {
        self.pending.borrow().vacated.contains(&(folder.first, name::hash(text)))
    }

    /// Returns the units of the long name of `path`, none where the short name says all, and
    /// `short` with a short name that is free.
    pub(crate) fn name(
        &self,
        folder: &Folder,
        path: &str,
        short: Short,
    ) -> Outcome<(Vec<u16>, Short), B> {
        let text = name::trim(key::split(path).1);
        let units = name::units(text).ok_or_else(|| PathError::no_path(path))?;
        if let Some((name, case)) = short::exact(text) {
            return Ok((Vec::new(), Short { name, case, ..short }));
        }
        let entries = folder.entries.borrow();
        let is_free = |name: &[u8; 11]| {
            let text = short::text(name, 0);
            entries.find(&text).is_none() && !self.is_vacated(folder, &text)
        };
        let name = short::candidates(text).take(CANDIDATES_MAX).find(is_free);
        let name = name.ok_or_else(|| FatError::FolderFull { path: key::split(path).0.into() })?;
        Ok((units, Short { name, case: 0, ..short }))
    }

    async fn create_folder(
        &self,
        turn: &Changing<'_>,
        folder: &Rc<Folder>,
        path: &str,
    ) -> Outcome<(), B> {
        let mut short = Short { attributes: FOLDER, ..Short::new(self.now()) };
        let (at, units, named) = self.place(turn, folder, path, short).await?;
        let claim = self.allocate(turn, 1, None).await?;
        let run = claim.runs()[0];
        short.first = run.first;
        let mut start = vec![0; self.layout.cluster_bytes() as usize];
        let dots = [(*b".          ", run.first), (*b"..         ", folder.first)];
        for (place, (name, first)) in start.chunks_exact_mut(ENTRY_BYTES).zip(dots) {
            place.copy_from_slice(&Short { name, first, ..short }.write());
        }
        self.begin_folder(run, start).await?;
        folder.entries.borrow_mut().insert(at, &units, &Short { first: run.first, ..named });
        claim.keep();
        Ok(())
    }

    /// Takes a name from a folder, in memory.
    pub(crate) fn take_name(&self, folder: &Rc<Folder>, item: &Item) {
        let slots = folder.entries.borrow_mut().remove(item);
        let mut pending = self.pending.borrow_mut();
        if !slots.is_empty() {
            pending.slots.push((Rc::clone(folder), slots));
        }
        for text in [&item.name, &short::text(&item.short.name, 0)] {
            pending.vacated.insert((folder.first, name::hash(text)));
        }
    }

    async fn remove_file(&self, folder: &Rc<Folder>, item: &Item) -> Outcome<(), B> {
        let node = self.node(folder, item);
        let reached = self.reach_end(&node).await;
        if let Err(error @ FatError::Disk(_)) = reached {
            return Err(error);
        }
        self.take_name(folder, item);
        self.unlink(&node);
        Ok(())
    }

    /// Takes a file's name from its node. Its clusters become free when nobody has it open.
    pub(crate) fn unlink(&self, node: &crate::node::Node) {
        let place = node.place.borrow_mut().take();
        if let Some((folder, slot)) = place {
            self.nodes.borrow_mut().remove(&(folder.first, slot));
        }
        if node.handles.get() == 0 {
            self.free(node);
        }
    }

    async fn remove_folder(&self, folder: &Rc<Folder>, item: &Item, path: &str) -> Outcome<(), B> {
        let child = self.folder_of(item).await?;
        if child.first == crate::folder::ROOT || !child.entries.borrow().is_empty() {
            return Err(PathError::not_empty(path).into());
        }
        self.take_name(folder, item);
        child.entries.borrow_mut().abandon();
        self.folders.borrow_mut().remove(&child.first);
        self.pending.borrow_mut().frees.extend(child.runs.borrow_mut().cut(0));
        Ok(())
    }
}
