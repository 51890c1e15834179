//! The guest as a machine.

use alloc::{string::String, sync::Arc};
use core::{cell::Cell, time::Duration};

use sarab_abi::Status;
use sarab_pvh::{apic, clock::Clock, entropy, interrupt, serial, words::Words};
use sarab_runtime::{Instant, Machine, NoEntropy, WallTime, request_stop};

use sarab_bare::{OneCore, events};

use super::{console, devices, end::end};

/// How often a busy program looks whether something was typed: a look is an exit to the monitor.
const HEARING: Duration = Duration::from_millis(20);

// SAFETY: an image runs on one core, and its interrupt handlers touch nothing.
static HEAP_BYTES: OneCore<Cell<usize>> = unsafe { OneCore::new(Cell::new(0)) };

/// Returns how much memory the heap was given.
pub(crate) fn heap_bytes() -> usize {
    HEAP_BYTES.get().get()
}

/// The machine that a guest of a virtio monitor is.
pub struct Pc {
    clock: Clock,
    words: Words,
    is_asked_to_stop: Cell<bool>,
    heard: Cell<Instant>,
}

impl Pc {
    /// Makes the machine, with the clock, the command line and the heap that were found.
    #[must_use]
    pub fn new(clock: Clock, words: Words, heap_bytes: usize) -> Self {
        // A PC has this interrupt.
        let _ = apic::route(serial::INTERRUPT);
        HEAP_BYTES.get().set(heap_bytes);
        let machine =
            Self { clock, words, is_asked_to_stop: Cell::default(), heard: Cell::default() };
        serial::listen();
        machine
    }

    /// Listens as [`hear`](Pc::hear) does, unless it has just done so.
    fn hear_now_and_then(&self, now: Instant) -> bool {
        let is_due = self.heard.get() == Instant::BOOT
            || now.since_boot().saturating_sub(self.heard.get().since_boot()) > HEARING;
        if is_due {
            self.heard.set(now);
        }
        is_due && self.hear()
    }

    /// Sleeps until a device interrupts, or the deadline has come.
    fn sleep(&self, deadline: Option<Instant>) {
        devices::acknowledge();
        events::listen(true);
        // What was completed before the devices listened brings no interrupt.
        if !events::deliver() {
            self.clock.set_alarm(deadline);
            interrupt::wait();
        }
        events::listen(false);
    }

    /// Takes what was typed: the first Ctrl-C asks the program to end, the second ends it. Tells whether there was one.
    fn hear(&self) -> bool {
        let stops = console::stops_typed();
        for _ in 0..stops {
            if self.is_asked_to_stop.replace(true) {
                end(Status::Interrupted as u8);
            }
            request_stop();
        }
        stops > 0
    }
}

impl Machine for Pc {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn wall_clock(&self) -> Option<WallTime> {
        self.clock.wall_ns().map(|ns| WallTime::new(Duration::from_nanos(ns)))
    }

    fn entropy(&self, seed: &mut [u8; 32]) -> Result<(), NoEntropy> {
        entropy::seed(seed, devices::seed().as_ref())
    }

    fn print(&self, text: &str) {
        console::print(text);
    }

    fn print_error(&self, text: &str) {
        console::print_error(text);
    }

    fn wait(&self, deadline: Option<Instant>) {
        events::notify();
        let now = self.now();
        let has_heard = self.hear_now_and_then(now);
        if events::deliver() || has_heard || deadline.is_some_and(|deadline| deadline <= now) {
            return;
        }
        self.sleep(deadline);
        events::deliver();
        self.hear();
    }

    fn interrupter(&self) -> Arc<dyn Fn() + Send + Sync> {
        // There is no thread, and no interrupt wakes a task.
        Arc::new(|| {})
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.words.variable(name).map(Into::into)
    }
}
