//! Time: the processor's counter, and where the tender has anchored it.

use core::{arch::x86_64::_rdtsc, cell::Cell, time::Duration};

use sarab_abi::Control;
use sarab_bare::OneCore;
use sarab_runtime::{Instant, WallTime};

use super::boot::control;

/// The last moment that was told. A new anchor may lie a little before what the old one promised.
// SAFETY: a tender starts a guest on one core, and the guest has no interrupts.
static LATEST: OneCore<Cell<u64>> = unsafe { OneCore::new(Cell::new(0)) };

/// Returns the time since boot.
pub(crate) fn now() -> Instant {
    let anchor = Anchor::read();
    let latest = LATEST.get();
    latest.set(latest.get().max(anchor.control.anchor_ns.saturating_add(anchor.passed_ns())));
    Instant::from_nanos(latest.get())
}

/// Returns the date, if the host knows it.
pub(crate) fn wall_clock() -> Option<WallTime> {
    let anchor = Anchor::read();
    let at_anchor = anchor.control.anchor_wall_ns;
    let now = at_anchor.checked_add(anchor.passed_ns())?;
    (at_anchor != 0).then(|| WallTime::new(Duration::from_nanos(now)))
}

struct Anchor {
    control: Control,
}

impl Anchor {
    fn read() -> Self {
        // SAFETY: the tender made the control block, and writes it during a ring of the doorbell only.
        Self { control: unsafe { control().read_volatile() } }
    }

    /// Returns the nanoseconds since the anchor.
    fn passed_ns(&self) -> u64 {
        // SAFETY: the tender lets guests read the counter.
        let ticks = unsafe { _rdtsc() }.saturating_sub(self.control.anchor_ticks);
        let passed = (u128::from(ticks) * u128::from(self.control.tick_ns_32)) >> 32;
        u64::try_from(passed).unwrap_or(u64::MAX)
    }
}
