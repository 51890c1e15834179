//! The pages that trees are made of: those in memory, and room for new ones.

use alloc::rc::Rc;

use crate::{
    cache::{Cache, State},
    error::{Corrupt, Part},
    format::{Seal, pointer::Pointer},
    page::Page,
    space::{Claim, Freed, Space},
};

/// The pages that trees are made of.
///
/// Nothing here waits. What needs a page that is not in memory fails with [`Fault::Miss`] before it has changed
/// anything but the places of pages, and is done again when the page has been read.
pub(crate) struct Pages {
    pub(crate) seal: Seal,
    pub(crate) cache: Cache,
    pub(crate) space: Space,
    /// Pages born up to this transaction may be under a root, or on their way to the disk.
    pub(crate) frozen: u64,
    /// The last generation whose root was begun.
    pub(crate) cut: u64,
}

/// Why something could not be done in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A page of that level must be read first.
    Miss(Pointer, u8),
    Corrupt(Corrupt),
    NoSpace,
}

/// A change under way: its pages, and what it let go of.
#[derive(Debug)]
pub(crate) struct Edit {
    /// The transaction that new pages are born under.
    pub(crate) birth: u64,
    /// Whether its pages are thrown away if it does not come to its end.
    pub(crate) owner: Owner,
    pub(crate) claim: Claim,
    /// What was born up to this transaction stays for snapshots; none keeps the catalog.
    pub(crate) kept: Option<u64>,
    pub(crate) freed: alloc::vec::Vec<Freed>,
}

/// Whose pages a change makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The open transaction's.
    Transaction,
    /// The store's own.
    Catalog,
}

impl Edit {
    pub(crate) fn new(birth: u64, owner: Owner, claim: Claim) -> Self {
        Self { birth, owner, claim, kept: None, freed: alloc::vec::Vec::new() }
    }

    /// Returns how many runs of what it let go of stay for snapshots.
    pub(crate) fn kept_runs(&self) -> u64 {
        self.freed.iter().filter(|freed| self.keeps(freed)).count() as u64
    }

    fn keeps(&self, freed: &Freed) -> bool {
        self.kept.is_some_and(|kept| freed.birth <= kept)
    }
}

impl Pages {
    /// Returns the page of `level` at `pointer`.
    pub(crate) fn page(&self, pointer: Pointer, level: u8) -> Result<&Rc<Page>, Fault> {
        let Some(page) = self.cache.get(pointer.address) else {
            return Err(self.missing(pointer, level));
        };
        if page.level() == level { Ok(page) } else { Err(senseless(pointer, level, page.level())) }
    }

    /// Takes the bytes of the page of `level` at `pointer`, as they came from the disk.
    pub(crate) fn accept(
        &mut self,
        pointer: Pointer,
        level: u8,
        bytes: &[u8],
    ) -> Result<(), Corrupt> {
        let page = self.verify(pointer, level, bytes)?;
        self.cache.insert_clean(pointer, page);
        Ok(())
    }

    /// Checks the bytes of the page of `level` at `pointer`.
    pub(crate) fn verify(
        &self,
        pointer: Pointer,
        level: u8,
        bytes: &[u8],
    ) -> Result<Page, Corrupt> {
        let found = self.seal.sum_at(bytes, pointer.address);
        let wrong = |what, found| Corrupt {
            what,
            page: pointer.address,
            expected: pointer.checksum,
            found,
        };
        if found != pointer.checksum {
            return Err(wrong(Part::Page, found));
        }
        let page =
            Page::parse(bytes, self.seal.store, level).ok_or(wrong(Part::Contents, found))?;
        if page.birth() == pointer.birth { Ok(page) } else { Err(wrong(Part::Contents, found)) }
    }

    /// Returns whether `edit` may take `count` more pages.
    pub(crate) fn afford(&self, edit: &Edit, count: usize) -> Result<(), Fault> {
        let is_affordable = self.space.available(edit.claim) >= count as u64;
        if is_affordable { Ok(()) } else { Err(Fault::NoSpace) }
    }

