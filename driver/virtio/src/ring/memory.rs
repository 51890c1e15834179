//! The memory that a ring shares with its device (virtio 1.2 sections 2.7.5 to 2.7.8).
//!
//! All numbers are in little-endian order. A descriptor:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 8 | the address of a buffer |
//! | 8 | 4 | its bytes |
//! | 12 | 2 | 1 another follows, 2 the device writes it, 4 it is a table of descriptors |
//! | 14 | 2 | the number of the one that follows |
//!
//! The available ring, which this side writes, for `n` descriptors:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 2 | 1: interrupts are not wanted; 0 where there are events |
//! | 2 | 2 | the place behind the last entry, counted on from `n` and from 65535 |
//! | 4 | 2 `n` | the numbers of the first descriptors of chains |
//! | 4 + 2 `n` | 2 | the event: an interrupt is wanted when the used entry of this place is written |
//!
//! The used ring, which the device writes:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 2 | 1: notifications are not wanted |
//! | 2 | 2 | the place behind the last entry |
//! | 4 | 8 `n` | entries: the number of the first descriptor of a chain (4), bytes written to it (4) |
//! | 4 + 8 `n` | 2 | the event: a notification is wanted when the available entry of this place is written |

use alloc::alloc::{alloc, dealloc, handle_alloc_error};
use core::{
    alloc::Layout as Size,
    ptr::NonNull,
    sync::atomic::{AtomicU16, Ordering},
};

use super::{
    Part,
    layout::{ALIGN_BYTES, AVAILABLE_BYTES, DESCRIPTOR_BYTES, HEAD_BYTES, Layout, USED_BYTES},
};
use crate::transport::Areas;

const FOLLOWED: u16 = 1;
const WRITTEN: u16 = 2;
const TABLE: u16 = 4;

const UNWANTED: u16 = 1;
/// Where the place behind the last entry of a ring is.
const PLACE_AT: usize = 2;

#[derive(Clone, Copy)]
#[repr(C)]
struct Descriptor {
    address: u64,
    size_bytes: u32,
    flags: u16,
    next: u16,
}

#[derive(Clone, Copy)]
#[repr(C)]
struct UsedEntry {
    id: u32,
    written: u32,
}

/// The memory of a ring.
pub(super) struct Memory {
    start: NonNull<u8>,
    size: Size,
    layout: Layout,
}

impl Memory {
    pub(super) fn new(layout: Layout) -> Self {
        let size = Size::from_size_align(layout.total_bytes, ALIGN_BYTES);
        let size = size.unwrap_or_else(|_| unreachable!("a ring has a few MiB at most"));
        // SAFETY: a ring is not of 0 bytes.
        let start = unsafe { alloc(size) };
        let start = NonNull::new(start).unwrap_or_else(|| handle_alloc_error(size));
        // The device is told the address, and uses it.
        start.expose_provenance();
        let memory = Self { start, size, layout };
        memory.clear();
        memory
    }

    /// Sets both rings to empty. Of all the rest nothing is read before it was written.
    fn clear(&self) {
        let Layout { available_at, used_at, .. } = self.layout;
        let events = [
            self.layout.event_at(available_at, AVAILABLE_BYTES),
            self.layout.event_at(used_at, USED_BYTES),
        ];
        let heads = [available_at, available_at + PLACE_AT, used_at, used_at + PLACE_AT];
        for at in heads.into_iter().chain(events) {
            self.write(at, 0_u16);
        }
    }

    #[inline]
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(super) fn areas(&self) -> Areas {
        let address = |at| (self.start.addr().get() + at) as u64;
        Areas {
            size: self.layout.size,
            descriptors: address(0),
            available: address(self.layout.available_at),
            used: address(self.layout.used_at),
        }
    }

    /// Returns the address of the scratch bytes of a slot.
    #[inline]
    pub(super) fn scratch(&self, slot: usize) -> usize {
        self.start.addr().get() + self.layout.scratch_at(slot)
    }

    /// Writes the chain of a slot. Returns the number of its first descriptor, and how many bytes the
    /// device may write.
    #[inline]
    pub(super) fn write_chain(&self, slot: usize, parts: impl Iterator<Item = Part>) -> (u16, u32) {
        assert!(slot < self.layout.slots(), "a chain is lent where there is room");
        let head = self.layout.head(slot);
        let head_at = head * DESCRIPTOR_BYTES;
        let is_indirect = self.layout.is_indirect;
        let (at, first) =
            if is_indirect { (self.layout.table_at(slot), 0) } else { (head_at, head) };
        let (count, room) = self.write_parts(at, first, parts);
        let head = number(head);
        if is_indirect {
            let address = (self.start.addr().get() + at) as u64;
            let size_bytes = u32::from(count) * 16;
            self.write(head_at, Descriptor { address, size_bytes, flags: TABLE, next: 0 });
        }
        (head, room)
    }

