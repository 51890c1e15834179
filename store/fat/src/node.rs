//! A file that is open, or has changed.

use alloc::{rc::Rc, vec::Vec};
use core::cell::{Cell, RefCell};

use sarab_device::{Block, PathError, WallTime, key};

use crate::{
    Damage, FatError,
    entries::Item,
    entry::{CHANGED, Short},
    folder::{Case, Folder},
    lock::Lock,
    runs::Runs,
    stamp::Stamp,
    volume::{Changing, Outcome, Volume},
};

/// Clusters of a file that are looked up before they are asked for.
const CLUSTERS_AHEAD: u32 = 4096;

/// A file that is open, or has changed: all its handles share it.
#[derive(Debug)]
pub(crate) struct Node {
    /// The folder and the slot of its entry; `None` once it was removed.
    pub(crate) place: RefCell<Option<(Rc<Folder>, usize)>>,
    pub(crate) state: RefCell<State>,
    /// Held to look by who reads, and to change by who writes.
    pub(crate) lock: Lock,
    /// How many handles there are.
    pub(crate) handles: Cell<usize>,
}

/// What is known of a file.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) size_bytes: u32,
    /// Its first cluster; 0 for none.
    pub(crate) first: u32,
    /// Its clusters, as far as they are known.
    pub(crate) runs: Runs,
    /// Whether those are all.
    pub(crate) is_whole: bool,
    pub(crate) changed: Stamp,
    /// Whether its entry is to be written anew.
    pub(crate) is_dirty: bool,
}

impl Node {
    pub(crate) fn new(folder: &Rc<Folder>, slot: usize, short: &Short) -> Self {
        Self {
            place: RefCell::new(Some((Rc::clone(folder), slot))),
            state: RefCell::new(State {
                size_bytes: short.size_bytes,
                first: short.first,
                runs: Runs::default(),
                is_whole: short.first == 0,
                changed: short.changed,
                is_dirty: false,
            }),
            lock: Lock::default(),
            handles: Cell::new(0),
        }
    }

    /// Writes what is known of the file to its entry in memory.
    pub(crate) fn write_entry(&self) {
        let place = self.place.borrow();
        let Some((folder, slot)) = place.as_ref() else { return };
        let mut state = self.state.borrow_mut();
        let mut entries = folder.entries.borrow_mut();
        let Some(mut short) = entries.short(*slot) else { return };
        short.size_bytes = state.size_bytes;
        short.first = if state.size_bytes == 0 { 0 } else { state.first };
        short.changed = state.changed;
        short.used_date = short.used_date.max(state.changed.date);
        short.attributes |= CHANGED;
        entries.rewrite(*slot, &short);
        state.is_dirty = false;
    }
}

impl State {
    /// Notes that the file has been changed.
    pub(crate) fn touch(&mut self, now: Stamp) {
        self.changed = now;
        self.is_dirty = true;
    }
}

impl<B: Block> Volume<B> {
    /// Returns the node of the file that `item` in `folder` names.
    pub(crate) fn node(&self, folder: &Rc<Folder>, item: &Item) -> Rc<Node> {
        let key = (folder.first, item.slot());
        let mut nodes = self.nodes.borrow_mut();
        let node = nodes.entry(key);
        Rc::clone(node.or_insert_with(|| Rc::new(Node::new(folder, item.slot(), &item.short))))
    }

    /// Returns the node of a file, if it is open or has changed.
    pub(crate) fn known(&self, folder: &Folder, slot: usize) -> Option<Rc<Node>> {
        self.nodes.borrow().get(&(folder.first, slot)).cloned()
    }

    /// Follows the chain of a file until there are clusters for `size_bytes` of it.
    pub(crate) async fn reach(&self, node: &Node, size_bytes: u64) -> Outcome<(), B> {
        let wanted = self.layout.clusters_for(size_bytes);
        let (first, runs, ahead) = {
            let state = node.state.borrow();
            if state.runs.len() >= wanted {
                return Ok(());
            }
            if state.is_whole {
                let clusters = state.runs.len();
                return Err(Damage::Short { first: state.first, clusters }.into());
            }
            let all = self.layout.clusters_for(u64::from(state.size_bytes));
            (state.first, state.runs.clone(), all.min(wanted + CLUSTERS_AHEAD))
        };
        let (runs, is_whole) = match self.follow(first, runs.clone(), ahead.max(wanted)).await {
            Err(FatError::Damaged(_)) if ahead > wanted => self.follow(first, runs, wanted).await?,
            followed => followed?,
        };
        let (first, clusters) = (runs.first().unwrap_or(0), runs.len());
        let mut state = node.state.borrow_mut();
        if state.first == first && state.runs.len() < clusters && !state.is_whole {
            (state.runs, state.is_whole) = (runs, is_whole);
        }
        if clusters < wanted { Err(Damage::Short { first, clusters }.into()) } else { Ok(()) }
    }

