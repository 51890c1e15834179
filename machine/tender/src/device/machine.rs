//! The guest as a machine.

use alloc::{string::String, sync::Arc};
use core::{cell::Cell, time::Duration};

use sarab_abi::{FLAG_STOP, NEVER, Ring};
use sarab_bare::events;
use sarab_runtime::{Instant, Machine, NoEntropy, WallTime, request_stop};

use super::{
    boot::{control, variable},
    clock,
    console::{self, Stream},
    doorbell,
};

/// How often a busy guest rings the doorbell: seldom enough that rings cost little, often enough that
/// nobody notices.
const BUSY: Duration = Duration::from_micros(50);

/// The machine that a guest is.
#[derive(Default)]
pub struct Guest {
    rung: Cell<Instant>,
    has_told_stop: Cell<bool>,
}

impl Guest {
    /// Rings to serve or to wait until `deadline`, and wakes who waits for what came of it.
    fn ring(&self, ring: Ring, deadline_ns: u64) {
        // SAFETY: the field is in the control block, which nobody else reaches now.
        unsafe { (&raw mut (*control()).deadline_ns).write_volatile(deadline_ns) };
        doorbell::ring(ring);
        let now = clock::now();
        self.rung.set(now);
        console::taken(now);
        events::deliver();
        // SAFETY: as above.
        let flags = unsafe { (&raw const (*control()).flags).read_volatile() };
        // A second request would mean to end at once.
        if flags & FLAG_STOP != 0 && !self.has_told_stop.replace(true) {
            request_stop();
        }
    }
}

impl Machine for Guest {
    fn now(&self) -> Instant {
        clock::now()
    }

    fn wall_clock(&self) -> Option<WallTime> {
        clock::wall_clock()
    }

    fn entropy(&self, seed: &mut [u8; 32]) -> Result<(), NoEntropy> {
        // SAFETY: the field is in the control block, which nobody else reaches now.
        let given = unsafe { &raw mut (*control()).seed };
        // SAFETY: as above.
        *seed = unsafe { given.read_volatile() };
        // SAFETY: as above.
        unsafe { given.write_volatile([0; 32]) };
        if *seed == [0; 32] { Err(NoEntropy) } else { Ok(()) }
    }

    fn print(&self, text: &str) {
        console::print(Stream::Output, text);
    }

    fn print_error(&self, text: &str) {
        console::print(Stream::Error, text);
    }

    /// Rings the doorbell once, for everything that was submitted since the last time.
    fn wait(&self, deadline: Option<Instant>) {
        // What a ring for the console has brought is seen before a wait that it would not end.
        if events::deliver() {
            return;
        }
        let Some(deadline) = deadline else { return self.ring(Ring::Wait, NEVER) };
        let now = clock::now();
        if deadline > now {
            return self.ring(Ring::Wait, deadline.as_nanos());
        }
        if now.since_boot().saturating_sub(self.rung.get().since_boot()) > BUSY {
            self.ring(Ring::Serve, NEVER);
        }
    }

    fn interrupter(&self) -> Arc<dyn Fn() + Send + Sync> {
        // There is no thread and no interrupt to call it.
        Arc::new(|| {})
    }

    fn variable(&self, name: &str) -> Option<String> {
        variable(name).map(Into::into)
    }
}
