//! Deleting snapshots and heads, and freeing what only they needed.

use alloc::vec::Vec;

use sarab_device::Block;

use super::missing;
use crate::{
    Error, Tree,
    btree::Old,
    format::{
        catalog::{Key, SnapshotRecord},
        pointer::{Pointer, Top},
    },
    pages::{Fault, Pages},
    space::Freed,
    state::State,
};

/// Where a snapshot stands among those of its head.
struct Place {
    number: u64,
    record: SnapshotRecord,
    /// The transaction of the snapshot before.
    before: u64,
    /// The dead list of the snapshot after, or of the head.
    next_list: u64,
    is_last: bool,
}

impl<B: Block + 'static> Tree<B> {
    /// Deletes the snapshot `name`, and frees what only it needed.
    ///
    /// If the future is dropped or fails, the snapshot cannot be read any more, and can be deleted again.
    pub async fn delete_snapshot(&self, name: &str) -> Result<(), Error<B::Error>> {
        let _writer = self.writers.wait().await;
        let _turn = self.checkpoints.wait().await;
        self.checkpoint_in_turn().await?;
        let place = self.state.borrow().place_of(name).ok_or_else(|| missing(name))?;
        if self.state.borrow().has_clone(place.number) {
            return Err(Error::InUse { name: name.into() });
        }
        let deleted = SnapshotRecord { is_deleted: true, ..place.record.clone() };
        self.attempt(|state| {
            state.put_in_catalog(Key::Snapshot(place.number), &deleted.bytes())?;
            state.snapshots.insert(place.number, deleted.clone());
            Ok(())
        })
        .await?;
        self.free_dead(place.next_list, place.before).await?;
        self.move_dead(place.record.dead_list, place.next_list).await?;
        self.attempt(|state| {
            state.remove_from_catalog(Key::Snapshot(place.number))?;
            state.forget_snapshot(&place);
            state.count();
            Ok(())
        })
        .await?;
        self.checkpoint_in_turn().await
    }

    /// Deletes the clone `name`, and frees what only it needed. Its snapshots must be gone.
    pub async fn delete_head(&self, name: &str) -> Result<(), Error<B::Error>> {
        let _writer = self.writers.wait().await;
        let _turn = self.checkpoints.wait().await;
        self.checkpoint_in_turn().await?;
        let (number, top, kept, list) = {
            let state = self.state.borrow();
            let mut heads = state.heads.iter().filter(|(number, _)| **number != 0);
            let found = heads.find(|(_, head)| head.record.name == name);
            let (number, head) = found.ok_or_else(|| missing(name))?;
            if state.snapshots.values().any(|record| record.head == *number) {
                return Err(Error::InUse { name: name.into() });
            }
            (*number, head.record.top, head.record.kept, head.record.dead_list)
        };
        let own = self.collect(top, kept).await?;
        self.forget_dead(list).await?;
        self.attempt(|state| {
            state.remove_from_catalog(Key::Head(number))?;
            state.heads.remove(&number);
            state.count();
            for freed in &own {
                let transaction = state.transaction + 1;
                state.pages.postpone(*freed, transaction);
            }
            Ok(())
        })
        .await?;
        self.checkpoint_in_turn().await
    }

    /// Returns all pages and extents under `top` that were born after `kept`.
    async fn collect(&self, top: Top, kept: u64) -> Result<Vec<Freed>, Error<B::Error>> {
        let (mut found, mut open) = (Vec::new(), Vec::new());
        if !top.is_empty() && top.pointer.birth > kept {
            open.push((top.pointer, top.level));
        }
        while let Some((pointer, level)) = open.pop() {
            found.push(Freed { address: pointer.address, pages: 1, birth: pointer.birth });
            let action = |state: &mut State| look_into(&state.pages, pointer, level, kept);
            let (children, extents) = self.attempt(action).await?;
            open.extend(children.into_iter().map(|child| (child, level.saturating_sub(1))));
            found.extend(extents);
        }
        Ok(found)
    }
}

/// Returns the children or the extents of a page that were born after `kept`.
fn look_into(
    pages: &Pages,
    pointer: Pointer,
    level: u8,
    kept: u64,
) -> Result<(Vec<Pointer>, Vec<Freed>), Fault> {
    let page = pages.page(pointer, level)?;
    if level > 0 {
        let children = (0..page.len()).map(|at| page.child(at));
        return Ok((children.filter(|child| child.birth > kept).collect(), Vec::new()));
    }
    let mut key = Vec::new();
    let extents = (0..page.len()).filter_map(|at| {
        page.read_key(at, &mut key);
        let (word, value) = page.value(at);
        let Old::Extent(extent) = Old::of(&key, word, value) else { return None };
        let (address, birth) = (extent.address, extent.birth);
        Some(Freed { address, pages: extent.pages(), birth }).filter(|_| birth > kept)
    });
    Ok((Vec::new(), extents.collect()))
}

impl State {
    fn has_clone(&self, snapshot: u64) -> bool {
        self.heads.values().any(|head| head.record.origin == snapshot)
    }

    /// Returns where the snapshot `name`, deleted in part or not at all, stands.
    fn place_of(&self, name: &str) -> Option<Place> {
        let (number, record) = self.find_snapshot(name)?;
        let head = self.heads.get(&record.head)?;
        let of_head = |(_, other): &(&u64, &SnapshotRecord)| other.head == record.head;
        let before = self.snapshots.range(..number).rfind(of_head);
        let after = self.snapshots.range(number + 1..).find(of_head);
        let origin = self.snapshots.get(&head.record.origin);
        let before = before.map(|(_, before)| before).or(origin);
        Some(Place {
            number,
            record: record.clone(),
            before: before.map_or(0, |before| before.transaction),
            next_list: after.map_or(head.record.dead_list, |(_, after)| after.dead_list),
            is_last: after.is_none(),
        })
    }

    fn forget_snapshot(&mut self, place: &Place) {
        self.snapshots.remove(&place.number);
        if let Some(head) = self.heads.get_mut(&place.record.head)
            && place.is_last
        {
            head.record.kept = place.before;
            head.is_changed = true;
        }
    }
}
