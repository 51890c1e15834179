//! The alarm: the timer of the processor's interrupt controller.

use crate::{apic, cpuid::leaf, register};

/// The register of the value to wait for (Intel SDM volume 3, section 10.5.4.1).
const DEADLINE_REGISTER: u32 = 0x6e0;

/// How the alarm is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// By a value of the processor's counter.
    Counter,
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
            return Self::Counter;
        }
        apic::use_one_shot();
        Self::Nanoseconds
    }

    /// Sets the alarm to `left_ns` from now; `ticks` says what the counter will be then. Without a time the
    /// alarm goes off at some time far away, or never.
    pub(super) fn set(self, left_ns: Option<u64>, ticks: impl FnOnce(u64) -> u64) {
        match self {
            Self::Counter => register::write(DEADLINE_REGISTER, left_ns.map_or(0, ticks)),
            Self::Nanoseconds => {
                let left = left_ns.map_or(u32::MAX, |ns| u32::try_from(ns).unwrap_or(u32::MAX));
                apic::count_down(left.max(1));
            }
        }
    }
}
