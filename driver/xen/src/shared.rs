//! The page that hypervisor and guest share: events and time (Xen, `xen.h`, `struct shared_info`).
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1 | of processor 0: not 0 when an event has come |
//! | 8 | 8 | of processor 0: a bit for each word of events that has one |
//! | 0x20 | 32 | of processor 0: the time |
//! | 0x800 | 512 | a bit for each event that has come |
//! | 0xa00 | 512 | a bit for each event that shall not interrupt |
//! | 0xc00 | 4 | the version of the date; odd while it is written |
//! | 0xc04 | 4 | the date when the clock was 0, in seconds since 1970, lower half |
//! | 0xc08 | 4 | its nanoseconds |
//! | 0xc0c | 4 | its seconds, upper half |
//!
//! The time is that of [`sarab_pvclock`].

use core::{
    cell::Cell,
    hint::spin_loop,
    sync::atomic::{Ordering, fence},
};

use sarab_pvclock::Time;

use crate::{
    hypercall::{HypercallError, Hypervisor, Space},
    memory::{Page, Window},
};

const UPCALL_PENDING_AT: usize = 0;
const PENDING_WORDS_AT: usize = 8;
const TIME_AT: usize = 0x20;
const PENDING_AT: usize = 0x800;
const MASK_AT: usize = 0xa00;
const DATE_AT: usize = 0xc00;

/// Words of bits for events.
pub(crate) const WORDS: usize = 64;

/// The shared page.
#[derive(Debug)]
pub(crate) struct SharedInfo {
    page: Page,
    /// The last time that was told: one from a new version may lie a little before what the old one promised.
    latest_ns: Cell<u64>,
    /// How far the guest's clock is ahead of the hypervisor's, since it has moved to one that is younger.
    ahead_ns: Cell<u64>,
}

impl SharedInfo {
    /// Has the hypervisor put the page in the place of one of the guest's own, and masks all events.
    pub(crate) fn new(hypervisor: &dyn Hypervisor) -> Result<Self, HypercallError> {
        let shared = Self { page: Page::new(), latest_ns: Cell::new(0), ahead_ns: Cell::new(0) };
        shared.map(hypervisor)?;
        Ok(shared)
    }

    /// Puts the page in its place, for the first time or in a new domain.
    pub(crate) fn map(&self, hypervisor: &dyn Hypervisor) -> Result<(), HypercallError> {
        let frame = hypervisor.frame(self.page.address());
        hypervisor.map_page(Space::SharedInfo, 0, frame)?;
        let window = self.page.window();
        (0..WORDS).for_each(|word| window.store(MASK_AT + word * 8, u64::MAX));
        Ok(())
    }

    /// Returns the guest's clock in nanoseconds when the counter is at `ticks`. It never goes back.
    pub(crate) fn now_ns(&self, ticks: u64) -> u64 {
        let now = self.hypervisor_ns(ticks).saturating_add(self.ahead_ns.get());
        let latest = self.latest_ns.get().max(now);
        self.latest_ns.set(latest);
        latest
    }

    /// Returns the hypervisor's clock in nanoseconds when the counter is at `ticks`.
    pub(crate) fn hypervisor_ns(&self, ticks: u64) -> u64 {
        let window = self.page.window();
        stable(window, TIME_AT, || time(window)).ns_at(ticks)
    }

    /// Lets the clock go on from where it was, with another hypervisor.
    pub(crate) fn go_on(&self, ticks: u64) {
        self.ahead_ns.set(self.latest_ns.get().saturating_sub(self.hypervisor_ns(ticks)));
    }

    /// Returns a deadline of the guest's clock as the hypervisor has it.
    pub(crate) fn deadline_ns(&self, deadline_ns: u64) -> u64 {
        deadline_ns.saturating_sub(self.ahead_ns.get())
    }

    /// Returns the date in nanoseconds since 1970 when the hypervisor's clock was 0; `None` while nobody knows it.
    pub(crate) fn date_at_start_ns(&self) -> Option<u64> {
        let window = self.page.window();
        let part = |at: usize| u64::from(window.load::<u32>(DATE_AT + at));
        let (seconds, nanoseconds) =
            stable(window, DATE_AT, || (part(12) << 32 | part(4), part(8)));
        let date = seconds.checked_mul(1_000_000_000)?.checked_add(nanoseconds)?;
        (seconds != 0).then_some(date)
    }

    /// Forgets that events have come, but not which.
    pub(crate) fn acknowledge(&self) {
        let window = self.page.window();
        window.store(UPCALL_PENDING_AT, 0_u8);
        // The bits of the words are looked at after this.
        window.word(PENDING_WORDS_AT).swap(0, Ordering::SeqCst);
    }

    /// Takes those of the events `wanted` in a word that have come.
    pub(crate) fn take(&self, word: usize, wanted: u64) -> u64 {
        let pending = self.page.window();
        let pending = pending.word(PENDING_AT + word * 8);
        if pending.load(Ordering::Relaxed) & wanted == 0 {
            return 0;
        }
        pending.fetch_and(!wanted, Ordering::SeqCst) & wanted
    }

    /// Says that the event of a bit in a word has come.
    pub(crate) fn raise(&self, word: usize, bit: u64) {
        self.page.window().word(PENDING_AT + word * 8).fetch_or(bit, Ordering::SeqCst);
    }

    /// Masks the event of a bit in a word.
    pub(crate) fn mask_bit(&self, word: usize, bit: u64) {
        self.page.window().word(MASK_AT + word * 8).fetch_or(bit, Ordering::SeqCst);
    }
}

/// Reads what the hypervisor writes between two changes of the version at `at`.
fn stable<T>(window: Window, at: usize, read: impl Fn() -> T) -> T {
    loop {
        let before: u32 = window.load(at);
        fence(Ordering::Acquire);
        let value = read();
        fence(Ordering::Acquire);
        let is_stable = before.is_multiple_of(2) && window.load::<u32>(at) == before;
        if is_stable {
            return value;
        }
        spin_loop();
    }
}

/// Reads how the clock relates to the counter.
fn time(window: Window) -> Time {
    Time {
        ticks: window.load(TIME_AT + 8),
        ns: window.load(TIME_AT + 16),
        tick_ns_32: window.load(TIME_AT + 24),
        shift: window.load(TIME_AT + 28),
    }
}
