//! The device's side of a queue.

use std::sync::atomic::{AtomicU16, Ordering, fence};

use sarab_virtio::transport::Areas;

const FOLLOWED: u16 = 1;
const WRITTEN: u16 = 2;
const TABLE: u16 = 4;

/// The device's side of a queue.
pub(crate) struct Side {
    pub(crate) areas: Areas,
    has_event_index: bool,
    /// The place behind what was taken last, and behind what was used.
    taken: u16,
    pub(crate) used: u16,
}

/// A chain of buffers: addresses and sizes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chain {
    pub(crate) head: u16,
    pub(crate) read: Vec<(usize, usize)>,
    pub(crate) written: Vec<(usize, usize)>,
    /// Whether it was in a table.
    pub(crate) is_indirect: bool,
}

fn atomic(address: u64) -> &'static AtomicU16 {
    let address = std::ptr::with_exposed_provenance_mut(usize::try_from(address).unwrap());
    // SAFETY: a driver has said that a ring is there, and tests look at it while it is.
    unsafe { AtomicU16::from_ptr(address) }
}

fn load<T: Copy>(address: u64) -> T {
    let address = std::ptr::with_exposed_provenance::<T>(usize::try_from(address).unwrap());
    // SAFETY: as above.
    unsafe { address.read_volatile() }
}

fn store<T: Copy>(address: u64, value: T) {
    let address = std::ptr::with_exposed_provenance_mut::<T>(usize::try_from(address).unwrap());
    // SAFETY: as above.
    unsafe { address.write_volatile(value) }
}

impl Side {
    pub(crate) fn new(areas: Areas, has_event_index: bool) -> Self {
        Self { areas, has_event_index, taken: 0, used: 0 }
    }

    fn entry(&self, place: u16) -> u64 {
        u64::from(place % self.areas.size)
    }

    /// Takes the next chain, and wants to be notified of the one behind it.
    pub(crate) fn take(&mut self) -> Option<Chain> {
        self.want_notification(self.taken);
        let behind = atomic(self.areas.available + 2).load(Ordering::Acquire);
        if behind == self.taken {
            return None;
        }
        let head = load::<u16>(self.areas.available + 4 + 2 * self.entry(self.taken));
        self.taken = self.taken.wrapping_add(1);
        self.want_notification(self.taken);
        Some(self.chain(head))
    }

    /// Leaves the last chains where they were.
    pub(crate) fn take_back(&mut self, count: usize) {
        self.taken = self.taken.wrapping_sub(u16::try_from(count).unwrap());
    }

    /// Says of which place it wants to be notified.
    pub(crate) fn want_notification(&self, place: u16) {
        if self.has_event_index {
            let event = self.areas.used + 4 + 8 * u64::from(self.areas.size);
            atomic(event).store(place, Ordering::Relaxed);
            fence(Ordering::SeqCst);
        }
    }

    /// Says by the flag whether notifications are wanted.
    pub(crate) fn set_unwanted(&self, is_unwanted: bool) {
        atomic(self.areas.used).store(u16::from(is_unwanted), Ordering::Relaxed);
    }

    fn chain(&self, head: u16) -> Chain {
        let mut chain = Chain { head, ..Chain::default() };
        let first = self.areas.descriptors + 16 * u64::from(head);
        assert!(head < self.areas.size);
        if load::<u16>(first + 12) == TABLE {
            let (table, bytes) = (load::<u64>(first), load::<u32>(first + 8));
            assert_eq!((table % 16, bytes % 16), (0, 0));
            chain.is_indirect = true;
            chain.follow(table, 0, bytes / 16);
        } else {
            chain.follow(self.areas.descriptors, head, self.areas.size.into());
        }
        chain
    }

    /// Gives a chain back; tells whether the driver wants an interrupt.
    pub(crate) fn give(&mut self, head: u32, written: u32) -> bool {
        let entry = self.areas.used + 4 + 8 * self.entry(self.used);
        store(entry, head);
        store(entry + 4, written);
        self.show(self.used.wrapping_add(1))
    }

    /// Says that the place is behind what was used; tells whether the driver wants an interrupt.
    pub(crate) fn show(&mut self, place: u16) -> bool {
        let old = std::mem::replace(&mut self.used, place);
        atomic(self.areas.used + 2).store(place, Ordering::Release);
        fence(Ordering::SeqCst);
        if !self.has_event_index {
            return atomic(self.areas.available).load(Ordering::Relaxed) == 0;
        }
        let event = self.areas.available + 4 + 2 * u64::from(self.areas.size);
        let event = atomic(event).load(Ordering::Relaxed);
        assert_eq!(load::<u16>(self.areas.available), 0, "with events there are no flags");
        place.wrapping_sub(event).wrapping_sub(1) < place.wrapping_sub(old)
    }
}

impl Chain {
    fn follow(&mut self, table: u64, first: u16, count: u32) {
        let mut next = first;
        for _ in 0..count {
            assert!(u32::from(next) < count, "descriptor {next} of {count}");
            let at = table + 16 * u64::from(next);
            let (address, size, flags) =
                (load::<u64>(at), load::<u32>(at + 8), load::<u16>(at + 12));
            let buffer = (usize::try_from(address).unwrap(), size as usize);
            if flags & WRITTEN == 0 {
                assert!(self.written.is_empty(), "what is read comes first");
                self.read.push(buffer);
            } else {
                self.written.push(buffer);
            }
            if flags & FOLLOWED == 0 {
                return;
            }
            next = load(at + 14);
        }
        panic!("a chain without an end");
    }

    /// Returns what the driver has sent.
    pub(crate) fn sent(&self) -> Vec<u8> {
        let each = self.read.iter().map(|(address, size)| {
            let start = std::ptr::with_exposed_provenance::<u8>(*address);
            // SAFETY: the driver has lent it, and it is looked at before the driver goes on.
            unsafe { std::slice::from_raw_parts(start, *size) }.to_vec()
        });
        each.collect::<Vec<_>>().concat()
    }

    /// Returns how much may be written.
    pub(crate) fn room(&self) -> usize {
        self.written.iter().map(|(_, size)| size).sum()
    }

    /// Writes; returns how much there was room for.
    pub(crate) fn fill(&self, mut data: &[u8]) -> u32 {
        let all = data.len();
        for (address, size) in &self.written {
            let (now, rest) = data.split_at(data.len().min(*size));
            let start = std::ptr::with_exposed_provenance_mut::<u8>(*address);
            // SAFETY: the driver has lent it to be written.
            unsafe { start.copy_from_nonoverlapping(now.as_ptr(), now.len()) };
            data = rest;
        }
        u32::try_from(all - data.len()).unwrap()
    }
}
