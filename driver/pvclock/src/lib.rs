//! The time that a hypervisor keeps for its guests (Linux `arch/x86/include/asm/pvclock-abi.h`; Xen
//! `include/public/xen.h`, `struct vcpu_time_info`). KVM and Xen have it in the same form:
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 4 | version; odd while it is written |
//! | 8 | 8 | the counter when it was written |
//! | 16 | 8 | the nanoseconds then |
//! | 24 | 4 | nanoseconds of a tick, shifted, times 2^32 |
//! | 28 | 1 | how far ticks are shifted to the left first; below zero, to the right |
#![no_std]
#![forbid(unsafe_code)]

/// What the hypervisor says, read while the version did not change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// The counter when it was written.
    pub ticks: u64,
    /// The nanoseconds then.
    pub ns: u64,
    /// Nanoseconds of a tick, shifted, times 2^32.
    pub tick_ns_32: u32,
    /// How far ticks are shifted to the left first; below zero, to the right.
    pub shift: i8,
}

impl Time {
    /// Returns the nanoseconds when the counter is at `ticks`.
    #[must_use]
    pub fn ns_at(&self, ticks: u64) -> u64 {
        // The counter of another processor may lie a little before.
        let passed = u128::from(ticks.saturating_sub(self.ticks));
        let passed = shifted(passed, self.shift).saturating_mul(self.tick_ns_32.into()) >> 32;
        self.ns.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX))
    }

    /// Returns how many ticks there are in `ns`.
    #[must_use]
    pub fn ticks_in(&self, ns: u64) -> u64 {
        let ticks = (u128::from(ns) << 32) / u128::from(self.tick_ns_32.max(1));
        let ticks = shifted(ticks, self.shift.saturating_neg());
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }
}

/// Shifts to the left, or to the right where `shift` is below zero.
fn shifted(value: u128, shift: i8) -> u128 {
    let by = u32::from(shift.unsigned_abs()).min(63);
    if shift < 0 { value >> by } else { value << by }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: u32 = 1 << 31;

    #[test]
    fn ticks_become_nanoseconds_as_the_hypervisor_says() {
        for (shift, tick_ns_32, ns) in [
            (0, HALF, 1500),
            (1, HALF, 2000),
            (-1, HALF, 1250),
            (-1, u32::MAX, 1499),
            (-128, HALF, 1000),
        ] {
            let time = Time { ticks: 50, ns: 1000, tick_ns_32, shift };
            assert_eq!(time.ns_at(1050), ns);
            assert_eq!(time.ns_at(40), 1000);
        }
    }

    #[test]
    fn nanoseconds_become_ticks_again() {
        for (shift, tick_ns_32) in [(0, HALF), (1, HALF), (-1, HALF), (-1, u32::MAX)] {
            let time = Time { ticks: 50, ns: 1000, tick_ns_32, shift };
            let back = time.ticks_in(time.ns_at(1050) - 1000);
            assert!((998..=1002).contains(&back), "{back}");
        }
    }

    #[test]
    fn a_time_that_was_never_written_divides_nothing_by_zero() {
        let time = Time::default();
        assert_eq!((time.ns_at(5), time.ticks_in(0)), (0, 0));
    }
}
