//! What a fault of the processor says of the guest.

use sarab_hvt::{Fault, Vector};
use sarab_monitor::{
    Tender,
    crash::{Crash, Fault as Did},
};

/// Exceptions by number (Intel SDM volume 3, section 7.3.1).
const DIVIDE: u8 = 0;
const UNDEFINED: u8 = 6;
const STACK: u8 = 12;
const PROTECTION: u8 = 13;

/// The instruction `syscall`, which guests have no use for.
const SYSCALL: u16 = u16::from_le_bytes([0x0f, 0x05]);

/// Returns how the guest of `tender` has crashed.
pub(super) fn of(fault: &Fault, tender: &Tender) -> Crash {
    let (stack, _) = tender.stack();
    Crash::of(what(fault, tender), stack)
}

fn what(fault: &Fault, tender: &Tender) -> Did {
    let Vector(vector) = fault.vector;
    let is_call = || tender.memory().get(fault.registers.rip) == Some(SYSCALL);
    match (fault.address, vector) {
        (Some(address), _) => Did::of_page(fault.error_code, address),
        (None, UNDEFINED) if is_call() => Did::SystemCall(fault.registers.rax),
        (None, DIVIDE) => Did::Division,
        (None, UNDEFINED | STACK | PROTECTION) => Did::Instruction,
        (None, other) => Did::Other(other.into()),
    }
}
