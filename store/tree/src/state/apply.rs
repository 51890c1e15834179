//! Putting the operations of a batch into the tree of the open transaction.

use alloc::vec::Vec;

use super::{Open, State};
use crate::{
    batch::{Batch, Operation},
    btree::{Builder, Fence, Old},
    format::{extent, field::u16_at},
    page::Entry,
    pages::{Fault, Pages, senseless},
    space::{Claim, Freed},
};

/// So many puts into an empty tree are laid out leaf by leaf.
const BUILD_MIN: usize = 64;

/// How far applying has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// All is in the tree.
    All,
    /// So many pages are dirty that they should be written first.
    Strained,
}

impl State {
    /// Applies what waits in `batch`. After a fault it goes on where it was.
    pub(crate) fn apply(&mut self, batch: &mut Batch) -> Result<Applied, Fault> {
        let Some(open) = &mut self.open else { return Ok(Applied::All) };
        batch.sort();
        open.is_changed |= batch.is_waiting();
        if open.top.is_empty() && batch.waiting() >= BUILD_MIN {
            build(&mut self.pages, open, batch)?;
        }
        let mut done = 0;
        let result = apply_each(&mut self.pages, open, batch, &mut done);
        batch.applied(done);
        if result? == Applied::Strained {
            return Ok(Applied::Strained);
        }
        drop_orphans(&mut self.pages, open)
    }

    /// Removes the keys from `start` on and before `end` from the tree of the open transaction.
    ///
    /// After a fault it goes on where it was.
    pub(crate) fn remove_range(
        &mut self,
        start: &[u8],
        end: Option<&[u8]>,
    ) -> Result<Applied, Fault> {
        let Some(open) = &mut self.open else { return Ok(Applied::All) };
        open.is_changed = true;
        if remove_range(&mut self.pages, open, start, end)? == Applied::Strained {
            return Ok(Applied::Strained);
        }
        drop_orphans(&mut self.pages, open)
    }
}

/// Builds the tree from the puts of `batch`; its removals have nothing to remove.
fn build(pages: &mut Pages, open: &mut Open, batch: &mut Batch) -> Result<(), Fault> {
    open.edit.claim = open.put_claim;
    let mut builder = Builder::new();
    let mut orphans = Vec::new();
    let result = feed(pages, open, batch, &mut builder, &mut orphans)
        .and_then(|()| builder.finish(pages, &open.edit));
    let built = builder.into_pages();
    match result {
        Ok(top) => {
            open.top = top;
            open.orphans.append(&mut orphans);
            batch.applied(batch.waiting());
            Ok(())
        }
        Err(fault) => {
            for pointer in built {
                pages.drop_page(&mut open.edit, pointer);
            }
            Err(fault)
        }
    }
}

fn feed<'b>(
    pages: &mut Pages,
    open: &Open,
    batch: &'b Batch,
    builder: &mut Builder<'b>,
    orphans: &mut Vec<u64>,
) -> Result<(), Fault> {
    for at in 0..batch.waiting() {
        let operation = batch.operation(at);
        if batch.is_overtaken(at) {
            orphans.extend(orphan(operation));
        } else if let Some(Operation::Put { key, word, value }) = operation {
            builder.push(pages, &open.edit, Entry { key, fixed: word, value })?;
        }
    }
    Ok(())
}

fn apply_each(
    pages: &mut Pages,
    open: &mut Open,
    batch: &Batch,
    done: &mut usize,
) -> Result<Applied, Fault> {
    for at in 0..batch.waiting() {
        if pages.cache.is_strained() {
            return Ok(Applied::Strained);
        }
        let operation = batch.operation(at);
        if batch.is_overtaken(at) {
            open.orphans.extend(orphan(operation));
        } else if let Some(operation) = operation {
            apply_one(pages, open, operation)?;
        }
        *done = at + 1;
    }
    Ok(Applied::All)
}

/// Returns the large value of a put that is overtaken by another of the same key.
fn orphan(operation: Option<Operation<'_>>) -> Option<u64> {
    let Some(Operation::Put { key, word, value }) = operation else { return None };
    match Old::of(key, u16_at(word, 0), value) {
        Old::Large(number) => Some(number),
        Old::Plain | Old::Extent(_) => None,
    }
}

fn apply_one(pages: &mut Pages, open: &mut Open, operation: Operation<'_>) -> Result<(), Fault> {
    let old = match operation {
        Operation::Put { key, word, value } => {
            open.edit.claim = open.put_claim;
            pages.put(&mut open.edit, &mut open.top, &Entry { key, fixed: word, value })?
        }
        Operation::Remove { key } => {
            open.edit.claim = Claim::Remove;
            pages.remove(&mut open.edit, &mut open.top, key)?.unwrap_or(Old::Plain)
        }
        Operation::RemoveRange { .. } => Old::Plain,
    };
    let_go(pages, open, old);
    Ok(())
}

fn let_go(pages: &mut Pages, open: &mut Open, old: Old) {
    match old {
        Old::Plain => {}
        Old::Large(number) => open.orphans.push(number),
        Old::Extent(extent) => {
            let (address, pages_count, birth) = (extent.address, extent.pages(), extent.birth);
            pages.drop_extent(&mut open.edit, Freed { address, pages: pages_count, birth });
        }
    }
}

/// Removes the extents of values that nothing refers to any more.
fn drop_orphans(pages: &mut Pages, open: &mut Open) -> Result<Applied, Fault> {
    while let Some(number) = open.orphans.last().copied() {
        let (start, end) = (extent::key(number, 0), extent::key(number, u64::MAX));
        if remove_range(pages, open, &start, Some(&end))? == Applied::Strained {
            return Ok(Applied::Strained);
        }
        open.orphans.pop();
    }
    Ok(Applied::All)
}

fn remove_range(
    pages: &mut Pages,
    open: &mut Open,
    start: &[u8],
    end: Option<&[u8]>,
) -> Result<Applied, Fault> {
    open.edit.claim = Claim::Remove;
    let mut key = start.to_vec();
    let (mut fence, mut found) = (Fence::default(), Vec::new());
    while !open.top.is_empty() {
        if pages.cache.is_strained() {
            return Ok(Applied::Strained);
        }
        let leaf = pages.leaf_from(open.top, &key, &mut fence)?;
        let at = leaf.find(&key).unwrap_or_else(|at| at);
        let is_in = |key: &[u8]| end.is_none_or(|end| key < end);
        if at == leaf.len() {
            if !fence.is_set || !is_in(&fence.key) {
                break;
            }
            if fence.key <= key {
                return Err(senseless(open.top.pointer, 0, 0));
            }
            core::mem::swap(&mut key, &mut fence.key);
            continue;
        }
        leaf.read_key(at, &mut found);
        if !is_in(&found) {
            break;
        }
        drop(leaf);
        core::mem::swap(&mut key, &mut found);
        let old = pages.remove(&mut open.edit, &mut open.top, &key)?;
        let_go(pages, open, old.ok_or(senseless(open.top.pointer, 0, 0))?);
    }
    Ok(Applied::All)
}
