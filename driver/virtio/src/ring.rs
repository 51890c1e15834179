//! Split virtqueues (virtio 1.2 section 2.7).
//!
//! A ring has slots, one for each chain of buffers that may be lent at a time. Its memory is one piece:
//! see [`memory`] for what stands where. A slot always has the same descriptors, so none are looked for,
//! and a used one tells its slot by its number.

mod layout;
mod memory;

use core::{
    cell::{Cell, RefCell},
    sync::atomic::{Ordering, fence},
};

use slab::Slab;

use layout::Layout;
use memory::Memory;

use crate::{Fault, OpenError, device::Device, error::RingError, feature};

/// What a ring should be like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Slots, at most.
    pub(crate) slots_most: u16,
    /// Buffers in a chain, at most.
    pub(crate) parts_most: u16,
    /// Bytes for each slot beside its buffers, for what goes before and behind them.
    pub(crate) scratch_bytes: usize,
}

/// One of the buffers of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) address: usize,
    pub(crate) size_bytes: u32,
    /// Whether the device writes it; those come last.
    pub(crate) is_written: bool,
}

impl Part {
    pub(crate) fn read(address: usize, size_bytes: u32) -> Self {
        Self { address, size_bytes, is_written: false }
    }

    pub(crate) fn written(address: usize, size_bytes: u32) -> Self {
        Self { address, size_bytes, is_written: true }
    }
}

/// A chain that the device has given back.
pub(crate) struct Used<P> {
    /// What was lent with it.
    pub(crate) payload: P,
    /// The address of its scratch bytes, until something is lent again.
    pub(crate) scratch: usize,
    /// Bytes that the device has written.
    pub(crate) written: u32,
}

/// A ring that lends chains of buffers, and keeps a `P` with each.
pub(crate) struct Ring<P> {
    queue: u16,
    has_event_index: bool,
    memory: Memory,
    lent: RefCell<Slab<Lent<P>>>,
    /// The place behind what was made available last.
    available: Cell<u16>,
    /// That place, when the device was last told.
    notified: Cell<u16>,
    /// The place behind what was taken back last.
    used: Cell<u16>,
}

struct Lent<P> {
    payload: P,
    /// Bytes that the device may write.
    room: u32,
}

impl<P> Ring<P> {
    /// Makes a queue of the device, which was not let work yet. It does not interrupt.
    pub(crate) fn open(device: &Device, queue: u16, shape: Shape) -> Result<Self, OpenError> {
        let size_max = device.transport().queue_size_max(queue);
        let layout = Layout::new(size_max, shape, device.has(feature::INDIRECT));
        let layout = layout.ok_or_else(|| {
            device.error(Fault::Queue { queue, size_max, size_min: shape.parts_most })
        })?;
        let has_event_index = device.has(feature::EVENT_INDEX);
        let slots = layout.slots();
        let memory = Memory::new(layout);
        if !device.transport().enable_queue(queue, memory.areas()) {
            return Err(device.error(Fault::Refused { queue }));
        }
        let ring = Self {
            queue,
            has_event_index,
            memory,
            // It is all that there will ever be of it, since growing means copying.
            lent: RefCell::new(Slab::with_capacity(slots)),
            available: Cell::new(0),
            notified: Cell::new(0),
            used: Cell::new(0),
        };
        ring.listen(false);
        Ok(ring)
    }

    /// Returns how many chains can be lent at a time.
    pub(crate) fn slots(&self) -> usize {
        self.memory.layout().slots()
    }

    /// Returns how many chains are lent.
    #[inline]
    pub(crate) fn lent(&self) -> usize {
        self.lent.borrow().len()
    }

