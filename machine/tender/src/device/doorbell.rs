//! The one way out of the guest.

use core::arch::asm;

use sarab_abi::{DOORBELL_CALL, Ring};

use super::boot::{address, boot};

/// Rings the doorbell; the tender has done what `ring` says when this returns.
pub(crate) fn ring(ring: Ring) {
    let boot = boot();
    let bell = address(boot.doorbell);
    if boot.doorbell_kind == DOORBELL_CALL {
        // SAFETY: the boot block says that a function of this type is there.
        let bell: extern "sysv64" fn(u32) = unsafe { core::mem::transmute(bell) };
        bell(ring as u32);
    } else {
        // SAFETY: the boot block says that a store to that address rings. Whatever the tender does to
        // memory it does during the store, so none may be kept in registers over it; hence no
        // `nomem`.
        unsafe { asm!("mov [{}], {:e}", in(reg) bell, in(reg) ring as u32, options(nostack)) }
    }
}

/// Rings for the last time: the guest ends.
pub(crate) fn end(last: Ring) -> ! {
    loop {
        ring(last);
    }
}
