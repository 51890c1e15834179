//! Pages that the next checkpoint needs.

/// What snapshots keep of what was let go of, and the catalog does not know yet: the next checkpoint needs pages to say so.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Debt {
    /// Runs of pages that will stand on dead lists.
    pub(crate) entries: u64,
    /// Leaves that the catalog has at the most.
    pub(crate) leaves: u64,
}

/// The least entries of dead lists on a leaf that was split.
const LEAF_ENTRIES_MIN: u64 = 40;

/// The least children of a branch that was split.
const CHILDREN_MIN: u64 = 32;

/// The most children of a branch.
pub(crate) const CHILDREN_MAX: u64 = 128;

/// Pages for a few more levels, and for the records of heads.
const PATH_PAGES: u64 = 4;

impl Debt {
    /// Returns the most pages that it takes: each leaf that gets an entry is copied, with a branch of its own at the worst,
    /// and new ones come to it.
    pub(crate) fn pages(self) -> u64 {
        if self.entries == 0 {
            return 0;
        }
        let (copied, new) = (self.entries.min(self.leaves), self.entries / LEAF_ENTRIES_MIN);
        let branches = copied.min(self.leaves.div_ceil(CHILDREN_MIN)) + new / CHILDREN_MIN;
        copied + new + branches + branches / CHILDREN_MIN + PATH_PAGES
    }
}
