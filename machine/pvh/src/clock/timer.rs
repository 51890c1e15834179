//! The alarm: the timer of the processor's interrupt controller.

use core::cell::Cell;

use super::ticks;
use crate::{apic, cpuid::leaf, register};

/// The register of the value to wait for (Intel SDM volume 3, section 10.5.4.1).
const DEADLINE_REGISTER: u32 = 0x6e0;

/// How the alarm is set.
#[derive(Debug)]
pub(super) enum Timer {
    /// By a value of the processor's counter: the one that it was set to last, or 0 for none.
    Counter(Cell<u64>),
    /// By nanoseconds: QEMU and KVM have the timer run at 1 GHz.
    Nanoseconds,
}

/// Tells whether the timer can wait for a value of the counter.
pub(super) fn is_by_counter() -> bool {
    leaf(1).ecx & 1 << 24 != 0
}

impl Timer {
    /// Chooses the way; where the speed of the counter is learned, the timer has to count down itself.
    pub(super) fn choose(is_learned: bool) -> Self {
        if is_by_counter() && !is_learned {
            apic::use_tsc_deadline();
            return Self::Counter(Cell::new(0));
        }
        apic::use_one_shot();
        Self::Nanoseconds
    }

    /// Sets the alarm to `left_ns` from now; `ticks` says what the counter will be then. Without a time the
    /// alarm goes off at some time far away, or never.
    ///
    /// A register that goes on as it is need not be written, which is an exit to the monitor each time.
    pub(super) fn set(&self, left_ns: Option<u64>, ticks_at: impl FnOnce(u64) -> u64) {
        match self {
            Self::Counter(last) => {
                let wanted = left_ns.map_or(0, ticks_at);
                if !is_set(last.get(), wanted, ticks()) {
                    // SAFETY: it says when an interrupt comes, whose handler only acknowledges.
                    unsafe { register::write(DEADLINE_REGISTER, wanted) };
                    last.set(wanted);
                }
            }
            Self::Nanoseconds => {
                let left = left_ns.map_or(u32::MAX, |ns| u32::try_from(ns).unwrap_or(u32::MAX));
                apic::count_down(left.max(1));
            }
        }
    }
}

/// How far from what is wanted the alarm may be, in ticks: a microsecond or two. The same deadline comes out a little
/// different each time, as some time passes between two looks at the counter.
const SLACK_TICKS: u64 = 4096;

/// Tells whether an alarm at `last` will still go off when one at `wanted` would, seen at `now`. The register forgets an
/// alarm that has gone off, so one that has been due for however short a time has to be set anew.
fn is_set(last: u64, wanted: u64, now: u64) -> bool {
    let is_none = last == 0 && wanted == 0;
    is_none || (wanted != 0 && last > now && last.abs_diff(wanted) <= SLACK_TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_that_is_still_to_come_is_not_set_again() {
        for (last, wanted, now, expected) in [
            (0, 0, 500, true),
            (90_000, 90_000, 500, true),
            (90_000, 90_000 + SLACK_TICKS, 500, true),
            (90_000, 90_000 - SLACK_TICKS, 500, true),
            // Others are.
            (0, 90_000, 500, false),
            (90_000, 0, 500, false),
            (1000, 0, 500, false),
            (90_000, 90_001 + SLACK_TICKS, 500, false),
            (90_000, 80_000, 500, false),
            // One that has gone off is.
            (90_000, 90_000, 90_000, false),
            (90_000, 90_000, 90_001, false),
        ] {
            assert_eq!(is_set(last, wanted, now), expected, "{last} {wanted} {now}");
        }
    }
}
