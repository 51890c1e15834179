//! The time that KVM keeps in a page of the guest, as [`sarab_pvclock`] has it (Linux
//! `Documentation/virt/kvm/x86/msr.rst`).

use core::sync::atomic::{Ordering, fence};

use sarab_pvclock::Time;

use super::ticks;
use crate::{cpuid::leaf, register};

/// The registers that say where the pages are.
const WALL_REGISTER: u32 = 0x4b56_4d00;
const SYSTEM_REGISTER: u32 = 0x4b56_4d01;
/// The bit of leaf 1 of KVM that offers them.
const OFFERED: u32 = 1 << 3;

/// Where KVM writes the date at its own time 0.
#[repr(C, align(16))]
struct WallPage {
    version: u32,
    seconds: u32,
    ns: u32,
}

/// Where KVM writes its time.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct SystemPage {
    version: u32,
    padding: u32,
    ticks: u64,
    ns: u64,
    tick_ns_32: u32,
    shift: i8,
    rest: [u8; 3],
}

static mut WALL: WallPage = WallPage { version: 0, seconds: 0, ns: 0 };
static mut SYSTEM: SystemPage =
    SystemPage { version: 0, padding: 0, ticks: 0, ns: 0, tick_ns_32: 0, shift: 0, rest: [0; 3] };

/// KVM's clock, which it keeps up to date.
pub(super) struct Kvm(*const SystemPage);

impl Kvm {
    /// Has KVM, whose leaves start at `base`, keep the clock, if it offers that.
    pub(super) fn start(base: u32) -> Option<Self> {
        let is_offered = leaf(base + 1).eax & OFFERED != 0;
        is_offered.then(|| {
            let page = &raw const SYSTEM;
            // SAFETY: the page is a static of this form, for KVM alone.
            unsafe { register::write(SYSTEM_REGISTER, page.expose_provenance() as u64 | 1) };
            Self(page)
        })
    }

    /// Returns the nanoseconds since a time that KVM has chosen.
    pub(super) fn ns(&self) -> u64 {
        self.time().ns_at(ticks())
    }

    /// Returns the value that the counter will have in `ns`.
    pub(super) fn ticks(&self, ns: u64) -> u64 {
        ticks().saturating_add(self.time().ticks_in(ns))
    }

    /// Reads what KVM says.
    fn time(&self) -> Time {
        loop {
            // SAFETY: KVM alone writes to the page.
            let before = unsafe { (&raw const (*self.0).version).read_volatile() };
            fence(Ordering::Acquire);
            // SAFETY: as above.
            let page = unsafe { self.0.read_volatile() };
            fence(Ordering::Acquire);
            // SAFETY: as above.
            let after = unsafe { (&raw const (*self.0).version).read_volatile() };
            if before & 1 == 0 && before == after {
                let SystemPage { ticks, ns, tick_ns_32, shift, .. } = page;
                return Time { ticks, ns, tick_ns_32, shift };
            }
        }
    }
}

/// Returns the date at the time 0 of KVM's clock, which there is, in nanoseconds since 1970.
pub(super) fn wall_ns() -> Option<u64> {
    let page = &raw const WALL;
    // SAFETY: the page is a static of this form, for KVM alone.
    unsafe { register::write(WALL_REGISTER, page.expose_provenance() as u64) };
    // SAFETY: KVM has written it, and writes no more.
    let WallPage { seconds, ns, .. } = unsafe { page.read_volatile() };
    (seconds > 0).then(|| u64::from(seconds) * 1_000_000_000 + u64::from(ns))
}
