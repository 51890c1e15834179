//! Grants: pages of the guest that another domain may use (Xen, `grant_table.h`, version 1).
//!
//! An entry of the table:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 2 | flags: 1 granted, 4 only to read; of the hypervisor: 8 being read, 16 being written |
//! | 2 | 2 | the domain that may |
//! | 4 | 4 | the frame |
//!
//! The first eight entries belong to whoever built the domain.

use alloc::{rc::Rc, vec::Vec};
use core::{
    cell::RefCell,
    fmt,
    sync::atomic::{Ordering, fence},
};

use crate::{
    hypercall::{DomainId, HypercallError, Hypervisor, Space},
    memory::{PAGE_BYTES, Page, Window},
};

const PERMIT_ACCESS: u16 = 1;
const READ_ONLY: u16 = 4;
const IN_USE: u16 = 8 | 16;

const ENTRY_BYTES: usize = 8;
const ENTRIES_IN_FRAME: u32 = 512;
const RESERVED: u32 = 8;

/// What another domain may do with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Only read it.
    ReadOnly,
    /// Read and write it.
    ReadWrite,
}

/// A page that is granted. It is until [`Grants::end`] takes this.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a grant that nobody ends is for ever"]
pub struct Reference(u32);

impl Reference {
    /// Returns its number, by which the other domain finds it.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.0
    }
}

/// Why a page is not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantError {
    /// All of the table is in use.
    Full {
        /// Its entries.
        count: u32,
    },
    /// The page lies where entries of version 1 do not reach.
    TooHigh {
        /// Its frame.
        frame: u64,
    },
    /// The hypervisor does not give more of the table.
    Refused(HypercallError),
}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full { count } => write!(f, "all {count} grants are in use"),
            Self::TooHigh { frame } => {
                write!(f, "frame {frame:#x} lies above 16 TiB, where no grant reaches")
            }
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for GrantError {}

/// The guest's table of grants. It grows as it is used.
pub struct Grants {
    hypervisor: Rc<dyn Hypervisor>,
    table: RefCell<Table>,
}

#[derive(Default)]
struct Table {
    frames: Vec<Page>,
    free: Vec<u32>,
    /// Pages whose owners are gone, and that another domain still uses.
    kept: Vec<(Page, Reference)>,
}

impl Grants {
    pub(crate) fn new(hypervisor: Rc<dyn Hypervisor>) -> Result<Self, HypercallError> {
        let grants = Self { hypervisor, table: RefCell::default() };
        grants.grow(&mut grants.table.borrow_mut()).map_err(|error| match error {
            GrantError::Refused(error) => error,
            _ => HypercallError { call: "GNTTABOP_query_size", code: -28 },
        })?;
        Ok(grants)
    }

    /// Lets the domain `peer` use the page at `address`. All of the page: what else lies in it is in that domain's
    /// hands, too.
    ///
    /// # Safety
    ///
    /// The page stays where it is until the grant has ended; and if it may be written, nobody minds.
    pub unsafe fn grant(
        &self,
        peer: DomainId,
        address: usize,
        access: Access,
    ) -> Result<Reference, GrantError> {
        let frame = self.hypervisor.frame(address);
        let frame = u32::try_from(frame).map_err(|_| GrantError::TooHigh { frame })?;
        let mut table = self.table.borrow_mut();
        if table.free.is_empty() {
            self.grow(&mut table)?;
        }
        let number = table.free.pop().unwrap_or_default();
        let (window, at) = table.entry(number);
        window.store(at + 2, peer);
        window.store(at + 4, frame);
        // The entry is whole before it counts.
        fence(Ordering::Release);
        let flags = match access {
            Access::ReadOnly => PERMIT_ACCESS | READ_ONLY,
            Access::ReadWrite => PERMIT_ACCESS,
        };
        window.half(at).store(flags, Ordering::Release);
        Ok(Reference(number))
    }

    /// Grants one of the guest's own pages, which is kept by whoever keeps the reference.
    pub(crate) fn share(
        &self,
        peer: DomainId,
        page: &Page,
        access: Access,
    ) -> Result<Reference, GrantError> {
        // SAFETY: only windows look at the page, and the callers drop it after the grant has ended, or give it
        // to `keep`.
        unsafe { self.grant(peer, page.address(), access) }
    }

    /// Ends a grant. While the other domain still has the page mapped, or is copying, it does not end, and the
    /// reference comes back: the page must stay as it is.
    pub fn end(&self, reference: Reference) -> Result<(), Reference> {
        let mut table = self.table.borrow_mut();
        if table.end(&reference) {
            table.free.push(reference.0);
            return Ok(());
        }
        Err(reference)
    }

    /// Ends the grant of a page and drops the page, now or when the other domain lets go of it.
    pub fn keep(&self, page: Page, reference: Reference) {
        self.table.borrow_mut().kept.push((page, reference));
        self.collect();
    }

    /// Drops the pages that other domains have let go of.
    pub(crate) fn collect(&self) {
        let mut table = self.table.borrow_mut();
        for (page, reference) in core::mem::take(&mut table.kept) {
            if table.end(&reference) {
                table.free.push(reference.0);
            } else {
                table.kept.push((page, reference));
            }
        }
    }

    /// Puts the table in its place again: this is a new domain, in which nothing is granted.
    pub(crate) fn map_again(&self) -> Result<(), HypercallError> {
        let table = self.table.borrow();
        table.frames.iter().zip(0..).try_for_each(|(page, index)| self.map(page, index))
    }

    fn map(&self, page: &Page, index: u64) -> Result<(), HypercallError> {
        let frame = self.hypervisor.frame(page.address());
        self.hypervisor.map_page(Space::GrantTable, index, frame)
    }

    /// Adds a frame to the table.
    fn grow(&self, table: &mut Table) -> Result<(), GrantError> {
        let size = self.hypervisor.grant_frames().map_err(GrantError::Refused)?;
        let index = u32::try_from(table.frames.len()).unwrap_or(u32::MAX);
        if index >= size.count_max {
            return Err(GrantError::Full { count: index.saturating_mul(ENTRIES_IN_FRAME) });
        }
        let page = Page::new();
        self.map(&page, index.into()).map_err(GrantError::Refused)?;
        table.frames.push(page);
        let first = index * ENTRIES_IN_FRAME;
        table.free.extend((first.max(RESERVED)..first + ENTRIES_IN_FRAME).rev());
        Ok(())
    }
}

impl Table {
    /// Returns where an entry lies.
    fn entry(&self, number: u32) -> (Window, usize) {
        let at = number as usize * ENTRY_BYTES;
        (self.frames[at / PAGE_BYTES].window(), at % PAGE_BYTES)
    }

    /// Ends a grant, unless its page is in use.
    fn end(&self, reference: &Reference) -> bool {
        let (window, at) = self.entry(reference.0);
        let flags = window.half(at);
        let ended = flags.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |flags| {
            (flags & IN_USE == 0).then_some(0)
        });
        ended.is_ok()
    }
}
