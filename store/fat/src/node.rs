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
    runs::{NoMemory, Run, Runs},
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

/// How much of a chain is known.
#[derive(Clone, Copy)]
struct Known {
    first: u32,
    clusters: u32,
    last: Option<u32>,
}

impl Known {
    fn of(state: &State) -> Self {
        Self { first: state.first, clusters: state.runs.len(), last: state.runs.last() }
    }
}

impl State {
    /// Takes in what was found from the last cluster of `known` on, unless as much is known by now. Returns
    /// how many clusters that makes.
    fn learn(&mut self, known: Known, runs: &Runs, is_whole: bool) -> Result<u32, NoMemory> {
        let shared = u32::from(known.last.is_some());
        let clusters = known.clusters + runs.len() - shared;
        let have = self.runs.len();
        if self.first != known.first
            || self.is_whole
            || !(known.clusters..=clusters).contains(&have)
        {
            return Ok(clusters);
        }
        let mut skip = have - known.clusters + shared;
        for run in runs.iter() {
            let skipped = skip.min(run.count);
            skip -= skipped;
            if skipped < run.count {
                self.runs.push(Run { first: run.first + skipped, count: run.count - skipped })?;
            }
        }
        self.is_whole = is_whole;
        Ok(clusters)
    }

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
        let (known, ahead) = {
            let state = node.state.borrow();
            let known = Known::of(&state);
            if known.clusters >= wanted {
                return Ok(());
            }
            if state.is_whole {
                return Err(Damage::Short { first: known.first, clusters: known.clusters }.into());
            }
            let all = self.layout.clusters_for(u64::from(state.size_bytes));
            (known, all.min(wanted + CLUSTERS_AHEAD).max(wanted))
        };
        let (runs, is_whole) = match self.follow_on(known, ahead).await {
            Err(FatError::Damaged(_)) if ahead > wanted => self.follow_on(known, wanted).await?,
            followed => followed?,
        };
        let clusters = node.state.borrow_mut().learn(known, &runs, is_whole)?;
        let first = known.first;
        if clusters < wanted { Err(Damage::Short { first, clusters }.into()) } else { Ok(()) }
    }

    /// Follows the chain of a file to its end.
    pub(crate) async fn reach_end(&self, node: &Node) -> Outcome<(), B> {
        let known = {
            let state = node.state.borrow();
            if state.is_whole {
                return Ok(());
            }
            Known::of(&state)
        };
        let most = self.layout.cluster_count.min(self.layout.clusters_for(u64::from(u32::MAX)));
        let (runs, is_whole) = self.follow_on(known, most.saturating_add(1)).await?;
        if !is_whole {
            return Err(Damage::Long { first: known.first }.into());
        }
        node.state.borrow_mut().learn(known, &runs, true)?;
        Ok(())
    }

    /// Follows a chain from the last cluster that is known, which is the first that is returned, until
    /// there are `wanted` clusters in all.
    async fn follow_on(&self, known: Known, wanted: u32) -> Outcome<(Runs, bool), B> {
        let mut runs = Runs::default();
        if let Some(last) = known.last {
            runs.push(Run { first: last, count: 1 })?;
        }
        let more = wanted.saturating_sub(known.clusters).saturating_add(runs.len());
        self.follow(known.first, runs, more).await
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::tests::runs;

    #[test]
    fn what_several_learn_of_a_chain_at_once_is_there_once() {
        let (changed, is_whole, is_dirty) = (Stamp::new(None), false, false);
        let first = 5;
        let mut state =
            State { size_bytes: 0, first, runs: Runs::default(), is_whole, changed, is_dirty };
        let nothing = Known::of(&state);
        assert_eq!(state.learn(nothing, &runs(&[(5, 2)]), false), Ok(2));
        let two = Known::of(&state);
        assert_eq!(state.learn(two, &runs(&[(6, 1), (9, 2)]), false), Ok(4));
        assert_eq!(state.learn(two, &runs(&[(6, 1), (9, 1)]), false), Ok(3));
        assert_eq!(state.learn(two, &runs(&[(6, 1), (9, 2), (20, 3)]), true), Ok(7));
        assert_eq!(state.learn(nothing, &runs(&[(5, 2), (9, 1)]), false), Ok(3));
        assert!(state.runs == runs(&[(5, 2), (9, 2), (20, 3)]) && state.is_whole);
    }
}
