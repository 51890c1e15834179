//! Interrupts: let in while the machine waits, and nowhere else.
//!
//! A handler says that something has happened, and nothing more: what it was, the drivers see by
//! looking at their devices. So no handler touches what the program is in the midst of.

use core::arch::{asm, naked_asm};

use crate::apic::{END_OF_INTERRUPT, LOCAL};

/// The vector of all devices, and of the timer: whoever asks for an interrupt by the local APIC asks for
/// this one.
pub const VECTOR: u8 = 0x40;
/// The vector of interrupts that went away before they were delivered (Intel SDM volume 3, section
/// 10.9); they want no acknowledgement.
pub(crate) const SPURIOUS_VECTOR: u8 = 0xff;

/// Returns the functions that handle interrupts.
pub(crate) fn handlers() -> [(u8, usize); 2] {
    [(VECTOR, acknowledge as *const () as usize), (SPURIOUS_VECTOR, ignore as *const () as usize)]
}

/// Waits for an interrupt. One that came before, and was not let in yet, ends it at once.
pub fn wait() {
    // SAFETY: interrupts are let in with the instruction behind `sti`, so none gets lost between the two.
    // Their handlers come back with everything as it was; what they push goes below the stack pointer,
    // where nothing is kept, as the block may use the stack.
    unsafe { asm!("sti", "hlt", "cli") }
}

#[unsafe(naked)]
extern "C" fn acknowledge() {
    naked_asm!(
        "push rax",
        "mov eax, {register}",
        "mov dword ptr [rax], 0",
        "pop rax",
        "iretq",
        register = const LOCAL + END_OF_INTERRUPT,
    )
}

#[unsafe(naked)]
extern "C" fn ignore() {
    naked_asm!("iretq")
}
