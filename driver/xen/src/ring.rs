//! A ring of requests and responses in a page that is granted (Xen, `io/ring.h`).
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 4 | requests that were made |
//! | 4 | 4 | the count of requests at which the back end wants to be told |
//! | 8 | 4 | responses that were given |
//! | 12 | 4 | the count of responses at which the guest wants to be told |
//! | 64 | | slots of one size, as many as a power of two fits, each for a request and then for a response |
//!
//! Counts wrap at 2^32; request and response number `n` stand in slot `n` modulo the count of slots.

use core::{
    cell::Cell,
    sync::atomic::{Ordering, fence},
};

use zerocopy::{FromBytes, IntoBytes};

use crate::{
    domain::Domain,
    grant::{Access, GrantError, Reference},
    hypercall::DomainId,
    memory::Page,
};

const REQUESTS_AT: usize = 0;
const REQUEST_EVENT_AT: usize = 4;
const RESPONSES_AT: usize = 8;
const RESPONSE_EVENT_AT: usize = 12;
const SLOTS_AT: usize = 64;

/// The back end has given more responses than there were requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overrun;

/// The guest's side of a ring.
pub(crate) struct Ring {
    page: Page,
    reference: Reference,
    slots: u32,
    slot_bytes: usize,
    /// Requests that were put into slots.
    requested: Cell<u32>,
    /// Those that the back end knows of.
    published: Cell<u32>,
    /// Responses that were seen.
    seen: Cell<u32>,
}

impl Ring {
    /// Makes a ring and grants it to `peer`.
    pub(crate) fn new(
        domain: &Domain,
        peer: DomainId,
        slots: u32,
        slot_bytes: usize,
    ) -> Result<Self, GrantError> {
        let page = Page::new();
        page.window().store(REQUEST_EVENT_AT, 1_u32);
        page.window().store(RESPONSE_EVENT_AT, 1_u32);
        let reference = domain.grants().share(peer, &page, Access::ReadWrite)?;
        let [requested, published, seen] = [const { Cell::new(0) }; 3];
        Ok(Self { page, reference, slots, slot_bytes, requested, published, seen })
    }

    /// Returns the number of its grant.
    pub(crate) fn reference(&self) -> u32 {
        self.reference.number()
    }

    /// Ends it; its page is kept for as long as the back end looks at it.
    pub(crate) fn end(self, domain: &Domain) {
        domain.grants().keep(self.page, self.reference);
    }

    /// Returns how many more requests can be put.
    pub(crate) fn room(&self) -> u32 {
        self.slots.saturating_sub(self.outstanding())
    }

    /// Returns how many requests have no response yet.
    pub(crate) fn outstanding(&self) -> u32 {
        self.requested.get().wrapping_sub(self.seen.get())
    }

    /// Returns the slot of the next response.
    pub(crate) fn next_slot(&self) -> usize {
        (self.seen.get() % self.slots) as usize
    }

    /// Returns the slot of the next request.
    pub(crate) fn free_slot(&self) -> usize {
        (self.requested.get() % self.slots) as usize
    }

    /// Puts a request into the next slot; there is room.
    pub(crate) fn put<T: IntoBytes>(&self, request: T) {
        let count = self.requested.get();
        self.page.window().store(self.place(count), request);
        self.requested.set(count.wrapping_add(1));
    }

    /// Shows the back end what was put; tells whether it wants to be told.
    pub(crate) fn publish(&self) -> bool {
        let (old, new) = (self.published.get(), self.requested.get());
        if old == new {
            return false;
        }
        let window = self.page.window();
        // The requests are whole before they count.
        fence(Ordering::Release);
        window.store(REQUESTS_AT, new);
        self.published.set(new);
        // They count before it is asked whether somebody sleeps.
        fence(Ordering::SeqCst);
        let event: u32 = window.load(REQUEST_EVENT_AT);
        new.wrapping_sub(event) < new.wrapping_sub(old)
    }

    /// Takes the next response.
    pub(crate) fn take<T: FromBytes>(&self) -> Result<Option<T>, Overrun> {
        let (seen, given) = (self.seen.get(), self.given());
        if given == seen {
            return Ok(None);
        }
        if given.wrapping_sub(seen) > self.published.get().wrapping_sub(seen) {
            return Err(Overrun);
        }
        // It is whole, since it counts.
        fence(Ordering::Acquire);
        let response = self.page.window().load(self.place(seen));
        self.seen.set(seen.wrapping_add(1));
        Ok(Some(response))
    }

    /// Asks to be told of the response `ahead` of those that were seen, from 1 on; tells whether there is one
    /// already, which nobody will be told of.
    pub(crate) fn arm(&self, ahead: u32) -> bool {
        let window = self.page.window();
        let event = self.seen.get().wrapping_add(ahead);
        if window.load::<u32>(RESPONSE_EVENT_AT) != event {
            window.store(RESPONSE_EVENT_AT, event);
            // It is asked for before it is looked for.
            fence(Ordering::SeqCst);
        }
        self.given() != self.seen.get()
    }

    fn given(&self) -> u32 {
        self.page.window().load(RESPONSES_AT)
    }

    fn place(&self, count: u32) -> usize {
        SLOTS_AT + (count % self.slots) as usize * self.slot_bytes
    }
}