    /// Writes descriptors from `at` on, of which the first has the number `first`. Returns how many, and
    /// how many bytes the device may write.
    #[inline]
    fn write_parts(
        &self,
        at: usize,
        first: usize,
        parts: impl Iterator<Item = Part>,
    ) -> (u16, u32) {
        let (mut count, mut room) = (0, 0_u32);
        let mut parts = parts.take(self.layout.parts()).peekable();
        while let Some(part) = parts.next() {
            let mut flags = if part.is_written { WRITTEN } else { 0 };
            if part.is_written {
                room = room.saturating_add(part.size_bytes);
            }
            if parts.peek().is_some() {
                flags |= FOLLOWED;
            }
            let next = number(first + count + 1);
            let Part { address, size_bytes, .. } = part;
            let descriptor = Descriptor { address: address as u64, size_bytes, flags, next };
            self.write(at + count * DESCRIPTOR_BYTES, descriptor);
            count += 1;
        }
        (number(count), room)
    }

    /// Writes the entry `place` of the available ring and shows it to the device.
    #[inline]
    pub(super) fn make_available(&self, place: u16, head: u16) {
        let entry = HEAD_BYTES + self.entry(place) * AVAILABLE_BYTES;
        self.write(self.layout.available_at + entry, head);
        // The device sees what was written before when it sees this.
        let behind = self.atomic(self.layout.available_at + PLACE_AT);
        behind.store(place.wrapping_add(1), Ordering::Release);
    }

    /// Returns the place behind the last entry of the used ring.
    #[inline]
    pub(super) fn used_place(&self) -> u16 {
        self.atomic(self.layout.used_at + PLACE_AT).load(Ordering::Acquire)
    }

    /// Returns the entry `place` of the used ring.
    #[inline]
    pub(super) fn used(&self, place: u16) -> (u32, u32) {
        let at = self.layout.used_at + HEAD_BYTES + self.entry(place) * USED_BYTES;
        // SAFETY: the entry lies in this memory, aligned, and the device says that it has written it;
        // any bits are numbers. It is read once, whatever the device does meanwhile.
        let entry = unsafe { self.at::<UsedEntry>(at).read_volatile() };
        (entry.id, entry.written)
    }

    /// Returns the place whose available entry the device wants to be notified of.
    #[inline]
    pub(super) fn notify_event(&self) -> u16 {
        let at = self.layout.event_at(self.layout.used_at, USED_BYTES);
        self.atomic(at).load(Ordering::Relaxed)
    }

    #[inline]
    pub(super) fn is_notification_unwanted(&self) -> bool {
        self.atomic(self.layout.used_at).load(Ordering::Relaxed) & UNWANTED != 0
    }

    /// Sets the place whose used entry the device interrupts for.
    #[inline]
    pub(super) fn set_interrupt_event(&self, place: u16) {
        let at = self.layout.event_at(self.layout.available_at, AVAILABLE_BYTES);
        self.atomic(at).store(place, Ordering::Relaxed);
    }

    pub(super) fn set_interrupt_unwanted(&self, is_unwanted: bool) {
        let flags = if is_unwanted { UNWANTED } else { 0 };
        self.atomic(self.layout.available_at).store(flags, Ordering::Relaxed);
    }

    /// Returns the entry of a ring that has the place.
    #[inline]
    fn entry(&self, place: u16) -> usize {
        usize::from(place & (self.layout.size - 1))
    }

    #[inline]
    fn at<T>(&self, at: usize) -> *mut T {
        debug_assert!(at + size_of::<T>() <= self.size.size(), "{at}");
        self.start.as_ptr().wrapping_add(at).cast()
    }

    #[inline]
    fn write<T>(&self, at: usize, value: T) {
        // SAFETY: the layout has a place of that size there, aligned, and the device only reads it.
        unsafe { self.at::<T>(at).write(value) }
    }

    #[inline]
    fn atomic(&self, at: usize) -> &AtomicU16 {
        // SAFETY: the layout has two bytes there, aligned. Both sides only access them whole.
        unsafe { AtomicU16::from_ptr(self.at(at)) }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: it was allocated so, and the device was reset before.
        unsafe { dealloc(self.start.as_ptr(), self.size) };
    }
}

/// Returns a number of a descriptor, of which there are 32,768 at most.
#[expect(clippy::cast_possible_truncation, reason = "there are 32,768 descriptors at most")]
#[inline]
fn number(descriptor: usize) -> u16 {
    descriptor as u16
}