    /// Tells whether the device has used a chain yet; it may say no again after 65,536.
    #[inline]
    pub(crate) fn was_used(&self) -> bool {
        self.used.get() != 0
    }

    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.lent() < self.slots()
    }

    /// Returns the address of the scratch bytes of what is lent next. They hold anything at first.
    #[inline]
    pub(crate) fn scratch(&self) -> usize {
        self.memory.scratch(self.lent.borrow().vacant_key())
    }

    /// Lends a chain to the device. It sees it now or at the next [`notify`](Ring::notify).
    ///
    /// # Safety
    ///
    /// There is room; and the parts, of which there are no more than the ring's shape says, stay as they
    /// are, for the device to read or to write, until the chain is used or the device is reset.
    #[inline]
    pub(crate) unsafe fn lend(&self, payload: P, parts: impl Iterator<Item = Part>) {
        let mut lent = self.lent.borrow_mut();
        let (head, room) = self.memory.write_chain(lent.vacant_key(), parts);
        lent.insert(Lent { payload, room });
        let place = self.available.get();
        self.available.set(place.wrapping_add(1));
        self.memory.make_available(place, head);
    }

    /// Takes back the next chain that the device has used.
    #[inline]
    pub(crate) fn take(&self) -> Result<Option<Used<P>>, RingError> {
        let place = self.used.get();
        let count = self.memory.used_place().wrapping_sub(place);
        if count == 0 {
            return Ok(None);
        }
        let mut lent = self.lent.borrow_mut();
        if usize::from(count) > lent.len() {
            return Err(RingError::Count { used: count, lent: lent.len() });
        }
        let (id, written) = self.memory.used(place);
        let unknown = RingError::Unknown { id };
        let slot = self.memory.layout().slot(id).ok_or(unknown)?;
        let room = lent.get(slot).ok_or(unknown)?.room;
        // What a device says that it wrote where it was to read means nothing (section 2.7.8.2).
        let written = if room == 0 { 0 } else { written };
        if written > room {
            return Err(RingError::Size { written, lent: room });
        }
        let Lent { payload, .. } = lent.try_remove(slot).ok_or(unknown)?;
        self.used.set(place.wrapping_add(1));
        Ok(Some(Used { payload, scratch: self.memory.scratch(slot), written }))
    }

    /// As [`take`](Ring::take); gives the device up if it is not sane.
    #[inline]
    pub(crate) fn next(&self, device: &Device) -> Option<Used<P>> {
        if !device.is_running() {
            return None;
        }
        self.take().unwrap_or_else(|error| {
            device.give_up(error);
            None
        })
    }

    /// Takes back what the device will not use any more.
    pub(crate) fn take_lent(&self) -> Option<P> {
        let mut lent = self.lent.borrow_mut();
        let (slot, _) = lent.iter().next()?;
        lent.try_remove(slot).map(|lent| lent.payload)
    }

    /// Tells the device what was lent since the last time, if it wants to know (sections 2.7.7, 2.7.10).
    #[inline]
    pub(crate) fn notify(&self, device: &Device) {
        let (new, old) = (self.available.get(), self.notified.replace(self.available.get()));
        if new == old || !device.is_running() {
            return;
        }
        // What was made available must be seen by a device that the next line does not see waiting.
        fence(Ordering::SeqCst);
        let is_wanted = if self.has_event_index {
            let event = self.memory.notify_event();
            new.wrapping_sub(event).wrapping_sub(1) < new.wrapping_sub(old)
        } else {
            !self.memory.is_notification_unwanted()
        };
        if is_wanted {
            device.transport().notify(self.queue);
        }
    }

    /// Asks the device to interrupt when it uses the next chain, or not to. After asking, the caller
    /// looks once more for what was used.
    pub(crate) fn listen(&self, is_wanted: bool) {
        if self.has_event_index {
            // An event that has just passed comes again after 65,536 more.
            let place = self.used.get();
            self.memory.set_interrupt_event(if is_wanted { place } else { place.wrapping_sub(1) });
        } else {
            self.memory.set_interrupt_unwanted(!is_wanted);
        }
        if is_wanted {
            // The device must see it before the caller looks.
            fence(Ordering::SeqCst);
        }
    }

    /// Asks the device to interrupt when it has used half of what is lent; or each, where it can only
    /// do that.
    pub(crate) fn listen_for_half(&self) {
        if !self.has_event_index {
            return self.listen(true);
        }
        let half = u16::try_from(self.lent() / 2).unwrap_or(0);
        self.memory.set_interrupt_event(self.used.get().wrapping_add(half));
        fence(Ordering::SeqCst);
    }
}
