//! Laying sorted entries out on as few pages as hold them.

use alloc::{rc::Rc, vec::Vec};

use super::{HEADER_BYTES, Page, SLOT_BYTES};
use crate::format::PAGE_BYTES;

/// An entry on its way into a page.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'e> {
    /// The whole key.
    pub(crate) key: &'e [u8],
    /// What stands before it: a leaf's word, or a pointer.
    pub(crate) fixed: &'e [u8],
    /// What stands after it.
    pub(crate) value: &'e [u8],
}

impl Entry<'_> {
    pub(super) fn size_bytes(&self) -> usize {
        self.key.len() + self.fixed.len() + self.value.len() + SLOT_BYTES
    }
}

/// How much fits on a page, entry by entry.
pub(crate) struct Fill {
    is_leaf: bool,
    entries: usize,
    size_bytes: usize,
    /// Entries whose keys lose the prefix, and how long it is.
    sharing: usize,
    prefix_bytes: usize,
}

impl Fill {
    pub(crate) fn new(level: u8) -> Self {
        Self { is_leaf: level == 0, entries: 0, size_bytes: 0, sharing: 0, prefix_bytes: 0 }
    }

    /// Counts `entry` in and returns `true`, or returns `false` if it does not fit.
    ///
    /// `first` is the first entry of the page whose key counts.
    pub(crate) fn take(&mut self, first: &[u8], entry: &Entry<'_>) -> bool {
        let is_least = !self.is_leaf && self.entries == 0;
        let prefix = match (is_least, self.sharing) {
            (true, _) => 0,
            (false, 0) => entry.key.len(),
            (false, _) => shared(&first[..self.prefix_bytes.min(first.len())], entry.key),
        };
        let sharing = self.sharing + usize::from(!is_least);
        let key_bytes = if is_least { entry.key.len() } else { 0 };
        let size = self.size_bytes + entry.size_bytes() - key_bytes;
        let prefix_room = prefix.next_multiple_of(SLOT_BYTES);
        if HEADER_BYTES + size + prefix_room - sharing * prefix > PAGE_BYTES && self.entries > 0 {
            return false;
        }
        *self = Self {
            entries: self.entries + 1,
            size_bytes: size,
            sharing,
            prefix_bytes: prefix,
            ..*self
        };
        true
    }
}

/// Cuts sorted entries of `level` into pages: returns where each ends.
///
/// Pages are filled from the left; [`Balance::Even`] then halves what two pages hold.
fn cuts(entries: &[Entry<'_>], level: u8, balance: Balance) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut start = 0;
    while start < entries.len() {
        let end = start + fitting(&entries[start..], level);
        ends.push(end);
        start = end;
    }
    if let (Balance::Even, [first, _]) = (balance, ends.as_mut_slice()) {
        let middle = half(entries);
        let fits = |part: &[Entry<'_>]| fitting(part, level) == part.len();
        if middle < *first && fits(&entries[..middle]) && fits(&entries[middle..]) {
            *first = middle;
        }
    }
    ends
}

/// How entries are spread over pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Balance {
    /// Each page as full as it gets: keys come in order.
    Full,
    /// Two pages half full each.
    Even,
}

/// Returns how many of the first entries fit on a page of `level`.
fn fitting(entries: &[Entry<'_>], level: u8) -> usize {
    let first = entries.get(usize::from(level > 0)).map_or(&[][..], |entry| entry.key);
    let mut fill = Fill::new(level);
    entries.iter().take_while(|entry| fill.take(first, entry)).count()
}

/// Returns where the first half of the bytes ends, with something on both sides.
fn half(entries: &[Entry<'_>]) -> usize {
    let total: usize = entries.iter().map(Entry::size_bytes).sum();
    let mut sum = 0;
    let within = entries.iter().take_while(|entry| {
        sum += entry.size_bytes();
        sum * 2 <= total
    });
    within.count().clamp(1, entries.len().max(2) - 1)
}

/// Returns whether entries, which came of several pages, are sorted.
pub(crate) fn are_ordered(entries: &[Entry<'_>]) -> bool {
    entries.is_sorted_by(|left, right| left.key < right.key)
}

/// Lays sorted entries out on pages of `level`, each with the number of its first entry.
pub(crate) fn pack(
    store: u64,
    level: u8,
    entries: &[Entry<'_>],
    balance: Balance,
) -> impl ExactSizeIterator<Item = (usize, Rc<Page>)> {
    let mut start = 0;
    cuts(entries, level, balance).into_iter().map(move |end| {
        let page = (start, lay(store, level, &entries[start..end]));
        start = end;
        page
    })
}

/// Lays entries that fit out on one page.
pub(crate) fn lay(store: u64, level: u8, entries: &[Entry<'_>]) -> Rc<Page> {
    let mut laid = Rc::new(Page::new(store, level));
    let page = Rc::make_mut(&mut laid);
    let skip = usize::from(level > 0);
    let prefix = match entries.get(skip..) {
        Some([first, .., last]) => shared(first.key, last.key),
        Some([only]) => only.key.len(),
        _ => 0,
    };
    if let Some(first) = entries.get(skip) {
        page.set_prefix(&first.key[..prefix]);
    }
    for (at, entry) in entries.iter().enumerate() {
        let suffix = if at < skip { &[] } else { &entry.key[prefix..] };
        let fits = page.insert(at, entry.fixed, suffix, entry.value);
        debug_assert!(fits, "more entries than were measured");
    }
    laid
}

/// Returns the shortest key that is greater than `left` and not greater than `right`.
pub(crate) fn separator<'k>(left: &[u8], right: &'k [u8]) -> &'k [u8] {
    &right[..(shared(left, right) + 1).min(right.len())]
}

/// Returns how many first bytes two keys share.
pub(crate) fn shared(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(left, right)| left == right).count()
}
