//! Pages in memory, by their address.

use alloc::{rc::Rc, vec::Vec};
use core::cell::Cell;

use hashbrown::HashTable;

use crate::{format::pointer::Pointer, page::Page};

/// Pages in memory: those read from the disk, and those that are to be written.
pub(crate) struct Cache {
    table: HashTable<Entry>,
    frames: Vec<Frame>,
    vacant: Vec<u32>,
    hand: usize,
    frames_max: usize,
    dirty: usize,
}

/// A page in the table: what a search needs.
struct Entry {
    address: u64,
    page: Rc<Page>,
    frame: u32,
    /// Whether it was used since somebody looked for a page to evict. It stands here, where who gets the page looks.
    is_touched: Cell<bool>,
}

/// What is known of a page in memory besides.
struct Frame {
    address: u64,
    /// Its checksum, once it is not dirty.
    checksum: u64,
    state: State,
}

/// How a page in memory stands to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is not in memory.
    Vacant,
    /// As on the disk.
    Clean,
    /// Not to be changed any more, and to be written.
    Sealed,
    /// Still being changed.
    Dirty,
}

impl Cache {
    /// Makes an empty cache for about `frames_max` pages.
    pub(crate) fn new(frames_max: usize) -> Self {
        Self {
            table: HashTable::new(),
            frames: Vec::new(),
            vacant: Vec::new(),
            hand: 0,
            frames_max: frames_max.max(32),
            dirty: 0,
        }
    }

    /// Returns the page at `address`, if it is here.
    pub(crate) fn get(&self, address: u64) -> Option<&Rc<Page>> {
        let entry = self.find(address)?;
        entry.is_touched.set(true);
        Some(&entry.page)
    }

    /// Returns whether the page at `address` is here.
    pub(crate) fn contains(&self, address: u64) -> bool {
        self.find(address).is_some()
    }

    /// Returns how the page at `address` stands to the disk, and its checksum.
    pub(crate) fn state(&self, address: u64) -> (State, u64) {
        self.find(address).map_or((State::Vacant, 0), |entry| {
            let frame = &self.frames[entry.frame as usize];
            (frame.state, frame.checksum)
        })
    }

    /// Returns the dirty page at `address` to be changed.
    pub(crate) fn dirty_mut(&mut self, address: u64) -> Option<&mut Rc<Page>> {
        let entry = self.table.find_mut(hash(address), |entry| entry.address == address)?;
        let is_dirty = self.frames[entry.frame as usize].state == State::Dirty;
        is_dirty.then_some(&mut entry.page)
    }

    /// Takes a page that was read from `pointer`, if it is not here by now.
    pub(crate) fn insert_clean(&mut self, pointer: Pointer, page: Page) {
        if self.find(pointer.address).is_none() {
            self.insert(pointer.address, Rc::new(page), State::Clean, pointer.checksum);
        }
    }

    /// Takes a new page, in place of whatever was at its address.
    pub(crate) fn insert_dirty(&mut self, address: u64, page: Rc<Page>) {
        self.remove(address);
        self.insert(address, page, State::Dirty, 0);
        self.dirty += 1;
    }

    /// Forgets the page at `address`.
    pub(crate) fn remove(&mut self, address: u64) {
        let found = self.table.find_entry(hash(address), |entry| entry.address == address);
        let Ok(found) = found else { return };
        let (entry, _) = found.remove();
        let frame = &mut self.frames[entry.frame as usize];
        self.dirty -= usize::from(frame.state == State::Dirty);
        frame.state = State::Vacant;
        self.vacant.push(entry.frame);
    }

    /// Ends the changing of the page at `address`, whose checksum is `checksum`.
    pub(crate) fn seal(&mut self, address: u64, checksum: u64) {
        let Some(at) = self.find(address).map(|entry| entry.frame) else { return };
        let frame = &mut self.frames[at as usize];
        if frame.state == State::Dirty {
            self.dirty -= 1;
            (frame.state, frame.checksum) = (State::Sealed, checksum);
        }
    }

    /// Notes that `page` was written to `address`.
    pub(crate) fn written(&mut self, address: u64, page: &Rc<Page>) {
        let found = self.find(address).filter(|entry| Rc::ptr_eq(&entry.page, page));
        let Some(at) = found.map(|entry| entry.frame) else { return };
        let frame = &mut self.frames[at as usize];
        if frame.state == State::Sealed {
            frame.state = State::Clean;
        }
    }

    /// Returns all pages that are sealed and not written, by address.
    pub(crate) fn sealed(&self) -> Vec<(u64, Rc<Page>)> {
        let sealed = self.frames.iter().filter(|frame| frame.state == State::Sealed);
        let pages = sealed.filter_map(|frame| self.find(frame.address));
        let mut pages: Vec<_> =
            pages.map(|entry| (entry.address, Rc::clone(&entry.page))).collect();
        pages.sort_unstable_by_key(|(address, _)| *address);
        pages
    }

    /// Returns whether so many pages are dirty that some should be written.
    pub(crate) fn is_strained(&self) -> bool {
        self.dirty * 2 > self.frames_max
    }

    /// Forgets the page at `address`, if a root under way does not wait for it to be written.
    pub(crate) fn remove_unless_sealed(&mut self, address: u64) {
        if self.state(address).0 != State::Sealed {
            self.remove(address);
        }
    }

    /// Forgets all pages that are dirty.
    pub(crate) fn forget_dirty(&mut self) {
        if self.dirty > 0 {
            self.forget(State::Dirty);
        }
    }

    /// Forgets all pages that are as on the disk, so that they are read again.
    pub(crate) fn forget_clean(&mut self) {
        self.forget(State::Clean);
    }

    fn forget(&mut self, state: State) {
        for at in 0..self.frames.len() {
            if self.frames[at].state == state {
                self.remove(self.frames[at].address);
            }
        }
    }

    fn find(&self, address: u64) -> Option<&Entry> {
        self.table.find(hash(address), |entry| entry.address == address)
    }

    fn insert(&mut self, address: u64, page: Rc<Page>, state: State, checksum: u64) {
        self.make_room();
        let frame = Frame { address, checksum, state };
        let at = self.vacant.pop().unwrap_or(self.frames.len() as u32);
        match self.frames.get_mut(at as usize) {
            Some(vacant) => *vacant = frame,
            None => self.frames.push(frame),
        }
        let entry = Entry { address, page, frame: at, is_touched: Cell::new(true) };
        self.table.insert_unique(hash(address), entry, |entry| hash(entry.address));
    }

    /// Returns whether the page at `address` was used since this was last asked.
    fn forget_touch(&self, address: u64) -> bool {
        self.find(address).is_some_and(|entry| entry.is_touched.replace(false))
    }

    /// Evicts a page or two when there are too many, if any may go: second chance.
    fn make_room(&mut self) {
        const STEPS_MAX: usize = 64;
        for _ in 0..STEPS_MAX {
            if self.frames.len() - self.vacant.len() < self.frames_max {
                return;
            }
            self.hand = (self.hand + 1) % self.frames.len();
            let Frame { address, state, .. } = self.frames[self.hand];
            if state == State::Clean && !self.forget_touch(address) {
                self.remove(address);
            }
        }
    }
}

fn hash(address: u64) -> u64 {
    let product = u128::from(address ^ 0x2545_f491_4f6c_dd1d) * 0x9e37_79b9_7f4a_7c15;
    (product as u64) ^ (product >> 64) as u64
}