    /// Takes a page for `edit`, and puts `page` there.
    pub(crate) fn add(&mut self, edit: &Edit, page: Rc<Page>) -> Result<Pointer, Fault> {
        let address = self.space.allocate().ok_or(Fault::NoSpace)?;
        if edit.owner == Owner::Transaction {
            self.space.set_fresh(address, 1);
        }
        self.cache.insert_dirty(address, page);
        Ok(Pointer { address, birth: edit.birth, checksum: 0 })
    }

    /// Returns whether `edit` may change the page at `pointer` where it is.
    pub(crate) fn is_own(&self, edit: &Edit, pointer: Pointer) -> bool {
        pointer.birth == edit.birth && self.cache.state(pointer.address).0 == State::Dirty
    }

    /// Returns the page at `address`, which an edit has made its own, to be changed.
    pub(crate) fn own_mut(&mut self, address: u64) -> Result<&mut Page, Fault> {
        self.own(address).map(Rc::make_mut)
    }

    /// Returns the page at `address`, which an edit has made its own, to be replaced.
    pub(crate) fn own(&mut self, address: u64) -> Result<&mut Rc<Page>, Fault> {
        let missing =
            Fault::Corrupt(Corrupt { what: Part::Contents, page: address, expected: 0, found: 0 });
        self.cache.dirty_mut(address).ok_or(missing)
    }

    /// Lets go of a page of a tree.
    pub(crate) fn drop_page(&mut self, edit: &mut Edit, pointer: Pointer) {
        let freed = Freed { address: pointer.address, pages: 1, birth: pointer.birth };
        if pointer.birth != edit.birth {
            self.let_go(edit, freed);
        } else if pointer.birth > self.frozen {
            self.space.clear_fresh(freed.address, 1);
            self.release(freed.address, 1);
        } else {
            self.cache.remove(freed.address);
            self.postpone(freed, 0);
        }
    }

    /// Lets go of an extent. The log may tell of it, so it waits for the next root in any case.
    pub(crate) fn drop_extent(&mut self, edit: &mut Edit, freed: Freed) {
        if freed.birth == edit.birth {
            self.postpone(freed, 0);
        } else {
            self.let_go(edit, freed);
        }
    }

    fn let_go(&mut self, edit: &mut Edit, freed: Freed) {
        self.space.debt.entries += u64::from(edit.keeps(&freed));
        edit.freed.push(freed);
    }

    /// Makes pages that nothing leads to any more free when roots and readers allow.
    pub(crate) fn postpone(&mut self, freed: Freed, transaction: u64) {
        if self.space.is_fixed(freed.address, u64::from(freed.pages)) {
            return; // somebody has forged that it was let go of
        }
        self.space.clear_fresh(freed.address, u64::from(freed.pages));
        self.space.touch(freed.address, u64::from(freed.pages));
        self.space.pending.push(freed, self.cut + 1, transaction);
    }

    /// Makes pages free at once.
    pub(crate) fn release(&mut self, address: u64, count: u64) {
        if self.space.is_fixed(address, count) {
            return;
        }
        for page in address..address.saturating_add(count) {
            self.cache.remove(page);
        }
        self.space.release(address, count);
    }

    /// Says what it means that a page is not in memory. One that was never written must be.
    fn missing(&self, pointer: Pointer, level: u8) -> Fault {
        let is_outside = pointer.address >= self.space.page_count() || pointer.address == 0;
        if pointer.checksum == 0 || is_outside {
            return senseless(pointer, level, 0);
        }
        Fault::Miss(pointer, level)
    }
}

/// Something that a sound page says and that cannot be.
pub(crate) fn senseless(pointer: Pointer, expected: u8, found: u8) -> Fault {
    Fault::Corrupt(Corrupt {
        what: Part::Contents,
        page: pointer.address,
        expected: u64::from(expected),
        found: u64::from(found),
    })
}
