//! Page tables of four levels.
//!
//! | bit | meaning |
//! | --- | --- |
//! | 0 | present |
//! | 1 | writable |
//! | 2 | user: ring 3 may use it |
//! | 5, 6 | accessed, dirty: set from the start, so that nobody has to |
//! | 7 | a large page, in the third level |
//! | 12..52 | guest physical address |
//! | 63 | never execute |

use crate::{memory::PAGE_BYTES, pages::Pages};

const PRESENT: u64 = 1;
const WRITABLE: u64 = 1 << 1;
const USER: u64 = 1 << 2;
const ACCESSED: u64 = 1 << 5 | 1 << 6;
const LARGE: u64 = 1 << 7;
const NEVER_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// The size of a large page, in bytes.
pub(crate) const LARGE_BYTES: u64 = 512 * PAGE_BYTES;

/// The rights of a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights(u64);

impl Rights {
    pub(crate) const USER_READ: Self = Self(PRESENT | USER | NEVER_EXECUTE);
    pub(crate) const USER_EXECUTE: Self = Self(PRESENT | USER);
    pub(crate) const USER_WRITE: Self = Self(PRESENT | USER | WRITABLE | NEVER_EXECUTE);
    pub(crate) const SUPERVISOR_READ: Self = Self(PRESENT | NEVER_EXECUTE);
    pub(crate) const SUPERVISOR_EXECUTE: Self = Self(PRESENT);
    pub(crate) const SUPERVISOR_WRITE: Self = Self(PRESENT | WRITABLE | NEVER_EXECUTE);

    /// The entry of a table on the way to such a page.
    fn link(self) -> u64 {
        PRESENT | WRITABLE | ACCESSED | (self.0 & USER)
    }
}

/// A run of pages.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    /// The virtual address.
    pub(crate) at: u64,
    /// The guest physical address.
    pub(crate) to: u64,
    /// Bytes.
    pub(crate) size: u64,
    /// What may be done there.
    pub(crate) rights: Rights,
}

/// How many tables map `size` bytes anywhere, at most, beside the root.
pub(crate) fn tables_for(size: u64) -> u64 {
    (12..=30).step_by(9).map(|shift| (size >> (shift + 9)) + 2).sum()
}

/// The tables of a machine, in pages whose offsets are guest physical addresses.
pub(crate) struct Tables<'a> {
    pages: &'a mut Pages,
    /// The offset of the root.
    root: u64,
    /// The offset of the first free page.
    free: u64,
}

impl<'a> Tables<'a> {
    /// Starts with an empty root at offset `root`, all pages from there on being free and zero.
    pub(crate) fn new(pages: &'a mut Pages, root: u64) -> Self {
        Self { pages, root, free: root + PAGE_BYTES }
    }

    /// Maps a run, by large pages where they fit.
    pub(crate) fn map(&mut self, mut run: Run) {
        while run.size > 0 {
            let done = if run.fits_large() { self.put_large(run) } else { self.fill(run) };
            run = run.skip(done);
        }
    }

    fn put_large(&mut self, run: Run) -> u64 {
        let table = self.table(run, 21);
        self.pages.put(table + slot(run.at, 21), run.to | run.rights.0 | ACCESSED | LARGE);
        LARGE_BYTES
    }

    /// Maps pages to the end of the run, or of the table.
    fn fill(&mut self, run: Run) -> u64 {
        let table = self.table(run, 12);
        let size = run.size.min(LARGE_BYTES - run.at % LARGE_BYTES);
        for offset in (0..size / PAGE_BYTES).map(|page| page * PAGE_BYTES) {
            let entry = (run.to + offset) | run.rights.0 | ACCESSED;
            self.pages.put(table + slot(run.at + offset, 12), entry);
        }
        size
    }

    /// The offset of the table whose entries stand for `1 << level` bytes, made where missing.
    fn table(&mut self, run: Run, level: u32) -> u64 {
        let mut table = self.root;
        for shift in (level + 9..=39).rev().step_by(9) {
            table = self.next(table + slot(run.at, shift), run.rights.link());
        }
        table
    }

    fn next(&mut self, entry: u64, link: u64) -> u64 {
        let old = self.pages.get(entry);
        if old != 0 {
            return old & ADDRESS;
        }
        let table = self.free;
        self.free += PAGE_BYTES;
        self.pages.put(entry, table | link);
        table
    }
}

impl Run {
    fn fits_large(&self) -> bool {
        (self.at | self.to).is_multiple_of(LARGE_BYTES) && self.size >= LARGE_BYTES
    }

    fn skip(self, done: u64) -> Self {
        Self { at: self.at + done, to: self.to + done, size: self.size - done, ..self }
    }
}

/// The offset in a table of the entry for `address`.
fn slot(address: u64, shift: u32) -> u64 {
    ((address >> shift) & 511) * 8
}
