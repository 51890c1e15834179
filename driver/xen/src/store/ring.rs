//! The ring of the store: bytes in both directions (Xen, `io/xs_wire.h`, `struct xenstore_domain_interface`).
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1024 | requests |
//! | 0x400 | 1024 | answers and events |
//! | 0x800 | 4 | bytes of requests that were read |
//! | 0x804 | 4 | bytes of requests that were written |
//! | 0x808 | 4 | bytes of answers that were read |
//! | 0x80c | 4 | bytes of answers that were written |

use alloc::vec::Vec;
use core::{
    cell::{Cell, RefCell},
    sync::atomic::{Ordering, fence},
};

use super::{
    Fault,
    wire::{HEADER_BYTES, Header, PAYLOAD_BYTES_MAX},
};
use crate::{channel::Channel, domain::Domain, memory::Window};

const RING_BYTES: u32 = 1024;
const ANSWERS_AT: usize = 0x400;
const REQUESTS_READ_AT: usize = 0x800;
const REQUESTS_WRITTEN_AT: usize = 0x804;
const ANSWERS_READ_AT: usize = 0x808;
const ANSWERS_WRITTEN_AT: usize = 0x80c;

/// The ring of the store.
pub(super) struct Ring {
    window: Window,
    channel: Cell<Channel>,
    /// What has come of a message that is not whole yet.
    incoming: RefCell<Vec<u8>>,
}

impl Ring {
    pub(super) fn new(window: Window, channel: Channel) -> Self {
        Self { window, channel: Cell::new(channel), incoming: RefCell::default() }
    }

    pub(super) fn channel(&self) -> Channel {
        self.channel.get()
    }

    /// Forgets what was half, and goes on by another channel.
    pub(super) fn restart(&self, channel: Channel) {
        self.channel.set(channel);
        self.incoming.borrow_mut().clear();
    }

    /// Writes a part of a request; waits while the ring is full, at most until `deadline_ns`.
    pub(super) fn send(
        &self,
        domain: &Domain,
        mut bytes: &[u8],
        deadline_ns: u64,
    ) -> Result<(), Fault> {
        while !bytes.is_empty() {
            let count = self.try_send(bytes)?;
            bytes = &bytes[count..];
            if count > 0 {
                continue;
            }
            if domain.now_ns() >= deadline_ns {
                return Err(Fault::Stuck);
            }
            domain.channels().send(self.channel());
            self.pause(domain, deadline_ns, || self.has_room());
        }
        Ok(())
    }

    /// Writes what there is room for, and returns how many bytes that were.
    fn try_send(&self, bytes: &[u8]) -> Result<usize, Fault> {
        let (read, written): (u32, u32) =
            (self.window.load(REQUESTS_READ_AT), self.window.load(REQUESTS_WRITTEN_AT));
        // What stands in the room was read before it counted as such.
        fence(Ordering::SeqCst);
        let room = RING_BYTES.checked_sub(written.wrapping_sub(read)).ok_or(Fault::Counts)?;
        let bytes = &bytes[..bytes.len().min(room as usize)];
        let mut end = written;
        for &byte in bytes {
            self.window.store((end % RING_BYTES) as usize, byte);
            end = end.wrapping_add(1);
        }
        fence(Ordering::Release);
        self.window.store(REQUESTS_WRITTEN_AT, end);
        Ok(bytes.len())
    }

    /// Tells whether there is something to receive.
    pub(super) fn has_answer(&self) -> bool {
        self.window.load::<u32>(ANSWERS_READ_AT) != self.window.load::<u32>(ANSWERS_WRITTEN_AT)
    }

    /// Tells whether a request can be written.
    fn has_room(&self) -> bool {
        let (read, written): (u32, u32) =
            (self.window.load(REQUESTS_READ_AT), self.window.load(REQUESTS_WRITTEN_AT));
        written.wrapping_sub(read) < RING_BYTES
    }

    /// Returns the next message, if all of it is there; does not wait.
    pub(super) fn receive(&self, domain: &Domain) -> Result<Option<(Header, Vec<u8>)>, Fault> {
        let mut incoming = self.incoming.borrow_mut();
        if self.take(&mut incoming, HEADER_BYTES)? {
            domain.channels().send(self.channel());
        }
        let Some(header) = Header::of(&incoming) else { return Ok(None) };
        let size_bytes = header.size_bytes();
        let size = size_bytes as usize;
        if size > PAYLOAD_BYTES_MAX {
            return Err(Fault::Size(size_bytes));
        }
        if self.take(&mut incoming, HEADER_BYTES + size)? {
            domain.channels().send(self.channel());
        }
        if incoming.len() < HEADER_BYTES + size {
            return Ok(None);
        }
        let payload = incoming.split_off(HEADER_BYTES);
        incoming.clear();
        Ok(Some((header, payload)))
    }

    /// Takes bytes until there are `size_bytes`, as far as they are there; tells whether it took one.
    fn take(&self, incoming: &mut Vec<u8>, size_bytes: usize) -> Result<bool, Fault> {
        let (mut read, written): (u32, u32) =
            (self.window.load(ANSWERS_READ_AT), self.window.load(ANSWERS_WRITTEN_AT));
        fence(Ordering::Acquire);
        let there = written.wrapping_sub(read);
        if there > RING_BYTES {
            return Err(Fault::Counts);
        }
        let count = (there as usize).min(size_bytes.saturating_sub(incoming.len()));
        for _ in 0..count {
            incoming.push(self.window.load(ANSWERS_AT + (read % RING_BYTES) as usize));
            read = read.wrapping_add(1);
        }
        if count > 0 {
            fence(Ordering::SeqCst);
            self.window.store(ANSWERS_READ_AT, read);
        }
        Ok(count > 0)
    }

    /// Waits for the store's event, at most until `deadline_ns`; not at all if `is_ready`.
    pub(super) fn pause(&self, domain: &Domain, deadline_ns: u64, is_ready: impl Fn() -> bool) {
        // Forgotten first, looked at then, so that an event in between ends the wait.
        domain.channels().take(self.channel());
        if !is_ready() {
            domain.channels().poll_one(self.channel(), deadline_ns);
        }
    }
}
