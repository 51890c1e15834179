//! The processor's counter, of which the speed is known, or is being learned.

use core::cell::Cell;

use super::{NoClock, ticks, timer::is_by_counter};
use crate::{
    apic,
    cpuid::{Hypervisor, has, leaf},
};

/// The counter.
pub(super) struct Counter {
    /// A moment: ticks, and the nanoseconds then.
    anchor: Cell<(u64, u64)>,
    /// Nanoseconds of a tick, times 2^32.
    tick_ns_32: Cell<u64>,
    /// How it is learned, if nobody says it.
    lesson: Option<Lesson>,
}

/// What looks at the counter and at the timer have shown so far. The timer of QEMU's interrupt
/// controller counts nanoseconds, but only down to zero; so a look counts that comes before.
#[derive(Default)]
struct Lesson {
    ticks: Cell<u64>,
    ns: Cell<u64>,
    /// When the timer was set: ticks, and what it counts down from.
    set: Cell<(u64, u32)>,
}

impl Counter {
    /// Starts at 0.
    pub(super) fn start(kind: Hypervisor) -> Result<Self, NoClock> {
        let (scale, lesson) = match (told_khz(kind), kind) {
            (Some(khz), _) => (scale(khz, 1_000_000), None),
            (None, Hypervisor::Tcg | Hypervisor::Kvm(_)) => (1 << 31, Some(Lesson::begin())),
            (None, _) => return Err(NoClock),
        };
        let (anchor, tick_ns_32) = (Cell::new((ticks(), 0)), Cell::new(scale));
        Ok(Self { anchor, tick_ns_32, lesson })
    }

    /// Tells whether its speed is being learned.
    pub(super) fn is_learned(&self) -> bool {
        self.lesson.is_some()
    }

    /// Returns the nanoseconds since the start.
    pub(super) fn ns(&self) -> u64 {
        let (at, ns) = self.anchor.get();
        ns.saturating_add(scaled(ticks().saturating_sub(at), self.tick_ns_32.get()))
    }

    /// Returns the value that the counter will have in `ns`.
    pub(super) fn ticks(&self, ns: u64) -> u64 {
        let in_ns = (u128::from(ns) << 32) / u128::from(self.tick_ns_32.get().max(1));
        ticks().saturating_add(u64::try_from(in_ns).unwrap_or(u64::MAX))
    }

    /// Learns, if there is something to learn; the timer is about to be set anew.
    pub(super) fn look(&self) {
        let Some(lesson) = &self.lesson else { return };
        // What has passed until now was as long as it was told.
        self.anchor.set((ticks(), self.ns()));
        if let Some(scale) = lesson.look(ticks(), apic::left()) {
            self.tick_ns_32.set(scale);
        }
    }

    /// Notes that the timer was set.
    pub(super) fn timer_was_set(&self) {
        if let Some(lesson) = &self.lesson {
            lesson.set.set((ticks(), apic::left()));
        }
    }
}

impl Lesson {
    fn begin() -> Self {
        apic::use_one_shot();
        apic::count_down(u32::MAX);
        let lesson = Self::default();
        lesson.set.set((ticks(), apic::left()));
        lesson
    }

    /// Takes a look; returns how long a tick is by all looks together.
    fn look(&self, ticks: u64, left: u32) -> Option<u64> {
        let (set_ticks, set_left) = self.set.get();
        if left == 0 || left >= set_left {
            return None;
        }
        self.ticks.set(self.ticks.get().saturating_add(ticks.saturating_sub(set_ticks)));
        self.ns.set(self.ns.get().saturating_add(u64::from(set_left - left)));
        (self.ticks.get() > 0).then(|| scale(self.ticks.get(), self.ns.get()))
    }
}

/// Returns the nanoseconds of a tick, times 2^32, where `ticks` are `ns`.
fn scale(ticks: u64, ns: u64) -> u64 {
    let scale = (u128::from(ns) << 32) / u128::from(ticks.max(1));
    u64::try_from(scale).unwrap_or(u64::MAX)
}

fn scaled(ticks: u64, tick_ns_32: u64) -> u64 {
    let ns = (u128::from(ticks) * u128::from(tick_ns_32)) >> 32;
    u64::try_from(ns).unwrap_or(u64::MAX)
}

/// Returns how many thousand ticks there are in a second, if somebody says so: a hypervisor (leaf
/// `0x40000010`), or the processor (Intel SDM volume 3, section 18.7.3).
fn told_khz(kind: Hypervisor) -> Option<u64> {
    const TIMING: u32 = 0x4000_0010;
    if kind != Hypervisor::Other && leaf(0x4000_0000).eax >= TIMING {
        let khz = leaf(TIMING).eax;
        return (khz > 0).then_some(khz.into());
    }
    if has(0x15) {
        let ratio = leaf(0x15);
        let hz = u64::from(ratio.ecx) * u64::from(ratio.ebx) / u64::from(ratio.eax.max(1));
        if hz > 0 {
            return Some(hz / 1000);
        }
    }
    // The processor's base frequency, which the counter has where there is no crystal to tell of.
    let mhz = if has(0x16) { leaf(0x16).eax & 0xffff } else { 0 };
    (mhz > 0 && is_by_counter()).then_some(u64::from(mhz) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_add_up_and_those_that_came_too_late_do_not_count() {
        let lesson = Lesson::default();
        lesson.set.set((1000, 500));
        assert_eq!(lesson.look(1200, 400), Some(1 << 31));
        lesson.set.set((5000, 500));
        assert_eq!(lesson.look(9999, 0), None);
        lesson.set.set((10_000, 500));
        assert_eq!(lesson.look(10_100, 200), Some(((400_u64) << 32) / 300));
        assert_eq!(lesson.look(10_100, 500), None);
    }

    #[test]
    fn a_tick_of_any_length_overflows_nothing() {
        assert_eq!(scale(0, u64::MAX), u64::MAX);
        assert_eq!(scaled(u64::MAX, u64::MAX), u64::MAX);
        assert_eq!(scaled(3_000_000, scale(3, 1)), 999_999);
    }
}
