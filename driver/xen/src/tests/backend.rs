//! What back ends have in common: states in the store, and the other side of a ring.

use core::cell::Cell;

use zerocopy::{FromBytes, IntoBytes};

use super::{Window, world::World, xenstored::Xenstored};

/// The other side of a ring.
pub(super) struct BackRing {
    pub(super) window: Window,
    reference: u32,
    pub(super) channel: u32,
    slots: u32,
    slot_bytes: usize,
    pub(super) taken: Cell<u32>,
    pub(super) given: Cell<u32>,
    /// Whether it waits to be told of requests.
    pub(super) is_asleep: Cell<bool>,
}

impl BackRing {
    pub(super) fn new(
        world: &World,
        reference: u32,
        channel: u32,
        (slots, slot_bytes): (u32, usize),
    ) -> Self {
        let window = world.page(reference, true);
        // Mapped for as long as it is used.
        world.hold(reference, true);
        let [taken, given] = [const { Cell::new(0) }; 2];
        let is_asleep = Cell::new(false);
        Self { window, reference, channel, slots, slot_bytes, taken, given, is_asleep }
    }

    pub(super) fn end(self, world: &World) {
        world.hold(self.reference, false);
    }

    pub(super) fn place(&self, count: u32) -> usize {
        64 + (count % self.slots) as usize * self.slot_bytes
    }

    /// Returns how many requests wait.
    pub(super) fn waiting(&self) -> u32 {
        self.window.load::<u32>(0).wrapping_sub(self.taken.get())
    }

    /// Returns the request `ahead` of those that were taken.
    pub(super) fn peek<T: FromBytes>(&self, ahead: u32) -> T {
        self.window.load(self.place(self.taken.get().wrapping_add(ahead)))
    }

    pub(super) fn take<T: FromBytes>(&self) -> Option<T> {
        if self.waiting() == 0 {
            self.sleep(1);
            return None;
        }
        let request = self.peek(0);
        self.taken.update(|count| count.wrapping_add(1));
        Some(request)
    }

    /// Waits to be told that there are `count` requests.
    pub(super) fn sleep(&self, count: u32) {
        self.window.store(4, self.taken.get().wrapping_add(count));
        self.is_asleep.set(true);
    }

    pub(super) fn give<T: IntoBytes>(&self, world: &World, response: T) {
        let old = self.given.get();
        self.window.store(self.place(old), response);
        let new = old.wrapping_add(1);
        self.given.set(new);
        self.window.store(8, new);
        let event: u32 = self.window.load(12);
        if new.wrapping_sub(event) < new.wrapping_sub(old) {
            world.raise(self.channel);
        }
    }
}

/// What a change of the states asks a back end for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    None,
    Connect,
    Leave,
    Welcome,
}

/// Returns what the states of front end and back end ask for.
pub(super) fn change(xenstored: &Xenstored, front: &str, back: &str) -> Change {
    let state = |folder: &str| xenstored.number(&alloc::format!("{folder}/state"));
    match (state(back), state(front)) {
        (Some(2), Some(3 | 4)) => Change::Connect,
        (Some(4 | 5), Some(6)) => Change::Leave,
        (Some(6), Some(1)) => Change::Welcome,
        _ => Change::None,
    }
}
