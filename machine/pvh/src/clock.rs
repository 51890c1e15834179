//! Time: the processor's counter, and how fast it runs. No loop measures it; what the hypervisor or the
//! processor says is used.
//!
//! | where | how fast the counter runs |
//! | --- | --- |
//! | KVM | a page that the hypervisor keeps up to date |
//! | a processor that says so (leaves `0x15`, `0x16`, or `0x40000010` of a hypervisor) | as it says |
//! | QEMU without hardware virtualisation | the timer of its interrupt controller counts nanoseconds, so looks at both tell; they are taken when the timer is set anyway |

mod counter;
mod kvm;
mod timer;
mod wall;

use core::{arch::x86_64::_rdtsc, cell::Cell};

use sarab_bare::OneCore;
use sarab_runtime::Instant;

use crate::{
    apic,
    cpuid::{Hypervisor, hypervisor},
};
use counter::Counter;
use kvm::Kvm;
use timer::Timer;

/// The clock of a machine that has a local APIC.
pub struct Clock {
    source: Source,
    timer: Timer,
    start_ns: u64,
    /// The date at the time 0, in nanoseconds since 1970, if the machine knows it.
    wall_ns: Option<u64>,
}

enum Source {
    Kvm(Kvm),
    Counter(Counter),
}

/// The machine has no clock that this image knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoClock;

// SAFETY: an image has one core, and no interrupt handler asks for the time.
static LATEST: OneCore<Cell<u64>> = unsafe { OneCore::new(Cell::new(0)) };

/// Returns `ns`, or the last time that was told, if that is later: time never goes back.
pub fn forward(ns: u64) -> Instant {
    let latest = LATEST.get();
    latest.set(latest.get().max(ns));
    Instant::from_nanos(latest.get())
}

impl Clock {
    /// Starts the clock; time begins now.
    pub fn start() -> Result<Self, NoClock> {
        apic::enable();
        let kind = hypervisor();
        let kvm = if let Hypervisor::Kvm(base) = kind { Kvm::start(base) } else { None };
        let (source, wall) = match kvm {
            Some(kvm) => (Source::Kvm(kvm), kvm::wall_ns()),
            None => (Source::Counter(Counter::start(kind)?), wall::read_ns()),
        };
        let is_learned = matches!(&source, Source::Counter(counter) if counter.is_learned());
        let mut clock =
            Self { source, timer: Timer::choose(is_learned), start_ns: 0, wall_ns: wall };
        clock.start_ns = clock.source.ns();
        Ok(clock)
    }

    /// Returns the time since the start.
    pub fn now(&self) -> Instant {
        forward(self.source.ns().saturating_sub(self.start_ns))
    }

    /// Returns the nanoseconds since 1970, if the machine knows the date.
    pub fn wall_ns(&self) -> Option<u64> {
        let is_of_source = matches!(self.source, Source::Kvm(_));
        // The hypervisor's date is that of its own time 0; another was read at the start.
        let passed = self.source.ns() - if is_of_source { 0 } else { self.start_ns };
        self.wall_ns?.checked_add(passed)
    }

    /// Has an interrupt come at `deadline`, or at some time before; without one, none comes.
    pub fn set_alarm(&self, deadline: Option<Instant>) {
        let now_ns = self.source.ns();
        let left_ns = deadline.map(|deadline| {
            let at_ns = deadline.as_nanos().saturating_add(self.start_ns);
            at_ns.saturating_sub(now_ns)
        });
        match &self.source {
            Source::Kvm(kvm) => self.timer.set(left_ns, |ns| kvm.ticks(ns)),
            Source::Counter(counter) => {
                counter.look();
                self.timer.set(left_ns, |ns| counter.ticks(ns));
                counter.timer_was_set();
            }
        }
    }
}

impl Source {
    fn ns(&self) -> u64 {
        match self {
            Self::Kvm(kvm) => kvm.ns(),
            Self::Counter(counter) => counter.ns(),
        }
    }
}

/// Returns the processor's counter.
pub(crate) fn ticks() -> u64 {
    // SAFETY: reading the counter has no effect on memory.
    unsafe { _rdtsc() }
}
