//! The clock of a guest: the time-stamp counter, anchored to the host's clocks.
//!
//! How fast the counter runs is learned from two looks at it and at the host's clock: one when the
//! tender starts, and one whenever the guest rings. The longer it runs, the better it is known, and
//! meanwhile each ring sets it right. So starting costs no loop that counts.

use std::arch::x86_64::_rdtsc;

use sarab_abi::Control;

/// Ticks and the host's time, looked at together.
#[derive(Clone, Copy)]
struct Look {
    ticks: u64,
    ns: u64,
}

/// The clock of a guest.
pub(crate) struct Clock {
    start: Look,
    boot: Look,
}

impl Clock {
    /// Starts to learn.
    pub(crate) fn start() -> Self {
        let start = Look::now();
        Self { start, boot: start }
    }

    /// Boots the guest: its time begins.
    pub(crate) fn boot(&mut self) {
        self.boot = Look::now();
    }

    /// Returns the nanoseconds since boot.
    pub(crate) fn since_boot_ns(&self) -> u64 {
        monotonic_ns().saturating_sub(self.boot.ns)
    }

    /// Sets the anchor of `control` to this moment.
    pub(crate) fn anchor(&self, control: &mut Control) {
        let now = Look::now();
        control.anchor_ticks = now.ticks;
        control.anchor_ns = now.ns.saturating_sub(self.boot.ns);
        control.anchor_wall_ns = time_ns(libc::CLOCK_REALTIME);
        control.tick_ns_32 = tick_ns_32(self.start, now);
    }
}

impl Look {
    /// Looks at the clock between two looks at the counter, which is then halfway. The best of three looks
    /// counts, as a host may do something else in the midst of one.
    fn now() -> Self {
        let looks = [Self::once(), Self::once(), Self::once()];
        let [first, ..] = looks;
        looks.into_iter().min_by_key(|(took, _)| *took).map_or(first.1, |(_, look)| look)
    }

    /// Looks once; returns how many ticks that took, too.
    fn once() -> (u64, Self) {
        let before = ticks();
        let ns = monotonic_ns();
        let took = ticks().saturating_sub(before);
        (took, Self { ticks: before + took / 2, ns })
    }
}

/// Returns the nanoseconds in a tick, times 2^32.
fn tick_ns_32(start: Look, now: Look) -> u64 {
    let (ticks, ns) = (now.ticks.saturating_sub(start.ticks), now.ns.saturating_sub(start.ns));
    let scaled = (u128::from(ns) << 32) / u128::from(ticks.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn ticks() -> u64 {
    // SAFETY: reading the counter has no effect on memory.
    unsafe { _rdtsc() }
}

fn monotonic_ns() -> u64 {
    time_ns(libc::CLOCK_MONOTONIC)
}

fn time_ns(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of our own.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    time.tv_sec
        .cast_unsigned()
        .wrapping_mul(1_000_000_000)
        .wrapping_add(time.tv_nsec.cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_tick_is_that_of_the_time_between() {
        let start = Look { ticks: 1000, ns: 50 };
        let now = Look { ticks: 4000, ns: 1050 };
        assert_eq!(tick_ns_32(start, now), (1_u64 << 32) / 3);
        assert_eq!(tick_ns_32(start, start), 0);
    }
}