    /// Follows the chain of a file to its end.
    pub(crate) async fn reach_end(&self, node: &Node) -> Outcome<(), B> {
        let (first, runs) = {
            let state = node.state.borrow();
            if state.is_whole {
                return Ok(());
            }
            (state.first, state.runs.clone())
        };
        let most = self.layout.cluster_count.min(self.layout.clusters_for(u64::from(u32::MAX)));
        let (runs, is_whole) = self.follow(first, runs, most.saturating_add(1)).await?;
        if !is_whole {
            return Err(Damage::Long { first }.into());
        }
        let mut state = node.state.borrow_mut();
        (state.runs, state.is_whole) = (runs, true);
        Ok(())
    }

    /// Gives a file clusters for `size_bytes`, all of whose clusters are known.
    pub(crate) async fn extend(
        &self,
        turn: &Changing<'_>,
        node: &Node,
        size_bytes: u64,
    ) -> Outcome<(), B> {
        let (have, tail) = {
            let state = node.state.borrow();
            (state.runs.len(), state.runs.last())
        };
        let missing = self.layout.clusters_for(size_bytes).saturating_sub(have);
        if missing == 0 {
            return Ok(());
        }
        if tail.is_some_and(|tail| self.table.borrow().is_cut(tail)) {
            self.settle(turn).await?;
        }
        let claim = self.allocate(turn, missing, tail).await?;
        let mut state = node.state.borrow_mut();
        let pushed = claim.runs().iter().try_for_each(|run| state.runs.push(*run));
        if let Err(error) = pushed {
            state.runs.cut(have);
            return Err(error.into());
        }
        state.is_dirty = true;
        if let Some(tail) = tail {
            claim.append_to(tail);
        } else {
            state.first = state.runs.first().unwrap_or(0);
            claim.keep();
        }
        Ok(())
    }

    /// Takes from a file the clusters that `size_bytes` do not need; all its clusters are known.
    pub(crate) fn shorten(&self, node: &Node, size_bytes: u64) {
        let mut state = node.state.borrow_mut();
        let gone = state.runs.cut(self.layout.clusters_for(size_bytes));
        if gone.is_empty() {
            return;
        }
        let tail = state.runs.last();
        if tail.is_none() {
            state.first = 0;
        }
        let is_on_disk = tail.is_some_and(|tail| self.table.borrow_mut().cut(tail));
        state.is_dirty = true;
        let mut pending = self.pending.borrow_mut();
        if is_on_disk { pending.cut_off.extend(gone) } else { pending.frees.extend(gone) }
    }

    /// Says that a handle of a file is gone.
    pub(crate) fn closed(&self, node: &Rc<Node>) {
        node.handles.set(node.handles.get() - 1);
        if node.handles.get() > 0 {
            return;
        }
        let place = node.place.borrow().as_ref().map(|(folder, slot)| (folder.first, *slot));
        let Some(key) = place else {
            self.free(node);
            return;
        };
        if self.change.is_held() {
            return; // the folder is being written; whoever does that looks after the file
        }
        self.tidy(node);
        if node.state.borrow().is_dirty {
            node.write_entry();
        }
        self.nodes.borrow_mut().remove(&key);
    }

    /// Lets the clusters of a file without a name become free. Those of a damaged chain do not: others
    /// may have them.
    pub(crate) fn free(&self, node: &Node) {
        let mut state = node.state.borrow_mut();
        if state.is_whole {
            self.pending.borrow_mut().frees.extend(state.runs.cut(0));
        }
    }

    /// Takes from a file what a write that was given up left, unless somebody writes to it now.
    pub(crate) fn tidy(&self, node: &Node) {
        let (size_bytes, is_whole) = {
            let state = node.state.borrow();
            (state.size_bytes, state.is_whole)
        };
        if is_whole && !node.lock.is_held() {
            self.shorten(node, u64::from(size_bytes));
        }
    }

    /// Writes what is known of the files to their folders, and forgets those that nobody uses.
    pub(crate) fn write_entries(&self) {
        let all: Vec<_> =
            self.nodes.borrow().iter().map(|(key, node)| (*key, Rc::clone(node))).collect();
        for (key, node) in all {
            self.tidy(&node); // its entry may be as it is to be, and a write was given up since
            if node.state.borrow().is_dirty {
                node.write_entry();
            }
            if node.handles.get() == 0 {
                self.nodes.borrow_mut().remove(&key);
            }
        }
    }
}

impl<B: Block> Volume<B> {
    /// Says when a file or folder was changed last.
    pub(crate) async fn set_modified(
        &self,
        path: &str,
        moment: Option<WallTime>,
    ) -> Outcome<(), B> {
        let missing = || PathError::missing(path);
        let normal = key::normal(path).ok_or_else(missing)?;
        let _turn = self.turn().await?;
        let found = self.look_up(normal, Case::Ignored).await?;
        let (folder, item) = found.ok_or_else(missing)?;
        let changed = Stamp { hundredths: 0, ..Stamp::new(moment) };
        if let Some(node) = self.known(&folder, item.slot()) {
            node.state.borrow_mut().touch(changed);
        } else {
            let short = Short { changed, ..item.short };
            folder.entries.borrow_mut().rewrite(item.slot(), &short);
        }
        Ok(())
    }
}
