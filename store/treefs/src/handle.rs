//! Who has which file open, and what is to be removed when nobody has any more.

use alloc::{collections::BTreeMap, vec::Vec};
use core::cell::RefCell;

/// The files that are open.
#[derive(Debug, Default)]
pub(crate) struct Handles {
    open: RefCell<BTreeMap<u64, Open>>,
    /// Orphans that nobody has open.
    abandoned: RefCell<Vec<u64>>,
    /// Inodes whose last name is being taken away.
    removing: RefCell<Vec<u64>>,
}

#[derive(Debug, Default)]
struct Open {
    count: usize,
    is_orphan: bool,
}

/// The removal of an inode, from its decision until its transaction has happened or not.
///
/// Nobody may open the inode meanwhile.
#[derive(Debug)]
pub(crate) struct Removal<'h> {
    handles: &'h Handles,
    inode: u64,
    /// Whether the inode is open, so that an orphan must be left.
    pub(crate) leaves_orphan: bool,
}

impl Drop for Removal<'_> {
    fn drop(&mut self) {
        self.handles.removed(self.inode, self.leaves_orphan);
    }
}

impl Handles {
    /// Counts somebody who opens an inode.
    pub(crate) fn opened(&self, inode: u64) {
        self.open.borrow_mut().entry(inode).or_default().count += 1;
    }

    /// Forgets somebody who had it open.
    pub(crate) fn closed(&self, inode: u64) {
        let mut open = self.open.borrow_mut();
        let Some(it) = open.get_mut(&inode) else { return };
        it.count -= 1;
        if it.count == 0 {
            if it.is_orphan {
                self.abandoned.borrow_mut().push(inode);
            }
            open.remove(&inode);
        }
    }

    /// Begins to remove an inode.
    pub(crate) fn remove(&self, inode: u64) -> Removal<'_> {
        self.removing.borrow_mut().push(inode);
        let leaves_orphan = self.open.borrow().contains_key(&inode);
        Removal { handles: self, inode, leaves_orphan }
    }

    fn removed(&self, inode: u64, leaves_orphan: bool) {
        self.removing.borrow_mut().retain(|other| *other != inode);
        if !leaves_orphan {
            return;
        }
        match self.open.borrow_mut().get_mut(&inode) {
            Some(open) => open.is_orphan = true,
            None => self.abandoned.borrow_mut().push(inode),
        }
    }

    /// Returns whether an inode is being removed.
    pub(crate) fn is_being_removed(&self, inode: u64) -> bool {
        self.removing.borrow().contains(&inode)
    }

    /// Returns an inode that may be an orphan, and that nobody has open.
    pub(crate) fn abandoned(&self) -> Option<u64> {
        let (abandoned, open) = (self.abandoned.borrow(), self.open.borrow());
        abandoned.iter().rfind(|inode| !open.contains_key(inode)).copied()
    }

    /// Strikes it off.
    pub(crate) fn buried(&self, inode: u64) {
        self.abandoned.borrow_mut().retain(|other| *other != inode);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orphan_is_abandoned_when_the_last_is_done() {
        let handles = Handles::default();
        handles.opened(7);
        handles.opened(7);
        let removal = handles.remove(7);
        assert!(removal.leaves_orphan && handles.is_being_removed(7));
        drop(removal);
        assert!(!handles.is_being_removed(7));
        handles.closed(7);
        assert_eq!(handles.abandoned(), None);
        handles.closed(7);
        assert_eq!(handles.abandoned(), Some(7));
        handles.buried(7);
        assert_eq!(handles.abandoned(), None);
    }

    #[test]
    fn an_orphan_that_is_closed_before_it_is_one_is_abandoned_then() {
        let handles = Handles::default();
        handles.opened(7);
        let removal = handles.remove(7);
        handles.closed(7);
        assert_eq!(handles.abandoned(), None);
        drop(removal);
        assert_eq!(handles.abandoned(), Some(7));
        handles.opened(7);
        assert_eq!(handles.abandoned(), None, "the removal may not have happened");
        handles.closed(7);
        assert_eq!(handles.abandoned(), Some(7), "nobody else remembers it");
    }

    #[test]
    fn what_nobody_has_open_leaves_no_orphan() {
        let handles = Handles::default();
        assert!(!handles.remove(7).leaves_orphan);
        assert_eq!(handles.abandoned(), None);
    }
}
