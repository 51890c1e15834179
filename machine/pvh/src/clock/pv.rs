//! The time that a hypervisor keeps in a page of the guest (Linux
//! `arch/x86/include/asm/pvclock-abi.h`; Xen `include/public/xen.h`, `struct vcpu_time_info`).
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 4 | version; odd while it is written |
//! | 8 | 8 | the counter when it was written |
//! | 16 | 8 | the nanoseconds then |
//! | 24 | 4 | nanoseconds of a tick, shifted, times 2^32 |
//! | 28 | 1 | how far ticks are shifted to the left first; below zero, to the right |

use core::{
    arch::asm,
    sync::atomic::{Ordering, fence},
};

use super::ticks;
use crate::cpuid::leaf;

/// The page, as the hypervisor writes it.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Page {
    version: u32,
    padding: u32,
    ticks: u64,
    ns: u64,
    scale: u32,
    shift: i8,
    rest: [u8; 3],
}

/// A clock that a hypervisor keeps.
pub struct Pv(*const Page);

impl Pv {
    /// Takes the page at `page`.
    ///
    /// # Safety
    ///
    /// The page is there for as long as the image, and a hypervisor alone writes to it.
    #[must_use]
    pub const unsafe fn new(page: *const Page) -> Self {
        Self(page)
    }

    /// Returns the nanoseconds since a time that the hypervisor has chosen.
    #[must_use]
    pub fn ns(&self) -> u64 {
        self.read().ns_at(ticks())
    }

    /// Returns the value that the counter will have in `ns`.
    #[must_use]
    pub fn ticks(&self, ns: u64) -> u64 {
        ticks().saturating_add(self.read().ticks_in(ns))
    }

    fn read(&self) -> Page {
        let version = || {
            // SAFETY: by the contract of `new`.
            unsafe { (&raw const (*self.0).version).read_volatile() }
        };
        loop {
            let before = version();
            fence(Ordering::Acquire);
            // SAFETY: by the contract of `new`.
            let page = unsafe { self.0.read_volatile() };
            fence(Ordering::Acquire);
            if before & 1 == 0 && before == version() {
                return page;
            }
        }
    }
}

impl Page {
    fn ns_at(&self, ticks: u64) -> u64 {
        let passed = u128::from(ticks.saturating_sub(self.ticks));
        let passed = match self.shift {
            shift @ 0.. => passed << shift.unsigned_abs().min(63),
            shift => passed >> shift.unsigned_abs().min(63),
        };
        let ns = (passed * u128::from(self.scale)) >> 32;
        self.ns.saturating_add(u64::try_from(ns).unwrap_or(u64::MAX))
    }

    fn ticks_in(&self, ns: u64) -> u64 {
        let shifted = (u128::from(ns) << 32) / u128::from(self.scale.max(1));
        let ticks = match self.shift {
            shift @ 0.. => shifted >> shift.unsigned_abs().min(63),
            shift => shifted << shift.unsigned_abs().min(63),
        };
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }
}

/// Registers of KVM (Linux `Documentation/virt/kvm/x86/msr.rst`).
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

#[repr(C, align(64))]
struct SystemPage(Page);

static mut SYSTEM: SystemPage =
    SystemPage(Page { version: 0, padding: 0, ticks: 0, ns: 0, scale: 0, shift: 0, rest: [0; 3] });
static mut WALL: WallPage = WallPage { version: 0, seconds: 0, ns: 0 };

/// Tells whether KVM, whose leaves start at `base`, keeps a clock.
pub(super) fn is_offered(base: u32) -> bool {
    leaf(base + 1).eax & OFFERED != 0
}

/// Has KVM keep the clock.
pub(super) fn of_kvm() -> Pv {
    let page = &raw mut SYSTEM;
    write_register(SYSTEM_REGISTER, page.addr() as u64 | 1);
    // SAFETY: KVM alone writes to it from now on.
    unsafe { Pv::new(page.cast()) }
}

/// Returns the date at the time 0 of KVM's clock.
pub(super) fn kvm_wall_ns() -> Option<u64> {
    let page = &raw mut WALL;
    write_register(WALL_REGISTER, page.addr() as u64);
    // SAFETY: KVM has written it, and writes no more.
    let page = unsafe { page.read_volatile() };
    let ns = u64::from(page.seconds) * 1_000_000_000 + u64::from(page.ns);
    (page.seconds > 0).then_some(ns)
}

fn write_register(register: u32, value: u64) {
    let [low, high] = [value & 0xffff_ffff, value >> 32];
    // SAFETY: the hypervisor has said that it has the register, and the value is a page of our own that it
    // may write to.
    unsafe {
        asm!("wrmsr", in("ecx") register, in("rax") low, in("rdx") high, options(nostack));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_shifted_then_scaled() {
        for (shift, scale, ns) in [
            (0, 1_u64 << 31, 1500),
            (1, 1 << 31, 2000),
            (-1, 1 << 31, 1250),
            (-1, u64::from(u32::MAX), 1499),
        ] {
            let scale = u32::try_from(scale).unwrap();
            let page = Page { ticks: 50, ns: 1000, scale, shift, ..Page::default() };
            assert_eq!(page.ns_at(1050), ns);
            assert_eq!(page.ns_at(40), 1000);
            let back = page.ticks_in(ns - 1000);
            assert!((998..=1002).contains(&back), "{back}");
        }
    }

    #[test]
    fn a_page_that_was_never_written_divides_nothing_by_zero() {
        let page = Page::default();
        assert_eq!((page.ns_at(5), page.ticks_in(0)), (0, 0));
    }
}
