//! Moving files and folders.
//!
//! Within a sector a move is one write. Any other is written down first: see [`moving`](crate::moving).

use alloc::{rc::Rc, vec::Vec};

use sarab_device::{Block, PathError, key};

use crate::{
    FatError,
    entries::Item,
    entry::{self, Short},
    folder::{Case, Folder},
    moving::Moving,
    name,
    volume::{Changing, Outcome, Volume},
};

/// Something in a folder.
type Found = (Rc<Folder>, Item);

impl<B: Block> Volume<B> {
    /// Moves what is at `from` to `to`; both are normal keys and not the root.
    pub(crate) async fn rename(&self, turn: &Changing<'_>, from: &str, to: &str) -> Outcome<(), B> {
        let missing = |path: &str| PathError::missing(path);
        let source = self.look_up(from, Case::Ignored).await?.ok_or_else(|| missing(from))?;
        if from == to {
            return Ok(());
        }
        let is_below = to.starts_with(&key::prefix(from));
        let trail = self.trail(key::split(to).0).await?;
        let is_inside = |folder: &Rc<Folder>| {
            source.1.short.is_folder() && folder.first == source.1.short.first
        };
        if is_below || trail.iter().flatten().any(is_inside) {
            return Err(PathError::inside(from, to).into());
        }
        let folder = trail.and_then(|mut trail| trail.pop()).ok_or_else(|| missing(to))?;
        let target = folder.find(key::split(to).1);
        let is_same = |item: &Item| folder.first == source.0.first && item.slots == source.1.slots;
        match target.filter(|target| !is_same(target)) {
            None => self.move_to(turn, &source, &folder, to).await,
            Some(target) if source.1.short.is_folder() || target.short.is_folder() => {
                Err(PathError::exists(to).into())
            }
            Some(target) => self.replace(turn, &source, &(folder, target)).await,
        }
    }

    /// Returns the folders on the way to `path`, itself last, or `None` where one is missing.
    async fn trail(&self, path: &str) -> Outcome<Option<Vec<Rc<Folder>>>, B> {
        let mut trail = Vec::new();
        let ways = key::folders(path).chain([path]).filter(|way| !way.is_empty());
        for way in [""].into_iter().chain(ways) {
            match self.folder_at(way, Case::Ignored).await? {
                Some(folder) => trail.push(folder),
                None => return Ok(None),
            }
        }
        Ok(Some(trail))
    }

    /// Gives a thing another name, which nothing has.
    async fn move_to(
        &self,
        turn: &Changing<'_>,
        source: &Found,
        folder: &Rc<Folder>,
        to: &str,
    ) -> Outcome<(), B> {
        let (old, item) = source;
        let text = name::trim(key::split(to).1);
        if old.first == folder.first && item.name == text {
            return Ok(());
        }
        if old.first == folder.first && self.move_in_sector(source, to)? {
            return Ok(());
        }
        let changes_parent = item.short.is_folder() && old.first != folder.first;
        let child = if changes_parent { Some(self.folder_of(item).await?) } else { None };
        let (at, units, named) = self.place(turn, folder, to, item.short).await?;
        let slot = at + units.len().div_ceil(entry::PART_UNITS);
        folder.entries.borrow_mut().reserve(at, &units, &named);
        let reserved = Reserved { folder, slots: at..slot + 1 };
        self.commit(turn).await?;
        let to_before = folder.entries.borrow().raw(slot);
        let from_before = old.entries.borrow().raw(item.slot());
        let fresh = self.fresh_short(source, &named);
        core::mem::forget(reserved);
        self.take_name(old, item);
        folder.entries.borrow_mut().insert(at, &units, &fresh);
        self.move_node(source, folder, slot);
        let child = child.map(|child| {
            child.entries.borrow_mut().set_parent(folder.first);
            (child, folder.first)
        });
        let (from, to) = ((Rc::clone(old), item.slot()), (Rc::clone(folder), slot));
        let moving = Moving { from, to, from_before, to_before, child };
        self.pending.borrow_mut().moving = Some(moving);
        self.commit(turn).await
    }

    /// Gives a thing another name in the same sector, in one step. `false` where there is no room.
    fn move_in_sector(&self, source: &Found, to: &str) -> Outcome<bool, B> {
        let (folder, item) = source;
        if self.is_vacated(folder, name::trim(key::split(to).1)) {
            return Ok(false);
        }
        let (units, named) = self.name(folder, to, item.short)?;
        let count = units.len().div_ceil(entry::PART_UNITS) + 1;
        let Some(at) = folder.entries.borrow().room_beside(item, count) else { return Ok(false) };
        let fresh = self.fresh_short(source, &named);
        self.take_name(folder, item);
        let slot = folder.entries.borrow_mut().insert(at, &units, &fresh);
        self.move_node(source, folder, slot);
        Ok(true)
    }

    /// Lets a file take the place of another.
    async fn replace(&self, turn: &Changing<'_>, source: &Found, target: &Found) -> Outcome<(), B> {
        let ((old, item), (folder, replaced)) = (source, target);
        let is_one_step = old.first == folder.first
            && folder.entries.borrow().are_together(item, replaced.slot());
        if !is_one_step {
            self.commit(turn).await?;
        }
        // After the commit, which forgets nodes that nobody uses: whoever opens the file has this one.
        let victim = self.node(folder, replaced);
        if let Err(error @ FatError::Disk(_)) = self.reach_end(&victim).await {
            return Err(error);
        }
        let to_before = folder.entries.borrow().raw(replaced.slot());
        let from_before = old.entries.borrow().raw(item.slot());
        let fresh = self.fresh_short(source, &replaced.short);
        self.unlink(&victim);
        self.take_name(old, item);
        folder.entries.borrow_mut().rewrite(replaced.slot(), &fresh);
        self.move_node(source, folder, replaced.slot());
        if is_one_step {
            return Ok(());
        }
        let (from, to) = ((Rc::clone(old), item.slot()), (Rc::clone(folder), replaced.slot()));
        let moving = Moving { from, to, from_before, to_before, child: None };
        self.pending.borrow_mut().moving = Some(moving);
        self.commit(turn).await
    }

    /// Returns what is known of a thing now, under the name of `named`.
    fn fresh_short(&self, (folder, item): &Found, named: &Short) -> Short {
        if let Some(node) = self.known(folder, item.slot()) {
            node.write_entry();
        }
        let short = folder.entries.borrow().short(item.slot()).unwrap_or(item.short);
        Short { name: named.name, case: named.case, ..short }
    }

    /// Lets an open file know its new place.
    fn move_node(&self, (old, item): &Found, folder: &Rc<Folder>, slot: usize) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(node) = nodes.remove(&(old.first, item.slot())) {
            *node.place.borrow_mut() = Some((Rc::clone(folder), slot));
            nodes.insert((folder.first, slot), node);
        }
    }
}

/// Slots that are free again unless a name is put there.
struct Reserved<'a> {
    folder: &'a Folder,
    slots: core::ops::Range<usize>,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.folder.entries.borrow_mut().free(self.slots.clone());
    }
}
