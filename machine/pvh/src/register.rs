//! Machine-specific registers (Intel SDM volume 2, RDMSR and WRMSR).
//!
//! Those that are used here say where something is, or when the timer interrupts; the callers know that the processor
//! has them: another one would be a fault.

use core::arch::asm;

/// Reads a register, which the processor has.
pub(crate) fn read(register: u32) -> u64 {
    let (low, high): (u64, u64);
    // SAFETY: reading one of the registers that are used here has no effect.
    unsafe {
        asm!(
            "rdmsr",
            in("ecx") register,
            out("rax") low,
            out("rdx") high,
            options(nomem, nostack),
        );
    }
    high << 32 | low
}

/// Writes a register, which the processor has.
///
/// # Safety
///
/// With this value the processor goes on as before; where it has a hypervisor write to memory, that was made for it.
pub(crate) unsafe fn write(register: u32, value: u64) {
    let [low, high] = [value & 0xffff_ffff, value >> 32];
    // SAFETY: by the contract of this function.
    unsafe { asm!("wrmsr", in("ecx") register, in("rax") low, in("rdx") high, options(nostack)) }
}
